"""Letters of accounts leave by the sender of all letters, before the others; their links stand nowhere but in the mail."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import get_connection
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.notifications import tasks
from apps.notifications.channels import mail as channel
from apps.notifications.channels.base import OfAccount, Words
from apps.notifications.enums import LetterStatus
from apps.notifications.models import ChannelState, Letter
from apps.notifications.services import sending
from apps.notifications.services.backlog import backlog, oldest_undelivered
from apps.notifications.services.sending import send_letters
from apps.notifications.services.taking_up import take_up_letters
from apps.notifications.telling.accounts import RESET_WORTH
from apps.organisations.enums import Role
from apps.organisations.models import AccountLetter, Invitation, User
from apps.organisations.services.accounts import ask_reset, close_account, invite, revoke_invitation, send_again
from apps.organisations.services.accounts.inviting import Invited, token_of
from tests.notifications.servers import MailServer, mail_server
from tests.notifications.test_sending import write
from tests.organisations.factories import BureauFactory, EnterpriseFactory, member
from tests.transfers.world import at

NOW = at("2026-01-05")
TODAY = NOW.date()
MINUTE = timedelta(minutes=1)


class Office:
    """An administrator, a handler and an enterprise's filer: nobody else is needed, and they are quickly there."""

    def __init__(self) -> None:
        self.bureau = BureauFactory()
        for username, role, party in (
            ("admin", Role.SYSTEM_ADMIN, None),
            ("cq.handler", Role.HANDLER, self.bureau),
            ("dazu.filer", Role.FILER, EnterpriseFactory()),
        ):
            member(role, party, user__username=username, user__email=f"{username}@example.invalid")

    def user(self, username: str) -> User:
        return User.objects.get(username=username)


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    with transaction.atomic():
        yield Office()
        transaction.set_rollback(True)


@pytest.fixture
def server(office: Office, settings) -> Iterator[MailServer]:
    settings.SITE_URL = "https://whitelist.example.org"
    with mail_server(settings) as server:
        yield server


def invited(office: Office) -> Invitation:
    newcomer = Invited(
        username="cq.new",
        display_name="欧阳<长青>",
        email="new@example.invalid",
        role=Role.HANDLER,
        bureau=office.bureau,
        valid_from=TODAY,
    )
    return invite(invited=newcomer, by=office.user("admin"), now=NOW, on=TODAY)


def sent(now: datetime = NOW) -> int:
    take_up_letters(now=now)
    return send_letters(code="mail", now=now).letters


def plain(server: MailServer) -> str:
    return server.mails[-1].get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_an_invitation_says_who_what_and_until_when(office: Office, server: MailServer) -> None:
    made = invited(office)
    assert sent() == 1
    mail = server.mails[0]
    link = f"https://whitelist.example.org/account/invitation/{made.pk}/{token_of(made)}/"
    assert mail["To"] == "new@example.invalid"
    assert "List-Unsubscribe" not in mail
    for word in ("欧阳<长青>，您好", "重庆市生态环境局的经办人", "cq.new", "2026-01-12 10:00 前", f"\n{link}\n"):
        assert word in plain(server)
    rich = mail.get_body(("html",)).get_content()
    assert f'href="{link}"' in rich
    assert "<长青>" not in rich
    assert sent(NOW + MINUTE) == 0


def test_a_link_stands_in_no_table(office: Office, server: MailServer) -> None:
    """Neither while a letter waits nor after: what a letter says is made when it leaves."""
    made = invited(office)
    ask_reset(address="dazu.filer@example.invalid", now=NOW)
    take_up_letters(now=NOW)
    before = everything()
    assert sent() == 2
    texts = [mail.get_body(("plain",)).get_content() for mail in server.mails]
    secrets = [re.search(r"https://\S+/([^/\s]+)/\s", text)[1] for text in texts]
    assert token_of(made) in secrets
    assert not [secret for secret in secrets if secret in before + everything()]


def everything() -> str:
    """Every text of the tables in which a letter leaves a trace."""
    rows = [str(list(model.objects.values())) for model in (Letter, AccountLetter, Invitation, ChannelState)]
    return "".join(rows)


