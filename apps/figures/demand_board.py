"""Demand against free capacity: what enterprises declared for a period, and what the operators could still take.

Free is what the permits allow in the period (lines covering the waste, permits valid and in term, neither operator nor
code under a suspension that outlasts the period), less what the lists of the period give already; nobody's overrun
lessens another's room. A shortage is the demand that neither the lists between the provinces in view nor the free
capacity cover. Yearly figures count for a period by its days.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from apps.catalogue.rules import category_of
from apps.figures.heat import HeatMap
from apps.figures.utilisation import Use
from apps.organisations.enums import PermitStatus
from apps.organisations.models import PermitLine
from apps.organisations.rules import FOUR_PLACES
from apps.whitelists.enums import PeriodPart
from apps.whitelists.models import Bar, Demand, Edition
from apps.whitelists.models.demand import days_of_period

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which period, and in whose eyes: demand from or to ``provinces`` (codes), None for all."""

    year: int
    part: str = PeriodPart.YEAR
    provinces: frozenset[str] | None = None

    @property
    def first(self) -> date:
        return days_of_period(self.year, self.part)[0]

    @property
    def last(self) -> date:
        return days_of_period(self.year, self.part)[1]

    def demands(self) -> QuerySet[Demand]:
        """Declarations that count for the period; a half counts its days of what was declared for the year."""
        parts = PeriodPart.values if self.part == PeriodPart.YEAR else (PeriodPart.YEAR, self.part)
        rows = Demand.objects.filter(year=self.year, part__in=parts, withdrawn_at__isnull=True)
        if self.provinces is not None:
            rows = rows.filter(Q(origin__in=self.provinces) | Q(destination__in=self.provinces))
        return rows

    def sees(self, edition: Edition) -> bool:
        """Whether the list is one between the provinces in view."""
        return self.provinces is None or bool({edition.origin_id, edition.destination_id} & self.provinces)


@dataclass(slots=True)
class Room:
    """Tonnes of one operator's waste: what its permits allow in the period and what lists give of it."""

    capacity_t: Decimal = ZERO
    given_t: Decimal = ZERO

    @property
    def free_t(self) -> Decimal:
        return max(self.capacity_t - self.given_t, ZERO)


@dataclass(slots=True)
class Balance:
    """Demand against room, of whatever it stands for. ``listed_t`` is what lists in view give, part of ``given_t``."""

    demand_t: Decimal = ZERO
    listed_t: Decimal = ZERO
    rooms: dict[int, Room] = field(default_factory=lambda: defaultdict(Room))
    this_year: Use = field(default_factory=Use)

    @property
    def capacity_t(self) -> Decimal:
        return sum((room.capacity_t for room in self.rooms.values()), ZERO)

    @property
    def given_t(self) -> Decimal:
        return sum((room.given_t for room in self.rooms.values()), ZERO)

    @property
    def free_t(self) -> Decimal:
        return sum((room.free_t for room in self.rooms.values()), ZERO)

    @property
    def wanted_t(self) -> Decimal:
        """Demand that no list in view covers yet."""
        return max(self.demand_t - self.listed_t, ZERO)

    @property
    def short_t(self) -> Decimal:
        return max(self.wanted_t - self.free_t, ZERO)


@dataclass(frozen=True, slots=True)
class Board:
    """By category and destination, and by category alone what has no destination yet."""

    lines: dict[tuple[str, str], Balance]
    undecided: dict[str, Decimal]

    @property
    def demand_t(self) -> Decimal:
        return sum((line.demand_t for line in self.lines.values()), ZERO)

    @property
    def short_t(self) -> Decimal:
        return sum((line.short_t for line in self.lines.values()), ZERO)

    def free_elsewhere(self, category: str) -> Decimal:
        """Free in all destinations together, after what was declared for them."""
        lines = (line for (of, _), line in self.lines.items() if of == category)
        return sum((max(line.free_t - line.wanted_t, ZERO) for line in lines), ZERO)


