"""How far the lists are used: all pairs, one list, the heat map, what runs out soonest. For bureaus and the auditor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.catalogue.reading import places, wastes
from apps.figures.heat import HeatMap, heat_map
from apps.figures.rules import RunOut
from apps.figures.run_out import run_out_of_entries, soonest_run_outs
from apps.figures.utilisation import ListUse, Use, entries_by_share, lists_of_year, use_of_entries, use_of_lists
from apps.web.bars import Bar, bar_of
from apps.web.inputs import is_key
from apps.web.moment import standing_for, today_of, version_of
from apps.web.rendering import page
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import reads_ledger

A_PAGE = 50
MOST_SOONEST = 100
ZERO = Decimal(0)
# Up to which share (in hundredths) a step of the heat map goes; the last one is what is used up.
STEPS = (ZERO, Decimal(25), Decimal(50), Decimal(80), Decimal(90))
ALL_USED = Decimal(100)
PAIR_ORDERS = {"pair": "按方向", "share": "按用量", "free": "按余量"}
ENTRY_ORDERS = {"share": "用量高的在前", "free": "余量少的在前", "number": "按条目号"}
FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Shown:
    """A use as a page shows it."""

    use: Use

    @property
    def bar(self) -> Bar:
        use = self.use
        shipped = min(use.shipped_t, use.used_t)
        return bar_of((("shipped", shipped), ("used", use.waiting_t), ("held", use.held_t)), limit_t=use.quota_t)

    @property
    def share(self) -> str:
        """82.4%; cut, not rounded: what is not used up is never told as 100 %."""
        share = self.use.share
        return "—" if share is None else f"{int(share * 10) / 10:.1f}%"

    @property
    def tone(self) -> str:
        """alarm from 100 %, warn from 80 %."""
        share = self.use.share or ZERO
        return "alarm" if share >= ALL_USED else "warn" if share >= STEPS[3] else "calm"

    @property
    def step(self) -> int:
        """0 (nothing taken) to 6 (used up)."""
        share = self.use.share or ZERO
        return sum(share > bound for bound in STEPS[:3]) + sum(share >= bound for bound in (*STEPS[3:], ALL_USED))


@dataclass(frozen=True, slots=True)
class ListLine:
    """A row of the overview."""

    edition: Edition
    entries: int
    shown: Shown


@dataclass(frozen=True, slots=True)
class EntryUseLine:
    """A row of one list."""

    entry: WhitelistEntry
    shown: Shown
    run_out: RunOut


@login_required
@require_safe
def utilisation(request: HttpRequest) -> HttpResponse:
    """Every list of a year with its sums, this year's when none is named."""
    readers_only(request)
    today = today_of(request)
    year = _year(request.GET.get("year", ""), today)
    order = _one_of(request.GET.get("sort", ""), PAIR_ORDERS)
    found = _ordered(use_of_lists(lists_of_year(year)), order)
    lines = [ListLine(one.edition, one.entries, Shown(one.use)) for one in found]
    context = {
        "lines": lines,
        "whole": Shown(sum((one.use for one in found), Use())),
        "entries": sum(one.entries for one in found),
        "year": year,
        "years": range(today.year + 1, _first_year(today) - 1, -1),
        "order": order,
        "orders": PAIR_ORDERS.items(),
        "today": today,
    }
    return page(request, "web/figures/utilisation.html", {"here": "web:utilisation", "at": "utilisation", **context})


def _ordered(found: list[ListUse], order: str) -> list[ListUse]:
    if order == "share":
        return sorted(found, key=lambda one: -(one.use.share or ZERO))
    if order == "free":
        return sorted(found, key=lambda one: one.use.free_t)
    return sorted(found, key=lambda one: (one.edition.origin_id, one.edition.destination_id, one.edition.begins_on))


