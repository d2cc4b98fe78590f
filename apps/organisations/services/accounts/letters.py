"""Letters of accounts: promised as rows, sent by the queue, retried with growing pauses, under one Message-ID."""

import logging
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from apps.organisations.enums import AccountLetterKind
from apps.organisations.models import AccountLetter, User
from apps.organisations.services.accounts.events import NOWHERE, Origin
from apps.organisations.services.accounts.inviting import token_of

logger = logging.getLogger(__name__)
HOUR = timedelta(hours=1)
# Letters for a new password: for one address, and asked for from one place, within an hour.
RESETS_AN_ADDRESS, RESETS_A_PLACE = 3, 20
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
CHUNK = 50


@transaction.atomic
def ask_reset(*, address: str, now: datetime, origin: Origin = NOWHERE) -> AccountLetter:
    """Promise a letter with a link for a new password to whoever has this address, should there be anybody.

    The same statements run for every address; whether somebody has it is asked later, by who sends the letter. Too
    many within an hour: the row is written as done, and the answer is the same again.
    """
    earlier = AccountLetter.objects.filter(kind=AccountLetterKind.RESET, asked_at__gt=now - HOUR)
    for_it, from_there = earlier.filter(address=address.lower()), earlier.filter(asked_from=origin.address)
    too_many = for_it.count() >= RESETS_AN_ADDRESS or from_there.count() >= RESETS_A_PLACE
    return AccountLetter.objects.create(
        kind=AccountLetterKind.RESET,
        address=address.lower(),
        asked_at=now,
        asked_from=origin.address,
        next_try_at=now,
        done_at=now if too_many else None,
    )


def send_letters(*, now: datetime) -> int:
    """Send what is due, each in a transaction of its own; how many went out."""
    due = AccountLetter.objects.filter(done_at__isnull=True, next_try_at__lte=now).order_by("next_try_at", "pk")
    return sum(send_letter(letter_id=key, now=now) for key in due.values_list("pk", flat=True)[:CHUNK])


def send_letter(*, letter_id: int, now: datetime) -> bool:
    """Send one letter unless another does or has; whether it went out. A failure is tried again after a pause.

    The row stays locked while the server is spoken to: at least once, and not by two at a time.
    """
    with transaction.atomic():
        rows = AccountLetter.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        row = rows.filter(pk=letter_id, done_at__isnull=True, next_try_at__lte=now).first()
        if row is None:
            return False
        letters = _letters(row, now)
        try:
            for letter in letters:
                letter.send()
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("account letter %s was not sent: %s", row.pk, error)
            row.attempts += 1
            row.done_at = now if row.attempts > len(PAUSES) else None
            row.next_try_at = now + PAUSES[min(row.attempts, len(PAUSES)) - 1]
            row.save(update_fields=["attempts", "next_try_at", "done_at"])
            return False
        row.done_at = now
        row.save(update_fields=["done_at"])
        return bool(letters)


def _letters(row: AccountLetter, now: datetime) -> list[EmailMessage]:
    """What the row amounts to now: nothing when nobody has the address or the invitation is over."""
    if row.kind == AccountLetterKind.INVITATION:
        return _invitation(row, now)
    return _reset(row) if row.kind == AccountLetterKind.RESET else _warning(row)


def _invitation(row: AccountLetter, now: datetime) -> list[EmailMessage]:
    invitation = row.invitation
    if invitation is None or invitation.state(now) != "open":
        return []
    link = _address(settings.INVITATION_URL_NAME, invitation.pk, token_of(invitation))
    party = f"{invitation.party}的" if invitation.party else ""
    text = (
        f"{invitation.display_name}：\n\n"
        f"{invitation.invited_by}邀请您使用危险废物跨省转移“白名单”审批系统，担任{party}"
        f"{invitation.get_role_display()}。\n"
        f"您的用户名是 {invitation.username}，也可以用本邮箱登录。\n\n"
        f"请在 {settings.INVITATION_DAYS} 天内打开下面的链接设置密码，链接只能使用一次：\n{link}\n\n"
        "如果您不认识邀请人，请不要打开链接，删除本邮件即可。\n"
    )
    return [_mail(row, "邀请您使用危险废物跨省转移“白名单”审批系统", text)]


def _reset(row: AccountLetter) -> list[EmailMessage]:
    letters = []
    for user in User.objects.filter(email__iexact=row.address, is_active=True):
        key = urlsafe_base64_encode(force_bytes(user.pk))
        link = _address(settings.RESET_URL_NAME, key, default_token_generator.make_token(user))
        text = (
            f"{user}：\n\n"
            "有人请求为您在危险废物跨省转移“白名单”审批系统的账号重设密码。如果是您本人，请在一小时内打开下面的链接，"
            f"链接只能使用一次：\n{link}\n\n"
            "如果不是您本人，请不要打开链接；您的密码没有改变。\n"
        )
        letters.append(_mail(row, "重设密码", text))
    return letters


def _warning(row: AccountLetter) -> list[EmailMessage]:
    event = row.event
    if event is None:
        return []
    by = f"，操作人 {event.by}" if event.by else ""
    place = f"，来自 {event.address}" if event.address else ""
    text = (
        f"{event.user}：\n\n"
        f"您的账号刚刚发生了下列变动：{event.get_kind_display()}（{_local(event.at)}{place}{by}）。\n\n"
        "如果不是您本人所为，也不是您请管理员办理的，请立即联系系统管理员。\n"
    )
    return [_mail(row, f"账号安全提醒：{event.get_kind_display()}", text)]


def _mail(row: AccountLetter, subject: str, text: str) -> EmailMessage:
    host = settings.SITE_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    stable = f"<account-letter-{row.pk}@{host}>"
    to = row.event.user.email if row.event else row.address
    return EmailMessage(subject=subject, body=text, to=[to], headers={"Message-ID": stable})


def _address(name: str, *arguments: object) -> str:
    return settings.SITE_URL + reverse(name, args=arguments)


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
