"""A line of a confirmed list with every movement of its tonnes, each linked to what it came from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, F, Q, QuerySet, Sum, Value, When, Window
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.catalogue.rules import category_of
from apps.figures.utilisation import use_of_entries
from apps.transfers.models import Application
from apps.web.figures.use import Shown
from apps.web.moment import standing_for, today_of, user_of
from apps.web.rendering import page
from apps.web.whitelist.sheets import HERE
from apps.whitelists.enums import AdjustmentStatus, EditionStatus
from apps.whitelists.models import Adjustment, Bar, QuotaMovement, WhitelistEntry
from apps.whitelists.permissions import may_see, reads_ledger, sides_of
from apps.whitelists.services.ledger import EFFECT

A_PAGE = 50
PLACES = ("edition__origin__division", "edition__destination__division")


@dataclass(frozen=True, slots=True)
class Line:
    """A movement, the tonnes it left behind, and the document behind it (without address when not the reader's)."""

    movement: Any
    words: str
    address: str

    @property
    def change_t(self) -> Decimal:
        """What it did to the tonnes that are free."""
        quota, held, used = EFFECT[self.movement.kind]
        return (quota - held - used) * self.movement.amount_t

    @property
    def free_t(self) -> Decimal:
        return self.movement.quota_run - self.movement.held_run - self.movement.used_run


@login_required
@require_safe
def entry_ledger(request: HttpRequest, pk: int) -> HttpResponse:
    """For the bureaus of both provinces and the auditor."""
    entry, standing = visible_entry(request, pk), standing_for(request)
    if not reads_ledger(entry.edition, standing):
        raise PermissionDenied
    found = Paginator(movements_of(entry), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "here": HERE,
        "entry": entry,
        "edition": entry.edition,
        "shown": Shown(use_of_entries([entry])[entry.pk]),
        "page": found,
        "lines": _lines(request, found),
        "bars": bars_of_entry(entry, today_of(request)),
        "adjustments": _adjustments(entry),
        "may_act": len(sides_of(entry.edition, standing)) == 1 and entry.edition.ends_on >= today_of(request),
    }
    return page(request, "web/whitelist/year/ledger.html", context)


def visible_entry(request: HttpRequest, pk: int) -> WhitelistEntry:
    """A line of a confirmed list that the person may see. Http404 otherwise."""
    rows = WhitelistEntry.objects.filter(edition__status=EditionStatus.CONFIRMED).select_related("operator", *PLACES)
    entry = get_object_or_404(rows, pk=pk)
    if not may_see(entry.edition, standing_for(request)):
        raise Http404
    return entry


def movements_of(entry: WhitelistEntry) -> QuerySet[QuotaMovement]:
    """The newest first, each with quota, held and used as it left them (``quota_run`` …)."""
    rows = QuotaMovement.objects.filter(entry=entry)
    for position, name in enumerate(("quota_run", "held_run", "used_run")):
        moved = Case(*(When(kind=kind, then=F("amount_t") * Value(of[position])) for kind, of in EFFECT.items()))
        rows = rows.annotate(**{name: Window(Sum(moved), order_by=F("pk").asc())})
    return rows.order_by("-pk")


def bars_of_entry(entry: WhitelistEntry, today: date) -> list[Bar]:
    """Suspensions that stop the line, or one of its codes, today or later."""
    of_it = Q(entry=entry) | Q(edition=entry.edition_id) | Q(operator=entry.operator_id)
    rows = Bar.objects.standing_on(today).filter(of_it).select_related("entry__edition", "edition", "operator")
    return [bar for bar in rows if stops(bar, entry)]


def stops(bar: Bar, entry: WhitelistEntry) -> bool:
    """Whether the suspension, once it is in force, stops the line or one of its codes."""
    if bar.operator_id is None:
        return entry.pk == bar.entry_id or entry.edition_id == bar.edition_id
    code = bar.waste_code
    is_listed = not code or code in entry.waste_codes or entry.category_id == category_of(code)
    return bar.operator_id == entry.operator_id and is_listed


def _adjustments(entry: WhitelistEntry) -> QuerySet[Adjustment]:
    rows = Adjustment.objects.filter(entry=entry) | Adjustment.objects.filter(target=entry)
    still_open = rows.filter(status=AdjustmentStatus.OPEN)
    return still_open.select_related("entry", "target", "province__division").order_by("pk")


def _lines(request: HttpRequest, movements: Iterable[QuotaMovement]) -> list[Line]:
    rows = list(movements)
    references = {row.reference for row in rows}
    seen = Application.objects.visible_to(user_of(request), today_of(request))
    cases = {one.number or "": one.pk for one in seen.filter(number__in=references).only("number")}
    adjusted = {f"adjustment:{one.pk}": one for one in Adjustment.objects.filter(pk__in=_keys(references))}
    return [Line(row, *_source(row, cases, adjusted)) for row in rows]


def _keys(references: set[str]) -> list[int]:
    found = [reference.partition(":") for reference in references if reference.startswith("adjustment:")]
    return [int(key) for _, _, key in found if key.isdigit()]


def _source(row: QuotaMovement, cases: dict[str, int], adjusted: dict[str, Adjustment]) -> tuple[str, str]:
    if row.reference in cases:
        return row.reference, reverse("web:case", args=[cases[row.reference]])
    if one := adjusted.get(row.reference):
        return f"调整（{one.letter_no}）", reverse("web:adjustment", args=[one.pk])
    kind, _, _ = row.reference.partition(":")
    return ("名单确认" if kind == "edition" else row.reference), ""
