from datetime import date

import pytest

from apps.deadlines.enums import EventKind
from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.services import (
    end_clock,
    lock_due,
    record_rungs,
    resume_clock,
    start_clock,
    start_clock_before,
    stop_clock,
)
from tests.deadlines.conftest import at

REF = "2026-川渝-00001"
MONDAY = date(2026, 1, 5)  # five working days: due at the end of Monday the 12th


def start(calendar, ladder, *, kind="whole", day0=MONDAY, days=5, now="2026-01-05 12:00"):
    return start_clock(reference=REF, kind=kind, day0=day0, days=days, now=at(now), calendar=calendar, ladder=ladder)


def sweep(calendar, now, holder=None):
    events = []
    for clock in lock_due(reference=REF, now=at(now)):
        events += record_rungs(deadline=clock, now=at(now), calendar=calendar, holder=holder)
    return [(event.kind, event.rung, event.occurred_at) for event in events]


def test_the_ladder_of_a_whole_case_minute_by_minute(calendar):
    start(calendar, "whole")
    steps = [
        ("2026-01-08 08:59", []),
        ("2026-01-08 09:00", [("rung", "remind_two_days", at("2026-01-08 09:00"))]),
        ("2026-01-12 09:01", [("rung", "remind_due_day", at("2026-01-12 09:00"))]),
        ("2026-01-12 23:59", []),
        (
            "2026-01-13 00:00",
            [
                ("breached", "breach", at("2026-01-13 00:00")),
                ("rung", "supervise_section_head", at("2026-01-13 00:00")),
            ],
        ),
        ("2026-01-14 23:59", []),
        ("2026-01-15 00:00", [("rung", "supervise_signatory", at("2026-01-15 00:00"))]),
        ("2026-01-17 00:00", [("rung", "supervise_bureau_head", at("2026-01-17 00:00"))]),
        ("2026-02-17 00:00", []),
    ]
    for now, expected in steps:
        assert sweep(calendar, now) == expected, now
    clock = Deadline.objects.get()
    assert clock.breached_at == clock.due_at
    assert clock.next_at is None


def test_every_moment_sits_on_working_days_around_a_holiday(calendar):
    start(calendar, "whole", day0=date(2026, 2, 11), now="2026-02-11 12:00")  # due Wed 2026-02-25
    assert [moment for _, _, moment in sweep(calendar, "2026-03-10 00:00")] == [
        at("2026-02-14 09:00"),  # a Saturday that is worked
        at("2026-02-25 09:00"),
        at("2026-02-26 00:00"),
        at("2026-02-26 00:00"),
        at("2026-02-28 00:00"),
        at("2026-03-03 00:00"),  # Sat 28 February is worked
    ]


def test_a_late_sweep_records_everything_once_with_its_own_moment(calendar):
    start(calendar, "whole")
    late = "2026-01-16 10:00"
    assert sweep(calendar, late) == [
        ("missed", "remind_two_days", at("2026-01-08 09:00")),
        ("missed", "remind_due_day", at("2026-01-12 09:00")),
        ("breached", "breach", at("2026-01-13 00:00")),
        ("rung", "supervise_section_head", at("2026-01-13 00:00")),
        ("rung", "supervise_signatory", at("2026-01-15 00:00")),
    ]
    assert sweep(calendar, late) == []
    assert set(DeadlineEvent.objects.exclude(rung="").values_list("recorded_at", flat=True)) == {at(late)}
    assert Deadline.objects.get().next_at == at("2026-01-17 00:00")


def test_a_reminder_late_but_before_the_due_moment_is_still_given(calendar):
    start(calendar, "whole")
    assert sweep(calendar, "2026-01-12 20:00") == [
        ("rung", "remind_two_days", at("2026-01-08 09:00")),
        ("rung", "remind_due_day", at("2026-01-12 09:00")),
    ]


def test_events_say_whom_they_tell_and_who_holds_the_matter(calendar):
    start(calendar, "whole")
    sweep(calendar, "2026-01-13 08:00", holder={"bureau": "川", "name": "王经办"})
    event = DeadlineEvent.objects.get(rung="supervise_section_head")
    assert event.details["addressee"] == "section_head"
    assert event.details["holder"] == {"bureau": "川", "name": "王经办"}
    assert event.details["rung_kind"] == "supervision"
    assert event.due_at == at("2026-01-13 00:00")


def test_a_reminder_not_later_than_the_start_is_not_planned(calendar):
    start(calendar, "whole", days=2, now="2026-01-05 09:00")  # due −2 would be Monday 09:00
    assert sweep(calendar, "2026-01-07 10:00") == [("rung", "remind_due_day", at("2026-01-07 09:00"))]


def test_a_clock_started_late_by_a_sweep_plans_as_if_it_had_been_on_time(calendar):
    start(calendar, "whole", now="2026-01-14 08:00")
    assert sweep(calendar, "2026-01-14 08:00")[0] == ("missed", "remind_two_days", at("2026-01-08 09:00"))


