"""Where the time went: of a year's ended cases, by holder, month and direction. For bureaus and the auditor."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.figures.time_use import AskedTimes, TimeLine, TimeUse, first_year_of_times, time_use
from apps.figures.times import Holder
from apps.transfers.enums import Route
from apps.web.bars import Bar, bar_of
from apps.web.figures.exchange_tables import pair_words
from apps.web.figures.reports import pairs_of, province_names, scope_of
from apps.web.figures.tables import Choice
from apps.web.moment import today_of
from apps.web.rendering import page


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Of one holder: how many cases passed through their hands, and how long these stayed."""

    kind: str
    label: str
    cases: int
    median: int | None
    late_tail: int | None
    days: int
    share: str
    late: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A month, direction or route: cases, in time, and the authorities' working days."""

    label: str
    line: TimeLine
    share: str
    bar: Bar


@login_required
@require_safe
def time_use_page(request: HttpRequest) -> HttpResponse:
    """The year in the address, this one when none is named; narrowed to a direction or a route when it names one."""
    scope, names, today = scope_of(request), province_names(request), today_of(request)
    years = range(today.year, (first_year_of_times() or today.year) - 1, -1)
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and int(text) in years else today.year
    pairs = pairs_of(names, scope)
    pair = request.GET.get("pair", "")
    route = request.GET.get("route", "")
    asked = AskedTimes(year, scope, pairs.get(pair), Route(route) if route in Route.values else None)
    use = time_use(asked)
    context = {
        "here": "web:utilisation",
        "at": "time_use",
        "year": year,
        "use": use,
        "share": _hundredths(use.whole.share),
        "bar": _bar(use.whole),
        "holders": holder_rows(use),
        "months": _rows({f"{month} 月": line for month, line in sorted(use.months.items())}),
        "pairs_told": _rows({pair_words(*one, names): line for one, line in sorted(use.pairs.items())}),
        "routes_told": _rows({Route(one).label: line for one, line in sorted(use.routes.items())}),
        "years": [Choice(str(one), f"{one} 年", one == year) for one in years],
        "pairs": [Choice(value, pair_words(*one, names), value == pair) for value, one in pairs.items()],
        "routes": [Choice(value, label, value == route) for value, label in Route.choices],
    }
    return page(request, "web/clock/time_use.html", context)


def holder_rows(use: TimeUse) -> list[HolderRow]:
    """Medians are of the cases that the holder had for a day at least: nobody is praised for what never came."""
    total = sum(spread.days for spread in use.whole.by_holder.values())
    rows = []
    for holder in Holder:
        spread = use.whole.by_holder[holder]
        touched = spread.touched
        share = _hundredths(100 * spread.days / total if total else None)
        rows.append(
            HolderRow(
                holder.value,
                holder.label,
                touched.cases,
                touched.median,
                touched.late_tail,
                spread.days,
                share,
                use.late_with[holder.value],
            )
        )
    return rows


def _rows(lines: Mapping[str, TimeLine]) -> list[LineRow]:
    return [LineRow(label, line, _hundredths(line.share), _bar(line)) for label, line in lines.items()]


def _bar(line: TimeLine) -> Bar:
    parts = [(holder.value, Decimal(spread.days)) for holder, spread in line.by_holder.items()]
    return bar_of(parts, limit_t=sum((days for _, days in parts), Decimal(0)))


def _hundredths(share: float | None) -> str:
    return "—" if share is None else f"{int(share * 10) / 10:.1f}%"
