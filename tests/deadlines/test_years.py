from datetime import date, timedelta

import chinese_calendar
import pytest
from django.core.management import call_command

from apps.deadlines.enums import EventKind
from apps.deadlines.models import CalendarDay, CalendarYear, Deadline, LadderRung
from apps.deadlines.services import (
    BadRow,
    CalendarRefused,
    end_clock,
    holiday_names,
    load_calendar,
    load_calendar_year,
    lock_due,
    record_rungs,
    reopen_clock,
    resume_clock,
    start_clock,
    start_clock_before,
    stop_clock,
)
from tests.deadlines.conftest import at

REF = "2026-川渝-00001"
# An invented notice for 2027: New Year's break 1–3 January with the Monday after, worked off on Saturday the 9th.
ROWS_2027 = [
    {"date": "2027-01-01", "kind": "day_off", "name": "元旦"},
    {"date": "2027-01-04", "kind": "day_off", "name": "元旦"},
    {"date": "2027-01-09", "kind": "makeup_workday", "name": "元旦"},
]


def stored(year: int) -> list[dict[str, str | None]]:
    days = CalendarDay.objects.filter(year=year)
    return [{"date": str(day.day), "kind": day.kind, "name": day.name} for day in days]


def load(year, rows, now):
    return load_calendar_year(year=year, rows=rows, source="通知", now=at(now))


def start(calendar, day0, *, reference=REF, kind="whole", days=5, ladder="whole"):
    now = at(f"{day0} 12:00")
    return start_clock(reference=reference, kind=kind, day0=day0, days=days, now=now, calendar=calendar, ladder=ladder)


def fresh(clock):
    return Deadline.objects.get(pk=clock.pk)


@pytest.mark.django_db
def test_the_stored_calendar_agrees_with_chinesecalendar(django_assert_num_queries):
    call_command("load_calendar", verbosity=0)
    with django_assert_num_queries(1):
        calendar = load_calendar()
    first = date(2010, 1, 1)
    every = [first + timedelta(days=offset) for offset in range((date(2026, 12, 31) - first).days + 1)]
    assert [day for day in every if calendar.is_working_day(day) != chinese_calendar.is_workday(day)] == []
    assert calendar.known_years == set(range(2010, 2027))
    assert holiday_names()[date(2026, 10, 1)] == "国庆节"


def test_loading_twice_changes_nothing_and_keeps_what_an_administrator_changed(calendar):
    load(2026, [*stored(2026), {"date": "2026-12-12", "kind": "makeup_workday", "name": "试"}], "2026-11-01 10:00")
    before = load_calendar()
    call_command("load_calendar", verbosity=0)
    assert load_calendar() == before
    assert before.is_working_day(date(2026, 12, 12))
    call_command("load_calendar", "--replace", verbosity=0)
    assert not load_calendar().is_working_day(date(2026, 12, 12))
    assert CalendarYear.objects.count() == 17
    assert set(LadderRung.objects.values_list("ladder", flat=True)) == {
        "whole", "stage", "destination", "destination_fast", "lapse", "target", "local",
    }  # fmt: skip


def test_a_year_announced_moves_provisional_clocks_and_tells_which(calendar):
    clock = start(calendar, date(2026, 12, 28))
    untouched = start(calendar, date(2026, 12, 21), reference="untouched")
    ended = start(calendar, date(2026, 12, 28), reference="ended")
    end_clock(reference="ended", kind="whole", now=at("2026-12-29 10:00"))
    assert (clock.due_on, clock.is_provisional) == (date(2027, 1, 5), True)

    done = load(2027, ROWS_2027, "2026-12-29 10:00")

    assert [(move.reference, move.kind, move.due_from, move.due_to) for move in done.moved] == [
        (REF, "whole", date(2027, 1, 5), date(2027, 1, 6))
    ]
    moved = fresh(clock)
    assert (moved.due_on, moved.is_provisional, moved.floor_on) == (date(2027, 1, 6), False, None)
    assert moved.next_at == at("2026-12-31 09:00")  # two working days before: 4 January is off
    event = clock.events.get(kind=EventKind.MOVED)
    assert event.details["due_from"] == "2027-01-05T16:00:00Z"
    assert event.due_at == moved.due_at
    assert fresh(untouched).events.filter(kind=EventKind.MOVED).count() == 0
    assert fresh(ended).due_at == ended.due_at


