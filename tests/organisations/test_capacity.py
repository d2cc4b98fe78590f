from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from apps.organisations.errors import CapacityExceeded, OrganisationError
from apps.organisations.models import CapacityMovement, PermitYear
from apps.organisations.services.capacity import (
    lock_permit_year,
    reconcile_capacity,
    restore_capacity,
    state_limit,
    take_capacity,
)
from tests.organisations.factories import PermitFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 12, 2, tzinfo=UTC)


@pytest.fixture
def year():
    permit = PermitFactory(lines=[("900-045-49", "R4", "60"), ("900-049-50", "R8", "40.0001")])
    return lock_permit_year(permit=permit, year=2026)


def take(year, amount, reference="2026-50-51-00001", in_round=1):
    return take_capacity(permit_year=year, reference=reference, round=in_round, amount_t=Decimal(amount), now=NOW)


def restore(year, amount, reference="2026-50-51-00001", in_round=1):
    return restore_capacity(permit_year=year, reference=reference, round=in_round, amount_t=Decimal(amount), now=NOW)


def fresh(year):
    return PermitYear.objects.get(pk=year.pk)


def test_the_limit_is_120_percent_of_all_lines(year):
    assert (year.limit_t, year.limit_is_stated) == (Decimal("120.0001"), False)
    assert lock_permit_year(permit=year.permit, year=2026) == year


def test_taking_up_to_the_limit_and_not_beyond(year):
    take(year, "100")
    with pytest.raises(CapacityExceeded) as caught:
        take(year, "20.0002", reference="2026-50-51-00002")
    assert caught.value.code == "capacity.exceeded"
    assert caught.value.over_t == Decimal("0.0001")
    assert "上限为 120.0001 吨，已批准 100.0000 吨，本次 20.0002 吨，超出 0.0001 吨" in caught.value.sentence
    assert take(year, "20.0001", reference="2026-50-51-00002").amount_t == Decimal("20.0001")
    assert fresh(year).taken_t == Decimal("120.0001")


def test_a_repeated_message_changes_nothing_even_when_nothing_is_left(year):
    first = take(year, "120.0001")
    assert take(year, "120.0001") == first
    assert restore(year, "20") == restore(year, "20")
    assert (fresh(year).approved_t, fresh(year).restored_t) == (Decimal("120.0001"), Decimal(20))
    assert CapacityMovement.objects.count() == 2


def test_what_came_back_can_be_taken_again(year):
    take(year, "120")
    restore(year, "120")
    assert fresh(year).taken_t == 0
    take(year, "110", in_round=2)
    restore(year, "10", in_round=2)
    assert fresh(year).taken_t == 100


def test_nobody_gives_back_more_than_the_reference_took(year):
    take(year, "10")
    take(year, "50", reference="2026-50-51-00002")
    with pytest.raises(OrganisationError, match=r"尚占 10.0000 吨，不能恢复 10.0001 吨") as caught:
        restore(year, "10.0001")
    assert caught.value.code == "capacity.not_taken"
    restore(year, "4")
    with pytest.raises(OrganisationError, match=r"尚占 6.0000 吨"):
        restore(year, "7", in_round=2)
    assert fresh(year).restored_t == 4


@pytest.mark.parametrize("amount", ["0", "-1", "0.00001"])
def test_odd_tonnes_are_refused(year, amount):
    for act in (take, restore):
        with pytest.raises(OrganisationError) as caught:
            act(year, amount)
        assert caught.value.code == "tonnes.invalid"


def test_years_are_separate(year):
    take(year, "120")
    take(lock_permit_year(permit=year.permit, year=2027), "120")
    assert fresh(year).taken_t == 120


def test_the_destinations_own_figure(year):
    take(year, "100")
    stated = state_limit(permit=year.permit, year=2026, limit_t=Decimal(100), now=NOW)
    assert (stated.limit_t, stated.limit_is_stated) == (Decimal(100), True)
    with pytest.raises(CapacityExceeded):
        take(year, "0.0001", reference="2026-50-51-00002")
    state_limit(permit=year.permit, year=2026, limit_t=Decimal(101), now=NOW)
    take(year, "1", reference="2026-50-51-00002")


def test_a_limit_below_what_is_approved_is_refused(year):
    take(year, "100")
    with pytest.raises(OrganisationError, match=r"已批准 100.0000 吨，上限不能低于此数") as caught:
        state_limit(permit=year.permit, year=2026, limit_t=Decimal("99.9999"), now=NOW)
    assert caught.value.code == "capacity.limit_below_taken"
    assert not fresh(year).limit_is_stated


@pytest.mark.parametrize("limit", ["-1", "1.00001", "NaN"])
def test_an_odd_limit_is_refused(year, limit):
    with pytest.raises(OrganisationError) as caught:
        state_limit(permit=year.permit, year=2026, limit_t=Decimal(limit), now=NOW)
    assert caught.value.code == "tonnes.invalid"


def test_a_year_that_is_over_keeps_its_limit(year):
    with pytest.raises(OrganisationError) as caught:
        state_limit(permit=year.permit, year=2025, limit_t=Decimal(1), now=NOW)
    assert caught.value.code == "capacity.year_over"


def test_the_database_itself_cannot_oversubscribe(year):
    with pytest.raises(IntegrityError, match="permit_year_within_limit"), transaction.atomic():
        PermitYear.objects.filter(pk=year.pk).update(approved_t=Decimal("120.0002"))
    with pytest.raises(IntegrityError, match="permit_year_sums_in_order"), transaction.atomic():
        PermitYear.objects.filter(pk=year.pk).update(restored_t=Decimal("0.0001"))


def test_reconciling_finds_a_column_that_was_tampered_with(year, capsys):
    take(year, "100")
    restore(year, "5")
    assert reconcile_capacity() == []
    call_command("reconcile_capacity")
    assert "一致" in capsys.readouterr().out
    PermitYear.objects.filter(pk=year.pk).update(approved_t=Decimal(99))
    [difference] = reconcile_capacity()
    assert (difference.column, difference.stored_t, difference.summed_t) == ("approved_t", 99, 100)
    with pytest.raises(CommandError, match="1 处差异"):
        call_command("reconcile_capacity")


def test_movements_are_only_added(year):
    movement = take(year, "1")
    for statement in ("UPDATE {} SET amount_t = 2", "DELETE FROM {}"):
        with (
            pytest.raises(IntegrityError, match="只能追加"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(CapacityMovement._meta.db_table))
    assert CapacityMovement.objects.get() == movement
