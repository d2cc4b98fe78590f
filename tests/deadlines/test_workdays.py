import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.deadlines.workdays import (
    ONE_DAY,
    ZONE,
    WorkCalendar,
    add_working_days,
    count_working_days,
    due_day_of,
    end_of_day,
    left_at_stop,
    local_day,
    reckon,
    working_day_before,
)

DAYS_FILE = Path(__file__).parents[2] / "fixtures/calendar/days.csv"
YEARS = range(2010, 2027)


def _seeded() -> tuple[WorkCalendar, dict[date, str]]:
    with DAYS_FILE.open(encoding="utf-8", newline="") as file:
        rows = [(date.fromisoformat(row["date"]), row["kind"], row["name"]) for row in csv.DictReader(file)]
    off = frozenset(day for day, kind, _ in rows if kind == "day_off")
    worked = frozenset(day for day, kind, _ in rows if kind == "makeup_workday")
    assert len(off) + len(worked) == len(rows)
    return WorkCalendar(off, worked, frozenset(YEARS)), {day: name for day, _, name in rows}


CALENDAR, NAMES = _seeded()
NOTHING_KNOWN = WorkCalendar(frozenset(), frozenset(), frozenset())
days = st.dates(date(2009, 6, 1), date(2028, 6, 1))
numbers = st.integers(0, 40)


def d(text: str) -> date:
    return date.fromisoformat(text)


def test_every_day_of_the_seeded_years_agrees_with_chinesecalendar():
    first, last = date(2010, 1, 1), date(2026, 12, 31)
    every = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    assert len(every) == 6209
    differing = [day for day in every if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day)]
    assert differing == []


def test_names_are_chinese_and_known_holidays_carry_theirs():
    assert NAMES[d("2026-02-17")] == "春节"
    assert NAMES[d("2026-02-14")] == "春节"  # worked for it
    assert set(NAMES.values()) == {
        "元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节", "抗战胜利70周年纪念日",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day0", "n", "due", "provisional"),
    [
        ("2026-01-05", 5, "2026-01-12", False),
        ("2026-02-11", 5, "2026-02-25", False),
        ("2026-02-13", 5, "2026-02-27", False),
        ("2026-04-29", 5, "2026-05-09", False),
        ("2026-09-24", 5, "2026-10-09", False),
        ("2021-09-17", 5, "2021-09-26", False),
        ("2026-12-28", 5, "2027-01-05", True),
        ("2026-12-24", 5, "2026-12-31", False),
        ("2026-12-25", 5, "2027-01-04", True),
    ],
)
def test_the_examples_of_the_law(day0, n, due, provisional):
    reckoned = add_working_days(d(day0), n, CALENDAR)
    assert (reckoned.day, reckoned.is_provisional) == (d(due), provisional)


@pytest.mark.parametrize(
    ("stop", "resume", "left", "due"),
    [("2026-01-07", "2026-01-16", 3, "2026-01-21"), ("2026-01-12", "2026-01-20", 1, "2026-01-21")],
)
def test_the_examples_with_a_stop(stop, resume, left, due):
    before = add_working_days(d("2026-01-05"), 5, CALENDAR).day
    assert left_at_stop(stop=d(stop), due=before, calendar=CALENDAR) == left
    assert add_working_days(d(resume), left, CALENDAR).day == d(due)


def test_nothing_left_is_due_the_same_day_or_the_first_working_day_after():
    assert left_at_stop(stop=d("2026-01-12"), due=d("2026-01-12"), calendar=CALENDAR, at_least=0) == 0
    assert add_working_days(d("2026-01-16"), 0, CALENDAR).day == d("2026-01-16")
    assert add_working_days(d("2026-01-17"), 0, CALENDAR).day == d("2026-01-19")
    assert add_working_days(d("2026-02-15"), 0, CALENDAR).day == d("2026-02-24")


@pytest.mark.parametrize("day", ["2027-01-01", "2027-05-01", "2028-05-02", "2028-10-02", "2028-10-03", "2027-05-08"])
def test_an_unknown_year_rests_on_fixed_holidays_and_weekends(day):
    assert not CALENDAR.is_working_day(d(day))


@pytest.mark.parametrize("day", ["2027-02-08", "2027-05-03", "2027-10-04", "2028-10-04"])
def test_an_unknown_year_works_on_what_only_the_notice_would_free(day):
    assert CALENDAR.is_working_day(d(day))


def test_day_zero_in_an_unknown_year_does_not_make_a_due_day_provisional():
    calendar = WorkCalendar(frozenset(), frozenset(), frozenset({2027}))
    assert not add_working_days(d("2026-12-31"), 1, calendar).is_provisional
    assert add_working_days(d("2026-12-30"), 1, calendar).is_provisional


def test_negative_numbers_are_refused():
    with pytest.raises(ValueError, match="negative"):
        add_working_days(d("2026-01-05"), -1, CALENDAR)
    with pytest.raises(ValueError, match="negative"):
        working_day_before(d("2026-01-05"), -1, CALENDAR)


