"""The daily letter: at 08:30 of a working day everybody's unread messages that were to come once a day.

A sweep: run late it makes the letters that are due, run again it makes none. What came after the moment waits for the
next working day.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time

from django.db import transaction

from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import ZONE, local_day
from apps.notifications.channels import MAIL, channel_named
from apps.notifications.models import Letter, Message
from apps.notifications.services.writing import new_stable_id
from apps.organisations.models import User

AT = time(8, 30)
CHUNK = 200


def make_digests(*, now: datetime) -> int:
    """Make today's digests when it is time; how many. Nobody gets two a day, and nobody an empty one."""
    today = local_day(now)
    due_at = datetime.combine(today, AT, tzinfo=ZONE)
    channel = channel_named(MAIL)
    if channel is None or now < due_at or not load_calendar().is_working_day(today):
        return 0
    people = list(
        Message.objects.for_digest(due_at).order_by("recipient").values_list("recipient", flat=True).distinct()
    )
    made = 0
    for start in range(0, len(people), CHUNK):
        users = User.objects.filter(pk__in=people[start : start + CHUNK], is_active=True).order_by("pk")
        made += _make({user.pk: channel.address_of(user) for user in users}, due_at, now)
    return made


@transaction.atomic
def _make(addresses: dict[int, str], due_at: datetime, now: datetime) -> int:
    waiting = Message.objects.for_digest(due_at).filter(recipient__in=addresses).order_by("pk")
    # Locked, so that of two sweeps one has each message; their letters meet in the constraint of the day.
    by_person = _by_person(waiting.select_for_update(of=("self",), no_key=True, skip_locked=True))
    made = 0
    for person, keys in by_person.items():
        if not addresses[person]:
            continue
        letter, is_new = Letter.objects.get_or_create(
            channel=MAIL,
            recipient_id=person,
            digest_on=local_day(now),
            defaults={
                "address": addresses[person],
                "stable_id": new_stable_id(),
                "next_try_at": now,
                "created_at": now,
            },
        )
        if is_new:
            Message.objects.filter(pk__in=keys).update(digest=letter)
            made += 1
    return made


def _by_person(messages: Iterable[Message]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for message in messages:
        found[message.recipient_id].append(message.pk)
    return found
