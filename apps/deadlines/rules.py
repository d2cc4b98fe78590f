"""When the rungs of a ladder come: pure, no tables, no clock."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from apps.deadlines.enums import RungAnchor, RungKind
from apps.deadlines.workdays import (
    ZONE,
    WorkCalendar,
    add_working_days,
    due_day_of,
    end_of_day,
    working_day_before,
)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung as data; `at_time` None means the end of the day."""

    code: str
    position: int
    kind: RungKind
    anchor: RungAnchor
    working_days: int = 0
    at_time: time | None = None
    addressee: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRung:
    """A rung with the moment at which it comes."""

    rung: Rung
    moment: datetime


def moment_of(rung: Rung, *, due_at: datetime, breached_at: datetime | None, calendar: WorkCalendar) -> datetime:
    """The rung's own moment. What comes after the due day counts from the breach when there was one.

    A breach stands even when the calendar changes later; supervision that began with it keeps its days.
    """
    return _moment_on(_day_of(rung, due_at, breached_at, calendar), rung.at_time)


def plan(
    rungs: Iterable[Rung],
    *,
    due_at: datetime,
    breached_at: datetime | None,
    planned_from: datetime,
    calendar: WorkCalendar,
) -> list[PlannedRung]:
    """The rungs to be recorded, in order of moment.

    A reminder whose moment does not lie after `planned_from` (the clock's start or its last move) and before the
    due moment is not planned at all: nobody could have been reminded then. Acts are not recorded, so not planned.
    """
    planned = [
        PlannedRung(rung, moment_of(rung, due_at=due_at, breached_at=breached_at, calendar=calendar))
        for rung in rungs
        if rung.kind != RungKind.ACT
    ]
    kept = [item for item in planned if item.moment > planned_from or not is_advance(item, due_at)]
    return sorted(kept, key=lambda item: (item.moment, item.rung.position))


def is_advance(planned: PlannedRung, due_at: datetime) -> bool:
    """Whether the rung speaks of a due moment still to come: a reminder, or a letter before the due moment."""
    return planned.rung.kind in (RungKind.REMINDER, RungKind.LETTER) and planned.moment < due_at


def is_missed(planned: PlannedRung, *, due_at: datetime, now: datetime) -> bool:
    """Whether the due moment has overtaken a reminder that was not given: it is recorded as missed, not sent."""
    return is_advance(planned, due_at) and due_at <= now


def next_moment(rungs: Collection[Rung], pending: Iterable[PlannedRung], *, due_at: datetime) -> datetime | None:
    """The earliest moment at which the clock wants attention; None when nothing pends.

    A clock without a ladder, or with an act in it, wants its owner at the due moment until the owner ends it.
    """
    moments = [item.moment for item in pending]
    if not rungs or any(rung.kind == RungKind.ACT for rung in rungs):
        moments.append(due_at)
    return min(moments, default=None)


def _day_of(rung: Rung, due_at: datetime, breached_at: datetime | None, calendar: WorkCalendar) -> date:
    due_day = due_day_of(due_at)
    if rung.anchor == RungAnchor.BEFORE_DUE:
        return working_day_before(due_day, rung.working_days, calendar)
    if rung.anchor == RungAnchor.AFTER_DUE or rung.kind == RungKind.SUPERVISION:
        start = due_day_of(breached_at) if breached_at else due_day
        return add_working_days(start, rung.working_days, calendar).day if rung.working_days else start
    return due_day


def _moment_on(day: date, at_time: time | None) -> datetime:
    return end_of_day(day) if at_time is None else datetime.combine(day, at_time, tzinfo=ZONE)
