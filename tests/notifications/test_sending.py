"""Letters leave at least once under one Message-ID, and a mail server that is ill costs nobody anything else."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from apps.notifications.channels.webhook import signature_of
from apps.notifications.enums import LetterStatus, MessageKind
from apps.notifications.models import ChannelState, Letter, Message, Preference
from apps.notifications.services import sending
from apps.notifications.services.backlog import backlog, oldest_undelivered
from apps.notifications.services.delivering import deliver_messages
from apps.notifications.services.digesting import make_digests
from apps.notifications.services.reading import read_message
from apps.notifications.services.sending import send_letters
from apps.notifications.services.writing import new_stable_id
from apps.organisations.models import User
from tests.notifications.servers import Gateway, MailServer, gateway, mail_server
from tests.transfers.world import World, at

NOW = at("2026-01-05")
MINUTE = timedelta(minutes=1)


class HasPeople(Protocol):
    def user(self, username: str) -> User: ...


@pytest.fixture
def server(world: World, settings) -> Iterator[MailServer]:
    settings.SITE_URL = "https://whitelist.example.org"
    with mail_server(settings) as server:
        yield server


def write(world: HasPeople, count: int = 1, username: str = "cq.handler") -> list[Letter]:
    """Letters to a person about messages of their own."""
    user = world.user(username)
    made = []
    for number in range(count):
        message = Message.objects.create(
            recipient=user,
            kind=MessageKind.ARRIVED,
            source="case",
            source_id=Message.objects.count() + 1,
            number=f"2026-50-51-{number:05}",
            title="待移出地审核",
            sentence="甲 → 乙。<请审核>",
            occurred_at=NOW,
            created_at=NOW,
        )
        made.append(
            Letter.objects.create(
                channel="mail",
                recipient=user,
                address=user.email,
                message=message,
                stable_id=new_stable_id(),
                next_try_at=NOW,
                created_at=NOW,
            )
        )
    return made


def test_a_letter_says_what_happened_and_where_to_look(world: World, server: MailServer) -> None:
    letter = write(world)[0]
    assert send_letters(code="mail", now=NOW).letters == 1
    mail = server.mails[0]
    assert mail["Message-ID"] == letter.stable_id
    assert mail["Subject"].strip() == "【案件到达】待移出地审核 2026-50-51-00000"
    assert mail["To"] == "cq.handler@example.invalid"
    assert mail["List-Unsubscribe"] == "<https://whitelist.example.org/notices/preferences/>"
    plain = mail.get_body(("plain",)).get_content()
    rich = mail.get_body(("html",)).get_content()
    link = f"https://whitelist.example.org/notices/{letter.message_id}/"
    assert link in plain
    assert link in rich
    assert "<请审核>" in plain
    assert "<请审核>" not in rich
    letter.refresh_from_db()
    assert (letter.status, letter.sent_at, letter.attempts) == (LetterStatus.SENT, NOW, 1)
    assert send_letters(code="mail", now=NOW + MINUTE).letters == 0
    assert len(server.mails) == 1


@pytest.mark.parametrize("is_stable", [True, False])
def test_a_server_that_dies_before_its_answer_gets_the_same_letter_again(
    world: World, server: MailServer, monkeypatch: pytest.MonkeyPatch, is_stable: bool
) -> None:
    """The control writes a new Message-ID at each attempt: then nobody could tell the two from two letters."""
    if not is_stable:
        words_of = sending.words_of
        monkeypatch.setattr(
            sending,
            "words_of",
            lambda **given: replace(words_of(**given), stable_id=new_stable_id()),
        )
    write(world)
    server.mood = "dies"
    assert send_letters(code="mail", now=NOW).letters == 0
    assert len(server.mails) == 1
    assert send_letters(code="mail", now=NOW + 2 * MINUTE).letters == 1
    assert len(server.mails) == 2
    assert len({mail["Message-ID"] for mail in server.mails}) == (1 if is_stable else 2)


def test_a_server_that_hangs_costs_one_time_out_and_is_left_alone(world: World, server: MailServer, settings) -> None:
    """However many letters wait; what is told in the app goes on meanwhile, and the backlog says what is wrong."""
    write(world, 50)
    server.mood, settings.EMAIL_TIMEOUT = "hangs", 0.5
    began = time.monotonic()
    assert send_letters(code="mail", now=NOW).letters == 0
    took = time.monotonic() - began
    assert took < 50 * 0.5 / 2
    assert send_letters(code="mail", now=NOW + MINUTE / 2).letters == 0
    assert server.connections == 1
    world.filed(now=NOW)
    assert deliver_messages(now=NOW).messages
    assert oldest_undelivered(now=NOW + MINUTE) == MINUTE
    assert backlog(now=NOW).letters >= 50
    assert "timed out" in backlog(now=NOW).errors["mail"]
    assert set(Letter.objects.filter(message__source_id__lte=50).values_list("attempts", flat=True)) == {0}
    server.mood, settings.EMAIL_TIMEOUT = "well", 30
    assert send_letters(code="mail", now=NOW + 2 * MINUTE).letters >= 50
    assert backlog(now=NOW).errors == {}


def test_the_pause_grows_while_the_server_is_down(world: World, server: MailServer, settings) -> None:
    write(world)
    server.mood, settings.EMAIL_TIMEOUT = "hangs", 0.5
    moment, pauses = NOW, []
    for _ in range(6):
        send_letters(code="mail", now=moment)
        state = ChannelState.objects.get(channel="mail")
        pauses.append((state.down_until - moment) / MINUTE)
        moment = state.down_until
    assert pauses == [1, 2, 4, 8, 10, 10]


@pytest.mark.parametrize(("mood", "status"), [("refuses", LetterStatus.GIVEN_UP), ("later", LetterStatus.WAITING)])
def test_an_address_that_is_refused_stops_nobody_else(
    world: World, server: MailServer, mood: str, status: LetterStatus
) -> None:
    deliver_messages(now=NOW + timedelta(days=400))  # what the demo's lists logged is marked
    write(world, 2)
    server.mood = mood
    assert send_letters(code="mail", now=NOW).letters == 0
    letters = list(Letter.objects.order_by("pk"))
    assert [letter.status for letter in letters] == [status, status]
    assert letters[0].last_error.startswith("550" if mood == "refuses" else "451")
    assert ChannelState.objects.get().down_until is None
    # One address that is put off is no alarm.
    assert oldest_undelivered(now=NOW) is None
    server.mood = "well"
    assert send_letters(code="mail", now=NOW + MINUTE).letters == (0 if mood == "refuses" else 2)


def test_what_is_not_taken_is_tried_eight_times_and_given_up(world: World, server: MailServer) -> None:
    letter = write(world)[0]
    server.mood = "later"
    moment = NOW
    for _ in range(len(sending.RETRIES) + 1):
        send_letters(code="mail", now=moment)
        letter.refresh_from_db()
        moment = letter.next_try_at
    assert (letter.status, letter.attempts) == (LetterStatus.GIVEN_UP, len(sending.RETRIES) + 1)


def test_a_sender_that_died_holds_nothing_for_ever(world: World, server: MailServer) -> None:
    letter = write(world)[0]
    assert sending._take("mail", NOW)
    assert sending._lease("mail", NOW)
    assert send_letters(code="mail", now=NOW + MINUTE).letters == 0
    assert send_letters(code="mail", now=NOW + sending.LEASE).letters == 1
    letter.refresh_from_db()
    assert letter.attempts == 2


def test_a_closed_account_gets_nothing_any_more(world: World, server: MailServer) -> None:
    letter = write(world)[0]
    User.objects.filter(username="cq.handler").update(is_active=False)
    send_letters(code="mail", now=NOW)
    letter.refresh_from_db()
    assert letter.status == LetterStatus.DROPPED
    assert server.mails == []


def test_a_sender_stops_after_its_seconds_and_gives_back_the_rest(world: World, server: MailServer) -> None:
    write(world, 3)
    assert send_letters(code="mail", now=NOW, seconds=0).is_more
    assert set(Letter.objects.values_list("attempts", "leased_until")) == {(0, None)}


def daily(world: World, username: str = "dazu.filer", *, created: str = "2026-01-05") -> Message:
    return Message.objects.create(
        recipient=world.user(username),
        kind=MessageKind.PROGRESS,
        source="case",
        source_id=Message.objects.count() + 1,
        title="申请已受理",
        sentence="受理通知书可在申请页查阅。",
        occurred_at=at(created),
        created_at=at(created),
        mail="daily",
    )


def test_a_digest_at_half_past_eight_of_a_working_day(world: World, server: MailServer) -> None:
    messages = [daily(world) for _ in range(60)]
    read_message(user=world.user("dazu.filer"), message_id=messages[0].pk, now=NOW)
    assert make_digests(now=at("2026-01-05", "23:00")) == 0  # told after this morning's moment
    assert make_digests(now=at("2026-01-06", "08:29")) == 0
    assert make_digests(now=at("2026-01-06", "08:30")) == 1
    assert make_digests(now=at("2026-01-06", "09:30")) == 0
    assert send_letters(code="mail", now=at("2026-01-06", "08:31")).letters == 1
    mail = server.mails[0]
    assert mail["Subject"].strip() == "【消息汇总】2026-01-06，共 59 条"
    assert "另有 9 条" in mail.get_body(("plain",)).get_content()
    daily(world, created="2026-01-06")
    assert make_digests(now=at("2026-01-07", "12:00")) == 1  # a worker that came back at noon


def test_no_digest_on_a_day_off(world: World, server: MailServer) -> None:
    daily(world, created="2026-01-09")
    assert make_digests(now=at("2026-01-10", "10:00")) == 0
    assert make_digests(now=at("2026-01-12", "10:00")) == 1


@pytest.fixture
def texts(world: World, settings) -> Iterator[Gateway]:
    with gateway(settings) as made:
        yield made


def test_the_short_channel_posts_signed_json(world: World, texts: Gateway) -> None:
    user = world.user("cq.handler")
    User.objects.filter(pk=user.pk).update(phone="13900000001")
    Preference.objects.create(user=user, kind=MessageKind.ARRIVED, mail="none", is_texted=True)
    case = world.filed(now=NOW)
    deliver_messages(now=NOW)
    letter = Letter.objects.get(channel="text")
    assert send_letters(code="text", now=NOW).letters == 1
    said, body, signature = texts.posted[0]
    assert said == {
        "id": letter.stable_id.strip("<>"),
        "to": "13900000001",
        "text": f"【案件到达】待移出地审核 {case.number}",
        "link": f"http://127.0.0.1:8000/notices/{letter.message_id}/",
    }
    assert signature == signature_of(body)


@pytest.mark.parametrize(
    ("status", "letter_status", "is_down"),
    [(400, "given_up", False), (429, "waiting", False), (403, "waiting", True), (500, "waiting", True)],
)
def test_what_a_gateway_answers_decides(
    world: World, texts: Gateway, status: int, letter_status: str, is_down: bool
) -> None:
    letter = write(world)[0]
    Letter.objects.filter(pk=letter.pk).update(channel="text", address="13900000001")
    texts.status = status
    assert send_letters(code="text", now=NOW).letters == 0
    letter.refresh_from_db()
    assert letter.status == letter_status
    assert (ChannelState.objects.get(channel="text").down_until is not None) is is_down
    assert letter.last_error.startswith(str(status))
