"""The arithmetic of working days: pure, no tables, no clock.

Day 0 is never counted. A deadline is the end (24:00) of its last day in Asia/Shanghai and is handled as the
exclusive bound 00:00 of the next day, so that "due" is always `bound <= now`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
SATURDAY = 5

# What the law fixes by date, whatever the year's notice will add (Spring Festival and the rest follow the moon).
FIXED_HOLIDAYS: Mapping[tuple[int, int], str] = MappingProxyType(
    {(1, 1): "元旦", (5, 1): "劳动节", (5, 2): "劳动节", (10, 1): "国庆节", (10, 2): "国庆节", (10, 3): "国庆节"}
)
NO_NAMES: Mapping[date, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Exceptions to Monday–Friday, and the years whose notice is loaded.

    `version` says which state of the stored calendar this is; None for one that was made by hand. `is_steady` is
    true of one that no load can change until the end of the transaction in which it was read. `stamp` is that of
    the reference rows at the same moment (`apps.catalogue.kept`), for whoever keeps rows by it; empty when not asked.
    """

    days_off: frozenset[date]
    makeup_days: frozenset[date]
    known_years: frozenset[int]
    version: str | None = field(default=None, compare=False)
    is_steady: bool = field(default=False, compare=False)
    stamp: str = field(default="", compare=False)

    def is_working_day(self, day: date) -> bool:
        """In a year not announced: Monday–Friday less 1 January, 1–2 May, 1–3 October."""
        if day.year not in self.known_years:
            return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS
        if day in self.makeup_days:
            return True
        return day.weekday() < SATURDAY and day not in self.days_off


@dataclass(frozen=True, slots=True)
class DueDay:
    """The day at whose end something is due; provisional when a day that was counted lies in an unknown year."""

    day: date
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class ReckonedDay:
    """One line of the reckoning that people read: does the day count, as which one, and why (not)."""

    day: date
    counts: bool
    number: int | None
    why: str


def add_working_days(start: date, n: int, calendar: WorkCalendar) -> DueDay:
    """The n-th working day after `start`, which itself never counts.

    n = 0 (a clock resumed with nothing left): `start`, or the first working day after it. ValueError when n < 0.
    """
    if n < 0:
        message = "n must not be negative"
        raise ValueError(message)
    first = start if n == 0 else start + ONE_DAY
    day, counted = first, 0
    while True:
        counted += calendar.is_working_day(day)
        if counted == max(n, 1):
            break
        day += ONE_DAY
    unknown = set(range(first.year, day.year + 1)) - calendar.known_years
    return DueDay(day, bool(unknown))


def working_day_before(day: date, n: int, calendar: WorkCalendar) -> date:
    """The n-th working day before `day`, which itself never counts; n = 0 is `day`. ValueError when n < 0."""
    if n < 0:
        message = "n must not be negative"
        raise ValueError(message)
    while n:
        day -= ONE_DAY
        n -= calendar.is_working_day(day)
    return day


def count_working_days(*, after: date, until: date, calendar: WorkCalendar) -> int:
    """Working days d with after < d <= until; 0 when `until` is not later than `after`."""
    return sum(calendar.is_working_day(day) for day in _days(after + ONE_DAY, until))


def left_at_stop(*, stop: date, due: date, calendar: WorkCalendar, at_least: int = 1) -> int:
    """Working days that a clock stopped on `stop` still has: max(at_least, days d with stop < d <= due).

    A stop for correction leaves at least one; after a suspension nothing may be left (`at_least=0`).
    """
    return max(at_least, count_working_days(after=stop, until=due, calendar=calendar))


def end_of_day(day: date) -> datetime:
    """24:00 of `day` as the exclusive bound: 00:00 Asia/Shanghai of the next day, aware."""
    return datetime.combine(day + ONE_DAY, time(), tzinfo=ZONE)


def local_day(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai on which an aware `moment` lies."""
    return moment.astimezone(ZONE).date()


def due_day_of(bound: datetime) -> date:
    """The day whose end `bound` is; the inverse of `end_of_day`."""
    return local_day(bound) - ONE_DAY


def reckon(start: date, n: int, calendar: WorkCalendar, names: Mapping[date, str] = NO_NAMES) -> list[ReckonedDay]:
    """The due day, day by day from day 0 to the due day. `names` are the holidays' names by day.

    Day 0 comes first and does not count, except when n = 0, where the due day carries the number 0.
    """
    due = add_working_days(start, n, calendar).day
    days = list(_days(start, due))
    if n == 0:
        return [_line(day, 0 if day == due else None, calendar, names) for day in days]
    lines, number = [ReckonedDay(start, counts=False, number=None, why="起算日，不计入")], 0
    for day in days[1:]:
        works = calendar.is_working_day(day)
        number += works
        lines.append(_line(day, number if works else None, calendar, names))
    return lines


def _line(day: date, number: int | None, calendar: WorkCalendar, names: Mapping[date, str]) -> ReckonedDay:
    return ReckonedDay(day, number is not None, number, _why(day, calendar, names))


def _why(day: date, calendar: WorkCalendar, names: Mapping[date, str]) -> str:
    if day.year not in calendar.known_years:
        fixed = FIXED_HOLIDAYS.get((day.month, day.day))
        word = fixed or ("周末" if day.weekday() >= SATURDAY else "工作日")
        return f"{word}（年历未公布，暂计）"
    if day in calendar.makeup_days:
        return f"调休上班（{names[day]}）" if day in names else "调休上班"
    if day in calendar.days_off:
        return names.get(day, "放假")
    return "周末" if day.weekday() >= SATURDAY else "工作日"


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY
