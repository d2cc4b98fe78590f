"""A million finished cases and a hundred thousand running clocks, copied in the database from two specimens.

Triggers and foreign keys sleep meanwhile: what is copied points at what its specimen points at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from apps.deadlines.models import Deadline, DeadlineEvent
from apps.transfers.enums import Route, State
from apps.transfers.models import Application

# Of each running case, the whole's and the destination's.
CLOCKS_A_CASE = 2
PART = 100_000
# Columns in which a clock's copy lies some days later than its specimen.
DATES = ("base_on", "started_on")
MOMENTS = ("due_at", "planned_from", "next_at")


@dataclass(frozen=True, slots=True)
class Batch:
    """So many copies, ``days`` after the specimen; ``far`` spreads them over so many more days."""

    name: str
    count: int
    days: int = 0
    far: int = 1


def build(*, finished: int, batches: list[Batch], tell: Callable[[str], None]) -> None:
    """Copy one finished case ``finished`` times and one running case for each of the batches."""
    over = Application.objects.filter(state=State.APPROVED, number__isnull=False).order_by("pk")[0]
    running = Application.objects.filter(state=State.DESTINATION_REVIEW, route=Route.FAST_TRACK).order_by("-pk")[0]
    for first in range(0, finished, PART):
        _copy(over, Batch(f"OVER{first}", min(PART, finished - first)))
        tell(f"已办结 {min(finished, first + PART)} 件")
    for batch in batches:
        _copy(running, batch)
        tell(f"在办 {batch.name} {batch.count} 件")
    with connection.cursor() as cursor:
        # What else is in this database waits no longer: only the copies are counted.
        cursor.execute("UPDATE deadlines_deadline SET next_at = NULL WHERE next_at IS NOT NULL AND reference !~ '^B-'")


def settle() -> None:
    """Statistics and visibility as after some nights of autovacuum. Not in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) deadlines_deadline, deadlines_deadlineevent, transfers_application")


@transaction.atomic
def _copy(case: Application, batch: Batch) -> None:
    """The case, its clocks and their log, each row by one INSERT … SELECT over a series."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    count, serial = batch.count, sql.SQL("n")
    number = sql.SQL("{} || n").format(sql.Literal(f"B-{batch.name}-"))
    shift = sql.SQL("({} + n % {})").format(batch.days, batch.far)
    span = sql.SQL("make_interval(days => ({} + n % {})::int)").format(batch.days, batch.far)
    _insert(Application, case.pk, count, {"number": number, "due_at": sql.SQL("due_at + {}").format(span)})
    moved = {name: sql.SQL("{} + {}::int").format(sql.Identifier(name), shift) for name in DATES}
    moved |= {name: sql.SQL("{} + {}").format(sql.Identifier(name), span) for name in MOMENTS}
    for clock in Deadline.objects.filter(reference=case.number).order_by("pk"):
        first = _insert(
            Deadline, clock.pk, count, {"reference": number, "follows_id": sql.NULL, **moved, **_days(clock)}
        )
        for event in DeadlineEvent.objects.filter(deadline=clock, rung="").order_by("pk"):
            _insert(DeadlineEvent, event.pk, count, {"deadline_id": sql.SQL("{} + {}").format(first, serial)})


def _days(clock: Deadline) -> Mapping[str, sql.Composable]:
    """A copy follows no other clock, so it has days of its own."""
    return {} if clock.days is not None else {"days": sql.Literal(4), "base_days": sql.Literal(4)}


def _insert(model: type[Model], key: int, count: int, changed: Mapping[str, sql.Composable]) -> int:
    """Copies 1 to ``count`` of a row; gives the key before the first of them."""
    fields = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    table = sql.Identifier(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(table))
        first: int = cursor.fetchone()[0]
        chosen: list[Any] = [changed.get(name, sql.Identifier(name)) for name in fields]
        cursor.execute(
            sql.SQL(
                "INSERT INTO {} (id, {}) SELECT {} + n, {} FROM {}, generate_series(1, {}) AS n WHERE id = {}"
            ).format(
                table,
                sql.SQL(", ").join(map(sql.Identifier, fields)),
                first,
                sql.SQL(", ").join(chosen),
                table,
                count,
                key,
            )
        )
        cursor.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), {})").format(
                sql.Literal(model._meta.db_table), first + count
            )
        )
    return first
