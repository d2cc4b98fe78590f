"""Writes messages, and letters for those who want to be written to at once."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings

from apps.notifications.channels import MAIL, TEXT, channel_named
from apps.notifications.enums import TEXT_AT_FIRST, MailChoice, MessageKind, mail_at_first
from apps.notifications.models import Letter, Message, Preference
from apps.notifications.telling.notices import Happening, Notice
from apps.organisations.models import User

# By the moment at which a row was written: an installation's first run must not flood anybody with its past.
TOLD_WITHIN = timedelta(days=30)
MAILED_WITHIN = timedelta(days=7)


class Wishes:
    """How people want to be told: what they chose, else the kind's default."""

    def __init__(self, chosen: Mapping[tuple[int, str], Preference]) -> None:
        self._chosen = chosen

    def mail(self, person: int, kind: str) -> MailChoice:
        """By e-mail: at once, daily, not at all."""
        row = self._chosen.get((person, kind))
        return MailChoice(row.mail) if row else mail_at_first(MessageKind(kind))

    def is_texted(self, person: int, kind: str) -> bool:
        """By the short channel, where the installation has one."""
        row = self._chosen.get((person, kind))
        return row.is_texted if row else kind in TEXT_AT_FIRST


def _wishes(people: Iterable[int]) -> Wishes:
    rows = Preference.objects.filter(user__in=list(people)).order_by("pk")
    return Wishes({(row.user_id, row.kind): row for row in rows})


def message_of(*, happening: Happening, person: int, notice: Notice, now: datetime) -> Message:
    """What one person is told of a row; not stored yet."""
    return Message(
        recipient_id=person,
        kind=notice.kind,
        source=happening.source,
        source_id=happening.source_id,
        subject=happening.subject,
        subject_id=happening.subject_id,
        number=happening.number,
        title=notice.title,
        sentence=notice.sentence,
        occurred_at=happening.occurred_at,
        created_at=now,
    )


def write_messages(
    *, rows: Sequence[Message], mailed: Collection[int], users: Mapping[int, User], now: datetime
) -> tuple[int, int]:
    """Store messages of one log, each once for a person and a row, and the letters that go out at once; how many.

    ``mailed`` are the rows of the log that are told by letter as well; ``users`` whoever is told, by key.
    """
    if not rows:
        return 0, 0
    wishes = _wishes({row.recipient_id for row in rows})
    fresh = [row for row in rows if row.source_id in mailed]
    for row in fresh:
        row.mail = wishes.mail(row.recipient_id, row.kind)
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows), _write_letters(fresh, users, wishes, now)


def _write_letters(rows: Sequence[Message], users: Mapping[int, User], wishes: Wishes, now: datetime) -> int:
    """Letters that go out at once; what somebody wants daily waits for the digest."""
    wanted = [
        (row, code, address)
        for row in rows
        for code in (MAIL, TEXT)
        if _is_wanted(row, code, wishes) and (address := _address(users[row.recipient_id], code))
    ]
    if not wanted:
        return 0
    # Keys are not given back where a conflict is let pass: they are read.
    keys = {
        (source_id, recipient): key
        for key, source_id, recipient in Message.objects.filter(
            source=rows[0].source, source_id__in={row.source_id for row, _, _ in wanted}
        ).values_list("pk", "source_id", "recipient_id")
    }
    Letter.objects.bulk_create(
        [
            Letter(
                channel=code,
                recipient_id=row.recipient_id,
                address=address,
                message_id=keys[row.source_id, row.recipient_id],
                stable_id=new_stable_id(),
                next_try_at=now,
                created_at=now,
            )
            for row, code, address in wanted
        ],
        ignore_conflicts=True,
    )
    return len(wanted)


def _is_wanted(row: Message, code: str, wishes: Wishes) -> bool:
    if code == MAIL:
        return row.mail == MailChoice.AT_ONCE
    return wishes.is_texted(row.recipient_id, row.kind)


def _address(user: User, code: str) -> str:
    channel = channel_named(code)
    return channel.address_of(user) if channel else ""


def new_stable_id() -> str:
    """A Message-ID of our own, made once for a letter and never again."""
    return f"<{uuid.uuid4().hex}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}>"
