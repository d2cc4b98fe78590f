"""E-mail through Django's backend: SMTP in production, files in var/mail/ on a developer's machine."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from apps.notifications.channels.base import AddressRefused, ChannelDown, TryLater, Words
from apps.organisations.models import User

# SMTP: 5xx is for good, 4xx for now (RFC 5321, 4.2.1).
FOR_GOOD = 500
LETTER = ("notifications/letter.txt", "notifications/letter.html")
ACCOUNT = ("notifications/account.txt", "notifications/account.html")


class MailChannel:
    """Plain text and HTML, in Chinese, under a Message-ID that never changes."""

    def address_of(self, user: User) -> str:
        """The address of the account."""
        return user.email

    @contextmanager
    def open(self) -> Iterator[Callable[[Words], None]]:
        """One connection for the batch. Raises ChannelDown."""
        connection = get_connection()
        try:
            connection.open()
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDown(_told(error)) from error
        try:
            yield lambda words: _send(connection, words)
        finally:
            _close(connection)


def _send(connection: BaseEmailBackend, words: Words) -> None:
    try:
        connection.send_messages([mail_of(words, connection)])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refusal(code, said) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelDown(_told(error)) from error


def mail_of(words: Words, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The letter as an e-mail."""
    plain, rich = ACCOUNT if words.of_account else LETTER
    headers = {
        "Message-ID": words.stable_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if words.preferences_link:
        # Leads to the page of preferences: nothing is switched off without signing in.
        headers["List-Unsubscribe"] = f"<{words.preferences_link}>"
    mail = EmailMultiAlternatives(
        subject=words.subject,
        body=render_to_string(plain, {"words": words}),
        to=[words.address],
        connection=connection,
        headers=headers,
    )
    mail.attach_alternative(render_to_string(rich, {"words": words}), "text/html")
    return mail


def _refusal(code: int, said: bytes | str) -> AddressRefused | TryLater:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return (AddressRefused if code >= FOR_GOOD else TryLater)(f"{code} {text}")


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        # What was handed over was handed over; a server that is gone needs no goodbye.
        return


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
