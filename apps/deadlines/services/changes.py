"""Changing the calendar: prepared, looked at, ordered. It is carried out where the cases are (`transfers`)."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.deadlines.enums import ChangeKind, ChangeStatus, DayKind
from apps.deadlines.models import CalendarChange
from apps.deadlines.services.calendar import load_calendar
from apps.deadlines.services.foreseeing import Foreseen, foresee
from apps.deadlines.services.refusals import CalendarRefused
from apps.deadlines.services.years import calendar_with, changed_days, checked_days, rows_of, stored_rows
from apps.deadlines.workdays import SATURDAY, WorkCalendar, local_day
from apps.organisations.models import User
from apps.organisations.permissions import standing_of

LONGEST = 200
WEEKDAYS = "一二三四五六日"
# A worker that has told nothing for so long is taken for lost.
LOST_AFTER = timedelta(minutes=6)
MOVED = "年历在您预览之后又有改动，本次变更没有执行。请重新提出，核对会变动的案件。"


def mark_of(calendar: WorkCalendar) -> str:
    """A short mark of the stored calendar's state: another one after every change."""
    return hashlib.sha256((calendar.version or "").encode()).hexdigest()[:32]


@transaction.atomic
def prepare_year(
    *, year: int, rows: Iterable[Mapping[str, str | None]], source: str, reason: str, by: User, now: datetime
) -> CalendarChange:
    """Prepare loading a year; nothing changes yet.

    CalendarRefused: calendar_bad_rows (naming each), calendar_empty, calendar_no_reason, calendar_no_change,
    calendar_not_allowed.
    """
    days = sorted(checked_days(year, rows), key=lambda day: day.day)
    wanted, before = rows_of(days), stored_rows(year)
    if wanted == before:
        raise CalendarRefused("calendar_no_change", f"{year}年年历已经是这样，没有需要改动的日期。")
    verb = "载入" if before is None else "重新载入"
    return _prepare(
        kind=ChangeKind.YEAR,
        year=year,
        rows=wanted,
        before=before,
        source=_said(source, "calendar_no_reason", "依据"),
        summary=f"{verb}{year}年年历",
        reason=reason,
        by=by,
        now=now,
    )


@transaction.atomic
def prepare_day(*, day: date, works: bool, name: str, reason: str, by: User, now: datetime) -> CalendarChange:
    """Prepare that one day of a loaded year is worked or off; ``name`` of the holiday or make-up day, where it is one.

    CalendarRefused: calendar_year_unknown, calendar_no_name, calendar_no_change, calendar_no_reason,
    calendar_not_allowed.
    """
    before = stored_rows(day.year)
    if before is None:
        raise CalendarRefused("calendar_year_unknown", f"{day.year}年年历尚未载入，请先载入全年，再调整一天。")
    rows = [row for row in before if row["date"] != day.isoformat()]
    is_weekend = day.weekday() >= SATURDAY
    if works == is_weekend:
        kind = DayKind.MAKEUP_WORKDAY if works else DayKind.DAY_OFF
        rows.append({"date": day.isoformat(), "kind": kind.value, "name": _said(name, "calendar_no_name", "名称")})
    calendar = load_calendar()
    if calendar.is_working_day(day) == works:
        word = "上班" if works else "休息"
        raise CalendarRefused("calendar_no_change", f"{_written(day)} 现在就是{word}，没有需要改动的。")
    named = f"（{name.strip()}）" if works == is_weekend else ""
    words = ("休息", "上班") if works else ("上班", "休息")
    return _prepare(
        kind=ChangeKind.DAY,
        year=day.year,
        day=day,
        rows=rows_of(sorted(checked_days(day.year, rows), key=lambda one: one.day)),
        before=before,
        source="",
        summary=f"{_written(day)}：{words[0]}改为{words[1]}{named}",
        reason=reason,
        by=by,
        now=now,
    )


def foresee_change(*, change: CalendarChange, now: datetime, first: int = 0, most: int = 50) -> Foreseen:
    """Which open clocks the change would move if it were carried out now; reads only."""
    days = checked_days(change.year, change.rows)
    calendar = calendar_with(load_calendar(), change.year, days)
    begins, ends = changed_days(change.year, change.before, change.rows)
    return foresee(first_day=begins, last_day=ends, calendar=calendar, now=now, first=first, most=most)


@transaction.atomic
def order_change(*, change_id: int, seen: str, by: User, now: datetime) -> CalendarChange:
    """Order a prepared change, as it was looked at; the queue carries it out. Ordering it again changes nothing.

    CalendarRefused: calendar_moved (the calendar is not the one that ``seen`` marks), calendar_not_prepared,
    calendar_not_yours (somebody else prepared it), calendar_not_allowed. CalendarChange.DoesNotExist.
    """
    _require_administrator(by, now)
    change = CalendarChange.objects.select_for_update(no_key=True).get(pk=change_id)
    if change.status in (ChangeStatus.WAITING, ChangeStatus.RUNNING, ChangeStatus.DONE):
        return change
    if change.by_id != by.pk:
        # The calendar's log names one person: who looked at it, gave the reason, and ordered it.
        words = f"该变更由{change.by_name}提出，由其本人执行；您也可以自己重新提出。"
        raise CalendarRefused("calendar_not_yours", words)
    if change.status != ChangeStatus.PREPARED:
        raise CalendarRefused("calendar_not_prepared", f"该变更{change.get_status_display()}：{change.refusal}")
    if not change.calendar == seen == mark_of(load_calendar()):
        raise CalendarRefused("calendar_moved", MOVED)
    change.status, change.ordered_at = ChangeStatus.WAITING, now
    change.save(update_fields=["status", "ordered_at"])
    return change


def changes_made() -> QuerySet[CalendarChange]:
    """The calendar's log: what was ordered, the newest first; what was only prepared is no change."""
    return CalendarChange.objects.exclude(status=ChangeStatus.PREPARED)


def pending_changes(*, now: datetime) -> list[int]:
    """Keys of ordered changes that nobody carries out: their message or their worker was lost. Oldest first."""
    lost = Q(touched_at__isnull=True) | Q(touched_at__lt=now - LOST_AFTER)
    waiting = Q(status=ChangeStatus.WAITING) | (Q(status=ChangeStatus.RUNNING) & lost)
    return list(CalendarChange.objects.filter(waiting).order_by("pk").values_list("pk", flat=True))


def _prepare(*, reason: str, by: User, now: datetime, **values: object) -> CalendarChange:
    _require_administrator(by, now)
    return CalendarChange.objects.create(
        reason=_said(reason, "calendar_no_reason", "理由"),
        by=by,
        by_name=str(by),
        prepared_at=now,
        calendar=mark_of(load_calendar()),
        **values,
    )


def _require_administrator(by: User, now: datetime) -> None:
    if not standing_of(by, local_day(now)).is_system_admin:
        raise CalendarRefused("calendar_not_allowed", "年历由系统管理员维护，您不能改动。")


def _said(text: str, code: str, what: str) -> str:
    text = text.strip()
    if not text:
        raise CalendarRefused(code, f"请填写{what}。")
    if len(text) > LONGEST:
        raise CalendarRefused(code, f"{what}最多 {LONGEST} 个字，现有 {len(text)} 个字。")
    return text


def _written(day: date) -> str:
    return f"{day.isoformat()} 周{WEEKDAYS[day.weekday()]}"
