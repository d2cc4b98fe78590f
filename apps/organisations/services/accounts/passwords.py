"""Changing and replacing passwords."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from apps.organisations.enums import AccountEventKind
from apps.organisations.models import PersonSession, User
from apps.organisations.services.accounts.events import NOWHERE, Origin, record


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
