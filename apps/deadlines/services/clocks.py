"""The verbs of a clock: start, stop, resume, restart, end, reopen.

Every verb expects that the caller holds the lock of whatever the reference names; it locks the clock itself after
that. Days are days of Asia/Shanghai and may lie before `now` (a late sweep tells what the clock did then).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError
from django.db.models import Count, Max, Q, QuerySet

from apps.catalogue.joining import joins_transaction
from apps.deadlines.enums import ClockStatus, EventKind
from apps.deadlines.models import ClockStop, Deadline, DeadlineEvent
from apps.deadlines.rules import Rung
from apps.deadlines.services.calendar import steady_calendar
from apps.deadlines.services.planning import (
    day_before_leader,
    log_row,
    moment_within,
    next_at_of,
    read_ladders,
    rungs_of,
)
from apps.deadlines.services.recompute import reckon_clocks
from apps.deadlines.services.refusals import ClockRefused
from apps.deadlines.workdays import WorkCalendar, add_working_days, due_day_of, end_of_day, left_at_stop, local_day

# Whoever ends clocks holds the lock of what they belong to: no other order of locking them can come about.
END = """
    WITH ended AS (
        UPDATE deadlines_deadline SET status = 'ended', ended_at = %(at)s, next_at = NULL
        WHERE reference = %(reference)s AND status <> 'ended'
          AND (%(kinds)s::varchar[] IS NULL OR kind = ANY(%(kinds)s::varchar[]))
        RETURNING *
    ), logged AS (
        INSERT INTO deadlines_deadlineevent (deadline_id, kind, rung, round, occurred_at, recorded_at, due_at, details)
        SELECT id, 'ended', '', round, %(at)s, %(now)s, due_at, '{}'::jsonb FROM ended ORDER BY id
    )
    SELECT * FROM ended ORDER BY id
