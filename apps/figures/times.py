"""Where a case's time went: in whose hands it was, for how many working days. Pure: no tables, no clock.

Day 0 is never counted, so the stretches of a case add up to the working days from its filing to its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import TextChoices

from apps.deadlines.workdays import WorkCalendar, count_working_days, due_day_of, local_day
from apps.transfers.enums import OPEN_STATES, State


class Holder(TextChoices):
    """In whose hands a case is. A review that is suspended is nobody's time."""

    LOCAL = "local", "属地局"
    ORIGIN = "origin", "移出地"
    DESTINATION = "destination", "接受地"
    APPLICANT = "applicant", "申请人补正"
    STOPPED = "stopped", "中止审查"


AUTHORITIES = (Holder.LOCAL, Holder.ORIGIN, Holder.DESTINATION)
HOLDER_OF: Mapping[str, Holder] = {
    State.LOCAL_OPINION: Holder.LOCAL,
    State.ORIGIN_REVIEW: Holder.ORIGIN,
    State.DESTINATION_REVIEW: Holder.DESTINATION,
    State.DECISION: Holder.ORIGIN,
    State.CORRECTION: Holder.APPLICANT,
    State.SUSPENDED: Holder.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A row of the case's log: when it happened, and the state from then on."""

    at: datetime
    is_by_clock: bool
    to_state: str

    @property
    def on(self) -> date:
        """Its day; what the clock did at 24:00 happened on the day that ended."""
        return due_day_of(self.at) if self.is_by_clock else local_day(self.at)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in one holder's hands: from ``since`` to ``until`` (None: still), ``days`` working days."""

    holder: Holder
    since: datetime
    until: datetime | None
    first: date
    last: date
    days: int


def last_end(turns: Sequence[Turn]) -> int | None:
    """Where in the log the case was ended for good: decided, withdrawn or lapsed, and not opened again."""
    found = None
    for place, turn in enumerate(turns):
        was_open = place > 0 and turns[place - 1].to_state in OPEN_STATES
        if turn.to_state in OPEN_STATES:
            found = None
        elif was_open:
            found = place
    return found


def stretches_of(turns: Sequence[Turn], *, today: date, calendar: WorkCalendar) -> list[Stretch]:
    """The case's stretches in order, until its end or until ``today``; alike ones that follow each other are one."""
    end = last_end(turns)
    runs: list[list[Turn]] = []
    for turn in turns[:end]:
        holder = HOLDER_OF.get(turn.to_state)
        if holder is None:
            continue
        if not runs or HOLDER_OF[runs[-1][0].to_state] != holder:
            runs.append([turn])
    starts = [run[0] for run in runs]
    ends: list[Turn | None] = [*starts[1:], turns[end] if end is not None else None]
    return [
        _stretch(start, after, today, calendar) for start, after in zip(starts, ends if starts else [], strict=True)
    ]


def _stretch(start: Turn, after: Turn | None, today: date, calendar: WorkCalendar) -> Stretch:
    last = after.on if after else today
    days = count_working_days(after=start.on, until=last, calendar=calendar)
    return Stretch(HOLDER_OF[start.to_state], start.at, after.at if after else None, start.on, last, days)


def days_by_holder(stretches: Iterable[Stretch]) -> dict[Holder, int]:
    """Working days in each holder's hands; every holder has its entry."""
    sums = dict.fromkeys(Holder, 0)
    for stretch in stretches:
        sums[stretch.holder] += stretch.days
    return sums


def holder_at(stretches: Iterable[Stretch], moment: datetime) -> Holder | None:
    """In whose hands the case was when something fell due: at that moment, not after it."""
    for stretch in stretches:
        if stretch.since < moment and (stretch.until is None or moment <= stretch.until):
            return stretch.holder
    return None
