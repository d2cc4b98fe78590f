"""Delivers what the logs say to the people it concerns: in the app exactly once.

1. Lock some rows of a log that bear no mark, letting rows that another deliverer holds pass: never "those after the
last one seen", since keys commit out of order. 2. Find out who is told what. 3. Write the messages, and letters for
those who want to be written to. 4. Mark the rows. All of it in one transaction: a deliverer that dies has told nobody.

The database is the last resort: a message for a person and a row exists once.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction

from apps.catalogue.kept import read_version
from apps.deadlines.models import DeadlineEvent
from apps.deadlines.workdays import local_day
from apps.notifications.channels import MAIL, TEXT, channel_named
from apps.notifications.enums import TEXT_AT_FIRST, MailChoice, MessageKind, Source, mail_at_first
from apps.notifications.models import Letter, Message, Preference
from apps.notifications.telling.cases import happenings_of_cases
from apps.notifications.telling.clocks import happenings_of_clocks
from apps.notifications.telling.lists import happenings_of_lists
from apps.notifications.telling.notices import Happening, Notice
from apps.notifications.telling.people import People, people_for
from apps.notifications.telling.signing import happenings_of_signing
from apps.organisations.models import User
from apps.organisations.reading import bureaus
from apps.transfers.models import Application, LogRow, SigningStep
from apps.whitelists.models import ListEvent

CHUNK = 500
# One run's worth; what is left is found by the next.
MOST_CHUNKS = 40
# By the moment at which a row was written: an installation's first run must not flood anybody with its past.
TOLD_WITHIN = timedelta(days=30)
WRITTEN_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a run did: rows marked, messages and letters made; whether more rows wait."""

    rows: int
    messages: int
    letters: int
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    """One log: its rows, what they say, and the column of the moment at which a row was written."""

    rows: Callable[[], models.QuerySet[Any]]
    told: Callable[[Sequence[Any]], list[Happening]]
    written: str = "recorded_at"


def deliver_messages(*, now: datetime, most: int = MOST_CHUNKS) -> Delivered:
    """Tell everybody everything that was not told yet, ``most`` chunks a log. A second run tells nothing."""
    rows = messages = letters = 0
    is_more = False
    for log in LOGS.values():
        for _ in range(most):
            chunk = _deliver_chunk(log, now)
            rows, messages, letters = rows + chunk.rows, messages + chunk.messages, letters + chunk.letters
            if not chunk.is_more:
                break
        else:
            is_more = True
    return Delivered(rows, messages, letters, is_more)


@transaction.atomic
def _deliver_chunk(log: Log, now: datetime) -> Delivered:
    found = _lock_undelivered(log)
    if not found:
        return Delivered(0, 0, 0)
    fresh = [row for row in found if getattr(row, log.written) > now - TOLD_WITHIN]
    written = {row.pk for row in fresh if getattr(row, log.written) > now - WRITTEN_WITHIN}
    happenings = log.told(fresh) if fresh else []
    messages, letters = _tell(happenings, written, now)
    log.rows().filter(pk__in=[row.pk for row in found]).update(delivered_at=now)
    return Delivered(len(found), messages, letters, is_more=len(found) == CHUNK)


def _lock_undelivered(log: Log) -> list[Any]:
    waiting = log.rows().filter(delivered_at__isnull=True).order_by("pk")
    return list(waiting.select_for_update(of=("self",), no_key=True, skip_locked=True)[:CHUNK])


def _tell(happenings: Sequence[Happening], written: set[int], now: datetime) -> tuple[int, int]:
    people = people_for(happenings, on=local_day(now))
    told = [
        (happening, person, notice)
        for happening in happenings
        for person, notice in sorted(people.told_of(happening).items())
    ]
    if not told:
        return 0, 0
    wishes = _wishes({person for _, person, _ in told})
    rows = [_message(happening, person, notice, now) for happening, person, notice in told]
    fresh = [row for row in rows if row.source_id in written]
    for row in fresh:
        row.mail = wishes.mail(row.recipient_id, row.kind)
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows), _write_letters(fresh, people, wishes, now)


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


def _message(happening: Happening, person: int, notice: Notice, now: datetime) -> Message:
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


def _write_letters(rows: Sequence[Message], people: People, wishes: Wishes, now: datetime) -> int:
    """Letters that go out at once; what somebody wants daily waits for the digest."""
    wanted = [
        (row, code, address)
        for row in rows
        for code in (MAIL, TEXT)
        if _is_wanted(row, code, wishes) and (address := _address(people.users[row.recipient_id], code))
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


def _told_cases(rows: Sequence[LogRow]) -> list[Happening]:
    cases = Application.objects.select_related("generator", "operator").in_bulk({row.application_id for row in rows})
    for row in rows:
        row.application = cases[row.application_id]
    return happenings_of_cases(rows, bureaus(read_version()))


def _told_clocks(rows: Sequence[DeadlineEvent]) -> list[Happening]:
    models.prefetch_related_objects(rows, "deadline")
    numbers = {row.deadline.reference for row in rows}
    cases = Application.objects.select_related("generator", "operator").filter(number__in=numbers)
    return happenings_of_clocks(rows, {case.number or "": case for case in cases}, bureaus(read_version()))


def _told_lists(rows: Sequence[ListEvent]) -> list[Happening]:
    models.prefetch_related_objects(rows, "recipients", "edition")
    return happenings_of_lists(rows)


def _told_signing(rows: Sequence[SigningStep]) -> list[Happening]:
    models.prefetch_related_objects(
        rows, "by", "preparation__application__generator", "preparation__application__operator"
    )
    return happenings_of_signing(rows)


LOGS: Mapping[Source, Log] = {
    Source.CASE: Log(LogRow.objects.all, _told_cases),
    Source.CLOCK: Log(DeadlineEvent.objects.all, _told_clocks),
    Source.LIST: Log(ListEvent.objects.all, _told_lists),
    Source.SIGNING: Log(SigningStep.objects.all, _told_signing, "at"),
}
