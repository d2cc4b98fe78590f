"""Where a case's time went, as its page shows it: a bar with its figures beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.deadlines.workdays import WorkCalendar
from apps.figures.times import Holder, Stretch, Turn, days_by_holder, last_end, stretches_of
from apps.transfers.models import LogRow
from apps.web.bars import Bar, bar_of


@dataclass(frozen=True, slots=True)
class CaseTimes:
    """``parts``: holder and working days; ``stretches`` in order; ``is_over``: nothing is added any more."""

    bar: Bar
    parts: list[tuple[Holder, int]]
    stretches: list[Stretch]
    total: int
    is_over: bool


def turns_of(log: Sequence[LogRow]) -> list[Turn]:
    """The rows of a case's log, oldest first, as turns."""
    return [Turn(row.occurred_at, row.actor_id is None, row.to_state) for row in log]


def case_times(log: Sequence[LogRow], *, today: date, calendar: WorkCalendar) -> CaseTimes | None:
    """The times of a filed case; None for what has no log yet."""
    turns = turns_of(log)
    stretches = stretches_of(turns, today=today, calendar=calendar)
    if not stretches:
        return None
    days = days_by_holder(stretches)
    total = sum(days.values())
    parts = [(holder, count) for holder, count in days.items() if any(one.holder == holder for one in stretches)]
    bar = bar_of(((holder.value, Decimal(count)) for holder, count in parts), limit_t=Decimal(total))
    return CaseTimes(bar, parts, stretches, total, last_end(turns) is not None)
