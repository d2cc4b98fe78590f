"""What letters of accounts say. Read anew at every attempt: a link is made for the letter that leaves, and kept nowhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from apps.notifications.channels.base import NothingToSay, OfAccount
from apps.organisations.enums import AccountLetterKind
from apps.organisations.models import AccountEvent, AccountLetter, Invitation, User
from apps.organisations.services.accounts.inviting import token_of

# Nobody waits any more for a new password that was asked for so long ago.
RESET_WORTH = timedelta(days=1)
SYSTEM = "危险废物跨省转移“白名单”审批系统"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A letter of an account: to which address, whom it greets, and what it says."""

    address: str
    name: str
    subject: str
    of_account: OfAccount


def said_of_account(*, account_letter_id: int, waited: timedelta) -> Said:
    """What the promise amounts to now, after it ``waited`` to be sent. Raises NothingToSay."""
    row = AccountLetter.objects.select_related("event__user", "event__by").get(pk=account_letter_id)
    if row.kind == AccountLetterKind.RESET:
        return _reset(row, waited)
    return _invitation(row, waited) if row.kind == AccountLetterKind.INVITATION else _warning(row)


def _invitation(row: AccountLetter, waited: timedelta) -> Said:
    rows = Invitation.objects.open().select_related("invited_by", "enterprise", "bureau")
    invitation = rows.filter(letters=row).first()
    if invitation is None or waited >= timedelta(days=settings.INVITATION_DAYS):
        raise NothingToSay("邀请已使用、已撤回或者已过期")
    # Two letters with the link of the second sending would be one too many.
    if AccountLetter.objects.filter(invitation=invitation, pk__gt=row.pk).exists():
        raise NothingToSay("邀请已重新发送")
    party = f"{invitation.party}的" if invitation.party else ""
    first = (
        f"{invitation.invited_by}邀请您使用{SYSTEM}，担任{party}{invitation.get_role_display()}。"
        f"您的用户名是 {invitation.username}，也可以用本邮箱登录。"
        f"请在 {_local(invitation.expires_at)} 前打开下面的链接设置密码，链接只能使用一次。"
    )
    return Said(
        address=row.address,
        name=invitation.display_name,
        subject=f"邀请您使用{SYSTEM}",
        of_account=OfAccount(
            first=first,
            last="如果您不认识邀请人，请不要打开链接，删除本邮件即可。",
            link=_absolute(settings.INVITATION_URL_NAME, invitation.pk, token_of(invitation)),
            link_label="设置密码",
        ),
    )


def _reset(row: AccountLetter, waited: timedelta) -> Said:
    if waited >= RESET_WORTH:
        raise NothingToSay("请求已过去太久")
    user = User.objects.filter(email__iexact=row.address, is_active=True).first()
    if user is None:
        raise NothingToSay("没有可以重设密码的账号")
    link = _absolute(
        settings.RESET_URL_NAME,
        urlsafe_base64_encode(force_bytes(user.pk)),
        default_token_generator.make_token(user),
    )
    first = f"有人请求为您在{SYSTEM}的账号重设密码。如果是您本人，请在一小时内打开下面的链接，链接只能使用一次。"
    return Said(
        # The account's own: "ı" typed for "i" finds it, too, and is somebody else's box.
        address=user.email,
        name=str(user),
        subject="重设密码",
        of_account=OfAccount(
            first=first, last="如果不是您本人，请不要打开链接；您的密码没有改变。", link=link, link_label="重设密码"
        ),
    )


def _warning(row: AccountLetter) -> Said:
    event = row.event
    if event is None:
        raise NothingToSay("没有可告知的事项")
    return Said(
        address=row.address,
        name=str(event.user),
        subject=f"账号安全提醒：{event.get_kind_display()}",
        of_account=OfAccount(
            first=f"您的账号发生了下列变动：{event.get_kind_display()}（{_circumstances(event)}）。",
            last="如果不是您本人所为，也不是您请管理员办理的，请立即联系系统管理员。",
        ),
    )


def _circumstances(event: AccountEvent) -> str:
    place = f"，来自 {event.address}" if event.address else ""
    by = f"，操作人 {event.by}" if event.by else ""
    return f"{_local(event.at)}{place}{by}"


def _absolute(url_name: str, *arguments: object) -> str:
    return f"{settings.SITE_URL}{reverse(url_name, args=arguments)}"


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
