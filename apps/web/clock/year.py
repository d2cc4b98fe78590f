"""A year at a glance: twelve months of weeks, each day told as what it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from apps.deadlines.workdays import FIXED_HOLIDAYS, ONE_DAY, SATURDAY, WorkCalendar
from apps.web.showing import written_day

MONTHS = 12
DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day: ``kind`` is work, off (a holiday), rest (an ordinary weekend) or makeup; ``name`` of the holiday."""

    day: date
    kind: str
    name: str
    is_today: bool

    @property
    def words(self) -> str:
        """What is read out and shown when one points at it."""
        told = {"work": "工作日", "off": "放假", "rest": "周末", "makeup": "调休上班"}[self.kind]
        return f"{written_day(self.day)} {told}{f'（{self.name}）' if self.name else ''}"


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks from Monday on, with gaps (None) where other months lie, and how many days are worked."""

    number: int
    weeks: tuple[tuple[DayCell | None, ...], ...]
    works: int


@dataclass(frozen=True, slots=True)
class Break:
    """Days off that follow each other, with the weekends that are worked for them."""

    name: str
    first: date
    last: date
    days: int
    worked: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class YearSheet:
    """The year as the page shows it; of a year that is not loaded everything is provisional."""

    year: int
    is_provisional: bool
    months: tuple[Month, ...]
    breaks: tuple[Break, ...]
    works: int
    makeups: int


def year_sheet(*, year: int, calendar: WorkCalendar, names: Mapping[date, str], today: date) -> YearSheet:
    """The whole year from the calendar at hand; no query."""
    cells = [_cell(day, calendar, names, today) for day in _days_of(year)]
    months = tuple(_month(number, list(days)) for number, days in groupby(cells, key=lambda cell: cell.day.month))
    return YearSheet(
        year=year,
        is_provisional=year not in calendar.known_years,
        months=months,
        breaks=tuple(_breaks(cells)),
        works=sum(month.works for month in months),
        makeups=sum(cell.kind == "makeup" for cell in cells),
    )


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += ONE_DAY


def _cell(day: date, calendar: WorkCalendar, names: Mapping[date, str], today: date) -> DayCell:
    name = names.get(day, "")
    if day.year not in calendar.known_years:
        name = FIXED_HOLIDAYS.get((day.month, day.day), "")
    works = calendar.is_working_day(day)
    worked = "makeup" if day.weekday() >= SATURDAY else "work"
    return DayCell(day, worked if works else "off" if name else "rest", name, day == today)


def _month(number: int, cells: list[DayCell]) -> Month:
    padded: list[DayCell | None] = [None] * cells[0].day.weekday() + cells
    padded += [None] * (-len(padded) % DAYS_OF_WEEK)
    weeks = tuple(tuple(padded[at : at + DAYS_OF_WEEK]) for at in range(0, len(padded), DAYS_OF_WEEK))
    return Month(number, weeks, sum(cell.kind in {"work", "makeup"} for cell in cells))


def _breaks(cells: list[DayCell]) -> Iterator[Break]:
    """Of one name together: the days off, and the weekends that are worked in exchange."""
    off = [cell for cell in cells if cell.kind == "off"]
    worked = [cell for cell in cells if cell.kind == "makeup"]
    runs: list[list[DayCell]] = []
    for cell in off:
        if runs and runs[-1][-1].name == cell.name and runs[-1][-1].day + ONE_DAY == cell.day:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    for run in runs:
        days = tuple(cell.day for cell in worked if cell.name == run[0].name)
        yield Break(run[0].name, run[0].day, run[-1].day, len(run), days)