"""


def open_clocks(reference: str) -> QuerySet[Deadline]:
    """The running and stopped clocks of a reference, oldest first."""
    return Deadline.objects.open().filter(reference=reference).order_by("pk")


@dataclass(frozen=True, slots=True)
class Start:
    """A clock to be started: due at the end of the `days`-th working day after `day0`."""

    kind: str
    day0: date
    days: int
    ladder: str = ""


@joins_transaction
def start_clocks(
    *, reference: str, starts: Sequence[Start], now: datetime, calendar: WorkCalendar, is_new: bool = False
) -> dict[str, Deadline]:
    """Start several clocks of a reference at once, of different kinds; gives them by kind.

    ``is_new``: the reference was given a moment ago and can have had no clock yet; should it have, the database
    refuses the second first one. Without a ladder the owner acts at the due moment. A reminder that would come before the clock's own start is
    not planned. ClockRefused: clock_already_open, unknown_ladder.
    """
    clocks = [
        Deadline(reference=reference, kind=one.kind, ladder=one.ladder, base_on=one.day0, base_days=one.days)
        for one in starts
    ]
    _start(clocks, now, calendar, is_new=is_new)
    return {clock.kind: clock for clock in clocks}


def start_clock(
    *, reference: str, kind: str, day0: date, days: int, now: datetime, calendar: WorkCalendar, ladder: str = ""
) -> Deadline:
    """Start one clock, as `start_clocks` does."""
    starts = [Start(kind, day0, days, ladder)]
    return start_clocks(reference=reference, starts=starts, now=now, calendar=calendar)[kind]


@joins_transaction
def start_clock_before(
    *, reference: str, kind: str, leader: Deadline, now: datetime, calendar: WorkCalendar, ladder: str = ""
) -> Deadline:
    """Start a clock today whose due day is the calendar day before its leader's, wherever that one moves.

    It is never due before the end of the day on which it starts; whether it had a working day at all is for the
    caller to count (`count_working_days`). ClockRefused: clock_leader_not_running, clock_already_open,
    unknown_ladder.
    """
    clock = Deadline(reference=reference, kind=kind, ladder=ladder, base_on=local_day(now), follows=leader)
    _start([clock], now, calendar)
    return clock


@joins_transaction
def stop_clock(
    *, reference: str, kind: str, day: date, now: datetime, calendar: WorkCalendar, at_least: int = 1
) -> Deadline | None:
    """Stop a running clock on `day`, keeping max(at_least, working days after `day` until the due day).

    None when no clock of this kind runs. ClockRefused(clock_backwards) when `day` lies before its day 0.
    """
    calendar = steady_calendar(calendar)
    clock = _locked(reference, kind)
    if clock is None or clock.due_at is None:
        return None
    if day < clock.started_on:
        raise ClockRefused("clock_backwards", f"停表日 {day} 早于起算日 {clock.started_on}。")
    left = left_at_stop(stop=day, due=due_day_of(clock.due_at), calendar=calendar, at_least=at_least)
    ClockStop.objects.create(deadline=clock, round=clock.round, stopped_on=day, at_least=at_least)
    event = log_row(clock, EventKind.STOPPED, occurred_at=moment_within(day, now), now=now, day=day, left_days=left)
    clock.status = ClockStatus.STOPPED
    clock.stopped_on, clock.left_days = day, left
    clock.due_at = clock.next_at = None
    clock.save()
    event.save()
    return clock


@joins_transaction
def resume_clock(*, reference: str, kind: str, day: date, now: datetime, calendar: WorkCalendar) -> Deadline:
    """Let a stopped clock go on from `day`: due at the end of the `left_days`-th working day after it.

    Nothing left: due at the end of `day`, or of the first working day after it. A following clock takes its due
    day from its leader, which must run again first. Reminders come anew. ClockRefused: clock_not_stopped,
    clock_backwards, clock_leader_not_running.
    """
    calendar = steady_calendar(calendar)
    clock = _locked(reference, kind)
    if clock is None or clock.stopped_on is None:
        raise ClockRefused("clock_not_stopped", f"{reference} 的时限“{kind}”没有停表，不能恢复计时。")
    if day < clock.stopped_on:
        raise ClockRefused("clock_backwards", f"恢复日 {day} 早于停表日 {clock.stopped_on}。")
    ClockStop.objects.filter(deadline=clock, round=clock.round).update(resumed_on=day)
    if clock.follows_id is None:
        clock.days = clock.left_days
    clock.round += 1
    clock.started_on = day
    _run(clock, now, calendar)
    return _log_run(clock, EventKind.RESUMED, now, calendar)


@joins_transaction
def restart_clock(
    *, reference: str, kind: str, day: date, days: int, now: datetime, calendar: WorkCalendar
) -> Deadline:
    """Let an open clock, stopped or running, begin anew: `days` working days after `day`; earlier stops are void.

    A following clock stops following. A breach already recorded stands. ClockRefused: clock_not_open,
    clock_backwards.
    """
    calendar = steady_calendar(calendar)
    clock = _locked(reference, kind)
    if clock is None:
        raise ClockRefused("clock_not_open", f"{reference} 没有未结束的时限“{kind}”，不能重新起算。")
    if day < (clock.stopped_on or clock.started_on):
        raise ClockRefused("clock_backwards", f"重新起算日 {day} 早于 {clock.stopped_on or clock.started_on}。")
    clock.round += 1
    clock.base_round = clock.round
    clock.base_on = clock.started_on = day
    clock.base_days = clock.days = days
    clock.follows = None
    _run(clock, now, calendar)
    return _log_run(clock, EventKind.RESTARTED, now, calendar)


@joins_transaction
def end_clocks(
    *, reference: str, kinds: Collection[str], now: datetime, occurred_at: datetime | None = None
) -> list[Deadline]:
    """End the open clocks of these kinds; `occurred_at` when the end happened earlier (the due moment)."""
    return _end(reference, kinds, now, occurred_at or now)


def end_clock(*, reference: str, kind: str, now: datetime, occurred_at: datetime | None = None) -> Deadline | None:
    """End one clock, as `end_clocks` does. None if none is open."""
    ended = end_clocks(reference=reference, kinds=[kind], now=now, occurred_at=occurred_at)
    return ended[0] if ended else None


@joins_transaction
def end_all_clocks(*, reference: str, now: datetime, occurred_at: datetime | None = None) -> None:
    """End every open clock of a reference, whose matter has come to its end; `occurred_at` when that was earlier."""
    _end(reference, None, now, occurred_at or now)


@joins_transaction
def reopen_clock(*, reference: str, kind: str, now: datetime, calendar: WorkCalendar) -> Deadline:
    """Take back the end of the last clock of this kind: it runs on as if it had never ended, in the same round.

    One that ended while stopped is stopped again. What was recorded stays recorded and isn't repeated.
    ClockRefused: clock_already_open, clock_never_ended.
    """
    calendar = steady_calendar(calendar)
    if _locked(reference, kind):
        raise _already_open(reference, kind)
    ended = Deadline.objects.filter(reference=reference, kind=kind).select_related("follows")
    clock = ended.locked().order_by("-sequence").first()
    if clock is None:
        raise ClockRefused("clock_never_ended", f"{reference} 没有已结束的时限“{kind}”，不能续计。")
    clock.status = ClockStatus.RUNNING if clock.due_at else ClockStatus.STOPPED
    clock.ended_at = None
    clock.save()
    log_row(clock, EventKind.REOPENED, occurred_at=now, now=now).save()
    reckon_clocks(clocks=[clock], calendar=calendar, now=now)  # a year may have been loaded since the end
    return clock


def _start(clocks: list[Deadline], now: datetime, calendar: WorkCalendar, *, is_new: bool = False) -> None:
    calendar = steady_calendar(calendar)
    reference, kinds = clocks[0].reference, [clock.kind for clock in clocks]
    earlier = Deadline.objects.filter(reference=reference, kind__in=kinds).order_by()
    last = (
        {}
        if is_new
        else {row["kind"]: row for row in earlier.values("kind").annotate(last=Max("sequence"), open=_open_ones())}
    )
    ladders = read_ladders((clock.ladder for clock in clocks), calendar)
    for clock in clocks:
        before = last.get(clock.kind, {"last": 0, "open": 0})
        if before["open"]:
            raise _already_open(reference, clock.kind)
        clock.sequence = before["last"] + 1
        clock.started_on, clock.days = clock.base_on, clock.base_days
        _reckon(clock, now, calendar, ladders[clock.ladder])
    try:
        Deadline.objects.bulk_create(clocks)
    except IntegrityError as error:
        raise _already_open(reference, "、".join(kinds)) from error
    DeadlineEvent.objects.bulk_create(
        log_row(
            clock, EventKind.STARTED, occurred_at=clock.planned_from, now=now, day=clock.started_on, days=clock.days
        )
        for clock in clocks
    )


def _open_ones() -> Count:
    return Count("pk", filter=~Q(status=ClockStatus.ENDED))


def _run(clock: Deadline, now: datetime, calendar: WorkCalendar) -> None:
    """Let the clock run in its new round from `started_on`."""
    clock.status = ClockStatus.RUNNING
    clock.stopped_on = clock.left_days = clock.floor_on = None
    _reckon(clock, now, calendar, rungs_of(clock.ladder, calendar))


def _reckon(clock: Deadline, now: datetime, calendar: WorkCalendar, rungs: list[Rung]) -> None:
    """Set due moment and next moment of a clock whose round has recorded nothing yet."""
    if clock.follows is not None:
        due_day = day_before_leader(clock.follows, clock.started_on)
        clock.is_provisional = clock.follows.is_provisional
    else:
        due = add_working_days(clock.started_on, clock.days or 0, calendar)
        due_day, clock.is_provisional = due.day, due.is_provisional
    clock.due_at = end_of_day(due_day)
    clock.planned_from = moment_within(clock.started_on, now)
    clock.next_at = next_at_of(clock, rungs, {}, calendar)


def _log_run(clock: Deadline, kind: EventKind, now: datetime, calendar: WorkCalendar) -> Deadline:
    """Save a clock that runs anew, its log row, and the clocks that follow it."""
    clock.save()
    log_row(clock, kind, occurred_at=clock.planned_from, now=now, day=clock.started_on, days=clock.days).save()
    followers = Deadline.objects.running().filter(follows=clock).select_related("follows").locked()
    reckon_clocks(clocks=list(followers), calendar=calendar, now=now)
    return clock


def _end(reference: str, kinds: Collection[str] | None, now: datetime, occurred_at: datetime) -> list[Deadline]:
    """End the open clocks of these kinds, or of all, and log it, in one statement."""
    wanted = None if kinds is None else [str(kind) for kind in kinds]
    values = {"reference": reference, "kinds": wanted, "at": occurred_at, "now": now}
    return list(Deadline.objects.raw(END, values))


def _locked(reference: str, kind: str) -> Deadline | None:
    return Deadline.objects.open().filter(reference=reference, kind=kind).locked().first()


def _already_open(reference: str, kind: str) -> ClockRefused:
    return ClockRefused("clock_already_open", f"{reference} 的时限“{kind}”尚未结束，不能再次起算。")
