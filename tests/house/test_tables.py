"""Rules about tables and tasks that show only in the loaded project."""

import inspect
from importlib import import_module
from io import StringIO

import pytest
from celery.schedules import BaseSchedule, maybe_schedule
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import CheckConstraint

from tests.house.source import FLOORS, STOREY_OF
from wastetransfer.celery import app as queue


def test_foreign_keys_point_down_only() -> None:
    """Keys within an app and to lower floors; Django's own tables lie below all. Links of many-to-many included."""
    upward = []
    for name in FLOORS:
        for model in apps.get_app_config(name).get_models(include_auto_created=True):
            for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
                target = field.related_model
                if target is None or isinstance(target, str) or target._meta.app_label not in FLOORS:
                    continue
                other = target._meta.app_label
                if other != name and STOREY_OF[other] >= STOREY_OF[name]:
                    upward.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert upward == []


def test_the_rule_about_keys_would_see_an_upward_one() -> None:
    """The control: the machine's application does point down to the lower floors, so keys are being looked at."""
    application = apps.get_model("transfers", "Application")
    below = {field.related_model._meta.app_label for field in application._meta.fields if field.related_model}
    assert below & set(FLOORS[:-2])


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    said = StringIO()
    call_command("makemigrations", check=True, dry_run=True, verbosity=1, stdout=said)
    assert "No changes detected" in said.getvalue()


@pytest.mark.django_db
def test_every_app_has_one_last_migration() -> None:
    assert MigrationLoader(connection).detect_conflicts() == {}


@pytest.mark.parametrize("name", [floor for floor in FLOORS if floor != "catalogue"] + ["catalogue"])
def test_every_operation_of_a_migration_is_reversible(name: str) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    stuck = [
        f"{key[1]}: {operation.describe()}"
        for key, migration in loader.disk_migrations.items()
        if key[0] == name
        for operation in migration.operations
        if not operation.reversible
    ]
    assert stuck == []


@pytest.mark.django_db(transaction=True)
def test_migrations_go_back_to_nothing_and_forth_again() -> None:
    """Every app to zero, the upper floors first, and all the way up again: as many tables as before."""
    before = set(connection.introspection.table_names())
    try:
        # In one plan: a command an app would draw the tables' whole history anew each time.
        MigrationExecutor(connection).migrate([(name, None) for name in reversed(FLOORS) if _has_migrations(name)])
        left = {table for table in connection.introspection.table_names() if table.split("_")[0] in FLOORS}
        assert left == set()
    finally:
        call_command("migrate", verbosity=0, interactive=False)
    assert set(connection.introspection.table_names()) == before
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def _has_migrations(name: str) -> bool:
    return any(key[0] == name for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def test_every_beat_entry_names_a_task_and_its_arguments_bind() -> None:
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        import_module(entry["task"].rpartition(".")[0])
        task = queue.tasks[entry["task"]]
        inspect.signature(task.run).bind(*entry.get("args", ()), **entry.get("kwargs", {}))
        assert isinstance(maybe_schedule(entry["schedule"]), BaseSchedule), name


def test_the_queue_never_gets_a_task_with_a_time_of_arrival() -> None:
    """Redis delivers it again after the visibility timeout (see wastetransfer.celery)."""
    assert settings.CELERY_TASK_ACKS_LATE is True
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1


def test_every_check_of_a_state_has_a_sentence_for_people() -> None:
    checks = [
        (model._meta.label, constraint)
        for name in FLOORS
        for model in apps.get_app_config(name).get_models()
        if any(field.name == "state" for field in model._meta.fields)
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    ]
    assert checks
    default = CheckConstraint.default_violation_error_message
    assert [f"{label}: {check.name}" for label, check in checks if check.violation_error_message == default] == []
