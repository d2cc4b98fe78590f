"""Two deliverers and one change of the calendar: everybody gets one message about all of it. With its controls."""

import pytest
from django.db import connection

from apps.notifications.models import Message
from apps.notifications.services import delivering_moves
from apps.notifications.services.delivering_moves import deliver_moves
from tests.concurrency.together import at_once, in_step, without_row_locks
from tests.notifications.test_delivering_moves import LONGER, NOW, filed, loaded
from tests.transfers.world import World

MINE = {"recipient__username": "cq.handler", "kind": "moved"}


@pytest.fixture
def moved(real_world: World) -> World:
    filed(real_world, 3)
    loaded(LONGER)
    return real_world


def together(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Two deliverers, each past its reach for the change before either reads its rows."""
    in_step(monkeypatch, delivering_moves, "_take_change", 2)
    return at_once(*(lambda: deliver_moves(now=NOW) for _ in range(2)))


@pytest.mark.parametrize("has_lock", [True, False])
def test_two_deliverers_tell_once(moved: World, monkeypatch: pytest.MonkeyPatch, has_lock: bool) -> None:
    """By the lock one of them takes nothing; without it the constraint still keeps the second message out."""
    if not has_lock:
        without_row_locks(monkeypatch)
    answers = together(monkeypatch)
    assert sorted(answer == (0, 0, 0) for answer in answers) == [False, has_lock], answers
    assert [one.title for one in Message.objects.filter(**MINE)] == ["3 件案件的时限有变更"]


def test_without_lock_and_constraint_people_are_told_twice(moved: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    constraint = next(one for one in Message._meta.constraints if one.name == "message_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Message, constraint)
    without_row_locks(monkeypatch)
    try:
        answers = together(monkeypatch)
        told = Message.objects.filter(**MINE).count()
    finally:
        Message.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Message, constraint)
    assert told == 2, answers
