"""What was read long ago goes by night; what is unread, young or on its way stays; nothing is told again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from apps.notifications.models import Letter, Message
from apps.notifications.services import clearing
from apps.notifications.services.clearing import clear_messages
from apps.notifications.services.writing import new_stable_id
from apps.organisations.models import User
from tests.organisations.factories import UserFactory
from tests.transfers.world import at

NOW = at("2026-11-23")
OLD, YOUNG = NOW - timedelta(days=401), NOW - timedelta(days=399)


@pytest.fixture
def person(db: None) -> Iterator[User]:
    with transaction.atomic():
        yield UserFactory(email="a@example.invalid")
        transaction.set_rollback(True)


def message(person: User, *, told=OLD, is_read: bool = True, digest: Letter | None = None) -> Message:
    return Message.objects.create(
        recipient=person,
        kind="progress",
        source="case",
        source_id=Message.objects.count() + 1,
        title="已受理",
        sentence="",
        occurred_at=told,
        created_at=told,
        read_at=told if is_read else None,
        digest=digest,
    )


def letter(person: User, *, status: str = "sent", **of: object) -> Letter:
    return Letter.objects.create(
        channel="mail",
        recipient=person,
        address=person.email,
        stable_id=new_stable_id(),
        status=status,
        next_try_at=OLD,
        created_at=OLD,
        sent_at=OLD if status == "sent" else None,
        **of,
    )


def test_what_is_read_and_old_goes_with_its_letters_and_nothing_else(person: User) -> None:
    gone, unread = message(person), message(person, is_read=False)
    young, waits = message(person, told=YOUNG), message(person)
    for one, status in ((gone, "sent"), (unread, "sent"), (young, "given_up"), (waits, "waiting")):
        letter(person, status=status, message=one)
    assert clear_messages(now=NOW) == 1
    assert set(Message.objects.values_list("pk", flat=True)) == {unread.pk, young.pk, waits.pk}
    assert set(Letter.objects.values_list("message", flat=True)) == {unread.pk, young.pk, waits.pk}
    assert clear_messages(now=NOW) == 0


def test_a_daily_letter_goes_with_the_last_of_its_messages(person: User) -> None:
    daily = letter(person, digest_on=OLD.date())
    message(person, digest=daily)
    unread = message(person, digest=daily, is_read=False)
    assert clear_messages(now=NOW) == 1
    assert Letter.objects.filter(pk=daily.pk).exists()
    Message.objects.filter(pk=unread.pk).update(read_at=NOW)
    assert clear_messages(now=NOW) == 1
    assert not Letter.objects.exists()


def test_a_daily_letter_on_its_way_keeps_its_messages(person: User) -> None:
    daily = letter(person, status="waiting", digest_on=OLD.date())
    message(person, digest=daily)
    assert clear_messages(now=NOW) == 0
    Letter.objects.update(status="sent", sent_at=NOW)
    assert clear_messages(now=NOW) == 1


def test_it_goes_by_chunks_and_stops_after_a_nights_work(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "CHUNK", 2)
    for _ in range(5):
        message(person)
    assert clear_messages(now=NOW, most=1) == 2
    assert clear_messages(now=NOW) == 3