@login_required
@require_safe
def edition_use(request: HttpRequest, pk: int) -> HttpResponse:
    """The entries of one confirmed list, a page at a time."""
    readers_only(request)
    lists = Edition.objects.confirmed().select_related("origin__division", "destination__division")
    edition = get_object_or_404(lists, pk=pk)
    order = _one_of(request.GET.get("sort", ""), ENTRY_ORDERS)
    rows = entries_by_share(edition)
    if order == "number":
        rows = rows.order_by(by_number())
    elif order == "free":
        rows = rows.order_by(F("quota_t") - F("held_t") - F("used_t"), by_number())
    found = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    whole = use_of_lists([edition])[0]
    context = {
        "edition": edition,
        "whole": Shown(whole.use),
        "entries": whole.entries,
        "page": found,
        "lines": _entry_lines(edition, list(found), today_of(request)),
        "order": order,
        "orders": ENTRY_ORDERS.items(),
        "reads_ledger": reads_ledger(edition, standing_for(request)),
    }
    return page(request, "web/figures/edition_use.html", {"here": "web:utilisation", "at": "utilisation", **context})


def _entry_lines(edition: Edition, entries: Sequence[WhitelistEntry], today: date) -> list[EntryUseLine]:
    for entry in entries:
        entry.edition = edition
    uses, ends = use_of_entries(entries), run_out_of_entries(entries, today=today)
    return [EntryUseLine(entry, Shown(uses[entry.pk]), ends[entry.pk]) for entry in entries]


@login_required
@require_safe
def heat(request: HttpRequest) -> HttpResponse:
    """Category × destination of the lists in force today, from one origin or from all."""
    readers_only(request)
    stamp = version_of(request)
    provinces = {key: one for key, one in places(stamp).provinces.items() if one.is_participating}
    origin = request.GET.get("origin", "")
    origin = origin if origin in provinces else ""
    found = heat_map(today_of(request), origin_id=origin)
    names = wastes(stamp).categories
    context = {
        "rows": [_heat_row(found, category, names[category].name) for category in found.categories],
        "columns": [(provinces.get(key, key), Shown(found.of_destination(key))) for key in found.destinations],
        "whole": Shown(found.whole),
        "origin": origin,
        "origins": sorted(provinces.items()),
        "today": today_of(request),
    }
    return page(request, "web/figures/heat.html", {"here": "web:utilisation", "at": "heat_map", **context})


def _heat_row(found: HeatMap, category: str, name: str) -> dict[str, Any]:
    cells = [found.cells.get((category, destination)) for destination in found.destinations]
    return {
        "category": category,
        "name": name,
        "cells": [Shown(cell) if cell else None for cell in cells],
        "whole": Shown(found.of_category(category)),
    }


@login_required
@require_safe
def run_out(request: HttpRequest) -> HttpResponse:
    """What runs out before its list ends, the soonest first."""
    readers_only(request)
    today = today_of(request)
    in_force = list(Edition.objects.in_force_on(today).order_by("pk").values_list("pk", flat=True))
    found, count = soonest_run_outs(in_force, today=today, limit=MOST_SOONEST)
    context = {"lines": found, "count": count, "most": MOST_SOONEST, "today": today}
    return page(request, "web/figures/run_out.html", {"here": "web:utilisation", "at": "run_out", **context})


def readers_only(request: HttpRequest) -> None:
    """People of provincial bureaus and the auditor. PermissionDenied for others."""
    standing = standing_for(request)
    if not (standing.is_auditor or standing.provinces()):
        raise PermissionDenied


def _one_of(asked: str, known: dict[str, str]) -> str:
    return asked if asked in known else next(iter(known))


def _year(asked: str, today: date) -> int:
    return int(asked) if is_key(asked) and FIRST_YEAR <= int(asked) <= today.year + 1 else today.year


def _first_year(today: date) -> int:
    first = Edition.objects.confirmed().order_by("begins_on").values_list("begins_on", flat=True).first()
    return first.year if first else today.year
