"""`kill -9` and lost servers under the running system: nothing lost, nothing twice, each rung with its own moment.

Each fault has its control: the same with the protection taken off (``unprotected.py``) shows the damage.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from apps.catalogue.enums import PaperKind
from apps.deadlines.models import DeadlineEvent
from apps.deadlines.services import read_now, set_clock_shift
from apps.deadlines.workdays import end_of_day
from apps.organisations.services.capacity import reconcile_capacity
from apps.transfers.models import Application, LogRow, Paper
from apps.whitelists.models import QuotaMovement
from apps.whitelists.services.ledger import reconcile
from benchmarks import requests
from benchmarks.load import Step
from tests.faults.plant import Plant, due, until_alone, wait
from tests.faults.plant_world import AFTER, FILED_ON, LAST_DAYS
from tests.house.processes import wait_for
from tests.transfers.world import at
from wastetransfer.operations.heartbeats import signs

pytestmark = pytest.mark.processes

EVENTS_ONCE = ("event_rung_once", "event_breach_once")


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """In this module the tests' database is only copied, never written into."""
    with django_db_blocker.unblock():
        yield


def standstill_over() -> datetime:
    """Three days later, with five due moments in between."""
    set_clock_shift(to=AFTER)
    return read_now()


def rungs() -> list[tuple]:
    return list(DeadlineEvent.objects.exclude(rung="").values_list("deadline", "round", "rung"))


def is_everything_once() -> bool:
    """No rung and no act twice, every breach with its own moment, and people see what the clocks say."""
    acts = list(LogRow.objects.filter(act="accept").values_list("application", flat=True))
    breaches = DeadlineEvent.objects.filter(kind="breached", deadline__kind="whole").order_by("deadline")
    own = [end_of_day(datetime.fromisoformat(day).date()) for day in LAST_DAYS]
    supervised = Application.objects.filter(supervised_since__isnull=False).count()
    return (
        len(rungs()) == len(set(rungs()))
        and len(acts) == len(set(acts)) == len(FILED_ON)
        and [breach.occurred_at for breach in breaches] == own
        and supervised == len(FILED_ON)
        and not due()
    )


class TestWorker:
    """Killed between two statements of a sweep."""

    def test_a_killed_child_gives_its_message_back(self, plant: Plant) -> None:
        worker = plant.worker()
        standstill_over()
        with plant.held_up("deadlines_deadline") as until_in_the_middle:
            plant.send_a_sweep()
            until_in_the_middle()
            for child in worker.children():
                os.kill(child, signal.SIGKILL)
            wait_for(lambda: worker.said("signal 9"), seconds=30, what=worker.text())
        plant.until_nothing_is_due()
        assert is_everything_once()

    def test_control_acknowledged_early_the_message_is_gone(self, plant: Plant) -> None:
        worker = plant.worker(without="acks_late")
        standstill_over()
        with plant.held_up("deadlines_deadline") as until_in_the_middle:
            plant.send_a_sweep()
            until_in_the_middle()
            for child in worker.children():
                os.kill(child, signal.SIGKILL)
            wait_for(lambda: worker.said("signal 9"), seconds=30, what=worker.text())
        wait(2)
        assert due()
        assert not is_everything_once()

    def test_a_killed_worker_left_nothing_and_the_next_sweep_does_it_all(self, plant: Plant) -> None:
        plant.worker()
        standstill_over()
        before = rungs()
        with plant.held_up("deadlines_deadline") as until_in_the_middle:
            plant.send_a_sweep()
            until_in_the_middle()
            plant.kill_all()
        until_alone()
        assert rungs() == before
        plant.worker()
        plant.send_a_sweep()
        plant.until_nothing_is_due()
        assert is_everything_once()

    def test_control_without_transactions_a_killed_worker_leaves_halves(self, plant: Plant) -> None:
        plant.worker(without="transactions")
        standstill_over()
        before = rungs()
        with plant.held_up("deadlines_deadline") as until_in_the_middle:
            plant.send_a_sweep()
            until_in_the_middle()
            plant.kill_all()
        until_alone()
        assert rungs() != before
        assert due()


