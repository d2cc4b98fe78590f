"""The story of a clock as a page shows it: every example with a stop, a restart, a floor, an unknown year."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.deadlines.models import Deadline
from apps.deadlines.services import (
    end_clock,
    holiday_names,
    load_calendar,
    load_calendar_year,
    restart_clock,
    resume_clock,
    start_clock,
    start_clock_before,
    stop_clock,
)
from apps.deadlines.services.reckoning import reckoning_of
from apps.deadlines.workdays import ONE_DAY
from tests.deadlines.conftest import at

MONDAY = date(2026, 1, 5)
REF = "2026-川渝-00001"


def start(calendar, day0=MONDAY, days=5, kind="whole"):
    return start_clock(
        reference=REF, kind=kind, day0=day0, days=days, now=at(f"{day0} 12:00"), calendar=calendar, ladder=""
    )


def stop(calendar, day, at_least=1, kind="whole"):
    return stop_clock(reference=REF, kind=kind, day=day, now=at(f"{day} 10:00"), calendar=calendar, at_least=at_least)


def resume(calendar, day, kind="whole"):
    return resume_clock(reference=REF, kind=kind, day=day, now=at(f"{day} 10:00"), calendar=calendar)


def told(clock, calendar):
    """Lines as (kind, first, last, numbers, why), days as MM-DD."""
    clock = Deadline.objects.get(pk=clock.pk)
    return [
        (span.kind.value, f"{span.first:%m-%d}", f"{span.last:%m-%d}", span.numbers, span.why)
        for span in reckoning_of(deadline=clock, calendar=calendar)
    ]


def test_a_plain_run(calendar):
    assert told(start(calendar), calendar) == [
        ("started", "01-05", "01-05", None, "起算日，不计入"),
        ("counted", "01-06", "01-09", (1, 4), "工作日"),
        ("not_counted", "01-10", "01-11", None, "周末"),
        ("counted", "01-12", "01-12", (5, 5), "工作日"),
        ("due", "01-12", "01-12", None, "第5个工作日，当日24时到期"),
    ]


def test_holidays_and_make_up_days_are_named(calendar):
    assert told(start(calendar, date(2026, 2, 11)), calendar) == [
        ("started", "02-11", "02-11", None, "起算日，不计入"),
        ("counted", "02-12", "02-13", (1, 2), "工作日"),
        ("counted", "02-14", "02-14", (3, 3), "调休上班（春节）"),
        ("not_counted", "02-15", "02-23", None, "春节"),
        ("counted", "02-24", "02-25", (4, 5), "工作日"),
        ("due", "02-25", "02-25", None, "第5个工作日，当日24时到期"),
    ]


def test_a_stop_keeps_three_days_and_they_are_counted_on(calendar):
    clock = start(calendar)
    stop(calendar, date(2026, 1, 7))
    until_the_stop = [
        ("started", "01-05", "01-05", None, "起算日，不计入"),
        ("counted", "01-06", "01-07", (1, 2), "工作日"),
        ("stopped", "01-07", "01-07", None, "停表，剩余3个工作日"),
    ]
    assert told(clock, calendar) == until_the_stop
    resume(calendar, date(2026, 1, 16))
    assert told(clock, calendar) == [
        *until_the_stop,
        ("standing", "01-08", "01-15", None, "停表期间，不计入"),
        ("resumed", "01-16", "01-16", None, "恢复计时日，不计入"),
        ("not_counted", "01-17", "01-18", None, "周末"),
        ("counted", "01-19", "01-21", (3, 5), "工作日"),
        ("due", "01-21", "01-21", None, "第5个工作日，当日24时到期"),
    ]


def test_nothing_left_at_a_correction_counts_as_one(calendar):
    clock = start(calendar)
    stop(calendar, date(2026, 1, 12))
    resume(calendar, date(2026, 1, 20))
    assert told(clock, calendar)[-6:] == [
        ("counted", "01-12", "01-12", (5, 5), "工作日"),
        ("stopped", "01-12", "01-12", None, "停表，剩余0个工作日，按1个计"),
        ("standing", "01-13", "01-19", None, "停表期间，不计入"),
        ("resumed", "01-20", "01-20", None, "恢复计时日，不计入"),
        ("counted", "01-21", "01-21", (5, 5), "工作日"),
        ("due", "01-21", "01-21", None, "第5个工作日，当日24时到期"),
    ]


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 1, 16), [("due", "01-16", "01-16", None, "当日24时到期")]),
        (
            date(2026, 1, 17),
            [
                ("not_counted", "01-18", "01-18", None, "周末"),
                ("due", "01-19", "01-19", None, "当日24时到期"),
            ],
        ),
    ],
)
def test_after_a_suspension_nothing_may_be_left(calendar, day, end):
    clock = start(calendar)
    stop(calendar, date(2026, 1, 12), at_least=0)
    resume(calendar, day)
    lines = told(clock, calendar)
    resumed = lines.index(("resumed", f"{day:%m-%d}", f"{day:%m-%d}", None, "恢复计时日，已无剩余工作日"))
    assert lines[resumed - 2] == ("stopped", "01-12", "01-12", None, "停表，剩余0个工作日")
    assert lines[resumed + 1 :] == end


def test_two_stops_count_on_twice(calendar):
    clock = start(calendar)
    stop(calendar, date(2026, 1, 6))
    resume(calendar, date(2026, 1, 7))
    stop(calendar, date(2026, 1, 9), at_least=0)
    resume(calendar, date(2026, 1, 12))
    lines = told(clock, calendar)
    assert [line[3] for line in lines if line[0] == "counted"] == [(1, 1), (2, 3), (4, 5)]
    assert [line[4] for line in lines if line[0] == "stopped"] == ["停表，剩余4个工作日", "停表，剩余2个工作日"]
    assert lines[-1][:2] == ("due", "01-14")


def test_a_restart_tells_what_is_void_and_begins_anew(calendar):
    clock = start(calendar)
    stop(calendar, date(2026, 1, 7))
    day = date(2026, 1, 16)
    restart_clock(reference=REF, kind="whole", day=day, days=5, now=at("2026-01-16 10:00"), calendar=calendar)
    assert told(clock, calendar) == [
        ("void", "01-05", "01-16", None, "2026-01-16 重新起算，此前各日作废"),
        ("restarted", "01-16", "01-16", None, "重新起算日，不计入"),
        ("not_counted", "01-17", "01-18", None, "周末"),
        ("counted", "01-19", "01-23", (1, 5), "工作日"),
        ("due", "01-23", "01-23", None, "第5个工作日，当日24时到期"),
    ]


def test_a_stop_after_the_due_day_shows_the_days_overdue(calendar):
    clock = start(calendar)
    stop(calendar, date(2026, 1, 14))
    assert told(clock, calendar)[-2:] == [
        ("overdue", "01-13", "01-14", None, "2026-01-12 已到期"),
        ("stopped", "01-14", "01-14", None, "停表，剩余0个工作日，按1个计"),
    ]


def test_a_year_without_notice_makes_days_and_due_day_provisional(calendar):
    clock = start(calendar, date(2026, 12, 28))
    spans = reckoning_of(deadline=clock, calendar=calendar)
    assert [(span.first, span.is_provisional) for span in spans if span.is_provisional] == [
        (date(2027, 1, 1), True),
        (date(2027, 1, 2), True),
        (date(2027, 1, 4), True),
        (date(2027, 1, 5), True),
    ]
    assert spans[-1].why == "第5个工作日，当日24时到期（暂定）"
    assert [span.why for span in spans if span.first == date(2027, 1, 1)] == ["元旦（年历未公布，暂计）"]


def test_a_due_day_that_the_calendar_would_put_into_the_past_shows_its_floor(calendar):
    """2027 as announced makes the first weekend work: the fifth day would have been 3 January, but it is the 4th."""
    clock = start(calendar, date(2026, 12, 28))
    days = [("2027-01-01", "day_off", "元旦"), ("2027-01-02", "makeup_workday", "元旦")]
    days.append(("2027-01-03", "makeup_workday", "元旦"))
    rows = [{"date": day, "kind": kind, "name": name} for day, kind, name in days]
    load_calendar_year(year=2027, rows=rows, source="通知", now=at("2027-01-04 09:00"))
    assert told(clock, load_calendar())[-2:] == [
        ("floor", "01-04", "01-04", None, "年历调整后应于 2027-01-03 到期，该日已过，以调整当日为限"),
        ("due", "01-04", "01-04", None, "当日24时到期"),
    ]


def test_an_ended_clock_keeps_the_due_day_of_its_time(calendar):
    clock = start(calendar, date(2026, 12, 28))
    end_clock(reference=REF, kind="whole", now=at("2026-12-30 10:00"))
    days = [("2027-01-01", "day_off"), ("2027-01-02", "makeup_workday")]
    rows = [{"date": day, "kind": kind, "name": "元旦"} for day, kind in days]
    load_calendar_year(year=2027, rows=rows, source="通知", now=at("2026-12-31 09:00"))
    assert told(clock, load_calendar())[-1][:2] == ("due", "01-05")
    assert "按当时的年历" in told(clock, load_calendar())[-1][4]


def test_a_following_clock_tells_whom_it_follows(calendar):
    whole = start(calendar)
    clock = start_clock_before(
        reference=REF, kind="destination", leader=whole, now=at("2026-01-06 15:00"), calendar=calendar
    )
    assert told(clock, calendar) == [
        ("started", "01-06", "01-06", None, "起算日，不计入"),
        ("following", "01-07", "01-11", None, "随同另一时限，不单独计日"),
        ("due", "01-11", "01-11", None, "随同时限“whole”，为其到期日的前一日"),
    ]
    for kind in ("whole", "destination"):
        stop(calendar, date(2026, 1, 7), at_least=0, kind=kind)
        resume(calendar, date(2026, 1, 16), kind=kind)
    assert told(clock, calendar)[1:] == [
        ("following", "01-07", "01-07", None, "随同另一时限，不单独计日"),
        ("stopped", "01-07", "01-07", None, "随同的时限停表"),
        ("standing", "01-08", "01-15", None, "停表期间，不计入"),
        ("resumed", "01-16", "01-16", None, "恢复计时日"),
        ("following", "01-17", "01-20", None, "随同另一时限，不单独计日"),
        ("due", "01-20", "01-20", None, "随同时限“whole”，为其到期日的前一日"),
    ]


def test_every_day_from_day_0_to_the_due_day_is_told_once(calendar):
    clock = start(calendar, date(2026, 4, 29))
    stop(calendar, date(2026, 5, 6))
    resume(calendar, date(2026, 9, 24))
    spans = reckoning_of(deadline=Deadline.objects.get(pk=clock.pk), calendar=calendar)
    marks = {"stopped", "due"}  # they stand on a day that another line has counted
    days = [
        span.first + ONE_DAY * offset
        for span in spans
        if span.kind not in marks
        for offset in range((span.last - span.first).days + 1)
    ]
    assert days == [spans[0].first + ONE_DAY * offset for offset in range(len(days))]
    assert days[-1] == spans[-1].last


def test_it_reads_stops_log_and_names_in_three_queries(calendar):
    clock = start(calendar)
    stop(calendar, date(2026, 1, 7))
    resume(calendar, date(2026, 1, 16))
    clock = Deadline.objects.get(pk=clock.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        told_once = reckoning_of(deadline=clock, calendar=calendar)
    assert len(queries) == 3
    names = holiday_names()
    with CaptureQueriesContext(connection) as queries:
        assert reckoning_of(deadline=clock, calendar=calendar, names=names) == told_once
    assert len(queries) == 2
