"""A bureau's desk: the worklist by due moment, the case, its acts."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.transfers.enums import OPEN_STATES, Severity, State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application
from apps.transfers.rules.findings import Finding
from apps.transfers.services.checking import check_application
from apps.web.bureau.acts import BureauAct
from apps.web.bureau.later import ALL
from apps.web.bureau.permits import permits_of
from apps.web.bureau.worklist import Worklist
from apps.web.cases import case_context, may_ever, possible_acts, reads_as_bureau, visible_case
from apps.web.inputs import Door
from apps.web.moment import calendar_of, now_of, standing_for, today_of, user_of
from apps.web.refusing import UNPROCESSABLE, not_allowed, status_of
from apps.web.rendering import page
from apps.web.showing import show_due

A_PAGE = 20
HERE = "web:worklist"
# While the case holds tonnes of its own, the list's checks would count them against it: the entries tell them right.
ROUTING_CHECKS = (9, 10)


@login_required
@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """Cases that the person may read for an authority, supervised first, then by due moment."""
    work = Worklist(request)
    found = Paginator(work.rows(), A_PAGE).get_page(request.GET.get("page"))
    show_due(found, now=now_of(request), calendar=calendar_of(request))
    return page(request, "web/bureau/worklist.html", {"here": HERE, "page": found, "work": work, "for_bureau": True})


@login_required
@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """A case as an authority sees it, with what the person may do now."""
    application = _bureau_case(request, pk)
    context = case_context(request, application)
    return page(
        request,
        "web/bureau/case.html",
        {
            **context,
            "here": HERE,
            "acts": acts_for(request, application),
            "permits": permits_of(application, today=today_of(request)),
            "groups": _findings(request, application),
        },
    )


def _bureau_case(request: HttpRequest, pk: int) -> Application:
    application = visible_case(request, pk)
    if application.state == State.DRAFT or not reads_as_bureau(application, standing_for(request)):
        raise Http404
    return application


def acts_for(request: HttpRequest, application: Application) -> list[BureauAct]:
    """The machine's answer to what this person may do now, as far as this desk has a page for it."""
    possible = possible_acts(request, application)
    return [act for name, act in ALL.items() if name in possible]


def _findings(request: HttpRequest, application: Application) -> list[tuple[str, str, list[Finding]]]:
    """What the check finds today, for information; nothing once the case is decided."""
    if application.state not in OPEN_STATES:
        return []
    result = check_application(application=application, today=today_of(request), calendar=calendar_of(request))
    groups = []
    for severity in Severity:
        found = [finding for finding in result.of(severity) if finding.check not in ROUTING_CHECKS]
        if found:
            groups.append((severity.value, "注意" if severity == Severity.BLOCKING else severity.label, found))
    return groups


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One act: its page says what will happen; posting it does it, once."""
    application, deed = _bureau_case(request, pk), ALL[name]
    if not may_ever(request, application, name):
        return not_allowed(request, NotAllowed(deed.title))
    if request.method != "POST":
        form, refused = deed.make_form(application, None), _moved(request, application, deed)
        return _act_page(request, application, deed, form, refused)
    return _posted(request, application, deed)


def _posted(request: HttpRequest, application: Application, deed: BureauAct) -> HttpResponse:
    form = deed.make_form(application, request.POST)
    if request.POST.get("action") == "add_point":
        return _act_page(request, application, deed, form)
    if not form.is_valid():
        return _act_page(request, application, deed, form, status=UNPROCESSABLE)
    try:
        deed.do(application, user_of(request), now_of(request), form)
    except NotFound as error:
        raise Http404 from error
    except NotAllowed as refused:
        return not_allowed(request, refused)
    except Refused as refused:
        form.refuse(refused)
        return _act_page(request, visible_case(request, application.pk), deed, form, refused)
    messages.success(request, deed.done)
    return redirect("web:case", application.pk)


def _moved(request: HttpRequest, application: Application, deed: BureauAct) -> Refused | None:
    if deed in acts_for(request, application):
        return None
    state = application.get_state_display()
    return Refused("state.moved", f"该申请现为“{state}”，现在不能“{deed.title}”，请返回案件查看。")


def _act_page(
    request: HttpRequest,
    application: Application,
    deed: BureauAct,
    form: Door,
    refused: Refused | None = None,
    *,
    status: int = 0,
) -> HttpResponse:
    show_due([application], now=now_of(request), calendar=calendar_of(request))
    context = {
        "application": application,
        "act": deed,
        "form": form,
        "here": HERE,
        "refused": refused,
        "for_bureau": True,
    }
    return page(request, deed.template, context, status=status or status_of(refused))
