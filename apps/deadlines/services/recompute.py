"""Reckoning open clocks anew after the calendar changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, Value

from apps.catalogue.columns import save_columns
from apps.deadlines.enums import ClockStatus
from apps.deadlines.models import ClockStop, Deadline, DeadlineEvent
from apps.deadlines.models.clocks import DeadlineQuerySet
from apps.deadlines.services.planning import Ladders, Plans, day_before_leader, next_at_of, read_ladders
from apps.deadlines.workdays import (
    DueDay,
    WorkCalendar,
    add_working_days,
    due_day_of,
    end_of_day,
    left_at_stop,
    local_day,
)

CHUNK = 2000
GRACE = timedelta(days=60)
RECKONED_FIELDS = ["due_at", "days", "left_days", "is_provisional", "floor_on", "planned_from", "next_at"]
Progress = Callable[[int, int], None]
_standing = attrgetter(*RECKONED_FIELDS)
# Moments as the encoder of details writes them.
MOMENT = """'YYYY-MM-DD"T"HH24:MI:SS"Z"'"""
LOG_MOVED = f"""
    INSERT INTO deadlines_deadlineevent (deadline_id, kind, rung, round, occurred_at, recorded_at, due_at, details)
    SELECT clock.id, 'moved', '', clock.round, %(now)s, %(now)s, clock.due_at, jsonb_build_object(
        'due_from', to_char(was.due_at AT TIME ZONE 'UTC', {MOMENT}),
        'due_to', to_char(clock.due_at AT TIME ZONE 'UTC', {MOMENT}),
        'left_from', was.left_days, 'left_to', clock.left_days, 'floor_on', clock.floor_on, 'text', %(why)s::text)
    FROM unnest(%(keys)s::bigint[], %(dues)s::timestamptz[], %(lefts)s::int[]) AS was (id, due_at, left_days)
    JOIN deadlines_deadline AS clock ON clock.id = was.id
    ORDER BY clock.id
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class MovedClock:
    """An open clock whose due day has moved, for telling people."""

    deadline_id: int
    reference: str
    kind: str
    due_from: date
    due_to: date


def no_progress(_done: int, _total: int) -> None:
    """Tells nobody."""


