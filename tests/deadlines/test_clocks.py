from datetime import date

import pytest

from apps.deadlines.enums import ClockStatus, EventKind
from apps.deadlines.models import Deadline
from apps.deadlines.services import (
    ClockRefused,
    end_all_clocks,
    end_clock,
    open_clocks,
    reopen_clock,
    restart_clock,
    resume_clock,
    start_clock,
    start_clock_before,
    stop_clock,
)
from tests.deadlines.conftest import at

MONDAY = date(2026, 1, 5)
NOON = at("2026-01-05 12:00")
REF = "2026-川渝-00001"


@pytest.fixture
def whole(calendar):
    return start_clock(reference=REF, kind="whole", day0=MONDAY, days=5, now=NOON, calendar=calendar, ladder="whole")


def kinds(clock):
    return [event.kind for event in clock.events.all()]


def test_a_started_clock_stores_its_due_moment_and_first_reminder(whole):
    assert whole.due_at == at("2026-01-13 00:00")
    assert whole.due_on == date(2026, 1, 12)
    assert whole.next_at == at("2026-01-08 09:00")
    assert not whole.is_provisional
    assert kinds(whole) == [EventKind.STARTED]


def test_a_clock_without_ladder_wants_its_owner_at_the_due_moment(calendar):
    clock = start_clock(reference=REF, kind="acceptance", day0=MONDAY, days=5, now=NOON, calendar=calendar)
    assert clock.next_at == clock.due_at == at("2026-01-13 00:00")


def test_a_second_open_clock_of_one_kind_is_refused_and_a_later_one_counts_on(whole, calendar):
    with pytest.raises(ClockRefused) as refusal:
        start_clock(reference=REF, kind="whole", day0=MONDAY, days=5, now=NOON, calendar=calendar)
    assert refusal.value.code == "clock_already_open"
    assert REF in refusal.value.sentence
    end_clock(reference=REF, kind="whole", now=NOON)
    again = start_clock(reference=REF, kind="whole", day0=MONDAY, days=5, now=NOON, calendar=calendar)
    assert (whole.sequence, again.sequence) == (1, 2)


def test_an_unknown_ladder_is_refused(calendar):
    with pytest.raises(ClockRefused) as refusal:
        start_clock(reference=REF, kind="whole", day0=MONDAY, days=5, now=NOON, calendar=calendar, ladder="none")
    assert refusal.value.code == "unknown_ladder"
    assert not Deadline.objects.exists()


@pytest.mark.parametrize(
    ("stop", "resume", "left", "due"),
    [
        (date(2026, 1, 7), date(2026, 1, 16), 3, date(2026, 1, 21)),
        (date(2026, 1, 12), date(2026, 1, 20), 1, date(2026, 1, 21)),
    ],
)
def test_stop_keeps_what_is_left_and_resume_goes_on(whole, calendar, stop, resume, left, due):
    stopped = stop_clock(reference=REF, kind="whole", day=stop, now=at(f"{stop} 10:00"), calendar=calendar)
    assert (stopped.status, stopped.left_days, stopped.due_at, stopped.next_at) == ("stopped", left, None, None)
    resumed = resume_clock(reference=REF, kind="whole", day=resume, now=at(f"{resume} 10:00"), calendar=calendar)
    assert (resumed.due_on, resumed.round, resumed.started_on, resumed.days) == (due, 2, resume, left)
    assert kinds(resumed) == ["started", "stopped", "resumed"]


def test_after_a_suspension_nothing_may_be_left(whole, calendar):
    stop_clock(
        reference=REF, kind="whole", day=date(2026, 1, 12), now=at("2026-01-12 10:00"), calendar=calendar, at_least=0
    )
    saturday = date(2026, 1, 17)
    resumed = resume_clock(reference=REF, kind="whole", day=saturday, now=at("2026-01-17 10:00"), calendar=calendar)
    assert resumed.due_on == date(2026, 1, 19)


def test_restart_begins_anew_and_voids_the_stop(whole, calendar):
    stop_clock(reference=REF, kind="whole", day=date(2026, 1, 7), now=at("2026-01-07 10:00"), calendar=calendar)
    clock = restart_clock(
        reference=REF, kind="whole", day=date(2026, 1, 16), days=5, now=at("2026-01-16 10:00"), calendar=calendar
    )
    assert (clock.due_on, clock.round, clock.base_round, clock.left_days) == (date(2026, 1, 23), 2, 2, None)


def test_stopping_what_does_not_run_changes_nothing(whole, calendar):
    day, now = date(2026, 1, 7), at("2026-01-07 10:00")
    assert stop_clock(reference=REF, kind="destination", day=day, now=now, calendar=calendar) is None
    assert stop_clock(reference=REF, kind="whole", day=day, now=now, calendar=calendar)
    assert stop_clock(reference=REF, kind="whole", day=day, now=now, calendar=calendar) is None
    assert kinds(whole) == ["started", "stopped"]


