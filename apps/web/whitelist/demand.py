"""What an enterprise declares for the next period: its page, its form, and what the form finds as one types."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.catalogue.reading import wastes
from apps.figures.own_year import OwnYear, own_year
from apps.organisations.enums import Role
from apps.organisations.models import Enterprise
from apps.transfers.errors import Refused
from apps.web.enterprise.drafting import codes_of
from apps.web.enterprise.fields import method_names
from apps.web.enterprise.lookup import found_operators, found_wastes, typed_of
from apps.web.inputs import is_key
from apps.web.moment import now_of, standing_for, today_of, user_of, version_of
from apps.web.refusing import CONFLICT, UNPROCESSABLE
from apps.web.rendering import ENTERPRISE_DESK, page
from apps.web.whitelist.demand_form import DemandForm, operators_beyond
from apps.whitelists.enums import PeriodPart
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Demand
from apps.whitelists.services.demanding import (
    DemandNotFound,
    change_demand,
    copy_demand,
    declare_demand,
    open_periods,
    permit_warnings,
    withdraw_demand,
)

MOST_LINES = 300


@dataclass(slots=True)
class DemandLine:
    """A declaration on the page, beside what this year brought."""

    demand: Demand
    this_year: OwnYear
    may_change: bool
    warnings: list[str] = field(default_factory=list)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def demand(request: HttpRequest) -> HttpResponse:
    """Show and change what one's enterprises declare."""
    readers = standing_for(request).enterprises(*ENTERPRISE_DESK)
    if not readers:
        raise PermissionDenied
    if request.method != "POST":
        editing = _own(request, request.GET["edit"]) if "edit" in request.GET else None
        return _page(request, _form(request, None, editing), editing=editing)
    if not _senders(request):
        raise PermissionDenied
    action, _, argument = request.POST.get("action", "").partition(":")
    try:
        return ACTIONS.get(action, _declare)(request, argument)
    except DemandNotFound as error:
        raise Http404 from error


def _declare(request: HttpRequest, _: str) -> HttpResponse:
    form = _form(request, request.POST)
    if form is None or not form.is_valid():
        return _page(request, form, UNPROCESSABLE)
    year, _dash, part = form.cleaned_data["period"].partition("-")
    try:
        made = declare_demand(
            enterprise_id=form.cleaned_data["enterprise"],
            by=user_of(request),
            now=now_of(request),
            period=(int(year), part),
            wanted=form.wanted,
        )
    except DemandNotFound:
        raise
    except WhitelistError as refused:
        return _refused(request, form, refused)
    messages.success(request, f"已申报 {made.period_words} {made.waste_code} {made.amount_t:.4f} 吨。")
    return redirect("web:demand")


def _change(request: HttpRequest, argument: str) -> HttpResponse:
    key, _, version = argument.partition(":")
    editing = _own(request, key)
    form = _form(request, request.POST, editing)
    if form is None or not form.is_valid():
        return _page(request, form, UNPROCESSABLE, editing)
    try:
        change_demand(
            demand_id=editing.pk,
            by=user_of(request),
            now=now_of(request),
            version=int(version) if is_key(version) else 0,
            wanted=form.wanted,
        )
    except DemandNotFound:
        raise
    except WhitelistError as refused:
        return _refused(request, form, refused, editing)
    messages.success(request, f"{editing.period_words} {editing.waste_code} 的申报已修改。")
    return redirect("web:demand")


def _withdraw(request: HttpRequest, argument: str) -> HttpResponse:
    taken = _own(request, argument)
    try:
        withdraw_demand(demand_id=taken.pk, by=user_of(request), now=now_of(request))
    except DemandNotFound:
        raise
    except WhitelistError as refused:
        messages.warning(request, refused.sentence)
        return redirect("web:demand")
    messages.success(request, f"已取消 {taken.period_words} {taken.waste_code} 的申报；记录仍保留。")
    return redirect("web:demand")


def _copy(request: HttpRequest, argument: str) -> HttpResponse:
    year = today_of(request).year + 1
    try:
        count = copy_demand(
            enterprise_id=int(argument) if is_key(argument) else 0, by=user_of(request), now=now_of(request), year=year
        )
    except DemandNotFound:
        raise
    except WhitelistError as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, f"已沿用 {year - 1} 年的申报 {count} 项，请核对数量。")
    return redirect("web:demand")