def recompute_days(
    *,
    first: date,
    last: date,
    calendar: WorkCalendar,
    now: datetime,
    progress: Progress = no_progress,
    why: str = "",
) -> Iterator[list[MovedClock]]:
    """Reckon every open clock that may count a day from ``first`` to ``last`` anew, from its stored starts and stops.

    Chunk by chunk, the clocks locked in key order, so that a leader comes before those that follow it. Must run
    inside the transaction that changed the calendar, and be consumed. ``progress`` hears how many of how many are
    reckoned; ``why`` goes into the events.
    """
    keys = list(touched(first, last).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        progress(start, len(keys))
        clocks = list(clocks_of(keys[start : start + CHUNK]).locked())
        yield reckon_clocks(clocks=clocks, calendar=calendar, now=now, why=why)
    progress(len(keys), len(keys))


def touched(first: date, last: date) -> DeadlineQuerySet:
    """The open clocks that may count one of the days.

    A clock that follows another is due before it, and supervision counts on after the due day: some days of grace.
    Those that do not count any are reckoned as they are.
    """
    since = end_of_day(first - GRACE)
    return Deadline.objects.open().filter(Q(due_at__gte=since) | Q(due_at=None), base_on__lte=last)


def clocks_of(keys: list[int]) -> DeadlineQuerySet:
    """The clocks with these keys and whatever they follow."""
    return Deadline.objects.filter(among("pk", keys)).select_related("follows")


def among(name: str, keys: Iterable[int]) -> Func:
    """``name IN keys`` as one array: thousands of placeholders would be parsed one by one."""
    array = Value(list(keys), output_field=ArrayField(BigIntegerField()))
    return Func(F(name), array, template="%(expressions)s)", arg_joiner=" = ANY (", output_field=BooleanField())


def reckon_clocks(*, clocks: list[Deadline], calendar: WorkCalendar, now: datetime, why: str = "") -> list[MovedClock]:
    """Reckon these locked open clocks (read with `follows`) anew, save and log what moved."""
    return Chunk(clocks, calendar, now, why=why).reckon() if clocks else []


class Chunk:
    """Some clocks with all that is needed to reckon them, read in a few queries."""

    def __init__(
        self, clocks: list[Deadline], calendar: WorkCalendar, now: datetime, *, why: str = "", is_foreseen: bool = False
    ) -> None:
        self.clocks = {clock.pk: clock for clock in clocks}
        # What is only foreseen isn't stored: a leader of another chunk has to be reckoned here as well.
        self.leaders = {clock.follows_id: clock.follows for clock in clocks if is_foreseen and clock.follows}
        self.calendar = calendar
        self.now = now
        self.why = why
        self.is_foreseen = is_foreseen
        self.ladders: Ladders = read_ladders({clock.ladder for clock in clocks}, calendar)
        self.stops = self._read_stops()
        self.recorded = {} if is_foreseen else self._read_recorded()
        self.due_days: dict[tuple[date, int], DueDay] = {}
        self.plans: Plans = {}

    def reckon(self) -> list[MovedClock]:
        moved, told, changed = [], list[tuple[int, datetime | None, int | None]](), []
        for clock in self.clocks.values():
            stood = _standing(clock)
            before, left_before = clock.due_at, clock.left_days
            self._reckon(clock)
            if _standing(clock) != stood:
                changed.append(clock)
            if clock.due_at != before or clock.left_days != left_before:
                told.append((clock.pk, before, left_before))
            moved += _moved(clock, before)
        save_columns(changed, *RECKONED_FIELDS)
        self._log(told)
        return moved

    def foresee(self) -> list[MovedClock]:
        """What would move; the clocks in memory are changed, those in the database not."""
        moved = []
        for key, leader in self.leaders.items():
            if key not in self.clocks and leader is not None and leader.status != ClockStatus.ENDED:
                self._reckon(leader)
        for clock in self.clocks.values():
            before = clock.due_at
            self._reckon(clock)
            moved += _moved(clock, before)
        return moved

    def _reckon(self, clock: Deadline) -> None:
        if clock.follows_id is not None:
            self._follow(clock)
        else:
            self._replay(clock)
        if clock.status == ClockStatus.RUNNING and not self.is_foreseen:
            clock.next_at = next_at_of(
                clock, self.ladders[clock.ladder], self.recorded.get(clock.pk, {}), self.calendar, self.plans
            )

    def _replay(self, clock: Deadline) -> None:
        """Start and stops once more, with the calendar as it is now."""
        start, days = clock.base_on, clock.base_days or 0
        for stop in self.stops.get(clock.pk, []):
            due = self._due_day(start, days)
            left = left_at_stop(stop=stop.stopped_on, due=due.day, calendar=self.calendar, at_least=stop.at_least)
            if stop.resumed_on is None:
                clock.left_days, clock.is_provisional = left, due.is_provisional
                return
            start, days = stop.resumed_on, left
        clock.days = days
        self._set_due(clock, self._due_day(start, days))

    def _due_day(self, start: date, days: int) -> DueDay:
        """Many clocks start on the same day: their due day is looked for once."""
        key = start, days
        if key not in self.due_days:
            self.due_days[key] = add_working_days(start, days, self.calendar)
        return self.due_days[key]

    def _follow(self, clock: Deadline) -> None:
        leader = self.clocks.get(clock.follows_id or 0) or self.leaders.get(clock.follows_id) or clock.follows
        if leader is None or leader.status != ClockStatus.RUNNING or clock.status != ClockStatus.RUNNING:
            return
        self._set_due(clock, DueDay(day_before_leader(leader, clock.started_on), leader.is_provisional))

    def _set_due(self, clock: Deadline, due: DueDay) -> None:
        """A due moment that would newly lie in the past is the end of today, and today stays its floor."""
        clock.is_provisional = due.is_provisional
        day = max(due.day, clock.floor_on) if clock.floor_on else due.day
        if end_of_day(day) == clock.due_at:
            return
        if end_of_day(day) <= self.now:
            day = clock.floor_on = local_day(self.now)
        if end_of_day(day) != clock.due_at:
            clock.planned_from = max(clock.planned_from, self.now)
            clock.due_at = end_of_day(day)

    def _log(self, told: list[tuple[int, datetime | None, int | None]]) -> None:
        """One row for each clock that moved, from what it is now and what it was, in one statement."""
        if not told:
            return
        keys, dues, lefts = (list(column) for column in zip(*told, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(LOG_MOVED, {"keys": keys, "dues": dues, "lefts": lefts, "now": self.now, "why": self.why})

    def _read_stops(self) -> Mapping[int, list[ClockStop]]:
        stops: dict[int, list[ClockStop]] = {}
        known = {leader.pk: leader for leader in self.leaders.values() if leader} | self.clocks
        for stop in ClockStop.objects.filter(among("deadline_id", known)).order_by("round"):
            if stop.round >= known[stop.deadline_id].base_round:
                stops.setdefault(stop.deadline_id, []).append(stop)
        return stops

    def _read_recorded(self) -> Mapping[int, dict[str, DeadlineEvent]]:
        recorded: dict[int, dict[str, DeadlineEvent]] = {}
        for event in DeadlineEvent.objects.filter(among("deadline_id", self.clocks)).exclude(rung=""):
            if event.round == self.clocks[event.deadline_id].round:
                recorded.setdefault(event.deadline_id, {})[event.rung] = event
        return recorded


def _moved(clock: Deadline, before: datetime | None) -> list[MovedClock]:
    if not before or not clock.due_at or clock.due_at == before:
        return []
    return [MovedClock(clock.pk, clock.reference, clock.kind, due_day_of(before), due_day_of(clock.due_at))]
