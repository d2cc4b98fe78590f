"""Changing and replacing passwords."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from apps.organisations.enums import AccountEventKind, AccountLetterKind
from apps.organisations.models import AccountLetter, PersonSession, User
from apps.organisations.services.accounts.events import NOWHERE, Origin, record

HOUR = timedelta(hours=1)
# Letters for a new password: for one address, and asked for from one place, within an hour.
RESETS_AN_ADDRESS, RESETS_A_PLACE = 3, 20


@transaction.atomic
def ask_reset(*, address: str, now: datetime, origin: Origin = NOWHERE) -> AccountLetter:
    """Promise a letter with a link for a new password to whoever has this address, should there be anybody.

    The same statements run for every address; whether somebody has it is asked later, by who sends the letter. Too
    many within an hour: the row is written as taken up, and the answer is the same again.
    """
    earlier = AccountLetter.objects.filter(kind=AccountLetterKind.RESET, asked_at__gt=now - HOUR)
    for_it, from_there = earlier.filter(address=address.lower()), earlier.filter(asked_from=origin.address)
    too_many = for_it.count() >= RESETS_AN_ADDRESS or from_there.count() >= RESETS_A_PLACE
    return AccountLetter.objects.create(
        kind=AccountLetterKind.RESET,
        address=address.lower(),
        asked_at=now,
        asked_from=origin.address,
        delivered_at=now if too_many else None,
    )


@transaction.atomic
def change_password(
    *, user: User, password: str, session_key: str | None, now: datetime, origin: Origin = NOWHERE
) -> None:
    """Set a password that the person chose while signed in; their other sessions end.

    Raises django's ValidationError with the rules that it breaks.
    """
    _set(user, password)
    PersonSession.objects.filter(user=user).exclude(session_key=session_key or "").delete()
    record(user, AccountEventKind.PASSWORD_CHANGED, now=now, origin=origin)


@transaction.atomic
def reset_password(*, user: User, password: str, now: datetime, origin: Origin = NOWHERE) -> None:
    """Set a password by the link of a letter; every session ends, the second step stays. Raises ValidationError."""
    _set(user, password)
    PersonSession.objects.filter(user=user).delete()
    record(user, AccountEventKind.PASSWORD_RESET, now=now, origin=origin)


def _set(user: User, password: str) -> None:
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
