"""The ladder at work: what has come due is recorded, each once, stamped with its own moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from apps.catalogue.columns import save_columns
from apps.deadlines.enums import ClockStatus, EventKind, RungKind
from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.rules import PlannedRung, is_missed, next_moment
from apps.deadlines.services.planning import log_row, pending_rungs, recorded_rungs, rungs_of
from apps.deadlines.workdays import WorkCalendar, local_day


def lock_due(*, reference: str, now: datetime) -> list[Deadline]:
    """Lock the reference's clocks that want attention at `now`, in the order of their moments.

    The caller holds the lock of what the reference names. Locks are taken in key order, as everywhere.
    """
    clocks = Deadline.objects.running().due(now).filter(reference=reference).locked()
    return sorted(clocks, key=lambda clock: (clock.next_at, clock.pk))


@transaction.atomic
def record_rungs(
    *, deadline: Deadline, now: datetime, calendar: WorkCalendar, holder: Mapping[str, Any] | None = None
) -> list[DeadlineEvent]:
    """Record everything of a locked clock's ladder whose moment has come, in order of moment; answer what is new.

    1. The ladder's rungs that this round hasn't recorded, with their moments.
    2. Those not later than `now`: a reminder is `rung`, or `missed` when the due moment has passed as well; the
       breach is `breached`, stamped with the due moment, once in the clock's life; supervision and letters `rung`.
    3. The clock's next moment: the earliest of what is left.

    `holder` (who holds the matter now) goes into each event's details beside the addressee. A second call records
    nothing; two calls at once are kept apart by the caller's lock (`lock_due`) and, failing that, by the database.
    """
    ringing = Ringing(deadline, now, holder or {})
    return record_many_rungs(ringing=[ringing], recorded={deadline.pk: recorded_rungs(deadline)}, calendar=calendar)


@dataclass(frozen=True, slots=True)
class Ringing:
    """A locked clock, until when its ladder is to be recorded, and what to note about who holds the matter.

    ``told`` names the people who stand for an addressee on a day: they go into the event, and a missed reminder
    tells nobody.
    """

    deadline: Deadline
    until: datetime
    holder: Mapping[str, Any]
    told: Callable[[str, date], Sequence[Mapping[str, Any]]] | None = None


@transaction.atomic
def record_many_rungs(
    *,
    ringing: Sequence[Ringing],
    calendar: WorkCalendar,
    recorded: Mapping[int, Mapping[str, DeadlineEvent]] | None = None,
) -> list[DeadlineEvent]:
    """The same for many locked clocks in one write. ``recorded``: what their rounds recorded so far, if at hand."""
    running = [one for one in ringing if one.deadline.status == ClockStatus.RUNNING and one.deadline.due_at]
    known = _recorded(one.deadline for one in running) if recorded is None else recorded
    events = [event for one in running for event in _come(one, known.get(one.deadline.pk, {}), calendar)]
    DeadlineEvent.objects.bulk_create(events)
    save_columns([one.deadline for one in running], "breached_at", "next_at")
    return events


def _come(one: Ringing, recorded: Mapping[str, DeadlineEvent], calendar: WorkCalendar) -> list[DeadlineEvent]:
    """Unsaved events of what has come; sets on the clock its breach and its next moment."""
    deadline, now = one.deadline, one.until
    if deadline.due_at is None:
        return []
    rungs = rungs_of(deadline.ladder, calendar)
    pending = pending_rungs(deadline, rungs, recorded, calendar)
    come = [item for item in pending if item.moment <= now]
    events = [_event(one, item) for item in come]
    if any(item.rung.kind == RungKind.BREACH for item in come):
        deadline.breached_at = deadline.due_at
    waiting = [item for item in pending if item.moment > now]
    deadline.next_at = next_moment(rungs, waiting, due_at=deadline.due_at)
    return events


def _recorded(deadlines: Iterable[Deadline]) -> dict[int, dict[str, DeadlineEvent]]:
    """What the present round of each clock has recorded, in one query."""
    rounds = {deadline.pk: deadline.round for deadline in deadlines}
    recorded: dict[int, dict[str, DeadlineEvent]] = {}
    for event in DeadlineEvent.objects.filter(deadline__in=list(rounds)).exclude(rung=""):
        if event.round == rounds[event.deadline_id]:
            recorded.setdefault(event.deadline_id, {})[event.rung] = event
    return recorded


def _event(one: Ringing, item: PlannedRung) -> DeadlineEvent:
    rung, kind = item.rung, _kind_of(one.deadline, item, one.until)
    # What happens at 24:00 of a day happened on it.
    on = local_day(item.moment - timedelta.resolution)
    told = one.told(rung.addressee, on) if one.told is not None and kind != EventKind.MISSED else ()
    event = log_row(
        one.deadline,
        kind,
        occurred_at=item.moment,
        now=one.until,
        rung_kind=rung.kind.value,
        addressee=rung.addressee,
        text=rung.text,
        holder=dict(one.holder),
        told=[dict(person) for person in told],
    )
    event.rung = rung.code
    return event


def _kind_of(deadline: Deadline, item: PlannedRung, now: datetime) -> EventKind:
    if item.rung.kind == RungKind.BREACH:
        return EventKind.BREACHED
    if deadline.due_at is not None and is_missed(item, due_at=deadline.due_at, now=now):
        return EventKind.MISSED
    return EventKind.RUNG
