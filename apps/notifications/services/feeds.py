"""The secret address of one's due moments: made, replaced, revoked, read."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from apps.notifications.models import DueFeed
from apps.organisations.models import User

KEY_BYTES = 32
# Calendars ask every quarter of an hour at most; a person has some of them.
MOST_READS = 60
WINDOW = timedelta(hours=1)


class TooOften(Exception):
    """The address was asked for more often than calendars do; ``seconds`` until it answers again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@transaction.atomic
def issue_feed(*, user: User, now: datetime) -> str:
    """Make a new address and end the old one; gives the key, which nobody can read again."""
    # Two who press at once: one after the other, the later key holds.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    revoke_feed(user=user, now=now)
    key = secrets.token_urlsafe(KEY_BYTES)
    DueFeed.objects.create(user=user, key_hash=_hash(key), created_at=now)
    return key


def revoke_feed(*, user: User, now: datetime) -> bool:
    """End the address at once; whether there was one."""
    return bool(DueFeed.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now))


@transaction.atomic
def open_feed(*, key: str, now: datetime) -> User | None:
    """Whose feed the key opens; None for a key that is wrong or revoked, or an account that is closed.

    Raises TooOften.
    """
    rows = DueFeed.objects.select_for_update(of=("self",), no_key=True).select_related("user")
    feed = rows.filter(key_hash=_hash(key), revoked_at__isnull=True).first()
    if feed is None or not feed.user.is_active:
        return None
    if feed.counted_from is None or now - feed.counted_from >= WINDOW or now < feed.counted_from:
        feed.counted_from, feed.reads = now, 0
    if feed.reads >= MOST_READS:
        raise TooOften(int((feed.counted_from + WINDOW - now).total_seconds()) + 1)
    feed.reads += 1
    feed.last_read_at = now
    feed.save(update_fields=["counted_from", "reads", "last_read_at"])
    return feed.user


def _hash(key: str) -> str:
    # The key has 256 bits of its own: no salt makes it harder to guess.
    return hashlib.sha256(key.encode()).hexdigest()
