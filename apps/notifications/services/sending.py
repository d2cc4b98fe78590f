"""Sends the letters that wait: at least once, each under its own Message-ID, and never at the cost of anything else.

1. One sender a channel at a time: the channel's row is taken by compare-and-set until a moment after which a dead
sender's channel is free again. A channel that was down is left alone until its pause is over. 2. The connection is
opened before a letter is touched: a dead server costs one time-out a pause, however many letters wait. 3. Letters are
leased by compare-and-set, in a transaction that is over before anything is sent, and marked one by one. What was sent
and not marked is sent again under the same Message-ID: nobody can know. Letters of accounts go first: somebody waits
for them. 4. After some seconds the sender stops, so
that it never holds a worker for long; the rest is found by the next.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from apps.notifications.channels import channel_named
from apps.notifications.channels.base import AddressRefused, ChannelDown, NothingToSay, TryLater, Words
from apps.notifications.enums import LetterStatus
from apps.notifications.models import ChannelState, Letter
from apps.notifications.services.wording import words_of

logger = logging.getLogger(__name__)
CHUNK = 20
SECONDS = 20.0
LEASE = timedelta(minutes=5)
BUSY = timedelta(minutes=2)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 10))
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480, 480, 480))
LONGEST_ERROR = 300
FIRST = (F("account_letter").asc(nulls_last=True), "next_try_at", "pk")


@dataclass(frozen=True, slots=True)
class Sent:
    """How many letters left; whether more wait that could leave now."""

    letters: int = 0
    is_more: bool = False


def send_letters(*, code: str, now: datetime, seconds: float = SECONDS) -> Sent:
    """Send what waits for the channel ``code``, for at most about ``seconds``. Nothing where somebody else is at it.

    The moments written are reckoned from ``now``; how long the sender has been at it, from the machine's own clock.
    """
    channel = channel_named(code)
    if channel is None or not Letter.objects.due(now).filter(channel=code).exists() or not _take(code, now):
        return Sent()
    try:
        with channel.open() as send:
            sent = _send_all(code, send, now, time.monotonic() + seconds)
    except ChannelDown as down:
        _pause(code, str(down), now)
        return Sent()
    ChannelState.objects.filter(channel=code).update(
        busy_until=None, down_until=None, failures=0, last_error="", last_sent_at=now
    )
    return sent


def _take(code: str, now: datetime) -> bool:
    ChannelState.objects.get_or_create(channel=code)
    free = Q(busy_until__isnull=True) | Q(busy_until__lte=now)
    well = Q(down_until__isnull=True) | Q(down_until__lte=now)
    return bool(ChannelState.objects.filter(free, well, channel=code).update(busy_until=now + BUSY))


def _pause(code: str, error: str, now: datetime) -> None:
    state = ChannelState.objects.get(channel=code)
    pause = PAUSES[min(state.failures, len(PAUSES) - 1)]
    ChannelState.objects.filter(channel=code).update(
        busy_until=None, down_until=now + pause, failures=F("failures") + 1, last_error=error[:LONGEST_ERROR]
    )


def _send_all(code: str, send: Callable[[Words], None], now: datetime, until: float) -> Sent:
    count = 0
    while letters := _lease(code, now):
        for position, letter in enumerate(letters):
            if time.monotonic() >= until:
                _give_back(letters[position:])
                return Sent(count, is_more=True)
            try:
                count += _send_one(letter, send, now)
            except ChannelDown as down:
                # The letter may be what the server stumbles over: it waits longer than the others.
                _try_again(letter, str(down), now)
                _give_back(letters[position + 1 :])
                raise
    return Sent(count)


@transaction.atomic
def _lease(code: str, now: datetime) -> list[Letter]:
    due = Letter.objects.due(now).filter(channel=code).order_by(*FIRST)
    keys = [letter.pk for letter in due.select_for_update(of=("self",), no_key=True, skip_locked=True)[:CHUNK]]
    if not keys:
        return []
    Letter.objects.filter(pk__in=keys).update(leased_until=now + LEASE, attempts=F("attempts") + 1)
    return list(Letter.objects.filter(pk__in=keys).select_related("recipient", "message").order_by(*FIRST))


def _send_one(letter: Letter, send: Callable[[Words], None], now: datetime) -> bool:
    words = _words(letter, now)
    if words is None:
        return False
    try:
        send(words)
    except AddressRefused as refused:
        _mark(letter, status=LetterStatus.GIVEN_UP, last_error=str(refused)[:LONGEST_ERROR])
        return False
    except TryLater as later:
        _try_again(letter, str(later), now)
        return False
    _mark(letter, status=LetterStatus.SENT, sent_at=now, last_error="")
    return True


def _words(letter: Letter, now: datetime) -> Words | None:
    """What it says; None, and marked, where there is nothing to say or something is wrong with this letter alone."""
    try:
        return words_of(letter=letter, now=now)
    except NothingToSay as nothing:
        _mark(letter, status=LetterStatus.DROPPED, last_error=str(nothing))
    except Exception as error:
        # It must not stand in the way of those behind it, again and again.
        logger.exception("letter %s could not be put into words", letter.pk)
        _try_again(letter, f"{type(error).__name__}: {error}", now)
    return None


def _try_again(letter: Letter, error: str, now: datetime) -> None:
    if letter.attempts > len(RETRIES):
        _mark(letter, status=LetterStatus.GIVEN_UP, last_error=error[:LONGEST_ERROR])
        return
    _mark(letter, next_try_at=now + RETRIES[letter.attempts - 1], last_error=error[:LONGEST_ERROR])


def _give_back(letters: Sequence[Letter]) -> None:
    """Leased and not tried."""
    keys = [letter.pk for letter in letters]
    Letter.objects.filter(pk__in=keys, status=LetterStatus.WAITING).update(
        leased_until=None, attempts=F("attempts") - 1
    )


def _mark(letter: Letter, **columns: object) -> None:
    # Whoever took over a lease that ran out may have marked it already: what is sent stays sent.
    waiting = Letter.objects.filter(pk=letter.pk, status=LetterStatus.WAITING)
    waiting.update(leased_until=None, **columns)