def test_a_year_that_changes_no_day_only_takes_away_the_doubt(calendar):
    clock = start(calendar, date(2026, 12, 28))
    done = load(2027, ROWS_2027[:1], "2026-12-29 10:00")
    assert done.moved == ()
    assert not fresh(clock).is_provisional
    assert not clock.events.filter(kind=EventKind.MOVED).exists()


def test_reminders_follow_the_calendar_even_when_the_due_day_stays(calendar):
    clock = start(calendar, date(2026, 1, 5), days=6)  # due Tue 13th, reminder Fri 9th
    rows = [
        *stored(2026),
        {"date": "2026-01-09", "kind": "day_off", "name": "停"},
        {"date": "2026-01-10", "kind": "makeup_workday", "name": "补"},
    ]
    assert load(2026, rows, "2026-01-06 10:00").moved == ()
    assert fresh(clock).next_at == at("2026-01-10 09:00")


def test_a_due_moment_that_would_lie_in_the_past_is_the_end_of_today(calendar):
    clock = start(calendar, date(2026, 4, 29))  # due Sat 9 May
    worked = [row for row in stored(2026) if row["date"] not in ("2026-05-04", "2026-05-05")]
    assert load(2026, worked, "2026-05-09 08:00").moved == ()  # the 7th has passed, and today it was due anyway
    assert (fresh(clock).due_on, fresh(clock).floor_on) == (date(2026, 5, 9), date(2026, 5, 9))
    assert fresh(clock).planned_from == clock.planned_from

    other = start(calendar, date(2026, 9, 24), reference="other")  # due Fri 9 October
    worked = [row for row in worked if row["date"] not in ("2026-10-05", "2026-10-06", "2026-10-07")]
    done = load(2026, worked, "2026-10-08 15:00")
    moved = fresh(other)
    assert (moved.due_on, moved.floor_on) == (date(2026, 10, 8), date(2026, 10, 8))
    assert done.moved[-1].due_to == date(2026, 10, 8)
    # The floor is kept: reckoning once more, days later, doesn't move it again.
    assert load(2026, worked, "2026-10-10 15:00").moved == ()
    assert fresh(other).due_at == moved.due_at
    # Nobody can have been reminded before the change: what is left is the breach.
    due = lock_due(reference="other", now=at("2026-10-09 00:00"))[0]
    events = record_rungs(deadline=due, now=at("2026-10-09 00:00"), calendar=load_calendar())
    assert [event.rung for event in events] == ["breach", "supervise_section_head"]


def test_a_recorded_breach_stands_and_is_not_repeated(calendar):
    clock = start(calendar, date(2026, 1, 5))
    record_rungs(
        deadline=lock_due(reference=REF, now=at("2026-01-13 08:00"))[0], now=at("2026-01-13 08:00"), calendar=calendar
    )
    rows = [*stored(2026), {"date": "2026-01-12", "kind": "day_off", "name": "停"}]
    load(2026, rows, "2026-01-13 10:00")
    moved = fresh(clock)
    assert (moved.due_on, moved.breached_at) == (date(2026, 1, 13), at("2026-01-13 00:00"))
    calendar = load_calendar()
    events = []
    for now in ("2026-01-14 00:00", "2026-01-15 00:00", "2026-01-20 00:00"):
        for due in lock_due(reference=REF, now=at(now)):
            events += record_rungs(deadline=due, now=at(now), calendar=calendar)
    # Supervision goes on from the breach that stands.
    assert [(event.rung, event.occurred_at) for event in events] == [
        ("supervise_signatory", at("2026-01-15 00:00")),
        ("supervise_bureau_head", at("2026-01-17 00:00")),
    ]