def test_worker_stopped_for_three_days_over_five_deadlines(plant: Plant) -> None:
    plant.worker()
    plant.send_a_sweep()
    plant.until_nothing_is_due()
    plant.kill_all()
    back_at = standstill_over()
    plant.worker()
    plant.send_a_sweep()
    plant.until_nothing_is_due()
    assert is_everything_once()
    late = DeadlineEvent.objects.filter(recorded_at__gte=back_at).exclude(rung="")
    moments = set(late.values_list("occurred_at", flat=True))
    # Recorded in one go, each with its own moment.
    assert len(moments) > len(set(LAST_DAYS))
    assert max(moments) <= back_at
    reminders = late.filter(deadline__kind="whole", rung__startswith="remind")
    assert {kind for (kind,) in reminders.values_list("kind")} == {"missed"}


def test_control_a_sweep_that_stamps_the_present_tells_another_story(plant: Plant) -> None:
    standstill_over()
    plant.worker(without="own_moments")
    plant.send_a_sweep()
    plant.until_nothing_is_due()
    assert breached() == len(FILED_ON)
    assert not is_everything_once()


class TestBeatAndQueue:
    def test_killed_beat_and_emptied_queue_lose_nothing(self, plant: Plant) -> None:
        plant.worker()
        beat = plant.beat()
        plant.until_nothing_is_due()
        beat.kill()
        wait(2)
        standstill_over()
        # Control: nobody sends a sweep, so nothing happens.
        wait(3)
        assert due()
        beat = plant.beat()
        plant.until_nothing_is_due()
        assert is_everything_once()
        # Both gave a sign of life, and the message said when it was sent.
        assert signs()["beat"].age_s < 60
        assert signs()["worker"].waited_s > 0
        set_clock_shift(to=at("2026-01-16"))
        plant.empty_the_queue()
        plant.until_nothing_is_due()
        assert len(rungs()) == len(set(rungs()))

    def test_control_a_message_alone_is_lost_with_its_queue(self, plant: Plant) -> None:
        standstill_over()
        plant.send_a_sweep()
        plant.empty_the_queue()
        plant.worker()
        wait(3)
        assert due()

    def test_two_beats_and_two_workers_do_everything_once(self, plant: Plant) -> None:
        standstill_over()
        with plant.held_up("deadlines_deadline") as until_in_the_middle:
            plant.worker()
            plant.worker()
            plant.beat()
            plant.beat()
            until_in_the_middle()
            wait(3)
        plant.until_nothing_is_due()
        assert is_everything_once()

    def test_control_without_locks_and_keys_two_workers_do_it_twice(self, plant: Plant) -> None:
        standstill_over()
        with connection.cursor() as cursor:
            for name in EVENTS_ONCE:
                cursor.execute(f"DROP INDEX {name}")
        with plant.held_up("deadlines_deadline", waiting=2) as until_in_the_middle:
            for _ in range(2):
                plant.worker(without="locks")
                plant.send_a_sweep()
            until_in_the_middle()
        plant.until_nothing_is_due()
        assert len(rungs()) > len(set(rungs()))


class TestClocksApart:
    """A worker whose own clock is ten minutes fast."""

    def test_the_databases_time_rules(self, plant: Plant) -> None:
        due_at = end_of_day(datetime.fromisoformat(LAST_DAYS[0]).date())
        set_clock_shift(to=due_at - timedelta(minutes=5))
        plant.worker(CLOCK_AHEAD="600")
        plant.beat()
        plant.until_nothing_is_due()
        assert not DeadlineEvent.objects.filter(kind="breached").exists()
        set_clock_shift(to=due_at)
        wait_for(lambda: breached() == 2, seconds=30, what="two breaches")
        told = DeadlineEvent.objects.filter(kind="breached")
        assert {(event.occurred_at, event.recorded_at < due_at + timedelta(minutes=5)) for event in told} == {
            (due_at, True)
        }

    def test_control_by_its_own_clock_it_breaches_before_the_time(self, plant: Plant) -> None:
        due_at = end_of_day(datetime.fromisoformat(LAST_DAYS[0]).date())
        set_clock_shift(to=due_at - timedelta(minutes=5))
        plant.worker(without="database_time", CLOCK_AHEAD="600")
        plant.send_a_sweep()
        wait_for(lambda: breached() == 2, seconds=30, what="two breaches, too early")
        assert read_now() < due_at