ACTIONS: dict[str, Callable[[HttpRequest, str], HttpResponse]] = {
    "declare": _declare,
    "change": _change,
    "withdraw": _withdraw,
    "copy": _copy,
}


def _refused(
    request: HttpRequest, form: DemandForm, refused: WhitelistError, editing: Demand | None = None
) -> HttpResponse:
    form.refuse(Refused(refused.code, refused.sentence, field=refused.field))
    return _page(request, form, UNPROCESSABLE if refused.field else CONFLICT, editing)


def _senders(request: HttpRequest) -> list[Enterprise]:
    """Senders for whom the person files."""
    rows = Enterprise.objects.filter(pk__in=standing_for(request).enterprises(Role.FILER)).exclude(generator_kind="")
    return list(rows.order_by("name"))


def _own(request: HttpRequest, key: str) -> Demand:
    own = Demand.objects.filter(enterprise__in=standing_for(request).enterprises(Role.FILER), withdrawn_at=None)
    found = own.filter(pk=int(key)).first() if is_key(key) else None
    if found is None:
        raise Http404
    return found


def _form(request: HttpRequest, data: Any, editing: Demand | None = None) -> DemandForm | None:
    """None for who only reads."""
    senders = _senders(request)
    if not senders:
        return None
    periods = open_periods(today_of(request))
    return DemandForm(data, senders=senders, periods=periods, stamp=version_of(request), editing=editing)


def _page(
    request: HttpRequest, form: DemandForm | None, status: int = 200, editing: Demand | None = None
) -> HttpResponse:
    standing, today, stamp = standing_for(request), today_of(request), version_of(request)
    readers, filers = standing.enterprises(*ENTERPRISE_DESK), standing.enterprises(Role.FILER)
    rows = list(
        Demand.objects.filter(enterprise__in=readers, withdrawn_at=None, year__gte=today.year)
        .select_related("enterprise", "operator", "destination__division")
        .prefetch_related("changes")
        .order_by("-year", "waste_code", "pk")[:MOST_LINES]
    )
    this_year = own_year(readers, year=today.year)
    warned, periods = permit_warnings(demands=rows), open_periods(today)
    lines = [
        DemandLine(
            one,
            this_year[one.enterprise_id, one.waste_code],
            one.enterprise_id in filers and (one.year, one.part) in periods,
            warned.get(one.pk, []),
        )
        for one in rows
    ]
    kept = wastes(stamp)
    declared = {(line.demand.enterprise_id, line.demand.waste_code) for line in lines}
    context = {
        "here": "web:demand",
        "form": form,
        "editing": editing,
        "copying": _copying(form, lines, today.year),
        "lines": lines,
        "groups": _by_period(lines),
        "rest": [(code, own) for (key, code), own in sorted(this_year.items()) if (key, code) not in declared],
        "has_several": len(readers) > 1,
        "year": today.year,
        "next_year": today.year + 1,
        "codes": codes_of(kept, kept.edition_on(today)),
        "methods": method_names(kept),
    }
    return page(request, "web/whitelist/demand/own.html", context, status=status)


def _copying(form: DemandForm | None, lines: list[DemandLine], year: int) -> list[tuple[int, str]]:
    """Enterprises, by key and name, that declared for this year and so may copy it to the next."""
    declared = {line.demand.enterprise_id: line.demand.enterprise.name for line in lines if line.demand.year == year}
    return sorted(declared.items()) if form is not None else []


def _by_period(lines: list[DemandLine]) -> list[tuple[str, list[DemandLine]]]:
    groups: dict[str, list[DemandLine]] = {}
    parts = list(PeriodPart.values)
    for line in sorted(lines, key=lambda line: (-line.demand.year, parts.index(line.demand.part))):
        groups.setdefault(line.demand.period_words, []).append(line)
    return list(groups.items())


@login_required
@require_safe
def demand_lookup(request: HttpRequest) -> HttpResponse:
    """At most 20 codes, methods or operators that a filer may name, for ``kind`` and the typed ``q``."""
    senders = _senders(request)
    if not senders:
        raise PermissionDenied
    kind, typed = request.GET.get("kind", ""), typed_of(request)
    if kind == "operator":
        home = {sender.province_id for sender in senders}
        return JsonResponse({"found": found_operators(operators_beyond(home), typed)})
    return JsonResponse({"found": found_wastes(kind, typed, day=today_of(request))})
