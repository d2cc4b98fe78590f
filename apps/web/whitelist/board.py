"""The board of demand against capacity, for whitelist administrators and the auditor."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.catalogue.reading import places, wastes
from apps.figures.demand_board import Asked, Balance
from apps.figures.demand_board import demand_board as read_board
from apps.figures.demand_board import demand_detail as read_detail
from apps.figures.heat import heat_map
from apps.organisations.enums import Role
from apps.organisations.models import Enterprise
from apps.web.bars import Bar, bar_of
from apps.web.figures.use import Shown
from apps.web.moment import standing_for, today_of, version_of
from apps.web.rendering import page
from apps.web.whitelist.demand_form import period_key, period_words
from apps.whitelists.enums import PeriodPart

A_PAGE = 50
ZERO = Decimal(0)
NOBODY = "未指定接受人"


@dataclass(frozen=True, slots=True)
class Line:
    """One balance as the board shows it; ``words`` say what its figures mean."""

    title: str
    balance: Balance
    sub: str = ""
    link: str = ""

    @property
    def bar(self) -> Bar:
        """Given by lists, wanted beyond them and there, wanted and not there; as long as the capacity or the whole."""
        balance = self.balance
        if not balance.rooms and self.title == NOBODY:
            # Nobody's room to measure it by.
            return bar_of((("this", balance.demand_t),), limit_t=balance.demand_t)
        there = balance.wanted_t - balance.short_t
        parts = (("given", balance.given_t), ("this", there), ("short", balance.short_t))
        return bar_of(parts, limit_t=balance.capacity_t)

    @property
    def words(self) -> str:
        balance = self.balance
        if not balance.demand_t:
            return "没有需求"
        if not balance.capacity_t and balance.short_t:
            return "没有可接受的单位"
        if balance.short_t:
            return "有缺口"
        return "名单已够" if not balance.wanted_t else "能力够用"

    @property
    def tone(self) -> str:
        if not self.balance.demand_t:
            return "secondary"
        return "red" if self.balance.short_t else "green"

    @property
    def this_year(self) -> Shown:
        return Shown(self.balance.this_year)


@login_required
@require_safe
def demand_board(request: HttpRequest) -> HttpResponse:
    """The whole board of a period, or one category and destination of it."""
    asked = _asked(request)
    today, stamp = today_of(request), version_of(request)
    years = (today.year, today.year + 1)
    context: dict[str, Any] = {
        "here": "web:demand_board",
        "asked": asked,
        "period": period_key((asked.year, asked.part)),
        "period_words": period_words((asked.year, asked.part)),
        "periods": [
            (period_key((year, part)), period_words((year, part)))
            for year in reversed(years)
            for part in PeriodPart.values
        ],
        "this_year": today.year,
    }
    if "category" in request.GET:
        return _detail(request, asked, context)
    board = read_board(asked, this_year=heat_map(today, provinces=asked.provinces))
    names, provinces = wastes(stamp).categories, places(stamp).provinces
    lines = [
        Line(
            str(provinces[destination]),
            balance,
            sub=names[category].name,
            link=f"?period={context['period']}&category={category}&destination={destination}",
        )
        for (category, destination), balance in board.lines.items()
    ]
    keyed = list(zip(board.lines, lines, strict=True))
    context["groups"] = _groups((key, line) for key, line in keyed if line.balance.demand_t)
    quiet = [(key, line) for key, line in keyed if not line.balance.demand_t]
    context["quiet"], context["quiet_count"] = _groups(quiet), len(quiet)
    context["undecided"] = [
        (
            category,
            names[category].name,
            amount,
            board.free_elsewhere(category),
            amount - board.free_elsewhere(category),
        )
        for category, amount in board.undecided.items()
    ]
    context["sums"] = {
        "demand": board.demand_t,
        "listed": sum((min(line.demand_t, line.listed_t) for line in board.lines.values()), ZERO),
        "wanted": sum((line.wanted_t for line in board.lines.values()), ZERO),
        "short": board.short_t,
        "shortages": sum(bool(line.short_t) for line in board.lines.values()),
        "undecided": sum(board.undecided.values(), ZERO),
    }
    return page(request, "web/whitelist/demand/board.html", context)


def _groups(keyed: Iterable[tuple[tuple[str, str], Line]]) -> list[dict[str, Any]]:
    """The lines by category."""
    groups: dict[str, list[Line]] = {}
    for (category, _), line in keyed:
        groups.setdefault(category, []).append(line)
    return [
        {
            "category": category,
            "name": of[0].sub,
            "lines": of,
            "demand_t": sum((line.balance.demand_t for line in of), ZERO),
            "short_t": sum((line.balance.short_t for line in of), ZERO),
        }
        for category, of in groups.items()
    ]


def _detail(request: HttpRequest, asked: Asked, context: dict[str, Any]) -> HttpResponse:
    stamp = version_of(request)
    kept, provinces = wastes(stamp), places(stamp).provinces
    category, destination = request.GET["category"], request.GET.get("destination", "")
    if category not in kept.categories or destination not in provinces:
        raise Http404
    found = read_detail(asked, category=category, destination_id=destination)
    names = dict(Enterprise.objects.filter(pk__in=found.operators).values_list("pk", "name"))
    codes = [
        Line(code, balance, sub=line.description if (line := kept.line_on(today_of(request), code)) else "")
        for code, balance in found.codes.items()
    ]
    operators = [Line(names.get(key, NOBODY), balance) for key, balance in found.operators.items()]
    declared = (
        asked.demands()
        .filter(destination=destination, waste_code__endswith=category[-2:])
        .select_related("enterprise", "operator")
        .order_by("-amount_t", "pk")
    )
    context |= {
        "category": kept.categories[category],
        "destination": provinces[destination],
        "codes": codes,
        "operators": sorted(operators, key=lambda line: (line.title == NOBODY, -line.balance.demand_t, line.title)),
        "whole_t": found.whole_t,
        "page": Paginator(declared, A_PAGE).get_page(request.GET.get("page")),
    }
    return page(request, "web/whitelist/demand/detail.html", context)


def _asked(request: HttpRequest) -> Asked:
    """The period that was asked for, next year when none was. PermissionDenied for who administers no list."""
    standing, today = standing_for(request), today_of(request)
    provinces = standing.provinces(Role.WHITELIST_ADMIN)
    if not (provinces or standing.is_auditor):
        raise PermissionDenied
    year, _, part = request.GET.get("period", "").partition("-")
    known = {str(one) for one in (today.year, today.year + 1)}
    if year not in known or part not in PeriodPart.values:
        year, part = str(today.year + 1), PeriodPart.YEAR
    return Asked(int(year), part, None if standing.is_auditor else provinces)