def test_the_end_of_a_day_is_midnight_in_shanghai():
    assert end_of_day(d("2026-01-12")).isoformat() == "2026-01-13T00:00:00+08:00"
    assert local_day(datetime.fromisoformat("2026-01-12T15:59:59+00:00")) == d("2026-01-12")
    assert local_day(datetime.fromisoformat("2026-01-12T16:00:00+00:00")) == d("2026-01-13")


def test_the_reckoning_names_every_day():
    lines = reckon(d("2026-02-11"), 5, CALENDAR, NAMES)
    assert [(line.day.day, line.number) for line in lines] == [
        (11, None), (12, 1), (13, 2), (14, 3), (15, None), (16, None), (17, None), (18, None), (19, None),
        (20, None), (21, None), (22, None), (23, None), (24, 4), (25, 5),
    ]  # fmt: skip
    why = {line.day.day: line.why for line in lines}
    assert why[11] == "起算日，不计入"
    assert (why[12], why[14], why[17]) == ("工作日", "调休上班（春节）", "春节")


def test_the_reckoning_of_weekends_unknown_years_and_nothing_left():
    assert reckon(d("2026-01-09"), 1, CALENDAR)[1].why == "周末"
    assert reckon(d("2026-12-31"), 1, CALENDAR)[1].why == "元旦（年历未公布，暂计）"
    assert reckon(d("2026-12-31"), 1, CALENDAR)[-1].why == "工作日（年历未公布，暂计）"
    assert [(line.day.day, line.number) for line in reckon(d("2026-01-17"), 0, CALENDAR)] == [
        (17, None),
        (18, None),
        (19, 0),
    ]


@given(days, numbers)
def test_adding_then_counting_comes_back(start, n):
    due = add_working_days(start, n, CALENDAR).day
    assert CALENDAR.is_working_day(due)
    if n:
        assert count_working_days(after=start, until=due, calendar=CALENDAR) == n
        assert count_working_days(after=start, until=due - ONE_DAY, calendar=CALENDAR) == n - 1
    else:
        assert count_working_days(after=start - ONE_DAY, until=due, calendar=CALENDAR) == 1


@given(days, numbers, numbers)
def test_adding_in_two_steps_is_adding_at_once(start, first, second):
    middle = add_working_days(start, first + 1, CALENDAR).day
    end = add_working_days(middle, second + 1, CALENDAR).day
    assert end == add_working_days(start, first + second + 2, CALENDAR).day


@given(days, numbers)
def test_going_back_undoes_going_on(start, n):
    due = add_working_days(start, n + 1, CALENDAR).day
    assert working_day_before(due, n, CALENDAR) == add_working_days(start, 1, CALENDAR).day


@given(days, st.integers(0, 30), st.integers(1, 20), st.integers(0, 60))
def test_a_stop_never_gains_nor_loses_working_days(start, stop_after, n, pause):
    due = add_working_days(start, n, CALENDAR).day
    stop = start + timedelta(days=stop_after)
    left = left_at_stop(stop=stop, due=due, calendar=CALENDAR, at_least=0)
    used = count_working_days(after=start, until=min(stop, due), calendar=CALENDAR)
    assert used + left == n
    resumed = stop + timedelta(days=pause)
    after = add_working_days(resumed, left, CALENDAR).day
    assert after >= resumed
    if left:
        assert count_working_days(after=resumed, until=after, calendar=CALENDAR) == left


@given(days, days)
def test_counts_add_up_over_any_cut(one, other):
    first, last = sorted((one, other))
    middle = first + (last - first) // 2
    parts = count_working_days(after=first, until=middle, calendar=CALENDAR) + count_working_days(
        after=middle, until=last, calendar=CALENDAR
    )
    assert parts == count_working_days(after=first, until=last, calendar=CALENDAR)


@given(days)
def test_due_day_is_the_inverse_of_the_end_of_the_day(day):
    bound = end_of_day(day)
    assert due_day_of(bound) == day
    assert local_day(bound - timedelta(microseconds=1)) == day
    assert bound.tzinfo is ZONE


@given(days, numbers)
def test_provisional_means_a_counted_day_in_an_unknown_year(start, n):
    due = add_working_days(start, n, CALENDAR)
    first = start + ONE_DAY if n else start
    counted = {(first + timedelta(days=offset)).year for offset in range((due.day - first).days + 1)}
    assert due.is_provisional == any(year not in YEARS for year in counted)
    assert add_working_days(start, n, NOTHING_KNOWN).is_provisional


@given(days, numbers)
def test_the_reckoning_ends_on_the_due_day_and_numbers_every_working_day(start, n):
    lines = reckon(start, n, CALENDAR, NAMES)
    assert lines[0].day == start
    assert lines[-1].day == add_working_days(start, n, CALENDAR).day
    assert [line.number for line in lines if line.counts] == (list(range(1, n + 1)) or [0])
