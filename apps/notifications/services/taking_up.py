"""Takes up the letters that accounts promised: each becomes a letter like any other, once.

The rows are locked, those that another holds are let pass, and marked in the transaction that makes their letters; the
database is the last resort: a promise has one letter. Its words are made when it is sent.
"""

from datetime import datetime

from django.db import transaction

from apps.notifications.channels import MAIL
from apps.notifications.models import Letter
from apps.notifications.services.writing import new_stable_id
from apps.organisations.models import AccountLetter

CHUNK = 200


def take_up_letters(*, now: datetime) -> int:
    """Make a letter of everything that accounts promised and nobody took up; how many. A second run makes none."""
    taken = 0
    while chunk := _take_up_chunk(now):
        taken += chunk
    return taken


@transaction.atomic
def _take_up_chunk(now: datetime) -> int:
    rows = _lock_waiting()
    if not rows:
        return 0
    Letter.objects.bulk_create(
        Letter(
            channel=MAIL,
            address=row.address,
            account_letter=row,
            stable_id=new_stable_id(),
            next_try_at=now,
            created_at=now,
        )
        for row in rows
    )
    return AccountLetter.objects.filter(pk__in=[row.pk for row in rows]).update(delivered_at=now)


def _lock_waiting() -> list[AccountLetter]:
    waiting = AccountLetter.objects.filter(delivered_at__isnull=True).order_by("pk")
    return list(waiting.select_for_update(of=("self",), no_key=True, skip_locked=True)[:CHUNK])
