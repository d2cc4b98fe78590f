"""The yearly exchange (年度交流): what two provinces tell each other of a year, from the cases themselves.

Two bases that differ at a year's ends: by day of decision, a case counts in the year in which it was decided, under
whatever list; by edition, it counts in the year in which its list begins, whenever it was decided, and what went the
general way, on no list, is not told. Tonnes are exact; what was shipped and received is what was recorded by now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import repeat
from typing import Any

from django.db.models import TextChoices

from apps.catalogue.models import WasteCategory
from apps.deadlines.workdays import WorkCalendar, count_working_days
from apps.figures import exchange_sql as sql
from apps.organisations.models import Enterprise
from apps.transfers.enums import Route

ZERO = Decimal(0)
PROMISED_DAYS = 5
Pair = tuple[str, str]


class Basis(TextChoices):
    """By what a case belongs to a year."""

    DECISION = "decision", "按决定日期"
    EDITION = "edition", "按名单期次"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which year and basis; ``provinces`` (codes) limit to pairs that touch one of them, None to nothing."""

    year: int
    basis: Basis
    provinces: frozenset[str] | None = None
    pair: Pair | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Cases and tonnes of approvals, of whatever the filled-in words name. ``received_t`` is what was confirmed."""

    cases: int = 0
    approved_t: Decimal = ZERO
    shipped_t: Decimal = ZERO
    received_t: Decimal = ZERO
    origin_id: str = ""
    destination_id: str = ""
    operator: str = ""
    uscc: str = ""
    category: str = ""
    category_name: str = ""
    code: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the cases went: numbers of cases. ``revoked`` are among the ``approved``, ``corrected`` anywhere."""

    filed: int = 0
    approved: int = 0
    refused: int = 0
    withdrawn: int = 0
    lapsed: int = 0
    revoked: int = 0
    corrected: int = 0
    running: int = 0

    def __add__(self, other: "Outcomes") -> "Outcomes":
        return Outcomes(*(getattr(self, name) + getattr(other, name) for name in sql.OUTCOMES))


@dataclass(frozen=True, slots=True)
class PairLine:
    """One ordered pair. ``moved_t`` and ``taken_t``: shipped and confirmed by the day of shipping, in that year."""

    origin_id: str
    destination_id: str
    outcomes: Outcomes
    line: Line
    moved_t: Decimal
    taken_t: Decimal


@dataclass(frozen=True, slots=True)
class Speed:
    """Working days from receipt to decision, day of receipt not counted, stops not taken off."""

    route: str
    label: str
    decided: int
    median: Decimal
    most: int
    within: int

    @property
    def share(self) -> Decimal:
        """Decided within five working days, in per cent."""
        return Decimal(100 * self.within) / self.decided


@dataclass(frozen=True, slots=True)
class Refusal:
    """A case that was not approved, and why."""

    number: str
    origin_id: str
    destination_id: str
    generator: str
    operator: str
    wastes: str
    decided_on: date
    reasons: str


@dataclass(frozen=True, slots=True)
class Book:
    """A list's approvals against its ledger: approved less the one-off parts less what came back is what it used."""

    edition_id: int
    edition: str
    approved_t: Decimal
    over_t: Decimal
    restored_t: Decimal
    used_t: Decimal

    @property
    def difference_t(self) -> Decimal:
        return self.approved_t - self.over_t - self.restored_t - self.used_t


@dataclass(frozen=True, slots=True)
class Exchange:
    """The whole report as of ``now``."""

    asked: Asked
    now: datetime
    total: Line
    outcomes: Outcomes
    moved_t: Decimal
    taken_t: Decimal
    pairs: list[PairLine]
    operators: list[Line]
    categories: list[Line]
    codes: list[Line]
    details: list[Line]
    speeds: list[Speed]
    refusals: list[Refusal]
    books: list[Book] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.pairs