def test_a_server_that_dies_before_its_answer_gets_the_same_letter_again(office: Office, server: MailServer) -> None:
    invited(office)
    server.mood = "dies"
    assert sent() == 0
    assert sent(NOW + 2 * MINUTE) == 1
    assert len(server.mails) == 2
    assert len({(mail["Message-ID"], mail.get_body(("plain",)).get_content()) for mail in server.mails}) == 1


def test_a_sender_that_was_killed_leaves_it_to_the_next(office: Office, server: MailServer) -> None:
    invited(office)
    take_up_letters(now=NOW)
    stable_id = Letter.objects.get(account_letter__isnull=False).stable_id
    assert sending._take("mail", NOW)
    assert sending._lease("mail", NOW)
    assert sent(NOW + MINUTE) == 0
    assert sent(NOW + sending.LEASE) == 1
    assert server.mails[0]["Message-ID"] == stable_id


def test_a_taker_that_was_killed_has_taken_nothing(office: Office, server: MailServer) -> None:
    invited(office)

    class Killed(Exception):
        pass

    def dies(execute, sql, *given):
        if sql.startswith('UPDATE "organisations_accountletter"'):
            raise Killed
        return execute(sql, *given)

    with pytest.raises(Killed), connection.execute_wrapper(dies):
        take_up_letters(now=NOW)
    assert not Letter.objects.exists()
    assert take_up_letters(now=NOW) == 1


def test_a_promise_has_one_letter(office: Office, server: MailServer) -> None:
    invited(office)
    take_up_letters(now=NOW)
    again = Letter.objects.get()
    again.pk, again.stable_id = None, "<another>"
    with pytest.raises(IntegrityError, match="account_letter"), transaction.atomic():
        again.save()


def test_a_dead_server_delays_neither_kind_and_people_who_wait_come_first(
    office: Office, server: MailServer, settings
) -> None:
    """It costs one time-out, is left alone, and afterwards an account's letter overtakes what waited longer."""
    write(office, 30)
    server.mood, settings.EMAIL_TIMEOUT = "hangs", 0.5
    assert sent() == 0
    invited(office)
    assert sent(NOW + MINUTE / 2) == 0
    assert server.connections == 1
    server.mood, settings.EMAIL_TIMEOUT = "well", 30
    assert sent(NOW + 2 * MINUTE) == 31
    assert server.mails[0]["To"] == "new@example.invalid"


def test_a_letter_that_cannot_be_worded_stops_no_other(
    office: Office, server: MailServer, settings, caplog: pytest.LogCaptureFixture
) -> None:
    invited(office)
    write(office)
    right, settings.INVITATION_URL_NAME = settings.INVITATION_URL_NAME, "web:nowhere"
    assert sent() == 1
    assert "could not be put into words" in caplog.text
    letter = Letter.objects.get(account_letter__isnull=False)
    assert (letter.status, letter.attempts) == (LetterStatus.WAITING, 1)
    assert letter.last_error.startswith("NoReverseMatch")
    settings.INVITATION_URL_NAME = right
    assert sent(NOW + sending.RETRIES[0]) == 1


