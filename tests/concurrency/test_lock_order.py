"""Entries are locked in key order: asked for crosswise, nobody waits in a circle. The control does."""

from decimal import Decimal
from threading import Barrier

import pytest
from django.db import OperationalError, transaction

from apps.whitelists.models import QuotaMovement, WhitelistEntry
from apps.whitelists.services import ledger
from tests.concurrency.cases import MONDAY, books_agree
from tests.concurrency.together import LONG, at_once, in_step

pytestmark = pytest.mark.django_db(transaction=True)


def two_entries(world):
    return world.entry("O-SC1", "900-045-49", "CQ").pk, world.entry("O-SC1", "900-049-50", "CQ").pk


def test_asked_for_crosswise_the_ledger_never_deadlocks(real_world, monkeypatch):
    one, other = two_entries(real_world)

    def hold(number):
        keys = (one, other) if number % 2 else (other, one)
        amounts = {key: Decimal(1) for key in keys}
        with transaction.atomic():
            return ledger.hold(amounts=amounts, reference=f"A-{number}", round=1, occurred_at=MONDAY, now=MONDAY)

    answers = at_once(*(lambda number=number: hold(number) for number in range(20)))
    assert [len(answer) for answer in answers] == [2] * 20
    assert QuotaMovement.objects.filter(reference__startswith="A-").count() == 40
    assert books_agree()


def test_control_locked_one_after_the_other_crosswise_they_deadlock(real_world):
    one, other = two_entries(real_world)
    both_have_one = Barrier(2)

    def lock_one_by_one(first, second):
        with transaction.atomic():
            WhitelistEntry.objects.select_for_update(no_key=True).get(pk=first)
            both_have_one.wait(LONG)
            WhitelistEntry.objects.select_for_update(no_key=True).get(pk=second)
            return "both"

    answers = at_once(lambda: lock_one_by_one(one, other), lambda: lock_one_by_one(other, one))
    (failure,) = [answer for answer in answers if answer != "both"]
    assert isinstance(failure, OperationalError)
    assert "deadlock detected" in str(failure)


def test_two_verbs_in_one_transaction_stay_in_order_when_all_entries_are_locked_first(real_world, monkeypatch):
    """What resubmission does: it releases one entry and holds another; both are locked before either moves."""
    one, other = two_entries(real_world)

    def exchange(number, first, second):
        with transaction.atomic():
            ledger.lock_entries(ids=[first, second])
            for key in (first, second):
                ledger.hold(amounts={key: Decimal(1)}, reference=f"B-{number}", round=1, occurred_at=MONDAY, now=MONDAY)
        return "done"

    answers = at_once(lambda: exchange(1, one, other), lambda: exchange(2, other, one))
    assert answers == ["done", "done"]
    assert books_agree()


def test_control_two_verbs_without_locking_all_first_deadlock(real_world, monkeypatch):
    one, other = two_entries(real_world)
    in_step(monkeypatch, ledger, "_movements", 2)  # each has locked its first entry

    def exchange(number, first, second):
        with transaction.atomic():
            for key in (first, second):
                ledger.hold(amounts={key: Decimal(1)}, reference=f"B-{number}", round=1, occurred_at=MONDAY, now=MONDAY)
        return "done"

    answers = at_once(lambda: exchange(1, one, other), lambda: exchange(2, other, one))
    (failure,) = [answer for answer in answers if answer != "done"]
    assert "deadlock detected" in str(failure)
