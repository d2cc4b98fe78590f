"""Inviting somebody: the only way in which an account comes to be, but for the first administrator's."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.organisations.enums import AccountEventKind, AccountLetterKind, Role
from apps.organisations.errors import AccountRefused
from apps.organisations.models import AccountLetter, Bureau, Enterprise, Invitation, User
from apps.organisations.permissions import standing_of
from apps.organisations.services.accounts.events import NOWHERE, Origin, record
from apps.organisations.services.people import appoint, check_appointment, grant_administration

SALT = "apps.organisations.invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Who is to come, as what, for whom, from which day until when (both inside; None: open-ended)."""

    username: str
    display_name: str
    email: str
    role: Role
    valid_from: date
    valid_until: date | None = None
    enterprise: Enterprise | None = None
    bureau: Bureau | None = None
    phone: str = ""


def invite(*, invited: Invited, by: User, now: datetime, on: date) -> Invitation:
    """Promise somebody an account and a letter with a link, good once and for a week; ``on`` is today.

    Raises OrganisationError: ``account.not_yours``, ``invitation.name`` or ``invitation.address`` (there is an
    account or an open invitation with it), ``invitation.name_form``, and what `appoint` refuses.
    """
    _check_administrator(by, on)
    check_appointment(
        role=invited.role,
        enterprise=invited.enterprise,
        bureau=invited.bureau,
        valid_from=invited.valid_from,
        valid_until=invited.valid_until,
    )
    if "@" in invited.username:
        raise AccountRefused("invitation.name_form", "用户名不能含有 @，以免与邮箱混淆。", "username")
    _check_free(invited)
    try:
        with transaction.atomic():
            made = Invitation.objects.create(
                username=invited.username,
                display_name=invited.display_name,
                email=invited.email,
                phone=invited.phone,
                role=invited.role,
                enterprise=invited.enterprise,
                bureau=invited.bureau,
                valid_from=invited.valid_from,
                valid_until=invited.valid_until,
                nonce=secrets.token_hex(16),
                invited_by=by,
                invited_at=now,
                expires_at=now + timedelta(days=settings.INVITATION_DAYS),
            )
            _promise_letter(made, now)
    except IntegrityError as error:
        raise _not_free(error) from error
    return made


@transaction.atomic
def send_again(*, invitation_id: int, by: User, now: datetime, on: date) -> Invitation:
    """A new letter with a new link; the old one is void. Raises AccountRefused ``invitation.over``."""
    _check_administrator(by, on)
    row = _open(invitation_id)
    row.nonce, row.sent_again_at = secrets.token_hex(16), now
    row.expires_at = now + timedelta(days=settings.INVITATION_DAYS)
    row.save(update_fields=["nonce", "sent_again_at", "expires_at"])
    _promise_letter(row, now)
    return row


@transaction.atomic
def revoke_invitation(*, invitation_id: int, by: User, now: datetime, on: date) -> Invitation:
    """Take an invitation back; its link is void at once. Raises AccountRefused ``invitation.over``."""
    _check_administrator(by, on)
    row = _open(invitation_id)
    row.revoked_at, row.revoked_by = now, by
    row.save(update_fields=["revoked_at", "revoked_by"])
    return row


def join(*, invitation_id: int, token: str, password: str, now: datetime, origin: Origin = NOWHERE) -> User:
    """Make the account with the password that the invited chose; the link is spent.

    Raises AccountRefused ``invitation.void`` (whatever is wrong with the link), ``invitation.name`` or
    ``invitation.address`` (taken meanwhile), and django's ValidationError for the password.
    """
    try:
        with transaction.atomic():
            row = Invitation.objects.select_for_update(of=("self",), no_key=True).filter(pk=invitation_id).first()
            if row is None or not _is_good(row, token, now):
                raise void()
            user = User(username=row.username, display_name=row.display_name, email=row.email, phone=row.phone)
            validate_password(password, user)
            user.set_password(password)
            user.save()
            appoint(
                user=user,
                role=Role(row.role),
                enterprise=row.enterprise,
                bureau=row.bureau,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
            )
            if row.role == Role.SYSTEM_ADMIN:
                grant_administration(user=user)
            row.accepted_at, row.user = now, user
            row.save(update_fields=["accepted_at", "user"])
            record(user, AccountEventKind.JOINED, now=now, by=row.invited_by, origin=origin)
    except IntegrityError as error:
        raise _not_free(error) from error
    return user


def invitation_behind(*, invitation_id: int, token: str, now: datetime) -> Invitation:
    """What a link leads to. Raises AccountRefused ``invitation.void``: unknown, spent, revoked, expired alike."""
    row = Invitation.objects.select_related("enterprise", "bureau").filter(pk=invitation_id).first()
    if row is None or not _is_good(row, token, now):
        raise void()
    return row


def token_of(invitation: Invitation) -> str:
    """The secret of the link: reckoned, never stored; another after each sending."""
    return salted_hmac(SALT, f"{invitation.pk}:{invitation.nonce}", algorithm="sha256").hexdigest()


def void() -> AccountRefused:
    """One sentence for every link that leads nowhere."""
    return AccountRefused(
        "invitation.void", "这个邀请链接无效：可能已经用过、已撤回或者已过期。请联系系统管理员重新发送。"
    )


def _is_good(row: Invitation, token: str, now: datetime) -> bool:
    return row.state(now) == "open" and constant_time_compare(token, token_of(row))


def _check_administrator(by: User, on: date) -> None:
    if not standing_of(by, on).is_system_admin:
        raise AccountRefused("account.not_yours", "只有系统管理员可以邀请人员。")


def _open(invitation_id: int) -> Invitation:
    row = Invitation.objects.open().select_for_update(of=("self",), no_key=True).filter(pk=invitation_id).first()
    if row is None:
        raise AccountRefused("invitation.over", "这份邀请已经使用或者撤回。")
    return row


def _check_free(invited: Invited) -> None:
    if User.objects.filter(username__iexact=invited.username).exists():
        raise AccountRefused("invitation.name", f"用户名 {invited.username} 已有账号，请换一个。", "username")
    if User.objects.filter(email__iexact=invited.email).exists():
        raise AccountRefused("invitation.address", f"{invited.email} 已有账号，可以直接为其登记任职。", "email")


def _not_free(error: IntegrityError) -> AccountRefused:
    """The constraint is the judge between two at once; this is its sentence."""
    if "address" in str(error):
        return AccountRefused("invitation.address", "该邮箱已有账号或者未使用的邀请，请先撤回原邀请。", "email")
    return AccountRefused("invitation.name", "该用户名已有账号或者未使用的邀请，请换一个用户名。", "username")


def _promise_letter(row: Invitation, now: datetime) -> None:
    AccountLetter.objects.create(kind=AccountLetterKind.INVITATION, address=row.email, invitation=row, asked_at=now)