def breached() -> int:
    return DeadlineEvent.objects.filter(kind="breached", deadline__kind="whole").count()


def filings() -> dict[int, Step]:
    """What the filers' browsers would post, by draft."""
    drafts = Application.objects.filter(number=None).prefetch_related("items", "transit").order_by("pk")
    people = {draft.created_by_id: draft.created_by for draft in drafts}
    cookies = requests.cookies_of(people.values())
    return {draft.pk: requests.filing(draft, cookies[draft.created_by_id]) for draft in drafts}


def filed_of(keys) -> int:
    return Application.objects.filter(pk__in=keys, number__isnull=False).count()


def is_each_filed_once(keys) -> bool:
    keys = list(keys)
    return (
        filed_of(keys) == len(keys)
        and LogRow.objects.filter(application__in=keys, act="submit").count() == len(keys)
        and Paper.objects.filter(application__in=keys, kind=PaperKind.RECEIPT).count() == len(keys)
        and are_books_right()
    )


def are_books_right() -> bool:
    return not [*reconcile(), *reconcile_capacity()]


class TestWeb:
    def test_killed_in_the_middle_of_filings_leaves_nothing_and_a_retry_files_once(self, plant: Plant) -> None:
        site, steps = plant.web(), dict(list(filings().items())[:3])
        with ThreadPoolExecutor(3) as people, plant.held_up("transfers_paper") as until_in_the_middle:
            answers = people.map(site.tried, steps.values())
            until_in_the_middle()
            for child in site.process.children():
                os.kill(child, signal.SIGKILL)
            assert list(answers) == [0, 0, 0]
        assert filed_of(steps) == 0
        assert are_books_right()
        wait_for(site.answers, seconds=30, what="the next worker of gunicorn")
        assert [site.tried(step) for step in steps.values()] == [302, 302, 302]
        assert [site.tried(step) for step in steps.values()] == [302, 302, 302]  # a double click changes nothing
        assert is_each_filed_once(steps)
        # What the killed process had counted still counts.
        assert 'status="3xx"' in site.read("/metrics")

    def test_control_without_transactions_a_killed_filing_leaves_halves(self, plant: Plant) -> None:
        site, steps = plant.web(without="transactions"), dict(list(filings().items())[:1])
        held = QuotaMovement.objects.count()
        with ThreadPoolExecutor(1) as people, plant.held_up("transfers_logrow") as until_in_the_middle:
            answer = people.map(site.tried, steps.values())
            until_in_the_middle()
            for child in site.process.children():
                os.kill(child, signal.SIGKILL)
            assert list(answer) == [0]
        # Tonnes are held for a case that has no receipt.
        assert QuotaMovement.objects.count() > held
        assert not is_each_filed_once(steps)


def test_the_database_restarted_under_load_loses_no_filing_and_no_clock(plant: Plant) -> None:
    site, steps = plant.web(), filings()
    plant.worker()
    plant.beat()
    standstill_before = due()
    assert standstill_before
    first, rest = list(steps.values())[:3], list(steps.values())[3:]
    assert [site.tried(step) for step in first] == [302] * 3
    with ThreadPoolExecutor(4) as people, plant.held_up("transfers_paper") as until_in_the_middle:
        answers = people.map(site.tried, rest)
        until_in_the_middle()
        connection.close()
        plant.restart_the_database()
        told = list(answers)
    # Control: some were really under way and were refused by the fault.
    assert any(status != 302 for status in told)
    assert filed_of(steps) == 3 + told.count(302)
    give_up = 5
    while (left := {key: step for key, step in steps.items() if not filed_of([key])}) and give_up:
        give_up -= 1
        for step in left.values():
            site.tried(step)
    assert is_each_filed_once(steps)
    standstill_over()
    plant.until_nothing_is_due()
    assert is_everything_once()
