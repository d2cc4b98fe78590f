"""Codes of authenticators: good once, sealed at rest, replaced by recovery codes, taken away with a reason."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken
from django.db import DatabaseError, connection, transaction

from apps.organisations.enums import AccountEventKind, Role, SecondStep
from apps.organisations.errors import AccountRefused
from apps.organisations.models import AccountEvent, AccountLetter, PersonSession, User
from apps.organisations.services.accounts import (
    enrol,
    pass_second_step,
    remove_second_step,
    renew_codes,
    reset_second_step,
)
from apps.organisations.services.accounts import second_step as module
from apps.organisations.services.accounts.second_step import code_at, codes_left, is_enrolled, next_good_code
from tests.organisations.factories import BureauFactory, EnterpriseFactory, UserFactory, member

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
TODAY = date(2026, 1, 5)
STEP = timedelta(seconds=30)


def refused(code):
    return pytest.raises(AccountRefused, check=lambda refusal: refusal.code == code and refusal.sentence[-1] == "。")


def enrolled(user: User) -> tuple[str, list[str]]:
    secret = generate_totp_secret()
    return secret, enrol(user=user, secret=secret, code=code_at(secret, NOW), now=NOW)


def test_enrolling_needs_the_apps_code_and_gives_ten_recovery_codes():
    user, secret = UserFactory(email="a@example.invalid"), generate_totp_secret()
    with refused("second_step.wrong"):
        enrol(user=user, secret=secret, code="000000", now=NOW)
    codes = enrol(user=user, secret=secret, code=f" {code_at(secret, NOW)[:3]} {code_at(secret, NOW)[3:]}", now=NOW)
    assert len(set(codes)) == codes_left(user) == 10
    assert AccountEvent.objects.get().kind == AccountEventKind.ENROLLED
    assert AccountLetter.objects.get().address == "a@example.invalid"
    with refused("second_step.enrolled"):
        enrol(user=user, secret=secret, code=code_at(secret, NOW + STEP), now=NOW + STEP)


def test_secrets_rest_sealed_and_a_key_can_be_changed(settings):
    user = UserFactory()
    secret, codes = enrolled(user)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert not any(code in stored for code in codes)
    settings.SECOND_FACTOR_KEYS = [Fernet.generate_key().decode(), *settings.SECOND_FACTOR_KEYS]
    assert pass_second_step(user=user, code=code_at(secret, NOW + STEP), now=NOW + STEP) == SecondStep.TOTP
    settings.SECOND_FACTOR_KEYS = settings.SECOND_FACTOR_KEYS[:1]
    with pytest.raises(InvalidToken):
        get_adapter().decrypt(Authenticator.objects.get(type="totp").data["secret"])


def test_a_code_is_good_once_and_so_is_none_before_it():
    user = UserFactory()
    secret, _ = enrolled(user)
    with refused("second_step.used"):
        pass_second_step(user=user, code=code_at(secret, NOW), now=NOW)
    later = NOW + 3 * STEP
    assert pass_second_step(user=user, code=code_at(secret, later), now=later) == SecondStep.TOTP
    with refused("second_step.used"):
        pass_second_step(user=user, code=code_at(secret, later - STEP), now=later)
    assert next_good_code(user, later) == code_at(secret, later + STEP)


@pytest.mark.parametrize(("steps", "passes"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(steps, passes, settings):
    settings.MFA_TOTP_TOLERANCE = 1
    user = UserFactory()
    secret, _ = enrolled(user)
    later = NOW + 10 * STEP
    code = code_at(secret, later + steps * STEP)
    if passes:
        assert pass_second_step(user=user, code=code, now=later) == SecondStep.TOTP
    else:
        with refused("second_step.wrong"):
            pass_second_step(user=user, code=code, now=later)


def test_a_recovery_code_is_spent_and_renewing_voids_the_rest():
    user = UserFactory()
    _, codes = enrolled(user)
    written = f"{codes[0][:5]}-{codes[0][5:]}"
    assert pass_second_step(user=user, code=written, now=NOW) == SecondStep.RECOVERY
    with refused("second_step.wrong"):
        pass_second_step(user=user, code=written, now=NOW)
    assert codes_left(user) == 9
    fresh = renew_codes(user=user, now=NOW)
    with refused("second_step.wrong"):
        pass_second_step(user=user, code=codes[1], now=NOW)
    assert pass_second_step(user=user, code=fresh[1], now=NOW) == SecondStep.RECOVERY


def test_who_must_have_it_cannot_remove_it():
    obliged, free = member(Role.HANDLER, BureauFactory()), member(Role.FILER, EnterpriseFactory())
    for user in (obliged, free):
        enrolled(user)
    with refused("second_step.obliged"):
        remove_second_step(user=obliged, now=NOW, on=TODAY)
    remove_second_step(user=free, now=NOW, on=TODAY)
    assert (is_enrolled(obliged), is_enrolled(free)) == (True, False)


def test_an_administrator_resets_it_with_a_reason_and_the_sessions_end():
    administrator, person = member(Role.SYSTEM_ADMIN), member(Role.HANDLER, BureauFactory())
    enrolled(person)
    PersonSession.objects.create(session_key="k", session_data="", expire_date=NOW, user=person)
    for by, reason, code in [
        (person, "丢失", "account.not_yours"),
        (administrator, " ", "account.reason"),
    ]:
        with refused(code):
            reset_second_step(user=person, by=by, reason=reason, now=NOW, on=TODAY)
    with refused("account.self"):
        reset_second_step(user=administrator, by=administrator, reason="丢失", now=NOW, on=TODAY)
    reset_second_step(user=person, by=administrator, reason="手机丢失", now=NOW, on=TODAY)
    assert not is_enrolled(person)
    assert not PersonSession.objects.exists()
    event = AccountEvent.objects.filter(user=person).first()
    assert (event.kind, event.by, event.reason) == (AccountEventKind.FACTOR_RESET, administrator, "手机丢失")
    with refused("second_step.none"):
        reset_second_step(user=person, by=administrator, reason="手机丢失", now=NOW, on=TODAY)


@pytest.mark.parametrize("change", [lambda rows: rows.update(reason="x"), lambda rows: rows.delete()])
def test_the_log_is_only_added_to(change):
    enrolled(UserFactory())
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic():
        change(AccountEvent.objects.all())


def at_once(user: User, code: str, now: datetime) -> int:
    """How many of four who show the same code at the same moment get through."""
    start = Barrier(4)

    def show(_: int) -> bool:
        start.wait(30)
        try:
            pass_second_step(user=user, code=code, now=now)
        except AccountRefused:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(show, range(4)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_locked", [True, False])
def test_of_four_who_show_one_code_at_once_one_gets_in(is_locked, monkeypatch):
    """The control takes the row's lock away, and several get in."""
    user = UserFactory()
    secret, _ = enrolled(user)
    if not is_locked:
        monkeypatch.setattr(type(Authenticator.objects.all()), "select_for_update", lambda rows, **_: rows)
        # Between reading the row and writing it each waits until all have read.
        read, decrypt = Barrier(4), module.get_adapter().decrypt
        monkeypatch.setattr(type(module.get_adapter()), "decrypt", lambda _, text: (read.wait(30), decrypt(text))[1])
    passed = [at_once(user, code_at(secret, NOW + count * STEP), NOW + count * STEP) for count in (1, 2)]
    assert passed == ([1, 1] if is_locked else [4, 4])
