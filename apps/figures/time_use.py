"""Where the time went over many cases: by holder, month and pair; from the rows that are kept beside ended cases.

The database groups a year's cases by their figures, which repeat, and hands some thousands of groups over, however many
cases there are; medians and percentiles are taken here.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

from apps.figures.times import AUTHORITIES, Holder
from apps.transfers.enums import Route

GROUPS = """
    SELECT extract(month FROM ended_on)::int AS month, origin_code, destination_code, route, late_with,
        local_days, origin_days, destination_days, applicant_days, stopped_days, count(*) AS cases
    FROM figures_casetime
    WHERE ended_on >= make_date(%(year)s, 1, 1) AND ended_on < make_date(%(year)s + 1, 1, 1)
        AND (%(provinces)s::text[] IS NULL OR origin_code = ANY (%(provinces)s) OR destination_code = ANY (%(provinces)s))
        AND (%(origin)s::text IS NULL OR (origin_code = %(origin)s AND destination_code = %(destination)s))
        AND (%(route)s::text IS NULL OR route = %(route)s)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
FIRST_YEAR = "SELECT extract(year FROM min(ended_on))::int FROM figures_casetime"
HALF, MOST = 50, 90
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AskedTimes:
    """Which year, and whose: ``provinces`` limit to pairs that touch one of them, None to nothing."""

    year: int
    provinces: frozenset[str] | None = None
    pair: Pair | None = None
    route: Route | None = None


@dataclass(slots=True)
class Spread:
    """How many cases took how many working days."""

    counts: Counter[int] = field(default_factory=Counter)

    @property
    def cases(self) -> int:
        """All cases, those of no day included."""
        return self.counts.total()

    @property
    def days(self) -> int:
        """Working days of all cases together."""
        return sum(days * cases for days, cases in self.counts.items())

    @property
    def touched(self) -> "Spread":
        """Only the cases that took a day at all."""
        return Spread(Counter({days: cases for days, cases in self.counts.items() if days}))

    def percentile(self, hundredths: int) -> int | None:
        """The least number of days within which that share of the cases lies; None without cases."""
        passed, wanted = 0, self.cases * hundredths
        for days, cases in sorted(self.counts.items()):
            passed += cases
            if passed * 100 >= wanted:
                return days
        return None

    @property
    def median(self) -> int | None:
        """Half of the cases took no longer."""
        return self.percentile(HALF)

    @property
    def late_tail(self) -> int | None:
        """Nine of ten took no longer."""
        return self.percentile(MOST)


@dataclass(slots=True)
class TimeLine:
    """Some cases together: days in each holder's hands, of the authorities together, and how many were in time."""

    by_holder: dict[Holder, Spread] = field(default_factory=lambda: {holder: Spread() for holder in Holder})
    authorities: Spread = field(default_factory=Spread)
    in_time: int = 0

    @property
    def cases(self) -> int:
        return self.authorities.cases

    @property
    def share(self) -> float | None:
        """Ended without any limit of an authority passing, in hundredths; None without cases."""
        return 100 * self.in_time / self.cases if self.cases else None

    def add(self, days: dict[Holder, int], cases: int, *, is_late: bool) -> None:
        for holder, count in days.items():
            self.by_holder[holder].counts[count] += cases
        self.authorities.counts[sum(days[holder] for holder in AUTHORITIES)] += cases
        self.in_time += 0 if is_late else cases


@dataclass(slots=True)
class TimeUse:
    """A year: the whole, its months, its pairs, its routes; and in whose hands how many cases became late."""

    whole: TimeLine = field(default_factory=TimeLine)
    months: dict[int, TimeLine] = field(default_factory=dict)
    pairs: dict[Pair, TimeLine] = field(default_factory=dict)
    routes: dict[str, TimeLine] = field(default_factory=dict)
    late_with: Counter[str] = field(default_factory=Counter)


def time_use(asked: AskedTimes) -> TimeUse:
    """One query, whose answer does not grow with the number of cases."""
    found = TimeUse()
    for month, origin, destination, route, late_with, *days, cases in _groups(asked):
        figures = dict(zip(Holder, days, strict=True))
        lines: Iterable[TimeLine] = (
            found.whole,
            found.months.setdefault(month, TimeLine()),
            found.pairs.setdefault((origin, destination), TimeLine()),
            found.routes.setdefault(route, TimeLine()),
        )
        for line in lines:
            line.add(figures, cases, is_late=bool(late_with))
        found.late_with.update(dict.fromkeys(late_with, cases))
    return found


def first_year_of_times() -> int | None:
    """The year of the first ended case; None where none ended yet."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_YEAR)
        year: int | None = cursor.fetchone()[0]
    return year


def _groups(asked: AskedTimes) -> list[tuple]:
    origin, destination = asked.pair or (None, None)
    values = {
        "year": asked.year,
        "provinces": sorted(asked.provinces) if asked.provinces is not None else None,
        "origin": origin,
        "destination": destination,
        "route": asked.route.value if asked.route else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, values)
        return list(cursor.fetchall())
