"""Races of the clocks, each with its control: the same threads without the protection."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.services import (
    ClockRefused,
    load_calendar,
    load_calendar_year,
    lock_due,
    record_rungs,
    rungs,
    start_clock,
)
from apps.deadlines.services import clocks as clock_services
from tests.deadlines.conftest import at

pytestmark = pytest.mark.django_db(transaction=True)

REF = "2026-川渝-00001"
LATE = at("2026-01-15 08:00")
LONG = 30


def run_at_once(*works: Callable[[], object]) -> list[object]:
    """Runs each in a thread and a connection of its own; answers results or exceptions."""
    results: list[object] = [None] * len(works)

    def run(index: int, work: Callable[[], object]) -> None:
        try:
            results[index] = work()
        except Exception as error:  # noqa: BLE001  the test looks at it
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert not any(thread.is_alive() for thread in threads)
    return results


def start(calendar, day0=date(2026, 1, 5)):
    return start_clock(
        reference=REF, kind="whole", day0=day0, days=5, now=at(f"{day0} 12:00"), calendar=calendar, ladder="whole"
    )


def sweep_in_step(monkeypatch, lock):
    """Two sweeps that wait for each other (in vain when a lock keeps the second back) after reading the log."""
    both_have_read = threading.Barrier(2)
    read = rungs.recorded_rungs

    def read_and_wait(deadline):
        recorded = read(deadline)
        with suppress(threading.BrokenBarrierError):
            both_have_read.wait(1)
        return recorded

    monkeypatch.setattr(rungs, "recorded_rungs", read_and_wait)

    def sweep():
        calendar = load_calendar()
        with transaction.atomic():
            return [len(record_rungs(deadline=clock, now=LATE, calendar=calendar)) for clock in lock()]

    return run_at_once(sweep, sweep)


def test_two_sweeps_at_once_record_every_rung_once(calendar, monkeypatch):
    start(calendar)
    results = sweep_in_step(monkeypatch, lambda: lock_due(reference=REF, now=LATE))
    assert sorted(results) == [[], [5]]
    assert DeadlineEvent.objects.exclude(rung="").count() == 5


def test_control_without_the_lock_the_two_meet_and_only_the_database_keeps_them_apart(calendar, monkeypatch):
    start(calendar)
    results = sweep_in_step(monkeypatch, lambda: list(Deadline.objects.due(LATE)))
    assert sorted(isinstance(result, IntegrityError) for result in results) == [False, True]
    assert DeadlineEvent.objects.exclude(rung="").count() == 5


def start_while_a_year_is_loaded(calendar):
    """A clock is started, but not committed, while an administrator loads the year it reaches into."""
    started, loaded = threading.Event(), threading.Event()

    def file():
        with transaction.atomic():
            start(calendar, date(2026, 12, 28))
            started.set()
            loaded.wait(1)

    def load():
        started.wait(LONG)
        rows = [{"date": f"2027-01-0{day}", "kind": "day_off", "name": "元旦"} for day in (1, 4)]
        done = load_calendar_year(year=2027, rows=rows, source="通知", now=at("2026-12-28 13:00"))
        loaded.set()
        return len(done.moved)

    return run_at_once(file, load)


def test_a_clock_started_while_a_year_is_loaded_moves_with_it(calendar):
    assert start_while_a_year_is_loaded(calendar) == [None, 1]
    clock = Deadline.objects.get()
    assert (clock.due_on, clock.is_provisional) == (date(2027, 1, 6), False)


def test_control_without_the_calendars_lock_the_clock_stays_behind(calendar, monkeypatch):
    monkeypatch.setattr(clock_services, "steady_calendar", lambda given: given)
    assert start_while_a_year_is_loaded(calendar) == [None, 0]
    assert Deadline.objects.get().is_provisional


def test_of_two_equal_clocks_started_at_once_one_is_refused(calendar):
    barrier = threading.Barrier(2)

    def begin():
        with transaction.atomic():
            barrier.wait(LONG)
            return start(calendar)

    results = run_at_once(begin, begin)
    refused = [result for result in results if isinstance(result, ClockRefused)]
    assert [refusal.code for refusal in refused] == ["clock_already_open"]
    assert Deadline.objects.count() == 1
