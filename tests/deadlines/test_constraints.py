from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from apps.deadlines.models import CalendarDay, Deadline, DeadlineEvent, LadderRung
from apps.deadlines.services import load_ladders, start_clock, stop_clock
from tests.deadlines.conftest import at

NOW = at("2026-01-05 12:00")


@pytest.fixture
def clock(calendar):
    return start_clock(
        reference="r", kind="whole", day0=date(2026, 1, 5), days=5, now=NOW, calendar=calendar, ladder="whole"
    )


def event(clock, **fields):
    row = {"kind": "rung", "rung": "x", "round": 1, "occurred_at": NOW, "recorded_at": NOW, **fields}
    return DeadlineEvent.objects.create(deadline=clock, **row)


@pytest.mark.parametrize(
    "change",
    [{"kind": "ended"}, {"occurred_at": at("2026-01-01 00:00")}, {"details": {"a": 1}}, {"rung": "y"}],
)
def test_an_event_never_changes(clock, change):
    with pytest.raises(IntegrityError, match="只能追加"), transaction.atomic():
        clock.events.update(**change)


def test_an_event_is_never_deleted(clock):
    with pytest.raises(IntegrityError, match="只能追加"), transaction.atomic():
        DeadlineEvent.objects.all()._raw_delete("default")
    assert clock.events.count() == 1


def test_only_the_delivered_mark_may_change(clock):
    assert clock.events.update(delivered_at=NOW) == 1
    assert clock.events.get().delivered_at == NOW


def test_a_rung_is_recorded_once_per_round(clock):
    event(clock)
    with pytest.raises(IntegrityError, match="event_rung_once"), transaction.atomic():
        event(clock)
    event(clock, round=2)


def test_a_breach_is_recorded_once_in_the_life_of_a_clock(clock):
    event(clock, kind="breached", rung="breach")
    with pytest.raises(IntegrityError, match="event_breach_once"), transaction.atomic():
        event(clock, kind="breached", rung="breach", round=2)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"due_at": None, "next_at": None}, "deadline_running_has_due"),
        ({"stopped_on": date(2026, 1, 7)}, "deadline_running_has_due"),
        ({"status": "stopped", "next_at": None}, "deadline_stopped_has_left"),
        ({"status": "ended", "next_at": None}, "deadline_ended_has_moment"),
        ({"ended_at": NOW}, "deadline_ended_has_moment"),
        ({"status": "ended", "ended_at": NOW}, "deadline_pending_runs"),
        ({"days": None}, "deadline_days_or_follows"),
        ({"base_round": 2}, "deadline_counts_from_one"),
        ({"status": "paused", "next_at": None}, "deadline_status"),
    ],
)
def test_status_and_fields_agree(clock, change, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Deadline.objects.filter(pk=clock.pk).update(**change)


def test_a_broken_clock_is_told_in_a_sentence(clock):
    clock.due_at = None
    with pytest.raises(ValidationError, match="计时中的时限必须有到期时刻"):
        clock.full_clean()


def test_a_clock_is_stopped_once_per_round(clock, calendar):
    stop_clock(reference="r", kind="whole", day=date(2026, 1, 7), now=NOW, calendar=calendar)
    stop = clock.stops.get()
    stop.pk = None
    with pytest.raises(IntegrityError, match="clock_stop_once"), transaction.atomic():
        stop.save()


def test_a_day_belongs_to_its_year(calendar):
    with pytest.raises(IntegrityError, match="calendar_day_in_its_year"), transaction.atomic():
        CalendarDay.objects.create(day=date(2027, 1, 1), year_id=2026, kind="day_off", name="元旦")


def test_a_ladder_with_a_wrong_rung_is_refused_whole(ladders):
    good = {
        "ladder": "new", "code": "a", "position": "1", "anchor": "before_due", "working_days": "1",
        "at_time": "09:00", "kind": "reminder", "addressee": "handler", "text": "",
    }  # fmt: skip
    late_breach = {**good, "code": "b", "kind": "breach"}
    with pytest.raises(ValidationError, match="只能在到期时刻"):
        load_ladders(rows=[good, late_breach])
    assert not LadderRung.objects.filter(ladder="new").exists()


@pytest.mark.django_db(transaction=True)
def test_the_triggers_go_and_come_back_with_the_migration():
    def triggers():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = 'deadline_event_append_only'")
            return cursor.fetchone()[0]

    assert triggers() == 1
    MigrationExecutor(connection).migrate([("deadlines", "0001_initial")])
    assert triggers() == 0
    MigrationExecutor(connection).migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    assert triggers() == 1
