"""The clocks of every state, and the reckoning of a due day done once more by counting days one by one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from apps.deadlines.models import CalendarDay, CalendarYear, ClockStop, Deadline
from apps.deadlines.workdays import ZONE
from apps.transfers.models import Application

ONE_DAY = timedelta(days=1)
FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
# The one clock that people look at, by state, on the two longer routes; on fast track it is the whole's.
SHOWN = {
    "local_opinion": "local",
    "origin_review": "origin",
    "destination_review": "destination",
    "decision": "decision",
    "correction": "lapse",
    "suspended": "suspension",
}


@dataclass(frozen=True)
class Days:
    """The stored calendar as plain sets."""

    known: frozenset[int]
    off: frozenset[date]
    worked: frozenset[date]

    @classmethod
    def stored(cls) -> "Days":
        rows = list(CalendarDay.objects.values_list("day", "kind"))
        return cls(
            frozenset(CalendarYear.objects.values_list("year", flat=True)),
            frozenset(day for day, kind in rows if kind == "day_off"),
            frozenset(day for day, kind in rows if kind == "makeup_workday"),
        )

    def works(self, day: date) -> bool:
        if day.year not in self.known:
            return day.weekday() < 5 and (day.month, day.day) not in FIXED
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def after(self, start: date, n: int) -> date:
        """The n-th working day after ``start``; n = 0 is ``start`` or the first working day after it."""
        if n == 0 and self.works(start):
            return start
        day, left = start, max(n, 1)
        while left:
            day += ONE_DAY
            left -= self.works(day)
        return day

    def between(self, after: date, until: date) -> int:
        return sum(self.works(after + ONE_DAY * n) for n in range(1, (until - after).days + 1))


def midnight_after(day: date) -> datetime:
    return datetime.combine(day + ONE_DAY, datetime.min.time(), tzinfo=ZONE)


def due_day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date() - ONE_DAY


def check_reckoning(clocks: Iterable[Deadline], days: Days) -> None:
    """Every open clock is due on the day that its stored starts and stops give, counted anew."""
    stops: dict[int, list[ClockStop]] = {}
    for stop in ClockStop.objects.order_by("round"):
        stops.setdefault(stop.deadline_id, []).append(stop)
    open_ones = {clock.pk: clock for clock in clocks if clock.status != "ended"}
    for clock in open_ones.values():
        where = f"{clock.reference} {clock.kind}"
        if clock.follows_id is not None:
            leader = open_ones[clock.follows_id]
            assert leader.status == clock.status, where
            if clock.status == "running":
                expected = max(due_day(leader.due_at) - ONE_DAY, clock.started_on)
                assert due_day(clock.due_at) == max(expected, clock.floor_on or expected), where
            continue
        start, left, is_standing = replayed(clock, stops.get(clock.pk, []), days)
        if is_standing:
            assert (clock.status, clock.left_days, clock.due_at) == ("stopped", left, None), where
            continue
        expected = days.after(start, left)
        assert clock.status == "running", where
        assert due_day(clock.due_at) == max(expected, clock.floor_on or expected), where


def replayed(clock: Deadline, stops: list[ClockStop], days: Days) -> tuple[date, int, bool]:
    """From which day the clock counts how many days, and whether it stands still."""
    start, left = clock.base_on, clock.base_days
    for stop in stops:
        if stop.round >= clock.base_round:
            left = max(stop.at_least, days.between(stop.stopped_on, days.after(start, left)))
            if stop.resumed_on is None:
                return start, left, True
            start = stop.resumed_on
    return start, left, False


def expected_clocks(case: Application, *, holds: bool) -> tuple[set[str], set[str], set[str]]:
    """Kinds that must run, may run beside them, and must be stopped, in the state in which the case is."""
    fast = case.route == "fast_track"
    acceptance = set() if case.accepted_on else {"acceptance"}
    stage = {
        "local_opinion": {"local"},
        "origin_review": {"whole", "target"} if fast else {"origin"},
        "destination_review": {"whole"} if fast else {"destination"},
        "decision": {"whole"} if fast else {"decision"},
    }
    # On fast track the destination has a limit of its own only if it had a working day at all.
    perhaps = {"destination"} if fast else set()
    if case.state in stage:
        running = stage[case.state] | (acceptance if case.state == "origin_review" else set())
        return running, perhaps if case.state == "destination_review" else set(), set()
    if case.state == "correction":
        return {"lapse"} | ({"hold"} if holds else set()), set(), {"whole"} if fast else {"origin"}
    if case.state == "suspended":
        return (
            {"suspension"},
            perhaps if case.suspended_from == "destination_review" else set(),
            stage[case.suspended_from],
        )
    return ({"closing"} if case.state == "approved" else set()), set(), set()


def check_state(case: Application, clocks: list[Deadline], *, holds: bool) -> None:
    """A case runs the clocks of its state, from the days that its own columns tell, and shows the right one."""
    running = {clock.kind: clock for clock in clocks if clock.status == "running"}
    stopped = {clock.kind for clock in clocks if clock.status == "stopped"}
    must_run, may_be, must_stand = expected_clocks(case, holds=holds)
    where = f"{case.number} {case.state} runs {sorted(running)}, stopped {sorted(stopped)}"
    assert must_run <= set(running) <= must_run | may_be, where
    assert must_stand <= stopped <= must_stand | may_be, where
    _check_starts(case, running)
    shown = SHOWN.get(case.state, "")
    if case.route == "fast_track" and case.state in {"origin_review", "destination_review", "decision"}:
        shown = "whole"
    clock = running.get(shown)
    mirrored = (clock.due_at, clock.is_provisional) if clock else (None, False)
    assert (case.due_at, case.is_due_provisional) == mirrored, f"{where}: {case.due_at} is not {mirrored}"


def _check_starts(case: Application, running: dict[str, Deadline]) -> None:
    sources = {
        "local": case.submitted_at and case.submitted_at.astimezone(ZONE).date(),
        "origin": case.received_on,
        "acceptance": case.received_on,
        "lapse": case.correction_requested_on,
        "hold": case.correction_requested_on,
        "closing": case.valid_until,
    }
    for kind, clock in running.items():
        if kind == "local" and case.round > 1:
            continue
        if kind in sources:
            assert clock.base_on == sources[kind], f"{case.number} {kind} from {clock.base_on}, not {sources[kind]}"
        if kind == "destination" and case.route != "fast_track":
            assert clock.base_on == case.endorsed_at.astimezone(ZONE).date()