def demand_board(asked: Asked, *, this_year: HeatMap) -> Board:
    """The whole board: every category and destination with demand or with a list of today. Five queries.

    ``this_year`` is the use of the lists in force, shown beside.
    """
    lines: dict[tuple[str, str], Balance] = defaultdict(Balance)
    undecided: dict[str, Decimal] = defaultdict(Decimal)
    sums = asked.demands().order_by().values_list("waste_code", "destination", "part").annotate(t=Sum("amount_t"))
    for code, destination, part, amount in sums:
        category, counted = category_of(code), _counted(amount, part, asked)
        if destination is None:
            undecided[category] += counted
        else:
            lines[category, destination].demand_t += counted
    for key, use in this_year.cells.items():
        lines[key].this_year = use
    for (operator, code, destination), amount in _capacities(asked):
        category = category_of(code)
        # Somebody to take what has no destination yet is worth a line, too; not at home, where it comes from.
        is_open = category in undecided and destination not in (asked.provinces or ())
        if (category, destination) in lines or is_open:
            lines[category, destination].rooms[operator].capacity_t += amount
    for given in _given(asked):
        if (given.category, given.destination_id) in lines:
            _give(lines[given.category, given.destination_id], given)
    return Board(dict(sorted(lines.items())), dict(sorted(undecided.items())))


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of the board told apart by code and by operator; ``whole_t``: given to the category, not to a code."""

    codes: dict[str, Balance]
    operators: dict[int, Balance]
    whole_t: Decimal


def demand_detail(asked: Asked, *, category: str, destination_id: str) -> Detail:
    """One category and destination. Five queries. Demand without an operator stands under the operator 0."""
    codes: dict[str, Balance] = defaultdict(Balance)
    operators: dict[int, Balance] = defaultdict(Balance)
    whole_t = ZERO
    sums = (
        asked.demands()
        .filter(destination=destination_id, waste_code__endswith=category[-2:])
        .order_by()
        .values_list("waste_code", "operator", "part")
        .annotate(t=Sum("amount_t"))
    )
    for code, operator, part, amount in sums:
        counted = _counted(amount, part, asked)
        codes[code].demand_t += counted
        operators[operator or 0].demand_t += counted
    for (operator, code, place), amount in _capacities(asked, suffix=category[-2:]):
        if place == destination_id:
            codes[code].rooms[operator].capacity_t += amount
            operators[operator].rooms[operator].capacity_t += amount
    for given in _given(asked):
        if (given.category, given.destination_id) != (category, destination_id):
            continue
        _give(operators[given.operator_id], given)
        if given.code:
            _give(codes[given.code], given)
        else:
            whole_t += given.amount_t
    return Detail(dict(sorted(codes.items())), dict(operators), whole_t)


@dataclass(frozen=True, slots=True)
class Given:
    """What the lists of a period give an operator; ``code`` is empty for a line of several codes or of a category."""

    operator_id: int
    category: str
    code: str
    destination_id: str
    amount_t: Decimal
    is_in_view: bool


def _give(line: Balance, given: Given) -> None:
    line.rooms[given.operator_id].given_t += given.amount_t
    if given.is_in_view:
        line.listed_t += given.amount_t


GIVEN = """
    SELECT entry.edition_id, entry.operator_id,
           coalesce(entry.category_id, 'HW' || right(entry.waste_codes[1], 2)),
           CASE WHEN cardinality(entry.waste_codes) = 1 THEN entry.waste_codes[1] ELSE '' END, sum(entry.quota_t)
    FROM whitelists_whitelistentry AS entry
    WHERE entry.edition_id = ANY(%s) GROUP BY 1, 2, 3, 4
"""


def _given(asked: Asked) -> Iterator[Given]:
    lists = Edition.objects.confirmed().filter(begins_on__lte=asked.last, ends_on__gte=asked.first)
    editions = {edition.pk: edition for edition in lists}
    with connection.cursor() as cursor:
        cursor.execute(GIVEN, [list(editions)])
        rows = cursor.fetchall()
    for key, operator_id, category, code, quota_t in rows:
        edition = editions[key]
        share = _share((edition.begins_on, edition.ends_on), (asked.first, asked.last))
        yield Given(operator_id, category, code, edition.destination_id, _tonnes(quota_t * share), asked.sees(edition))


def _capacities(asked: Asked, suffix: str = "") -> Iterable[tuple[tuple[int, str, str], Decimal]]:
    """By operator, code and province: what valid permits in term allow in the period, by its days of the year."""
    year = days_of_period(asked.year, PeriodPart.YEAR)
    rows = PermitLine.objects.filter(
        permit__status=PermitStatus.VALID,
        permit__valid_from__lte=asked.last,
        permit__valid_until__gte=asked.first,
        permit__enterprise__is_operator=True,
        permit__enterprise__province__is_participating=True,
        waste_code__endswith=suffix,
    ).values_list(
        "permit__enterprise",
        "waste_code",
        "permit__enterprise__province",
        "capacity_t",
        "permit__valid_from",
        "permit__valid_until",
    )
    barred = set(
        Bar.objects.in_force_on(asked.last).filter(operator__isnull=False).values_list("operator", "waste_code")
    )
    for operator, code, province, capacity_t, valid_from, valid_until in rows:
        if barred & {(operator, ""), (operator, code)}:
            continue
        term = max(valid_from, asked.first), min(valid_until, asked.last)
        yield (operator, code, province), _tonnes(capacity_t * _share(year, term))


def _counted(amount_t: Decimal, part: str, asked: Asked) -> Decimal:
    if part != PeriodPart.YEAR or asked.part == PeriodPart.YEAR:
        return amount_t
    year = days_of_period(asked.year, PeriodPart.YEAR)
    return _tonnes(amount_t * _share(year, (asked.first, asked.last)))


def _share(whole: tuple[date, date], part: tuple[date, date]) -> Decimal:
    """The days of ``part`` within ``whole``, of all its days."""
    days = (min(whole[1], part[1]) - max(whole[0], part[0])).days + 1
    return Decimal(max(days, 0)) / ((whole[1] - whole[0]).days + 1)


def _tonnes(amount: Decimal) -> Decimal:
    return amount.quantize(FOUR_PLACES)
