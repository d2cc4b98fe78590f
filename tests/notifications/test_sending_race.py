"""Two senders at once, and a mail server that hangs while everything else goes on. Real commits, real threads."""

import threading
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection

from apps.notifications.models import Letter, Message
from apps.notifications.services import sending, taking_up
from apps.notifications.services.delivering import deliver_messages
from apps.notifications.services.sending import Sent, send_letters
from apps.organisations.models import AccountLetter
from apps.organisations.services.accounts import ask_reset
from apps.transfers.services.sweeping import sweep
from tests.concurrency.together import at_once, in_step
from tests.house.processes import wait_for
from tests.notifications.servers import MailServer, mail_server
from tests.transfers.world import World, at

NOW = at("2026-01-05")
LETTER = {"channel": "mail", "recipient__username": "cq.handler"}


@pytest.fixture
def server(real_world: World, settings) -> Iterator[MailServer]:
    with mail_server(settings) as server:
        real_world.filed(now=NOW)
        deliver_messages(now=NOW)
        assert Letter.objects.filter(**LETTER).count() == 1
        yield server


@pytest.mark.parametrize("guards", ["both", "lease", "none"])
def test_two_senders_send_once(server: MailServer, monkeypatch: pytest.MonkeyPatch, guards: str) -> None:
    """One has the channel; if both believed that they had it, one has the letter. The control has neither guard."""
    if guards != "both":
        monkeypatch.setattr(sending, "_take", lambda *_: True)
        in_step(monkeypatch, sending, "_take", 2)
    if guards == "none":
        monkeypatch.setattr(sending, "_lease", every_due_letter)
        in_step(monkeypatch, sending, "_lease", 2)
    answers = at_once(*(lambda: send_letters(code="mail", now=NOW) for _ in range(2)))
    assert all(isinstance(answer, Sent) for answer in answers), answers
    assert len(server.mails) == (2 if guards == "none" else 1)


def every_due_letter(code: str, now) -> list[Letter]:
    """The control's lease: a plain reading."""
    return list(Letter.objects.due(now).filter(channel=code).select_related("recipient", "message"))


def test_while_a_server_hangs_clocks_and_messages_go_on(real_world: World, server: MailServer, settings) -> None:
    """The sender waits with no transaction open and no row locked: a sweep and a delivery begin and end meanwhile."""
    settings.EMAIL_TIMEOUT = 60
    server.mood = "hangs"

    def send() -> None:
        try:
            send_letters(code="mail", now=NOW)
        finally:
            connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        wait_for(lambda: bool(server.connections), seconds=30, what="a connection to the mail server")
        late = at("2026-01-13", "00:30")
        assert sweep(now=late).clocks
        assert deliver_messages(now=late).messages
        assert Message.objects.filter(kind="late").exists()
        assert sender.is_alive()
    finally:
        server.stop()
        sender.join(30)
    assert not sender.is_alive()


UNIQUE = "CONSTRAINT notifications_letter_account_letter_id_key"


@pytest.fixture
def promised(real_world: World) -> None:
    AccountLetter.objects.update(delivered_at=NOW)  # what the demo's people were told
    ask_reset(address="dazu.filer@example.invalid", now=NOW)


def two_takers(monkeypatch: pytest.MonkeyPatch, *, has_lock: bool) -> list[object]:
    if not has_lock:
        monkeypatch.setattr(taking_up, "_lock_waiting", lambda: list(AccountLetter.objects.filter(delivered_at=None)))
        in_step(monkeypatch, taking_up, "_lock_waiting", 2)
    return at_once(*(lambda: taking_up.take_up_letters(now=NOW) for _ in range(2)))


@pytest.mark.parametrize("has_lock", [True, False])
def test_two_who_take_up_a_promise_make_one_letter(
    promised: None, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    """The lock lets one pass; without it the constraint refuses the second."""
    answers = two_takers(monkeypatch, has_lock=has_lock)
    refused = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert len(refused) == (0 if has_lock else 1), answers
    assert Letter.objects.count() == 1


def test_without_lock_and_constraint_there_are_two_letters(promised: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE notifications_letter DROP {UNIQUE}")
    try:
        answers = two_takers(monkeypatch, has_lock=False)
        made = Letter.objects.count()
    finally:
        Letter.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE notifications_letter ADD {UNIQUE} UNIQUE (account_letter_id)")
    assert made == 2, answers