def test_backwards_days_and_wrong_states_are_refused(whole, calendar):
    now = at("2026-01-07 10:00")
    cases = [
        (
            "clock_backwards",
            lambda: stop_clock(reference=REF, kind="whole", day=date(2026, 1, 4), now=now, calendar=calendar),
        ),
        (
            "clock_not_stopped",
            lambda: resume_clock(reference=REF, kind="whole", day=MONDAY, now=now, calendar=calendar),
        ),
        (
            "clock_backwards",
            lambda: restart_clock(
                reference=REF, kind="whole", day=date(2026, 1, 2), days=5, now=now, calendar=calendar
            ),
        ),
        (
            "clock_not_open",
            lambda: restart_clock(reference=REF, kind="x", day=MONDAY, days=5, now=now, calendar=calendar),
        ),
        ("clock_never_ended", lambda: reopen_clock(reference=REF, kind="x", now=now, calendar=calendar)),
        ("clock_already_open", lambda: reopen_clock(reference=REF, kind="whole", now=now, calendar=calendar)),
    ]
    for code, act in cases:
        with pytest.raises(ClockRefused) as refusal:
            act()
        assert refusal.value.code == code
    stop_clock(reference=REF, kind="whole", day=date(2026, 1, 7), now=now, calendar=calendar)
    with pytest.raises(ClockRefused) as refusal:
        resume_clock(reference=REF, kind="whole", day=date(2026, 1, 6), now=now, calendar=calendar)
    assert refusal.value.code == "clock_backwards"
    assert kinds(whole) == ["started", "stopped"]


def test_ending_stamps_the_moment_it_belongs_to(calendar):
    clock = start_clock(reference=REF, kind="acceptance", day0=MONDAY, days=5, now=NOON, calendar=calendar)
    late = at("2026-01-15 08:00")
    ended = end_clock(reference=REF, kind="acceptance", now=late, occurred_at=clock.due_at)
    event = ended.events.get(kind=EventKind.ENDED)
    assert (ended.ended_at, event.occurred_at, event.recorded_at) == (clock.due_at, clock.due_at, late)
    assert ended.next_at is None
    assert end_clock(reference=REF, kind="acceptance", now=late) is None


def test_ending_all_leaves_other_references_alone(whole, calendar):
    start_clock(reference=REF, kind="acceptance", day0=MONDAY, days=5, now=NOON, calendar=calendar)
    other = start_clock(reference="other", kind="whole", day0=MONDAY, days=5, now=NOON, calendar=calendar)
    end_all_clocks(reference=REF, now=NOON)
    assert list(open_clocks(REF)) == []
    assert list(open_clocks("other")) == [other]
    assert whole.events.filter(kind=EventKind.ENDED).count() == 1


def test_a_reopened_clock_runs_on_in_its_round(whole, calendar):
    end_clock(reference=REF, kind="whole", now=at("2026-01-07 10:00"))
    clock = reopen_clock(reference=REF, kind="whole", now=at("2026-01-07 10:05"), calendar=calendar)
    assert (clock.pk, clock.status, clock.due_at, clock.next_at) == (whole.pk, "running", whole.due_at, whole.next_at)
    assert Deadline.objects.get(pk=whole.pk).ended_at is None


def test_a_clock_reopened_after_it_ended_stopped_is_stopped_again(whole, calendar):
    stop_clock(reference=REF, kind="whole", day=date(2026, 1, 7), now=at("2026-01-07 10:00"), calendar=calendar)
    end_clock(reference=REF, kind="whole", now=at("2026-01-07 11:00"))
    clock = reopen_clock(reference=REF, kind="whole", now=at("2026-01-07 11:05"), calendar=calendar)
    assert (clock.status, clock.left_days) == (ClockStatus.STOPPED, 3)


class TestFollowing:
    @pytest.fixture
    def destination(self, whole, calendar):
        return start_clock_before(
            reference=REF,
            kind="destination",
            leader=whole,
            now=at("2026-01-06 15:00"),
            calendar=calendar,
            ladder="destination",
        )

    def test_it_is_due_the_calendar_day_before_its_leader(self, destination):
        assert destination.due_on == date(2026, 1, 11)  # a Sunday: the whole is due on Monday the 12th
        assert destination.started_on == date(2026, 1, 6)

    def test_it_is_never_due_before_the_end_of_its_own_first_day(self, whole, calendar):
        now = at("2026-01-12 15:00")
        late = start_clock_before(reference=REF, kind="destination", leader=whole, now=now, calendar=calendar)
        assert late.due_on == date(2026, 1, 12)

    def test_it_moves_with_its_leader(self, destination, calendar):
        now = at("2026-01-08 10:00")
        restart_clock(reference=REF, kind="whole", day=date(2026, 1, 8), days=5, now=now, calendar=calendar)
        destination = Deadline.objects.get(pk=destination.pk)
        assert destination.due_on == date(2026, 1, 14)
        assert kinds(destination) == ["started", "moved"]

    @pytest.mark.usefixtures("destination")
    def test_it_resumes_after_its_leader_and_not_before(self, calendar):
        stop, resume = date(2026, 1, 7), date(2026, 1, 16)
        for kind in ("whole", "destination"):
            stop_clock(reference=REF, kind=kind, day=stop, now=at("2026-01-07 10:00"), calendar=calendar, at_least=0)
        now = at("2026-01-16 10:00")
        with pytest.raises(ClockRefused) as refusal:
            resume_clock(reference=REF, kind="destination", day=resume, now=now, calendar=calendar)
        assert refusal.value.code == "clock_leader_not_running"
        resume_clock(reference=REF, kind="whole", day=resume, now=now, calendar=calendar)
        resumed = resume_clock(reference=REF, kind="destination", day=resume, now=now, calendar=calendar)
        assert resumed.due_on == date(2026, 1, 20)
