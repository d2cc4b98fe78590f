"""Delivers what the logs say to the people it concerns: in the app exactly once.

1. Lock some rows of a log that bear no mark, letting rows that another deliverer holds pass: never "those after the
last one seen", since keys commit out of order. 2. Find out who is told what. 3. Write the messages, and letters for
those who want to be written to. 4. Mark the rows. All of it in one transaction: a deliverer that dies has told nobody.

The database is the last resort: a message for a person and a row exists once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction

from apps.catalogue.kept import read_version
from apps.deadlines.enums import EventKind
from apps.deadlines.models import DeadlineEvent
from apps.deadlines.workdays import local_day
from apps.notifications.enums import Source
from apps.notifications.services.delivering_moves import deliver_moves
from apps.notifications.services.writing import MAILED_WITHIN, TOLD_WITHIN, message_of, write_messages
from apps.notifications.telling.cases import happenings_of_cases
from apps.notifications.telling.clocks import told_of_clocks
from apps.notifications.telling.lists import happenings_of_lists
from apps.notifications.telling.notices import Happening
from apps.notifications.telling.people import people_for
from apps.notifications.telling.signing import happenings_of_signing
from apps.organisations.reading import bureaus
from apps.transfers.models import Application, LogRow, SigningStep
from apps.whitelists.models import ListEvent

CHUNK = 500
# One run's worth; what is left is found by the next.
MOST_CHUNKS = 40


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
    # Which rows are told one by one.
    singly: models.Q = field(default_factory=models.Q)


def deliver_messages(*, now: datetime, most: int = MOST_CHUNKS) -> Delivered:
    """Tell everybody everything that was not told yet, ``most`` chunks a log. A second run tells nothing."""
    rows, messages, letters = deliver_moves(now=now)
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
    mailed = {row.pk for row in fresh if getattr(row, log.written) > now - MAILED_WITHIN}
    happenings = log.told(fresh) if fresh else []
    messages, letters = _tell(happenings, mailed, now)
    log.rows().filter(pk__in=[row.pk for row in found]).update(delivered_at=now)
    return Delivered(len(found), messages, letters, is_more=len(found) == CHUNK)


def _lock_undelivered(log: Log) -> list[Any]:
    waiting = log.rows().filter(log.singly, delivered_at__isnull=True).order_by("pk")
    return list(waiting.select_for_update(of=("self",), no_key=True, skip_locked=True)[:CHUNK])


def _tell(happenings: Sequence[Happening], mailed: set[int], now: datetime) -> tuple[int, int]:
    people = people_for(happenings, on=local_day(now))
    rows = [
        message_of(happening=happening, person=person, notice=notice, now=now)
        for happening in happenings
        for person, notice in sorted(people.told_of(happening).items())
    ]
    return write_messages(rows=rows, mailed=mailed, users=people.users, now=now)


def _told_cases(rows: Sequence[LogRow]) -> list[Happening]:
    cases = Application.objects.select_related("generator", "operator").in_bulk({row.application_id for row in rows})
    for row in rows:
        row.application = cases[row.application_id]
    return happenings_of_cases(rows, bureaus(read_version()))


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
    Source.CLOCK: Log(DeadlineEvent.objects.all, told_of_clocks, singly=~models.Q(kind=EventKind.MOVED)),
    Source.LIST: Log(ListEvent.objects.all, _told_lists),
    Source.SIGNING: Log(SigningStep.objects.all, _told_signing, "at"),
}
