"""A clock's story, day by day, as people check it with a wall calendar. Reads only, takes no lock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from apps.deadlines.enums import EventKind, SpanKind
from apps.deadlines.models import ClockStop, Deadline
from apps.deadlines.services.calendar import holiday_names
from apps.deadlines.workdays import ONE_DAY, ReckonedDay, WorkCalendar, add_working_days, left_at_stop, reckon


@dataclass(frozen=True, slots=True)
class ReckonedSpan:
    """Days that follow each other and are alike to the clock, `first` and `last` included.

    `numbers` are the first and the last number of counted days: of a clock of n working days they end at n, also
    after a stop. `is_provisional`: the days lie in a year without notice, or the due day rests on such days.
    """

    kind: SpanKind
    first: date
    last: date
    why: str
    numbers: tuple[int, int] | None = None
    is_provisional: bool = False


def reckoning_of(
    *, deadline: Deadline, calendar: WorkCalendar, names: Mapping[date, str] | None = None
) -> list[ReckonedSpan]:
    """How the due day of a clock came about: day 0, what counted and what did not, stops, the due day.

    A stopped clock's story ends with the stop and the days left. `names` are the holidays' names by day
    (`holiday_names`), read when not given.
    """
    story = _Story(deadline, calendar, holiday_names(calendar) if names is None else names)
    return story.tell()


class _Story:
    """The same steps as `recompute` takes, told instead of stored."""

    def __init__(self, deadline: Deadline, calendar: WorkCalendar, names: Mapping[date, str]) -> None:
        self.deadline = deadline
        self.calendar = calendar
        self.names = names
        self.spans: list[ReckonedSpan] = []

    def tell(self) -> list[ReckonedSpan]:
        clock = self.deadline
        self._tell_void()
        is_anew = clock.base_round > 1
        kind, why = (SpanKind.RESTARTED, "重新起算日，不计入") if is_anew else (SpanKind.STARTED, "起算日，不计入")
        self._add(kind, clock.base_on, why=why)
        start, left = clock.base_on, clock.base_days
        for stop in clock.stops.filter(round__gte=clock.base_round).order_by("round"):
            left = self._tell_stop(stop, start, left)
            if stop.resumed_on is None:
                return self.spans
            start = stop.resumed_on
            self._tell_resume(stop.stopped_on, start, left)
        self._tell_end(start, left)
        return self.spans

    def _tell_void(self) -> None:
        """What ran before the clock began anew, from its log: the row has forgotten it."""
        begun = self.deadline.events.filter(kind__in=(EventKind.STARTED, EventKind.RESTARTED)).order_by("pk")
        firsts = [date.fromisoformat(event.details["day"]) for event in begun]
        for first, following in pairwise(firsts):
            self._add(SpanKind.VOID, first, following, why=f"{following} 重新起算，此前各日作废")

    def _tell_stop(self, stop: ClockStop, start: date, left: int | None) -> int | None:
        """Days run until the stop, then the stop itself; gives the working days that are left."""
        if left is None:
            self._tell_following(start, stop.stopped_on)
            self._add(SpanKind.STOPPED, stop.stopped_on, why="随同的时限停表")
            return None
        due = add_working_days(start, left, self.calendar).day
        self._tell_days(start, left, until=stop.stopped_on)
        if stop.stopped_on > due:
            self._add(SpanKind.OVERDUE, due + ONE_DAY, stop.stopped_on, why=f"{due} 已到期")
        really = left_at_stop(stop=stop.stopped_on, due=due, calendar=self.calendar, at_least=0)
        kept = max(really, stop.at_least)
        why = f"停表，剩余{kept}个工作日" if really == kept else f"停表，剩余{really}个工作日，按{kept}个计"
        self._add(SpanKind.STOPPED, stop.stopped_on, why=why)
        return kept

    def _tell_resume(self, stopped_on: date, day: date, left: int | None) -> None:
        if stopped_on + ONE_DAY < day:
            self._add(SpanKind.STANDING, stopped_on + ONE_DAY, day - ONE_DAY, why="停表期间，不计入")
        why = {0: "恢复计时日，已无剩余工作日", None: "恢复计时日"}.get(left, "恢复计时日，不计入")
        self._add(SpanKind.RESUMED, day, why=why)

    def _tell_end(self, start: date, left: int | None) -> None:
        """From the last start to the due day that is stored, and why it is another than the one reckoned."""
        clock, stored = self.deadline, self.deadline.due_on
        if stored is None:
            return
        if left is None:
            self._tell_following(start, stored)
            leader = clock.follows
            why = f"随同时限“{leader.kind}”，为其到期日的前一日" if leader else "随同另一时限"
        else:
            reckoned = add_working_days(start, left, self.calendar).day
            self._tell_days(start, left, until=reckoned)
            why = f"第{clock.base_days}个工作日，当日24时到期" if left else "当日24时到期"
            if stored == clock.floor_on and stored > reckoned:
                self._add(SpanKind.FLOOR, stored, why=f"年历调整后应于 {reckoned} 到期，该日已过，以调整当日为限")
                why = "当日24时到期"
            elif stored != reckoned:
                why = "当日24时到期（按当时的年历）"
        self._add(SpanKind.DUE, stored, why=why + ("（暂定）" if clock.is_provisional else ""))
        self.spans[-1] = replace(self.spans[-1], is_provisional=clock.is_provisional)

    def _tell_days(self, start: date, left: int, *, until: date) -> None:
        """The days after `start`, alike ones together; with nothing left, those before the day that is due."""
        lines = [line for line in reckon(start, left, self.calendar, self.names) if start < line.day <= until]
        used = (self.deadline.base_days or 0) - left
        for line in lines if left else lines[:-1]:
            self._add_line(line, used)

    def _tell_following(self, start: date, until: date) -> None:
        if start < until:
            self._add(SpanKind.FOLLOWING, start + ONE_DAY, until, why="随同另一时限，不单独计日")

    def _add_line(self, line: ReckonedDay, used: int) -> None:
        number = None if line.number is None else line.number + used
        kind = SpanKind.NOT_COUNTED if number is None else SpanKind.COUNTED
        last = self.spans[-1]
        if (last.kind, last.why) != (kind, line.why) or last.last + ONE_DAY != line.day:
            self._add(kind, line.day, why=line.why, numbers=(number, number) if number else None)
            return
        numbers = (last.numbers[0], number) if last.numbers and number else None
        self.spans[-1] = replace(last, last=line.day, numbers=numbers)

    def _add(
        self,
        kind: SpanKind,
        first: date,
        last: date | None = None,
        *,
        why: str,
        numbers: tuple[int, int] | None = None,
    ) -> None:
        days: Iterable[date] = (first, last or first)
        is_provisional = kind in _BY_CALENDAR and any(day.year not in self.calendar.known_years for day in days)
        self.spans.append(ReckonedSpan(kind, first, last or first, why, numbers, is_provisional))


# The kinds that depend on what the calendar says of their days.
_BY_CALENDAR = frozenset({SpanKind.COUNTED, SpanKind.NOT_COUNTED})
