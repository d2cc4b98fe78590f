"""Steps shared by the services: rungs from the table, the next moment of a clock, the log row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from apps.catalogue.kept import Kept
from apps.deadlines.enums import EventKind, RungAnchor, RungKind
from apps.deadlines.models import Deadline, DeadlineEvent, LadderRung
from apps.deadlines.rules import PlannedRung, Rung, is_advance, next_moment, plan
from apps.deadlines.services.refusals import ClockRefused
from apps.deadlines.workdays import ONE_DAY, WorkCalendar, due_day_of, end_of_day

Ladders = Mapping[str, list[Rung]]
Plans = dict[tuple[str, datetime, datetime | None], list[PlannedRung]]
# Before any clock: everything that a ladder has is planned.
EVER = datetime(1, 1, 2, tzinfo=UTC)


def rungs_of(ladder: str, calendar: WorkCalendar) -> list[Rung]:
    """The rungs of a named ladder; none for a clock without one. ClockRefused(unknown_ladder)."""
    return read_ladders([ladder], calendar)[ladder]


def read_ladders(names: Iterable[str], calendar: WorkCalendar) -> Ladders:
    """The rungs of several ladders, as of the calendar's stamp. ClockRefused(unknown_ladder) when one has none."""
    ladders: dict[str, list[Rung]] = {name: [] for name in names}
    wanted = [name for name in ladders if name]
    known = _all_ladders(calendar.stamp) if wanted else {}
    for name in wanted:
        if name not in known:
            raise ClockRefused("unknown_ladder", f"没有名为“{name}”的时限阶梯，请先载入阶梯数据。")
        ladders[name] = list(known[name])
    return ladders


def pending_rungs(
    deadline: Deadline,
    rungs: list[Rung],
    recorded: Mapping[str, DeadlineEvent],
    calendar: WorkCalendar,
    plans: Plans | None = None,
) -> list[PlannedRung]:
    """What the ladder still has to record for a running clock; `recorded` are this round's events by rung.

    ``plans`` keeps what was planned, for whoever asks about many clocks that are due at the same moments.
    """
    if deadline.due_at is None:
        return []
    breach = next((event.occurred_at for event in recorded.values() if event.kind == EventKind.BREACHED), None)
    key = deadline.ladder, deadline.due_at, breach
    plans = {} if plans is None else plans
    if key not in plans:
        plans[key] = plan(rungs, due_at=deadline.due_at, breached_at=breach, planned_from=EVER, calendar=calendar)
    # One breach per clock, ever: a later round of the same clock can't breach again.
    breached = deadline.breached_at is not None
    return [
        item
        for item in plans[key]
        if item.rung.code not in recorded
        and not (breached and item.rung.kind == RungKind.BREACH)
        and (item.moment > deadline.planned_from or not is_advance(item, deadline.due_at))
    ]


def next_at_of(
    deadline: Deadline,
    rungs: list[Rung],
    recorded: Mapping[str, DeadlineEvent],
    calendar: WorkCalendar,
    plans: Plans | None = None,
) -> datetime | None:
    """The clock's next moment: its next rung, or the due moment at which its owner acts."""
    if deadline.due_at is None:
        return None
    return next_moment(rungs, pending_rungs(deadline, rungs, recorded, calendar, plans), due_at=deadline.due_at)


def recorded_rungs(deadline: Deadline) -> dict[str, DeadlineEvent]:
    """This round's events that stand for a rung, by the rung's code."""
    events = DeadlineEvent.objects.filter(deadline=deadline, round=deadline.round).exclude(rung="")
    return {event.rung: event for event in events}


def moment_within(day: date, now: datetime) -> datetime:
    """When something that belongs to `day` happened: now, or the end of the day if it is told of later."""
    return min(now, end_of_day(day))


def day_before_leader(leader: Deadline, started_on: date) -> date:
    """The due day of a following clock: the calendar day before its leader's, but never before its own day 0."""
    if leader.due_at is None:
        raise ClockRefused(
            "clock_leader_not_running", f"{leader.reference} 的时限“{leader.kind}”没有在计时，随同它的时限无法推算。"
        )
    return max(due_day_of(leader.due_at) - ONE_DAY, started_on)


def log_row(
    deadline: Deadline, kind: EventKind, *, occurred_at: datetime, now: datetime, **details: Any
) -> DeadlineEvent:
    """An unsaved row of the log as the clock stands."""
    return DeadlineEvent(
        deadline=deadline,
        kind=kind,
        round=deadline.round,
        occurred_at=occurred_at,
        recorded_at=now,
        due_at=deadline.due_at,
        details=details,
    )


def _rung(row: LadderRung) -> Rung:
    return Rung(
        code=row.code,
        position=row.position,
        kind=RungKind(row.kind),
        anchor=RungAnchor(row.anchor),
        working_days=row.working_days,
        at_time=row.at_time,
        addressee=row.addressee,
        text=row.text,
    )


def _read_all() -> Ladders:
    ladders: dict[str, list[Rung]] = defaultdict(list)
    for row in LadderRung.objects.order_by("ladder", "position"):
        ladders[row.ladder].append(_rung(row))
    return dict(ladders)


_all_ladders = Kept(_read_all)
