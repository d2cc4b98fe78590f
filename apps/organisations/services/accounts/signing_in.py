"""Who is signed in where."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.organisations.enums import AccountEventKind, SecondStep
from apps.organisations.models import AccountEvent, PersonSession, User
from apps.organisations.rules import device_of
from apps.organisations.services.accounts.events import NOWHERE, Origin, record

SHOWN_SIGN_INS = 20


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A place where somebody is signed in. ``mark`` names it on a page; the key itself never leaves the server."""

    mark: str
    device: str
    address: str
    signed_in_at: datetime | None
    seen_at: datetime | None
    is_this: bool


@transaction.atomic
def record_sign_in(*, user: User, second_step: SecondStep, now: datetime, origin: Origin) -> AccountEvent | None:
    """Log a sign-in; gives the one before it, None at the first."""
    before = last_sign_in(user)
    record(user, AccountEventKind.SIGNED_IN, now=now, second_step=second_step, origin=origin)
    return before


def end_session(*, user: User, mark: str, now: datetime, origin: Origin = NOWHERE) -> bool:
    """End one of the person's sessions by its mark; whether there was such a one."""
    with transaction.atomic():
        for row in _of(user, now):
            if _mark(row.session_key) == mark:
                row.delete()
                record(user, AccountEventKind.SESSIONS_ENDED, now=now, origin=origin)
                return True
    return False


def end_sessions(*, user: User, but: str | None, now: datetime, origin: Origin = NOWHERE) -> int:
    """End all of the person's sessions but the one with the key ``but``; how many."""
    with transaction.atomic():
        ended, _ = PersonSession.objects.filter(user=user).exclude(session_key=but or "").delete()
        if ended:
            record(user, AccountEventKind.SESSIONS_ENDED, now=now, origin=origin)
    return ended


def sessions_of(user: User, *, this: str | None, now: datetime) -> list[OpenSession]:
    """Where the person is signed in now, the one that asks (with the key ``this``) first, then the latest used."""
    rows = sorted(_of(user, now).order_by("-seen_at"), key=lambda row: row.session_key != this)
    return [
        OpenSession(
            mark=_mark(row.session_key),
            device=device_of(row.agent),
            address=row.address or "",
            signed_in_at=row.signed_in_at,
            seen_at=row.seen_at,
            is_this=row.session_key == this,
        )
        for row in rows
    ]


def last_sign_in(user: User) -> AccountEvent | None:
    """The latest sign-in of the person."""
    return AccountEvent.objects.filter(user=user, kind=AccountEventKind.SIGNED_IN).order_by("-pk").first()


def _of(user: User, now: datetime) -> QuerySet[PersonSession]:
    return PersonSession.objects.filter(user=user, expire_date__gt=now)


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
