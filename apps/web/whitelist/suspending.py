"""Suspensions of lines, lists and operators: those there are, a new one with what it touches, and lifting one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.organisations.enums import Role
from apps.organisations.models import Enterprise, PermitLine
from apps.transfers.errors import Refused
from apps.web.inputs import is_key
from apps.web.moment import now_of, standing_for, today_of, user_of
from apps.web.rendering import page
from apps.web.whitelist.entry_ledger import visible_entry
from apps.web.whitelist.hastening import hasten_following
from apps.web.whitelist.sheets import CONFLICT, HERE, UNPROCESSABLE, refuse, visible_edition
from apps.web.whitelist.suspend_forms import LiftForm, SuspendForm
from apps.web.whitelist.touching import Subject, touched_by
from apps.whitelists.enums import EditionStatus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Bar, WhitelistEntry
from apps.whitelists.permissions import may_lift, sides_of
from apps.whitelists.services.suspending import lift, suspend_edition, suspend_entry, suspend_operator

A_PAGE = 50
WITH_NAMES = (
    "operator",
    "edition__origin__division",
    "edition__destination__division",
    "entry__operator",
    "entry__edition__origin__division",
    "entry__edition__destination__division",
    "province__division",
)


@login_required
@require_safe
def suspensions(request: HttpRequest) -> HttpResponse:
    """In force, to begin, lifted; for the provincial bureaus and the auditor."""
    standing, today = standing_for(request), today_of(request)
    if not (standing.is_auditor or standing.provinces()):
        raise PermissionDenied
    rows = Bar.objects.visible_to(standing).select_related(*WITH_NAMES)
    standing_bars = list(rows.standing_on(today).order_by("-from_on", "-pk"))
    lifted = rows.exclude(pk__in=[bar.pk for bar in standing_bars]).order_by("-lifted_on", "-pk")
    lifted_page = Paginator(lifted, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "here": HERE,
        "in_force": _liftable(request, [bar for bar in standing_bars if bar.from_on <= today]),
        "coming": _liftable(request, [bar for bar in standing_bars if bar.from_on > today]),
        "lifted": lifted_page,
        "lifted_rows": [(bar, False) for bar in lifted_page],
        "may_suspend": Role.WHITELIST_ADMIN in standing.roles,
        "reads_operators": standing.is_auditor or Role.WHITELIST_ADMIN in standing.roles,
    }
    return page(request, "web/whitelist/year/suspensions.html", context)


def _liftable(request: HttpRequest, bars: Sequence[Bar]) -> list[tuple[Bar, bool]]:
    standing = standing_for(request)
    return [(bar, bar.lifted_on is None and may_lift(bar, standing)) for bar in bars]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def suspend_listed(request: HttpRequest) -> HttpResponse:
    """Suspend a line (``?entry=``), a list (``?edition=``) or an operator (``?operator=``), seeing what it touches."""
    subject = _subject(request)
    if not _may_suspend(request, subject):
        words = "接受人由其所在省的名单管理员暂停。" if subject.operator else "名单和条目由两省的名单管理员暂停。"
        return refuse(request, ListNotAllowed("暂停", words))
    codes = _codes(subject.operator) if subject.operator else None
    bound = request.POST if request.method == "POST" else None
    form = SuspendForm(bound, codes=codes, initial={"from_on": today_of(request).isoformat()})
    looks = form.is_bound and form.data.get("then") == "look"
    status = UNPROCESSABLE if form.is_bound and not looks else 200
    if form.is_bound and form.is_valid():
        subject = replace(subject, waste_code=form.cleaned_data.get("waste_code", ""))
        if not looks:
            bar, status = _suspended_or_refused(request, subject, form)
            if bar is not None:
                hasten_following()
                messages.success(request, f"{bar.label}自 {bar.from_on} 起暂停，已告知有关各方。")
                return redirect("web:suspensions")
    context = {
        "here": HERE,
        "subject": subject,
        "form": form,
        "touched": touched_by(subject, user=user_of(request), today=today_of(request)),
        "back": _back(subject),
        "bars": _standing_bars(request, subject),
    }
    if looks and request.headers.get("HX-Request") == "true":
        return render(request, "web/whitelist/year/touched.html", context)
    return page(request, "web/whitelist/year/suspend.html", context, status=status)


def _subject(request: HttpRequest) -> Subject:
    """What the address names. Http404 when it is nothing that the person may see."""
    asked = [(name, request.GET[name]) for name in ("entry", "edition", "operator") if name in request.GET]
    if len(asked) != 1 or not is_key(asked[0][1]):
        raise Http404
    name, key = asked[0][0], int(asked[0][1])
    if name == "entry":
        return Subject(entry=visible_entry(request, key))
    if name == "edition":
        edition = visible_edition(request, key)
        if edition.status != EditionStatus.CONFIRMED:
            raise Http404
        return Subject(edition=edition)
    return Subject(operator=get_object_or_404(Enterprise.objects.filter(is_operator=True), pk=key))


def _may_suspend(request: HttpRequest, subject: Subject) -> bool:
    standing = standing_for(request)
    if subject.operator is not None:
        return subject.operator.province_id in standing.provinces(Role.WHITELIST_ADMIN)
    edition = subject.entry.edition if subject.entry else subject.edition
    return edition is not None and len(sides_of(edition, standing)) == 1


def _codes(operator: Enterprise) -> list[str]:
    """Wastes that its permits or its lines name."""
    permitted = PermitLine.objects.filter(permit__enterprise=operator).values_list("waste_code", flat=True)
    listed = WhitelistEntry.objects.filter(operator=operator).values_list("waste_codes", flat=True)
    return sorted({*permitted, *(code for codes in listed for code in codes)})


def _suspended_or_refused(request: HttpRequest, subject: Subject, form: SuspendForm) -> tuple[Bar | None, int]:
    """The suspension, or none with the status of the page that tells why."""
    try:
        return _suspended(request, subject, form), 200
    except ListNotFound as error:
        raise Http404 from error
    except WhitelistError as refused:
        form.refuse(Refused(refused.code, refused.sentence, field=refused.field))
        return None, UNPROCESSABLE if refused.field else CONFLICT


def _suspended(request: HttpRequest, subject: Subject, form: SuspendForm) -> Bar:
    typed = form.cleaned_data
    paper = {key: typed[key] for key in ("document_no", "from_on", "reason")}
    by, now = user_of(request), now_of(request)
    if subject.entry is not None:
        return suspend_entry(entry_id=subject.entry.pk, by=by, now=now, **paper)
    if subject.edition is not None:
        return suspend_edition(edition_id=subject.edition.pk, by=by, now=now, **paper)
    key = subject.operator.pk if subject.operator else 0
    return suspend_operator(operator_id=key, waste_code=subject.waste_code, by=by, now=now, **paper)


def _back(subject: Subject) -> str:
    if subject.entry is not None:
        return reverse("web:entry_ledger", args=[subject.entry.pk])
    if subject.edition is not None:
        return reverse("web:edition", args=[subject.edition.pk])
    return reverse("web:listed_operators")


def _standing_bars(request: HttpRequest, subject: Subject) -> list[Bar]:
    """What suspends it already, or will."""
    if subject.entry is not None:
        of_it = Q(entry=subject.entry) | Q(edition=subject.entry.edition) | Q(operator=subject.entry.operator)
    elif subject.edition is not None:
        of_it = Q(edition=subject.edition)
    else:
        of_it = Q(operator=subject.operator)
    rows = Bar.objects.filter(of_it).select_related("operator", "edition", "entry__edition")
    return list(rows.standing_on(today_of(request)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lift_suspension(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift a suspension by a document."""
    seen = Bar.objects.visible_to(standing_for(request)).select_related(*WITH_NAMES)
    bar = get_object_or_404(seen, pk=pk)
    if not may_lift(bar, standing_for(request)):
        return refuse(request, ListNotAllowed("解除暂停", "由作出暂停的一方解除。"))
    first = max(bar.from_on, today_of(request)).isoformat()
    form = LiftForm(request.POST if request.method == "POST" else None, initial={"lifted_on": first})
    status = UNPROCESSABLE if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            lift(bar_id=pk, by=user_of(request), now=now_of(request), **form.cleaned_data)
        except ListNotFound as error:
            raise Http404 from error
        except WhitelistError as refused:
            form.refuse(Refused(refused.code, refused.sentence, field=refused.field))
            status = UNPROCESSABLE if refused.field else CONFLICT
        else:
            hasten_following()
            messages.success(request, f"{bar.label}自 {form.cleaned_data['lifted_on']} 起解除暂停，已告知有关各方。")
            return redirect("web:suspensions")
    subject = Subject(bar.entry, bar.edition, bar.operator, bar.waste_code)
    context: dict[str, Any] = {
        "here": HERE,
        "bar": bar,
        "form": form,
        "touched": touched_by(subject, user=user_of(request), today=today_of(request)),
    }
    return page(request, "web/whitelist/year/lift.html", context, status=status)
