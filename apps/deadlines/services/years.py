"""Loading the calendar of a year from the rows of a file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from apps.deadlines.enums import ChangeKind, ChangeStatus, DayKind
from apps.deadlines.models import CalendarChange, CalendarDay, CalendarYear
from apps.deadlines.services.calendar import load_calendar, seize_calendar
from apps.deadlines.services.recompute import MovedClock, Progress, no_progress, recompute_days
from apps.deadlines.services.refusals import BadRow, CalendarRefused
from apps.deadlines.workdays import SATURDAY, WorkCalendar

HEADER_LINES = 1
# A change may move any number of clocks: they are counted, and only the first of them are told by name.
MOST_TOLD = 1000
NAME_LENGTH = 32


@dataclass(frozen=True, slots=True)
class CalendarLoad:
    """What loading a year did: how many days it holds now, how many clocks' due days moved, and the first of those."""

    year: int
    day_count: int
    moved_count: int
    moved: tuple[MovedClock, ...]


@transaction.atomic
def load_calendar_year(
    *,
    year: int,
    rows: Iterable[Mapping[str, str | None]],
    source: str,
    now: datetime,
    change: CalendarChange | None = None,
    progress: Progress = no_progress,
) -> CalendarLoad:
    """Replace the calendar of `year` by `rows` (date, kind, name) and reckon the clocks that it touches anew.

    Rows are the holidays (those on a weekend too, for their names) and the weekend days that are worked. All rows
    are checked first: CalendarRefused names every bad one, and nothing is loaded. Running clocks that count days
    of the year move (event `moved`, from and to); recorded breaches stand; a due moment that would lie in the past
    is the end of today. ``change`` is the change that is carried out so; without one the calendar's log gets a row
    of its own (a year that came with the system).
    """
    days = checked_days(year, rows)
    seize_calendar()
    before = stored_rows(year)
    stored, is_new = CalendarYear.objects.get_or_create(year=year, defaults={"source": source, "loaded_at": now})
    if not is_new:
        stored.source, stored.loaded_at, stored.stamp = source, now, uuid4()
        stored.save()
    stored.days.all().delete()
    CalendarDay.objects.bulk_create(days)
    count, first = 0, list[MovedClock]()
    why = change.summary if change else ""
    begins, ends = changed_days(year, before, rows_of(days))
    for moved in recompute_days(first=begins, last=ends, calendar=load_calendar(), now=now, progress=progress, why=why):
        count += len(moved)
        first += moved[: MOST_TOLD - len(first)]
    if change is None:
        CalendarChange.objects.create(**_installed(year, days, before, source, now), moved=count)
    return CalendarLoad(year, len(days), count, tuple(first))


def changed_days(year: int, before: list[dict[str, str]] | None, after: list[dict[str, str]]) -> tuple[date, date]:
    """The first and the last day of the year that another calendar would tell otherwise; the whole of a new year."""
    whole = date(year, 1, 1), date(year, 12, 31)
    if before is None:
        return whole
    were, are = ({row["date"]: row["kind"] for row in rows} for rows in (before, after))
    differ = [date.fromisoformat(day) for day in were.keys() | are.keys() if were.get(day) != are.get(day)]
    return (min(differ), max(differ)) if differ else (whole[1], whole[0])


def stored_rows(year: int) -> list[dict[str, str]] | None:
    """The year's days as rows of a file, in order; None for a year that is not loaded."""
    if not CalendarYear.objects.filter(year=year).exists():
        return None
    return rows_of(CalendarDay.objects.filter(year=year).order_by("day"))


def rows_of(days: Iterable[CalendarDay]) -> list[dict[str, str]]:
    """Days as rows of a file."""
    return [{"date": day.day.isoformat(), "kind": str(day.kind), "name": day.name} for day in days]


def calendar_with(calendar: WorkCalendar, year: int, days: Iterable[CalendarDay]) -> WorkCalendar:
    """The calendar as it would be with these days in the place of the year's."""
    days = list(days)
    off = frozenset(day.day for day in days if day.kind == DayKind.DAY_OFF)
    worked = frozenset(day.day for day in days if day.kind == DayKind.MAKEUP_WORKDAY)
    return WorkCalendar(
        frozenset(day for day in calendar.days_off if day.year != year) | off,
        frozenset(day for day in calendar.makeup_days if day.year != year) | worked,
        calendar.known_years | {year},
        stamp=calendar.stamp,
    )


def _installed(
    year: int, days: list[CalendarDay], before: list[dict[str, str]] | None, source: str, now: datetime
) -> dict[str, Any]:
    return {
        "kind": ChangeKind.YEAR,
        "year": year,
        "rows": rows_of(sorted(days, key=lambda day: day.day)),
        "before": before,
        "source": source,
        "reason": "随系统载入",
        "summary": f"载入{year}年年历",
        "by_name": "系统安装",
        "prepared_at": now,
        "finished_at": now,
        "status": ChangeStatus.DONE,
    }


def checked_days(year: int, rows: Iterable[Mapping[str, str | None]]) -> list[CalendarDay]:
    """The rows as unsaved days. CalendarRefused names every bad row."""
    days: dict[date, CalendarDay] = {}
    bad: list[BadRow] = []
    for line, row in enumerate(rows, start=HEADER_LINES + 1):
        try:
            day = _parsed(year, row)
        except _BadValue as error:
            bad.append(BadRow(line, str(error)))
            continue
        if day.day in days:
            bad.append(BadRow(line, f"日期 {day.day} 重复出现"))
        days[day.day] = day
    if bad:
        listed = "；".join(f"第{row.line}行：{row.reason}" for row in bad)
        raise CalendarRefused("calendar_bad_rows", f"{year}年年历有{len(bad)}行有误，未载入。{listed}。", tuple(bad))
    if not any(day.kind == DayKind.DAY_OFF for day in days.values()):
        raise CalendarRefused("calendar_empty", f"{year}年年历中没有任何放假日，未载入：请检查文件。")
    return list(days.values())


class _BadValue(Exception):
    pass


def _parsed(year: int, row: Mapping[str, str | None]) -> CalendarDay:
    day = _parsed_date(year, (row.get("date") or "").strip())
    kind, name = (row.get("kind") or "").strip(), (row.get("name") or "").strip()
    if kind not in DayKind.values:
        raise _BadValue(f"类别“{kind}”应为 day_off 或 makeup_workday")
    if not name or len(name) > NAME_LENGTH:
        raise _BadValue(f"名称应为1至{NAME_LENGTH}个字")
    if kind == DayKind.MAKEUP_WORKDAY and day.weekday() < SATURDAY:
        raise _BadValue(f"{day} 不是周末，不能是调休上班日")
    return CalendarDay(day=day, year_id=year, kind=kind, name=name)


def _parsed_date(year: int, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _BadValue(f"日期“{text}”应写作 {year}-01-01 的形式") from error
    if day.year != year:
        raise _BadValue(f"日期 {day} 不属于{year}年，请在{day.year}年的年历中载入")
    return day