def test_a_request_that_wakes_the_deliverer_wakes_the_sender_for_a_warning(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    hastened: list[object] = []
    monkeypatch.setattr(tasks, "_hasten", hastened.append)
    tasks.deliver_messages()
    assert hastened == []
    invited(office)
    tasks.deliver_messages()
    assert hastened == [tasks.send_letters]


@pytest.mark.parametrize(("mood", "status"), [("refuses", LetterStatus.GIVEN_UP), ("later", LetterStatus.WAITING)])
def test_what_a_server_refuses_is_given_up_or_tried_by_the_same_rule(
    office: Office, server: MailServer, mood: str, status: LetterStatus
) -> None:
    invited(office)
    server.mood = mood
    assert sent() == 0
    letter = Letter.objects.get()
    assert (letter.status, letter.attempts) == (status, 1)
    assert backlog(now=NOW).given_up == (1 if mood == "refuses" else 0)
    server.mood = "well"
    assert sent(NOW + sending.RETRIES[0]) == (0 if mood == "refuses" else 1)


def test_sent_again_one_letter_leaves_with_the_new_link(office: Office, server: MailServer) -> None:
    made = invited(office)
    take_up_letters(now=NOW)
    again = send_again(invitation_id=made.pk, by=office.user("admin"), now=NOW + MINUTE, on=TODAY)
    assert sent(NOW + MINUTE) == 1
    assert token_of(again) in plain(server)
    assert token_of(again) != token_of(made)
    assert set(Letter.objects.values_list("status", "last_error")) == {("dropped", "邀请已重新发送"), ("sent", "")}


@pytest.mark.parametrize("over", ["revoked", "waited"])
def test_an_invitation_that_is_over_is_not_sent(office: Office, server: MailServer, over: str) -> None:
    made = invited(office)
    take_up_letters(now=NOW)
    if over == "revoked":
        revoke_invitation(invitation_id=made.pk, by=office.user("admin"), now=NOW, on=TODAY)
    assert sent(NOW + (timedelta(days=7) if over == "waited" else MINUTE)) == 0
    assert Letter.objects.get().status == LetterStatus.DROPPED


def test_a_new_password_that_nobody_waits_for_any_more_is_not_sent(office: Office, server: MailServer) -> None:
    ask_reset(address="dazu.filer@example.invalid", now=NOW)
    take_up_letters(now=NOW)
    assert sent(NOW + RESET_WORTH) == 0
    assert Letter.objects.get().status == LetterStatus.DROPPED


def test_nothing_that_is_asked_counted_or_measured_tells_whether_an_address_exists(
    office: Office, server: MailServer
) -> None:
    """The rows of both look alike until the sender is at them, beside every request."""
    traces = []
    for address in ("dazu.filer@example.invalid", "nobody@example.invalid"):
        ask_reset(address=address, now=NOW)
        with CaptureQueriesContext(connection) as asked:
            take_up_letters(now=NOW)
        letter = Letter.objects.order_by("pk").last()
        found = backlog(now=NOW)
        traces.append((len(asked), letter.status, letter.recipient, letter.next_try_at, found.rows, found.given_up))
    assert traces[0] == traces[1]
    assert sent() == 1
    assert [mail["To"] for mail in server.mails] == ["dazu.filer@example.invalid"]
    assert backlog(now=NOW).given_up == 0


def test_a_look_alike_address_gets_nobodys_link(office: Office, server: MailServer) -> None:
    """To the database "ı" is an "I" in capitals, as "i" is; to the mail it is another's box."""
    asked_for = "dazu.fıler@example.invalid"
    ask_reset(address=asked_for, now=NOW)
    assert User.objects.filter(email__iexact=asked_for).exists()
    assert sent() == 1
    assert server.mails[0]["To"] == "dazu.filer@example.invalid"


def test_who_was_shut_out_is_warned_all_the_same(office: Office, server: MailServer) -> None:
    person = office.user("dazu.filer")
    close_account(user=person, by=office.user("admin"), reason="离职", now=NOW, on=TODAY)
    assert not User.objects.get(pk=person.pk).is_active
    assert sent() == 1
    assert "停用账号（2026-01-05 10:00，操作人" in plain(server)
    assert "http" not in plain(server)


def test_a_promise_that_nobody_takes_up_is_in_the_backlog(office: Office, server: MailServer) -> None:
    """By how long it waits: accounts are written by the world's clock, the system's own may be another's."""
    assert (backlog(now=NOW).rows, oldest_undelivered(now=NOW)) == (0, None)
    ask_reset(address="nobody@example.invalid", now=datetime.now(tz=UTC) - timedelta(minutes=20))
    assert backlog(now=NOW).rows == 1
    waited = oldest_undelivered(now=NOW)
    assert waited is not None
    assert timedelta(minutes=20) <= waited < timedelta(minutes=21)


def test_a_subject_is_one_line_and_the_words_are_escaped() -> None:
    words = Words(
        stable_id="<a@b>",
        address="a@example.invalid",
        name="<b>",
        subject="重设密码",
        of_account=OfAccount("<i>", "<u>"),
    )
    with_html = channel.mail_of(words, get_connection()).alternatives[0].content
    assert not re.search(r"<(b|i|u)>", with_html)
