"""Closing and opening accounts, and clearing away what is over."""

from datetime import date, datetime, timedelta

from axes.models import AccessAttempt
from django.db import transaction

from apps.organisations.enums import AccountEventKind
from apps.organisations.errors import AccountRefused
from apps.organisations.models import AccountLetter, PersonSession, User
from apps.organisations.services.accounts.events import NOWHERE, Origin, record
from apps.organisations.services.accounts.second_step import check_administrator

# Attempts older than this lock nobody out any more; letters are kept for questions, a session that is
# over until nobody comes back to a form that they left open in it.
ATTEMPTS_KEPT, LETTERS_KEPT, SESSIONS_KEPT = timedelta(days=1), timedelta(days=90), timedelta(days=3)


@transaction.atomic
def close_account(*, user: User, by: User, reason: str, now: datetime, on: date, origin: Origin = NOWHERE) -> None:
    """Let nobody in by this account any more; its sessions end, what was done stands.

    Raises AccountRefused ``account.not_yours``, ``account.self``, ``account.reason``, ``account.state``.
    """
    _switch(user, by=by, reason=reason, on=on, to=False)
    PersonSession.objects.filter(user=user).delete()
    record(user, AccountEventKind.CLOSED, now=now, by=by, reason=reason.strip(), origin=origin)


@transaction.atomic
def reopen_account(*, user: User, by: User, reason: str, now: datetime, on: date, origin: Origin = NOWHERE) -> None:
    """Let the person in again. Raises as `close_account`."""
    _switch(user, by=by, reason=reason, on=on, to=True)
    record(user, AccountEventKind.REOPENED, now=now, by=by, reason=reason.strip(), origin=origin)


def sweep_accounts(*, now: datetime) -> None:
    """Clear away sessions that are over, failures that count no more, letters long taken up."""
    PersonSession.objects.filter(expire_date__lt=now - SESSIONS_KEPT).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT).delete()
    AccountLetter.objects.filter(delivered_at__isnull=False, asked_at__lt=now - LETTERS_KEPT).delete()


def _switch(user: User, *, by: User, reason: str, on: date, to: bool) -> None:
    check_administrator(by, on=on, user=user, reason=reason)
    row = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if row.is_active == to:
        raise AccountRefused("account.state", f"{row}的账号已经是{'启用' if to else '停用'}状态。")
    row.is_active = to
    row.save(update_fields=["is_active"])
