"""Two deliverers at once, and one that dies: everybody is told once. Each protection has its control."""

import pytest
from django.db import connection
from django.db.models import QuerySet

from apps.deadlines.models import DeadlineEvent
from apps.notifications.models import Message
from apps.notifications.services import delivering
from apps.notifications.services.delivering import Delivered, deliver_messages
from apps.transfers.models import LogRow
from tests.concurrency.together import at_once, in_step, without_row_locks
from tests.transfers.world import World, at

NOW = at("2026-01-05")
AT_ORIGIN = {"recipient__username": "cq.handler", "kind": "arrived"}


@pytest.fixture
def filed(real_world: World) -> World:
    deliver_messages(now=NOW)
    real_world.filed(now=NOW)
    return real_world


def together(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Two deliverers, each past its reading of the log before either writes."""
    in_step(monkeypatch, delivering, "_lock_undelivered", 2)
    return at_once(*(lambda: deliver_messages(now=NOW) for _ in range(2)))


@pytest.mark.parametrize("has_lock", [True, False])
def test_two_deliverers_tell_once(filed: World, monkeypatch: pytest.MonkeyPatch, has_lock: bool) -> None:
    """By the lock; without it the constraint still keeps the second message out."""
    if not has_lock:
        without_row_locks(monkeypatch)
    waiting = LogRow.objects.filter(delivered_at=None).count() + DeadlineEvent.objects.filter(delivered_at=None).count()
    answers = together(monkeypatch)
    assert all(isinstance(answer, Delivered) for answer in answers), answers
    read = sum(answer.rows for answer in answers if isinstance(answer, Delivered))
    assert read == waiting if has_lock else read > waiting
    assert Message.objects.filter(**AT_ORIGIN).count() == 1


def test_without_lock_and_constraint_people_are_told_twice(filed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    constraint = next(one for one in Message._meta.constraints if one.name == "message_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Message, constraint)
    without_row_locks(monkeypatch)
    try:
        answers = together(monkeypatch)
        told = Message.objects.filter(**AT_ORIGIN).count()
    finally:
        Message.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Message, constraint)
    assert told == 2, answers


class Died(Exception):
    pass


@pytest.mark.parametrize("is_one_transaction", [True, False])
def test_a_deliverer_that_dies_before_the_mark_has_told_nobody(
    filed: World, monkeypatch: pytest.MonkeyPatch, is_one_transaction: bool
) -> None:
    """The control writes messages and mark apart: then they stand without the mark."""
    if not is_one_transaction:
        monkeypatch.setattr(delivering, "_deliver_chunk", delivering._deliver_chunk.__wrapped__)
        without_row_locks(monkeypatch)
    update = QuerySet.update

    def die(queryset: QuerySet, **columns: object) -> int:
        if "delivered_at" in columns:
            raise Died
        return update(queryset, **columns)

    with monkeypatch.context() as broken:
        broken.setattr(QuerySet, "update", die)
        with pytest.raises(Died):
            deliver_messages(now=NOW)
    assert LogRow.objects.filter(delivered_at__isnull=True).count() == 1
    assert Message.objects.filter(**AT_ORIGIN).exists() is not is_one_transaction
    deliver_messages(now=NOW)
    assert Message.objects.filter(**AT_ORIGIN).count() == 1
