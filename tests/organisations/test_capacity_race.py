"""Sixteen approvals at once on one permit's year, and a control that shows what happens without the lock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction

from apps.organisations.errors import CapacityExceeded
from apps.organisations.models import CapacityMovement, PermitYear
from apps.organisations.services.capacity import lock_permit_year, reconcile_capacity, take_capacity
from tests.organisations.factories import PermitFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 12, 2, tzinfo=UTC)
THREADS = 16
AMOUNT = Decimal(30)
LIMIT = Decimal(120)


def at_once(act):
    """Run `act(number)` in sixteen threads that start together; gives what each returned or refused with."""
    start = Barrier(THREADS)

    def run(number):
        try:
            start.wait(timeout=30)
            return act(number)
        except CapacityExceeded as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_sixteen_at_once_get_exactly_what_is_there():
    permit = PermitFactory(lines=[("900-045-49", "R4", "100")])

    def approve(number):
        with transaction.atomic():
            year = lock_permit_year(permit=permit, year=2026)
            return take_capacity(permit_year=year, reference=f"A-{number}", round=1, amount_t=AMOUNT, now=NOW)

    answers = at_once(approve)
    assert sum(isinstance(answer, CapacityMovement) for answer in answers) == 4
    assert sum(isinstance(answer, CapacityExceeded) for answer in answers) == 12
    assert PermitYear.objects.get().taken_t == LIMIT
    assert reconcile_capacity() == []


def test_one_message_sixteen_times_at_once_counts_once():
    permit = PermitFactory(lines=[("900-045-49", "R4", "100")])
    year = PermitYear.objects.create(permit=permit, year=2026, limit_t=LIMIT)

    def approve(number):
        return take_capacity(permit_year=year, reference="A", round=1, amount_t=AMOUNT, now=NOW).pk

    assert len(set(at_once(approve))) == 1
    assert PermitYear.objects.get().taken_t == AMOUNT


def test_control_reading_then_writing_without_the_lock_promises_too_much():
    permit = PermitFactory(lines=[("900-045-49", "R4", "100")])
    # The CHECK must not save the control: its limit is out of reach, the limit that counts is compared in Python.
    year = PermitYear.objects.create(permit=permit, year=2026, limit_t=Decimal(10_000))
    all_have_read = Barrier(THREADS)

    def approve_carelessly(number):
        with transaction.atomic():
            row = PermitYear.objects.get(pk=year.pk)
            all_have_read.wait(timeout=30)
            if row.taken_t + AMOUNT > LIMIT:
                raise CapacityExceeded(number="", year=2026, limit_t=LIMIT, taken_t=row.taken_t, asked_t=AMOUNT)
            row.approved_t += AMOUNT
            row.save(update_fields=["approved_t"])
            return CapacityMovement.objects.create(
                permit_year=row, kind="approve", reference=f"A-{number}", round=1, amount_t=AMOUNT, occurred_at=NOW
            )

    answers = at_once(approve_carelessly)
    promised = sum(answer.amount_t for answer in answers if isinstance(answer, CapacityMovement))
    assert promised > LIMIT
    assert reconcile_capacity() != []