def exchange_of(asked: Asked, *, now: datetime, calendar: WorkCalendar) -> Exchange:
    """The report: some ten statements, however many cases there are."""
    values, by_edition = _values(asked), asked.basis == Basis.EDITION
    levels: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in sql.rows(sql.sums(by_edition=by_edition), values):
        levels[row["level"]].append(row)
    lines = _Names(levels[sql.OPERATOR], levels[sql.CATEGORY])
    moved = {(row["origin_id"], row["destination_id"]): row for row in sql.rows(sql.MOVED, values)}
    outcomes = {
        (row["origin_id"], row["destination_id"]): Outcomes(*(row[name] for name in sql.OUTCOMES))
        for row in sql.rows(sql.outcomes(by_edition=by_edition), values)
    }
    pairs = _pairs(outcomes, {} if by_edition else moved, [lines.line(row) for row in levels[sql.PAIR]])
    return Exchange(
        asked=asked,
        now=now,
        total=next((lines.line(row) for row in levels[sql.TOTAL]), Line()),
        outcomes=sum((pair.outcomes for pair in pairs), Outcomes()),
        moved_t=sum((pair.moved_t for pair in pairs), ZERO),
        taken_t=sum((pair.taken_t for pair in pairs), ZERO),
        pairs=pairs,
        operators=_greatest(lines.line(row) for row in levels[sql.OPERATOR]),
        categories=[lines.line(row) for row in levels[sql.CATEGORY]],
        codes=[lines.line(row) for row in levels[sql.CODE]],
        details=[lines.line(row) for row in levels[sql.DETAIL]],
        speeds=_speeds(sql.rows(sql.days(by_edition=by_edition), values), calendar),
        refusals=[Refusal(**row) for row in sql.rows(sql.refusals(by_edition=by_edition), values)],
        books=[Book(**row) for row in sql.rows(sql.BOOKS, values)] if by_edition else [],
    )


def years_told(*, today: date) -> list[int]:
    """Years for which there may be a report, the latest first."""
    first = next(iter(sql.rows(sql.FIRST_YEAR, {})))["year"]
    return list(range(today.year, min(int(first or today.year), today.year) - 1, -1))


def _values(asked: Asked) -> dict[str, Any]:
    return {
        "first": date(asked.year, 1, 1),
        "last": date(asked.year, 12, 31),
        "provinces": None if asked.provinces is None else sorted(asked.provinces),
        "origin": asked.pair[0] if asked.pair else None,
        "destination": asked.pair[1] if asked.pair else None,
    }


class _Names:
    """The words beside the keys of the groups."""

    def __init__(self, operators: Iterable[Mapping[str, Any]], categories: Iterable[Mapping[str, Any]]) -> None:
        self.operators = Enterprise.objects.only("name", "uscc").in_bulk([row["operator_id"] for row in operators])
        self.categories = WasteCategory.objects.in_bulk([row["category"] for row in categories])

    def line(self, row: Mapping[str, Any]) -> Line:
        operator, category = self.operators.get(row["operator_id"]), self.categories.get(row["category"])
        return Line(
            cases=row["cases"],
            approved_t=row["approved_t"] or ZERO,
            shipped_t=row["shipped_t"] or ZERO,
            received_t=row["received_t"] or ZERO,
            origin_id=row["origin_id"] or "",
            destination_id=row["destination_id"] or "",
            operator=operator.name if operator else "",
            uscc=operator.uscc if operator else "",
            category=row["category"] or "",
            category_name=category.name if category else "",
            code=row["waste_code"] or "",
            method=row["method"] or "",
        )


def _pairs(
    outcomes: Mapping[Pair, Outcomes], moved: Mapping[Pair, Mapping[str, Any]], lines: Iterable[Line]
) -> list[PairLine]:
    approved = {(line.origin_id, line.destination_id): line for line in lines}
    nothing = {"moved_t": ZERO, "taken_t": ZERO}
    return [
        PairLine(
            *pair,
            outcomes.get(pair, Outcomes()),
            approved.get(pair, Line()),
            moved.get(pair, nothing)["moved_t"],
            moved.get(pair, nothing)["taken_t"],
        )
        for pair in sorted({*outcomes, *moved, *approved})
    ]


def _greatest(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.approved_t, line.operator))


def _speeds(rows: Iterable[Mapping[str, Any]], calendar: WorkCalendar) -> list[Speed]:
    """Of each route that occurs, and of all routes together when there are several."""
    took: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        days = count_working_days(after=row["received_on"], until=row["decided_on"], calendar=calendar)
        took[row["route"]] += repeat(days, row["cases"])
    speeds = [_speed(route.value, route.label, took[route]) for route in Route if took.get(route)]
    whole = [days for several in took.values() for days in several]
    return [*speeds, _speed("", "合计", whole)] if len(speeds) > 1 else speeds


def _speed(route: str, label: str, days: list[int]) -> Speed:
    days.sort()
    middle = len(days) // 2
    median = Decimal(days[middle]) if len(days) % 2 else Decimal(days[middle - 1] + days[middle]) / 2
    return Speed(route, label, len(days), median, days[-1], sum(one <= PROMISED_DAYS for one in days))
