"""How days and limits are told: the due day, what is left of it, how urgent that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, Subquery, Sum

from apps.deadlines.workdays import WorkCalendar, count_working_days, due_day_of, local_day
from apps.transfers.enums import State
from apps.transfers.models import Application, Item

SOON = 2
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Due:
    """The due day in words; ``tone`` is calm, soon, today or late."""

    day: date
    words: str
    tone: str
    is_provisional: bool
    what: str


def due_of(application: Application, *, now: datetime, calendar: WorkCalendar) -> Due | None:
    """How the limit in force stands at ``now``; None where none runs."""
    if application.due_at is None:
        return None
    day, words, tone = told_due(application.due_at, now=now, calendar=calendar)
    what = "补正截止" if application.state == State.CORRECTION else "办理时限"
    return Due(day, words, tone, application.is_due_provisional, what)


def told_due(due_at: datetime, *, now: datetime, calendar: WorkCalendar) -> tuple[date, str, str]:
    """The day at whose end a limit is due, what is left of it in words, and its tone."""
    day, today = due_day_of(due_at), local_day(now)
    return day, *_told(day, today, is_over=due_at <= now, calendar=calendar)


def _told(day: date, today: date, *, is_over: bool, calendar: WorkCalendar) -> tuple[str, str]:
    if is_over:
        late = count_working_days(after=day, until=today, calendar=calendar)
        return (f"已逾期 {late} 个工作日" if late else "已逾期"), "late"
    if day == today:
        return "今日到期", "today"
    left = count_working_days(after=today, until=day, calendar=calendar)
    return f"剩 {left} 个工作日", "soon" if left <= SOON else "calm"


def written_day(value: date | None) -> str:
    """2026-11-22 周日; a dash where there is none."""
    return "—" if value is None else f"{value.isoformat()} 周{WEEKDAYS[value.weekday()]}"


def show_due(applications: Iterable[Application], *, now: datetime, calendar: WorkCalendar) -> None:
    """Put ``due`` on each application of a page."""
    for application in applications:
        application.due = due_of(application, now=now, calendar=calendar)  # type: ignore[attr-defined]


def asked_tonnes(of: str = "pk") -> Subquery:
    """Tonnes asked for, of each application of a list; ``of`` is where its key stands in a row."""
    sums = Item.objects.filter(application=OuterRef(of)).order_by().values("application").annotate(t=Sum("amount_t"))
    return Subquery(sums.values("t"))
