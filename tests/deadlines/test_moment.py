from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection

from apps.deadlines.models import ClockShift
from apps.deadlines.services import ClockShiftForbidden, read_now, set_clock_shift
from tests.deadlines.conftest import at

pytestmark = pytest.mark.django_db


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]


def test_now_is_the_databases_whatever_this_machine_thinks():
    with time_machine.travel(datetime(2001, 1, 1, tzinfo=UTC)):
        before, now, after = database_now(), read_now(), database_now()
    assert before <= now <= after
    assert now.utcoffset() is not None
    assert now.year >= 2024


def test_now_moves_by_the_stored_shift_and_back():
    set_clock_shift(to=None, shift=timedelta(days=-30))
    assert timedelta(days=29, hours=23) < database_now() - read_now() <= timedelta(days=30)
    set_clock_shift(to=None)
    assert abs(database_now() - read_now()) < timedelta(minutes=1)


def test_the_shift_can_be_given_as_the_wanted_moment():
    wanted = at("2026-11-23 09:00")
    set_clock_shift(to=wanted)
    assert timedelta() <= read_now() - wanted < timedelta(minutes=1)


def test_only_one_of_both_may_be_given():
    with pytest.raises(ValueError, match="either"):
        set_clock_shift(to=at("2026-11-23 09:00"), shift=timedelta(days=1))


def test_it_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        read_now()


def test_production_refuses_a_stored_shift_and_lives_with_zero(settings):
    set_clock_shift(to=None, shift=timedelta(minutes=10))
    settings.CLOCK_SHIFT_ALLOWED = False
    with pytest.raises(ClockShiftForbidden, match="偏移"):
        read_now()
    ClockShift.objects.update(shift=timedelta())
    assert abs(database_now() - read_now()) < timedelta(minutes=1)


def test_production_refuses_to_set_one(settings):
    settings.CLOCK_SHIFT_ALLOWED = False
    with pytest.raises(ImproperlyConfigured, match="不允许"):
        set_clock_shift(to=None, shift=timedelta(minutes=10))
    assert not ClockShift.objects.exists()


def test_there_is_one_shift():
    with pytest.raises(IntegrityError, match="clock_shift_single"):
        ClockShift.objects.create(pk=2, shift=timedelta())
