"""What waits to be told: for the health check and for whoever runs the system."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet
from django.db.models.functions import Now

from apps.notifications.enums import LetterStatus
from apps.notifications.models import ChannelState, Letter
from apps.notifications.services.delivering import LOGS
from apps.organisations.models import AccountLetter


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows that nobody was told of or took up, letters that did not leave; since when the oldest of each waits."""

    rows: int
    oldest_row_at: datetime | None
    letters: int
    oldest_letter_at: datetime | None
    given_up: int
    errors: dict[str, str]


def backlog(*, now: datetime) -> Backlog:
    """Everything that waits, counted: a few index scans, however much was told before."""
    waiting = Letter.objects.waiting()
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    return Backlog(
        rows=sum(log.rows().filter(delivered_at__isnull=True).count() for log in LOGS.values()) + _promised().count(),
        oldest_row_at=_oldest_row_at(now),
        letters=waiting.count(),
        oldest_letter_at=oldest,
        given_up=Letter.objects.filter(status=LetterStatus.GIVEN_UP).count(),
        errors=dict(ChannelState.objects.exclude(last_error="").values_list("channel", "last_error")),
    )


def oldest_undelivered(*, now: datetime) -> timedelta | None:
    """How long the oldest row or letter could have been told and was not; None when nothing waits. Cheap.

    A letter that one server put off waits for its next try: that is nobody's alarm.
    """
    overdue = Letter.objects.waiting().filter(next_try_at__lte=now)
    letter = overdue.order_by("next_try_at").values_list("next_try_at", flat=True).first()
    moments = [moment for moment in (_oldest_row_at(now), letter) if moment is not None]
    return max(now - min(moments), timedelta()) if moments else None


def _promised() -> QuerySet[AccountLetter]:
    return AccountLetter.objects.filter(delivered_at__isnull=True)


def _oldest_row_at(now: datetime) -> datetime | None:
    """By the key, which the index of undelivered rows has in order: the lowest is as good as the oldest."""
    moments = []
    for log in LOGS.values():
        waiting = log.rows().filter(delivered_at__isnull=True).order_by("pk")
        moments += list(waiting.values_list(log.written, flat=True)[:1])
    # Accounts write by the world's clock, which in a demo is another: their rows tell how long they wait.
    age = _promised().aggregate(age=Now() - Min("asked_at"))["age"]
    if age is not None:
        moments.append(now - age)
    return min(moments, default=None)
