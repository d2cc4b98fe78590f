"""Tells of moved days: everybody one message about one change of the calendar, however many of their cases it moved.

A change writes its rows in one transaction and with one moment: who sees one sees all. 1. Whoever locks the first row
that bears no mark has the change; another deliverer passes by, and takes none of its rows. 2. The rows of that moment
are locked. 3. Chunk by chunk it is found out who is told of which case. 4. One message a person is written, under the
first row's key; who has one case alone moved is told of that case. 5. The rows are marked, in the same transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import nsmallest

from django.db import transaction

from apps.deadlines.enums import EventKind
from apps.deadlines.models import DeadlineEvent
from apps.deadlines.workdays import local_day
from apps.notifications.enums import MessageKind, Source, Subject
from apps.notifications.models import Message
from apps.notifications.services.writing import MAILED_WITHIN, TOLD_WITHIN, message_of, write_messages
from apps.notifications.telling.clocks import moved_days, told_of_clocks
from apps.notifications.telling.notices import Happening, Notice
from apps.notifications.telling.people import people_for
from apps.organisations.models import User

CHUNK = 500
# So many are named, the nearest first; how many there are is told.
NAMED = 5


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """One case whose limit moved, as it is named."""

    new: date
    number: str
    old: date


@dataclass(slots=True)
class Moved:
    """What moved for one person: how many cases, the nearest of them, and what the first alone would be told as."""

    alone: tuple[Happening, Notice]
    count: int = 0
    nearest: list[Move] = field(default_factory=list)

    def add(self, move: Move) -> None:
        """Count one case more."""
        self.count += 1
        self.nearest = nsmallest(NAMED, [*self.nearest, move])


def deliver_moves(*, now: datetime) -> tuple[int, int, int]:
    """Tell of every change that was not told yet: rows marked, messages and letters made. A second run tells nothing."""
    told = (0, 0, 0)
    while (change := _deliver_change(now))[0]:
        told = (told[0] + change[0], told[1] + change[1], told[2] + change[2])
    return told


@transaction.atomic
def _deliver_change(now: datetime) -> tuple[int, int, int]:
    first = _take_change()
    if first is None:
        return 0, 0, 0
    keys = _lock_rows(first)
    messages = letters = 0
    if first.recorded_at > now - TOLD_WITHIN:
        told, users = _moved_by_person(keys, now)
        rows = [_message(first, person, moved, now) for person, moved in sorted(told.items())]
        mailed = {row.source_id for row in rows} if first.recorded_at > now - MAILED_WITHIN else set()
        messages, letters = write_messages(rows=rows, mailed=mailed, users=users, now=now)
    for chunk in _chunks(keys):
        DeadlineEvent.objects.filter(pk__in=chunk).update(delivered_at=now)
    return len(keys), messages, letters


def _take_change() -> DeadlineEvent | None:
    """The first row of the first change that nobody was told of; None when there is none or another has it."""
    waiting = DeadlineEvent.objects.filter(kind=EventKind.MOVED, delivered_at__isnull=True).order_by("pk")
    first = waiting.values_list("pk", flat=True).first()
    if first is None:
        return None
    # The very first or none: the next row belongs to the same change.
    return waiting.filter(pk=first).select_for_update(of=("self",), no_key=True, skip_locked=True).first()


def _lock_rows(first: DeadlineEvent) -> list[int]:
    waiting = DeadlineEvent.objects.filter(kind=EventKind.MOVED, delivered_at__isnull=True)
    rows = waiting.filter(occurred_at=first.occurred_at).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("pk", flat=True))


def _moved_by_person(keys: Sequence[int], now: datetime) -> tuple[Mapping[int, Moved], Mapping[int, User]]:
    told: dict[int, Moved] = {}
    users: dict[int, User] = {}
    for chunk in _chunks(keys):
        rows = DeadlineEvent.objects.in_bulk(chunk)
        happenings = [one for one in told_of_clocks(list(rows.values())) if one.notices]
        people = people_for(happenings, on=local_day(now))
        for happening in happenings:
            days = moved_days(rows[happening.source_id])
            for person, notice in people.told_of(happening).items():
                moved = told.setdefault(person, Moved((happening, notice)))
                if days is not None:
                    moved.add(Move(days[1], happening.number, days[0]))
                users[person] = people.users[person]
    return told, users


def _message(first: DeadlineEvent, person: int, moved: Moved, now: datetime) -> Message:
    if moved.count == 1:
        happening, notice = moved.alone
        return message_of(happening=happening, person=person, notice=notice, now=now)
    named = "；".join(f"{one.number} 由 {one.old} 变更为 {one.new}" for one in moved.nearest)
    more = f"；其余 {moved.count - len(moved.nearest)} 件请在系统内查看" if moved.count > len(moved.nearest) else ""
    why = first.details.get("text") or "工作日历调整"
    happening = Happening(source=Source.CLOCK, source_id=first.pk, occurred_at=first.occurred_at, subject=Subject.DESK)
    _, notice = moved.alone
    many = Notice(
        notice.post,
        MessageKind.MOVED,
        f"{moved.count} 件案件的时限有变更",
        f"{why}，与您有关的 {moved.count} 件案件时限变更，先到期的在前：{named}{more}。",
    )
    return message_of(happening=happening, person=person, notice=many, now=now)


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