def test_the_destination_is_written_to_before_and_after(calendar):
    whole = start(calendar, "whole")
    start_clock_before(
        reference=REF,
        kind="destination",
        leader=whole,
        now=at("2026-01-06 08:00"),
        calendar=calendar,
        ladder="destination",
    )  # due on Sunday the 11th
    end_clock(reference=REF, kind="whole", now=at("2026-01-06 08:00"))
    seen = [event for day in range(7, 17) for event in sweep(calendar, f"2026-01-{day:02} 23:00")]
    assert seen == [
        ("rung", "remind_two_days", at("2026-01-08 09:00")),
        ("rung", "letter_before", at("2026-01-09 09:00")),
        ("rung", "remind_due_day", at("2026-01-11 09:00")),
        ("breached", "breach", at("2026-01-12 00:00")),
        ("rung", "supervise_section_head", at("2026-01-12 00:00")),
        ("rung", "letter_after", at("2026-01-12 09:00")),
        ("rung", "supervise_signatory", at("2026-01-14 00:00")),
        ("rung", "supervise_bureau_head", at("2026-01-16 00:00")),
    ]
    assert DeadlineEvent.objects.get(rung="letter_after").details["addressee"] == "origin_handler"


def test_a_lapse_is_warned_of_and_then_waits_for_its_owner(calendar):
    clock = start(calendar, "lapse", kind="lapse", days=30)  # due Friday 2026-02-13
    assert clock.due_on == date(2026, 2, 14)
    assert sweep(calendar, "2026-02-09 10:00") == [("rung", "warn_five_days", at("2026-02-09 09:00"))]
    assert Deadline.objects.get().next_at == clock.due_at
    assert sweep(calendar, "2026-02-15 10:00") == []
    assert lock_due(reference=REF, now=at("2026-02-15 10:00")) == [clock]
    end_clock(reference=REF, kind="lapse", now=at("2026-02-15 10:00"), occurred_at=clock.due_at)
    assert lock_due(reference=REF, now=at("2026-02-15 10:00")) == []


def test_a_target_reminds_on_its_day_and_is_never_breached(calendar):
    start(calendar, "target", kind="target", days=3)
    assert sweep(calendar, "2026-01-08 09:00") == [("rung", "remind_due_day", at("2026-01-08 09:00"))]
    assert Deadline.objects.get().next_at is None
    assert not DeadlineEvent.objects.filter(kind=EventKind.BREACHED).exists()


def test_after_a_resumption_reminders_come_again_for_the_new_due_moment(calendar):
    start(calendar, "whole")
    sweep(calendar, "2026-01-08 10:00")
    stop_clock(reference=REF, kind="whole", day=date(2026, 1, 8), now=at("2026-01-08 11:00"), calendar=calendar)
    assert sweep(calendar, "2026-01-15 10:00") == []
    resume_clock(reference=REF, kind="whole", day=date(2026, 1, 16), now=at("2026-01-16 08:00"), calendar=calendar)
    assert sweep(calendar, "2026-01-20 10:00") == [
        ("rung", "remind_two_days", at("2026-01-16 09:00")),
        ("rung", "remind_due_day", at("2026-01-20 09:00")),
    ]


def test_a_clock_is_breached_once_in_its_life(calendar):
    start(calendar, "whole")
    sweep(calendar, "2026-01-13 08:00")
    stop_clock(
        reference=REF, kind="whole", day=date(2026, 1, 13), now=at("2026-01-13 09:00"), calendar=calendar, at_least=0
    )
    resume_clock(reference=REF, kind="whole", day=date(2026, 1, 20), now=at("2026-01-20 10:00"), calendar=calendar)
    assert sweep(calendar, "2026-01-21 00:00") == [
        ("rung", "supervise_section_head", at("2026-01-21 00:00")),
    ]
    assert Deadline.objects.get().breached_at == at("2026-01-13 00:00")
    assert DeadlineEvent.objects.filter(kind=EventKind.BREACHED).count() == 1


def test_clocks_of_a_reference_come_in_the_order_of_their_moments(calendar):
    start(calendar, "stage", kind="stage")
    start(calendar, "", kind="acceptance", days=2)
    late = at("2026-01-14 00:00")
    assert [clock.kind for clock in lock_due(reference=REF, now=late)] == ["acceptance", "stage"]


@pytest.mark.parametrize(("limit", "expected"), [(1, ["b"]), (5, ["b", "a"])])
def test_pending_references_longest_waiting_first_each_once(calendar, limit, expected):
    for reference, kind, days in (("a", "x", 3), ("b", "x", 2), ("b", "y", 4), ("c", "x", 9)):
        start_clock(
            reference=reference, kind=kind, day0=MONDAY, days=days, now=at("2026-01-05 12:00"), calendar=calendar
        )
    now = at("2026-01-10 00:00")
    assert Deadline.objects.pending_references(now, limit) == expected
    assert Deadline.objects.due(now).count() == 3
    assert Deadline.objects.overdue(now).count() == 3


def test_nothing_is_recorded_for_a_clock_that_does_not_run(calendar):
    clock = start(calendar, "whole")
    ended = end_clock(reference=REF, kind="whole", now=at("2026-01-06 12:00"))
    assert record_rungs(deadline=ended, now=at("2026-02-01 00:00"), calendar=calendar) == []
    assert not clock.events.exclude(rung="").exists()
