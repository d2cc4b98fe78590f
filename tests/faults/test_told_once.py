"""Whoever is killed while telling people: everybody is told, and once."""

from collections.abc import Iterator

import pytest
from django.db import connection

from apps.deadlines.models import DeadlineEvent
from apps.deadlines.services import set_clock_shift
from apps.notifications.models import Message
from apps.transfers.models import LogRow
from tests.faults.plant import Plant, until_alone
from tests.faults.plant_world import AFTER
from tests.house.processes import wait_for

pytestmark = pytest.mark.processes
DELIVER = "apps.notifications.tasks.deliver_messages"


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """In this module the tests' database is only copied, never written into."""
    with django_db_blocker.unblock():
        yield


def told() -> list[tuple]:
    return list(Message.objects.values_list("recipient", "source", "source_id"))


def untold() -> int:
    return sum(rows.objects.filter(delivered_at=None).count() for rows in (LogRow, DeadlineEvent))


def test_a_deliverer_killed_in_the_middle_and_two_after_it_tell_everybody_once(plant: Plant) -> None:
    set_clock_shift(to=AFTER)
    waiting = untold()
    assert waiting
    worker = plant.worker()
    with plant.held_up("notifications_message") as until_in_the_middle:
        plant.send(DELIVER)
        until_in_the_middle()
        worker.kill()
    until_alone()
    assert (told(), untold()) == ([], waiting)
    with plant.held_up("notifications_message") as until_in_the_middle:
        for _ in range(2):
            plant.worker()
            plant.send(DELIVER)
        until_in_the_middle()
    wait_for(lambda: not untold(), seconds=60, what="everybody told")
    assert told()
    assert len(told()) == len(set(told()))


def test_control_without_locks_and_the_key_people_are_told_twice(plant: Plant) -> None:
    set_clock_shift(to=AFTER)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notifications_message DROP CONSTRAINT message_once")
    with plant.held_up("notifications_message", waiting=2) as until_in_the_middle:
        for _ in range(2):
            plant.worker(without="locks")
            plant.send(DELIVER)
        until_in_the_middle()
    wait_for(lambda: not untold(), seconds=60, what="everybody told")
    wait_for(lambda: len(told()) > len(set(told())), seconds=60, what="twice")
