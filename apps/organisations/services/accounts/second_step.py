"""The second step of signing in: codes of an authenticator app (TOTP), and recovery codes for when it is lost.

The arithmetic is django-allauth's; its secrets rest sealed (apps.organisations.sealing). A code is good once: the
counter of the last one is kept on the authenticator's row and only a later one passes, under that row's lock, so it
holds between processes, too (the library's own memory of used codes is a cache of one process).
"""

from datetime import date, datetime

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import transaction

from apps.organisations.enums import AccountEventKind, SecondStep
from apps.organisations.errors import AccountRefused
from apps.organisations.models import PersonSession, User
from apps.organisations.permissions import standing_of
from apps.organisations.rules import plain_code
from apps.organisations.services.accounts.events import NOWHERE, Origin, record

LAST_COUNTER = "last_counter"


@transaction.atomic
def enrol(*, user: User, secret: str, code: str, now: datetime, origin: Origin = NOWHERE) -> list[str]:
    """Bind the authenticator that holds ``secret`` once its ``code`` proves it; gives fresh recovery codes.

    Raises AccountRefused ``second_step.wrong`` or ``second_step.enrolled`` (there is one already).
    """
    _lock(user)
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        raise AccountRefused(
            "second_step.enrolled", "您的账号已启用动态验证码。要换一部手机，请先停用或者请管理员重置。"
        )
    counter = _counter_of(secret, code, now)
    if counter is None:
        raise _wrong()
    Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.TOTP,
        data={"secret": get_adapter().encrypt(secret), LAST_COUNTER: counter},
        created_at=now,
    )
    record(user, AccountEventKind.ENROLLED, now=now, origin=origin)
    return _fresh_codes(user)


def pass_second_step(*, user: User, code: str, now: datetime) -> SecondStep:
    """Let the code of the app pass, or a recovery code, which is spent by it.

    Raises AccountRefused ``second_step.wrong`` or ``second_step.used`` (the code was good before; wait for the next).
    """
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update(of=("self",), no_key=True).filter(user=user).order_by("type")
        kept = {row.type: row for row in rows}
        totp, recovery = kept.get(Authenticator.Type.TOTP), kept.get(Authenticator.Type.RECOVERY_CODES)
        if totp is None:
            raise _wrong()
        typed = plain_code(code)
        if len(typed) != app_settings.TOTP_DIGITS:
            if recovery is None or not RecoveryCodes(recovery).validate_code(typed):
                raise _wrong()
            return SecondStep.RECOVERY
        counter = _counter_of(get_adapter().decrypt(totp.data["secret"]), typed, now)
        if counter is None:
            raise _wrong()
        if counter <= totp.data.get(LAST_COUNTER, 0):
            raise AccountRefused(
                "second_step.used", "这个验证码已经用过，请等应用显示下一个（不超过 30 秒）再填写。", "code"
            )
        totp.data = {**totp.data, LAST_COUNTER: counter}
        totp.last_used_at = now
        totp.save(update_fields=["data", "last_used_at"])
        return SecondStep.TOTP


@transaction.atomic
def renew_codes(*, user: User, now: datetime, origin: Origin = NOWHERE) -> list[str]:
    """Ten fresh recovery codes; the old ones are void. Raises AccountRefused ``second_step.none`` without an app."""
    _lock(user)
    if not is_enrolled(user):
        raise AccountRefused("second_step.none", "请先启用动态验证码，再生成恢复码。")
    record(user, AccountEventKind.CODES_RENEWED, now=now, origin=origin)
    return _fresh_codes(user)


@transaction.atomic
def remove_second_step(*, user: User, now: datetime, on: date, origin: Origin = NOWHERE) -> None:
    """Go back to the password alone; ``on`` is today. Raises AccountRefused ``second_step.obliged`` for who mustn't."""
    _lock(user)
    if is_obliged(user, on):
        raise AccountRefused("second_step.obliged", "主管部门人员、管理员和审计员必须使用动态验证码，不能停用。")
    Authenticator.objects.filter(user=user).delete()
    record(user, AccountEventKind.FACTOR_REMOVED, now=now, origin=origin)


@transaction.atomic
def reset_second_step(*, user: User, by: User, reason: str, now: datetime, on: date, origin: Origin = NOWHERE) -> None:
    """An administrator takes away somebody's lost authenticator, with a reason; their sessions end.

    Raises AccountRefused ``account.not_yours``, ``account.self``, ``account.reason``, ``second_step.none``.
    """
    check_administrator(by, on=on, user=user, reason=reason)
    _lock(user)
    if not Authenticator.objects.filter(user=user).delete()[0]:
        raise AccountRefused("second_step.none", f"{user}没有启用动态验证码，不必重置。")
    PersonSession.objects.filter(user=user).delete()
    record(user, AccountEventKind.FACTOR_RESET, now=now, by=by, reason=reason.strip(), origin=origin)


def check_administrator(by: User, *, on: date, user: User, reason: str) -> None:
    """Whether a system administrator may do this to somebody else's account. Raises AccountRefused ``account.…``."""
    if not standing_of(by, on).is_system_admin:
        raise AccountRefused("account.not_yours", "只有系统管理员可以管理账号。")
    if by.pk == user.pk:
        raise AccountRefused("account.self", "不能对本人的账号这样做，请由另一位系统管理员办理。")
    if not reason.strip():
        raise AccountRefused("account.reason", "请写明理由，它会记入账号记录。", "reason")


def is_enrolled(user: User) -> bool:
    """Whether the person has an authenticator."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def is_obliged(user: User, on: date) -> bool:
    """Whether the person must have one: people of bureaus, administrators, auditors, whoever enters the admin."""
    return user.is_staff or user.is_superuser or standing_of(user, on).needs_second_step


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return 0 if row is None else len(RecoveryCodes(row).get_unused_codes())


def code_at(secret: str, now: datetime) -> str:
    """What the app that holds the secret shows at a moment."""
    return format_hotp_value(hotp_value(secret, _step(now)))


def next_good_code(user: User, now: datetime) -> str:
    """The code of now, or the next one that is unused and would pass; else empty. For the demo's people only.

    One that the app showed before now would pass, too, but not for long enough to be typed.
    """
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if row is None:
        return ""
    earliest = max(_step(now), row.data.get(LAST_COUNTER, 0) + 1)
    if earliest > _step(now) + app_settings.TOTP_TOLERANCE:
        return ""
    return format_hotp_value(hotp_value(get_adapter().decrypt(row.data["secret"]), earliest))


def _step(now: datetime) -> int:
    return int(now.timestamp()) // app_settings.TOTP_PERIOD


def _counter_of(secret: str, code: str, now: datetime) -> int | None:
    """Which step's code it is; every one is compared, so that time tells nothing."""
    typed, found = plain_code(code), None
    for distance in range(-app_settings.TOTP_TOLERANCE, app_settings.TOTP_TOLERANCE + 1):
        counter = _step(now) + distance
        if compare_user_code(actual=typed, expected=format_hotp_value(hotp_value(secret, counter))):
            found = counter
    return found


def _fresh_codes(user: User) -> list[str]:
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    made = RecoveryCodes.activate(user)
    return made.generate_codes()


def _lock(user: User) -> None:
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def _wrong() -> AccountRefused:
    return AccountRefused(
        "second_step.wrong", "验证码不正确。请核对应用里的六位数字，并确认手机的时间是自动校准的。", "code"
    )
