"""The enterprise's desk: its lists and its cases. The draft's page stands in ``editing``."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.organisations.enums import Role
from apps.organisations.models import Enterprise
from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application
from apps.transfers.permissions import is_filer
from apps.transfers.services.drafts import create_draft, delete_draft
from apps.transfers.services.filing import withdraw
from apps.web.cases import case_context, possible_acts, reads_as_bureau, visible_case
from apps.web.enterprise.balance import Balance, balances_of
from apps.web.enterprise.deeds import DEEDS
from apps.web.enterprise.forms import WithdrawForm
from apps.web.enterprise.holding import holders_of, stage_words, way_of
from apps.web.inputs import is_key
from apps.web.moment import calendar_of, now_of, standing_for, today_of, user_of
from apps.web.refusing import not_allowed, status_of
from apps.web.rendering import ENTERPRISE_DESK, page
from apps.web.showing import asked_tonnes, show_due
from apps.web.supplements import thread_of

A_PAGE = 20
FILTERS = {"": "全部", "open": "办理中", "approved": "已批准", "ended": "已结束"}


@login_required
@require_safe
def own_applications(request: HttpRequest) -> HttpResponse:
    """Applications of the person's enterprises: corrections first, then drafts, then the newest."""
    standing = standing_for(request)
    mine = Application.objects.visible_to(user_of(request), today_of(request)).filter(
        generator__in=standing.enterprises(*ENTERPRISE_DESK)
    )
    context: dict[str, object] = {
        "here": "web:own_applications",
        "may_file": bool(standing.enterprises(Role.FILER)),
        "title": "我的申请",
        "is_sender": True,
    }
    return _list(request, mine, context)


@login_required
@require_safe
def addressed_applications(request: HttpRequest) -> HttpResponse:
    """Filed applications that name the person's enterprise as their operator."""
    standing = standing_for(request)
    theirs = Application.objects.visible_to(user_of(request), today_of(request)).filter(
        operator__in=standing.enterprises(Role.OPERATOR_STAFF)
    )
    context: dict[str, object] = {"here": "web:addressed_applications", "title": "拟接受的转移"}
    return _list(request, theirs.exclude(state=State.DRAFT), context)


def _list(request: HttpRequest, rows: QuerySet[Application], context: dict[str, object]) -> HttpResponse:
    chosen = request.GET.get("state", "")
    chosen = chosen if chosen in FILTERS else ""
    rows = _filtered(rows, chosen).select_related("generator", "operator", "origin__division", "destination__division")
    urgency = Case(
        When(state=State.CORRECTION, then=Value(0)),
        When(state=State.DRAFT, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = rows.annotate(asked_t=asked_tonnes()).order_by(urgency, "-pk")
    found = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    show_due(found, now=now_of(request), calendar=calendar_of(request))
    return page(
        request, "web/enterprise/list.html", {**context, "page": found, "filters": FILTERS.items(), "chosen": chosen}
    )


def _filtered(rows: QuerySet[Application], chosen: str) -> QuerySet[Application]:
    wanted = {
        "open": Q(state__in=OPEN_STATES),
        "approved": Q(state=State.APPROVED),
        "ended": ~Q(state__in=[State.DRAFT, State.APPROVED, *OPEN_STATES]),
    }
    return rows.filter(wanted[chosen]) if chosen else rows


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_application(request: HttpRequest) -> HttpResponse:
    """Begin a draft: of the one enterprise, or of the chosen one of several."""
    mine = Enterprise.objects.filter(pk__in=standing_for(request).enterprises(Role.FILER)).exclude(generator_kind="")
    refused = None
    if request.method == "POST":
        chosen = mine.filter(pk__in=[key for key in request.POST.getlist("generator") if is_key(key)]).first()
        if chosen is None:
            raise Http404
        try:
            draft = create_draft(generator_id=chosen.pk, by=user_of(request), now=now_of(request))
            return redirect("web:draft", draft.pk)
        except NotFound as error:
            raise Http404 from error
        except Refused as error:
            refused = error
    if not mine:
        return not_allowed(request, NotAllowed("新建申请"))
    context = {"enterprises": mine.select_related("province__division"), "refused": refused}
    return page(request, "web/enterprise/new.html", context, status=status_of(refused))


@login_required
@require_safe
def own_application(request: HttpRequest, pk: int) -> HttpResponse:
    """A case as its parties see it; a draft opens where it is edited."""
    application = visible_case(request, pk)
    standing = standing_for(request)
    is_party = {application.generator_id, application.operator_id} & standing.enterprises()
    if not is_party:
        if reads_as_bureau(application, standing):
            return redirect("web:case", pk)
        raise Http404
    if application.state == State.DRAFT:
        return redirect("web:draft", pk)
    possible = possible_acts(request, application)
    thread = thread_of(application) if application.accepted_on else []
    return page(
        request,
        "web/enterprise/case.html",
        {
            **case_context(request, application),
            "possible": possible,
            "deeds": [deed for deed in DEEDS.values() if deed.name in possible],
            "holder": holders_of([application]).get(application.pk),
            "stage_words": stage_words(application),
            "way": way_of(application),
            "is_sender": application.generator_id in standing.enterprises(*ENTERPRISE_DESK),
            "may_file_again": application.generator_id in standing.enterprises(Role.FILER),
            "thread": thread,
            "open_questions": sum(one.supplement.answered_at is None for one in thread),
            "balance": _balance(request, application),
            "here": _here(application, standing.enterprises(*ENTERPRISE_DESK)),
        },
    )


def _balance(request: HttpRequest, application: Application) -> Balance | None:
    if application.valid_from is None:
        return None
    return balances_of([application], day=today_of(request))[0]


def _here(application: Application, own: frozenset[int]) -> str:
    return "web:own_applications" if application.generator_id in own else "web:addressed_applications"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a draft, after asking."""
    application = visible_case(request, pk)
    if not is_filer(application, user_of(request)):
        return not_allowed(request, NotAllowed("删除"))
    refused = None
    if request.method == "POST":
        try:
            delete_draft(application_id=pk, by=user_of(request), now=now_of(request))
        except NotFound as error:
            raise Http404 from error
        except Refused as error:
            refused = error
        else:
            messages.success(request, "草稿已删除。")
            return redirect("web:own_applications")
    context = {"application": application, "refused": refused}
    return page(request, "web/enterprise/delete.html", context, status=status_of(refused))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_application(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an open application back, with the reason, after asking."""
    application = visible_case(request, pk)
    if not is_filer(application, user_of(request)):
        return not_allowed(request, NotAllowed("撤回申请"))
    form, refused = WithdrawForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        try:
            withdraw(application_id=pk, by=user_of(request), now=now_of(request), reason=form.cleaned_data["reason"])
        except NotFound as error:
            raise Http404 from error
        except Refused as error:
            refused = error
            form.refuse(error)
        else:
            messages.success(request, "申请已撤回，占用的名单余量已释放。")
            return redirect("web:own_application", pk)
    context = {"application": application, "form": form}
    return page(request, "web/enterprise/withdraw.html", context, status=status_of(refused, form))
