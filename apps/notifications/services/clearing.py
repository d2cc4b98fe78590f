"""Clears away what was read long ago, with its letters. The logs stay: nothing is told a second time."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.notifications.models import Letter, Message

CHUNK = 500
# One run's worth; what is left is found by the next night's.
MOST_CHUNKS = 200


def clear_messages(*, now: datetime, most: int = MOST_CHUNKS) -> int:
    """Delete messages that were read and are older than ``settings.MESSAGES_KEPT``; how many.

    What is unread stays, and what has a letter on its way. A daily letter goes when none of its messages is left.
    """
    cleared = 0
    for _ in range(most):
        chunk = _clear_chunk(now)
        cleared += chunk
        if chunk < CHUNK:
            break
    _clear_digests(now)
    return cleared


@transaction.atomic
def _clear_chunk(now: datetime) -> int:
    waiting = Letter.objects.waiting().filter(Q(message=OuterRef("pk")) | Q(told=OuterRef("pk")))
    read = Message.objects.filter(read_at__isnull=False, created_at__lt=now - settings.MESSAGES_KEPT)
    old = read.exclude(Exists(waiting)).order_by("created_at", "pk")
    keys = [row.pk for row in old.select_for_update(of=("self",), skip_locked=True)[:CHUNK]]
    Message.objects.filter(pk__in=keys).delete()
    return len(keys)


def _clear_digests(now: datetime) -> None:
    told = Message.objects.filter(digest=OuterRef("pk"))
    old = Letter.objects.filter(digest_on__isnull=False, created_at__lt=now - settings.MESSAGES_KEPT)
    old.exclude(pk__in=Letter.objects.waiting()).exclude(Exists(told)).delete()