def test_stops_are_replayed(calendar):
    clock = start(calendar, date(2026, 1, 5))
    stop_clock(reference=REF, kind="whole", day=date(2026, 1, 7), now=at("2026-01-07 10:00"), calendar=calendar)
    rows = [*stored(2026), {"date": "2026-01-06", "kind": "day_off", "name": "停"}]
    load(2026, rows, "2026-01-08 10:00")
    stopped = fresh(clock)
    assert (stopped.left_days, stopped.due_at) == (4, None)
    assert clock.events.get(kind=EventKind.MOVED).details["left_to"] == 4

    calendar = load_calendar()
    now = at("2026-01-16 10:00")
    resumed = resume_clock(reference=REF, kind="whole", day=date(2026, 1, 16), now=now, calendar=calendar)
    assert resumed.due_on == date(2026, 1, 22)
    load(2026, rows[:-1], "2026-01-17 10:00")  # the 6th is worked after all: three were left
    assert (fresh(clock).due_on, fresh(clock).days) == (date(2026, 1, 21), 3)


def test_followers_move_with_their_leader(calendar):
    whole = start(calendar, date(2026, 12, 28))
    follower = start_clock_before(
        reference=REF, kind="destination", leader=whole, now=at("2026-12-29 10:00"), calendar=calendar
    )
    assert (follower.due_on, follower.is_provisional) == (date(2027, 1, 4), True)
    done = load(2027, ROWS_2027, "2026-12-29 11:00")
    assert [move.kind for move in done.moved] == ["whole", "destination"]
    assert (fresh(follower).due_on, fresh(follower).is_provisional) == (date(2027, 1, 5), False)


def test_a_clock_reopened_after_a_load_is_reckoned_anew(calendar):
    clock = start(calendar, date(2026, 12, 28))
    end_clock(reference=REF, kind="whole", now=at("2026-12-29 10:00"))
    load(2027, ROWS_2027, "2026-12-29 10:01")
    reopen_clock(reference=REF, kind="whole", now=at("2026-12-29 10:05"), calendar=calendar)
    assert fresh(clock).due_on == date(2027, 1, 6)


def test_a_calendar_read_before_a_load_is_not_trusted(calendar):
    load(2027, ROWS_2027, "2026-12-27 10:00")
    assert start(calendar, date(2026, 12, 28)).due_on == date(2027, 1, 6)


def test_every_bad_row_is_named_and_nothing_is_loaded(calendar):
    rows = [
        ROWS_2027[0],
        {"date": "2027-02-30", "kind": "day_off", "name": "春节"},
        {"date": "2028-01-01", "kind": "day_off", "name": "元旦"},
        {"date": "2027-01-05", "kind": "holiday", "name": "元旦"},
        {"date": "2027-01-05", "kind": "makeup_workday", "name": "元旦"},
        {"date": "2027-01-06", "kind": "day_off", "name": ""},
        ROWS_2027[0],
        {"date": None, "kind": None},
    ]
    with pytest.raises(CalendarRefused) as refusal:
        load(2027, rows, "2026-12-29 10:00")
    assert refusal.value.code == "calendar_bad_rows"
    assert [row.line for row in refusal.value.rows] == [3, 4, 5, 6, 7, 8, 9]
    assert refusal.value.rows[3] == BadRow(6, "2027-01-05 不是周末，不能是调休上班日")
    assert "第8行：日期 2027-01-01 重复出现" in refusal.value.sentence
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_an_empty_file_is_refused_and_leaves_the_year_as_it_was(calendar):
    with pytest.raises(CalendarRefused) as refusal:
        load(2026, [], "2026-12-29 10:00")
    assert refusal.value.code == "calendar_empty"
    assert CalendarDay.objects.filter(year=2026).count() == len(stored(2026)) > 30


def test_more_clocks_than_one_chunk_holds_all_move(calendar, monkeypatch):
    monkeypatch.setattr("apps.deadlines.services.recompute.CHUNK", 3)
    for number in range(8):
        leader = start(calendar, date(2026, 12, 28), reference=f"case-{number}")
        start_clock_before(
            reference=leader.reference, kind="x", leader=leader, now=at("2026-12-29 10:00"), calendar=calendar
        )
    assert len(load(2027, ROWS_2027, "2026-12-29 11:00").moved) == 16
