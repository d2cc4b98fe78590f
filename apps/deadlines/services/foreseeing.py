"""What a change of the calendar would move, told without moving anything: for whoever decides whether to order it.

Most clocks never stood still and follow no other: those that began and are due on the same days move alike, and are
told by groups. The others are reckoned one by one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q

from apps.deadlines.enums import ClockStatus
from apps.deadlines.models import ClockStop, Deadline
from apps.deadlines.models.clocks import DeadlineQuerySet
from apps.deadlines.services.recompute import CHUNK, Chunk, MovedClock, clocks_of, touched
from apps.deadlines.workdays import WorkCalendar, due_day_of

Key = tuple[date, int | None, datetime | None, date | None]
KEY = ("base_on", "base_days", "due_at", "floor_on")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a change would move: how many clocks, of which kinds, and the stretch of them that was asked for."""

    count: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    rows: tuple[MovedClock, ...] = ()


def foresee(
    *, first_day: date, last_day: date, calendar: WorkCalendar, now: datetime, first: int, most: int
) -> Foreseen:
    """What reckoning the days anew would move: all of it counted, ``most`` clocks from the ``first``-th on by name."""
    every = touched(first_day, last_day)
    stood_still = ClockStop.objects.filter(deadline=OuterRef("pk"), round__gte=OuterRef("base_round"))
    plain = every.filter(~Exists(stood_still), status=ClockStatus.RUNNING, follows=None)
    others = every.filter(Exists(stood_still) | Q(follows__isnull=False))
    alone = [one for moved in _one_by_one(others, calendar, now) for one in moved]
    kinds = Counter(one.kind for one in alone)
    groups = list(plain.order_by().values_list("kind", *KEY).annotate(count=Count("pk")))
    moving = _moving({tuple(key) for _, *key, _ in groups}, calendar, now)
    for kind, *key, count in groups:
        if tuple(key) in moving:
            kinds[kind] += count
    rows = alone[first : first + most]
    skipped = max(0, first - len(alone))
    rows += _named(plain, moving, skipped, most - len(rows))
    return Foreseen(kinds.total(), kinds, tuple(rows))


def _one_by_one(clocks: DeadlineQuerySet, calendar: WorkCalendar, now: datetime) -> Iterator[list[MovedClock]]:
    keys = list(clocks.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        some = list(clocks_of(keys[start : start + CHUNK]).order_by("pk"))
        yield Chunk(some, calendar, now, is_foreseen=True).foresee()


def _moving(keys: set[Key], calendar: WorkCalendar, now: datetime) -> dict[Key, date]:
    """The days to which clocks of these days would move; those that stay are left out. One reckoning for all."""
    standing = dict(enumerate(keys, start=1))
    # Stand-ins without rows: negative keys, which no stop and no log row can name.
    clocks = [
        Deadline(pk=-number, planned_from=now, **dict(zip(KEY, key, strict=True))) for number, key in standing.items()
    ]
    moved = Chunk(clocks, calendar, now, is_foreseen=True).foresee()
    return {standing[-one.deadline_id]: one.due_to for one in moved}


def _named(plain: DeadlineQuerySet, moving: Mapping[Key, date], first: int, most: int) -> list[MovedClock]:
    if not moving or most <= 0:
        return []
    condition = Q()
    for key in moving:
        condition |= Q(
            **{
                name if value is not None else f"{name}__isnull": True if value is None else value
                for name, value in zip(KEY, key, strict=True)
            }
        )
    rows = plain.filter(condition).order_by("pk")[first : first + most]
    return [
        MovedClock(row.pk, row.reference, row.kind, due_day_of(row.due_at), moving[_key(row)])
        for row in rows
        if row.due_at is not None
    ]


def _key(clock: Deadline) -> Key:
    return clock.base_on, clock.base_days, clock.due_at, clock.floor_on
