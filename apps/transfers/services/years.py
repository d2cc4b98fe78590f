"""Changing the calendar while applications run."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.deadlines.enums import ChangeStatus
from apps.deadlines.models import CalendarChange
from apps.deadlines.services import CalendarLoad, load_calendar, load_calendar_year
from apps.deadlines.services.calendar import seize_calendar
from apps.deadlines.services.changes import MOVED, mark_of, pending_changes
from apps.deadlines.services.progress import telling_progress
from apps.deadlines.services.recompute import Progress, no_progress
from apps.transfers.enums import OPEN_STATES, ClockKind, Route
from apps.transfers.services.acts import HELD_BY_CLOCK, WHOLE_STATES

LOCK_CASES = """
    SELECT count(*) FROM (
        SELECT id FROM transfers_application
        WHERE due_at IS NOT NULL AND state = ANY (%(open)s) ORDER BY id FOR NO KEY UPDATE
    ) AS locked
"""
# What a case shows of its clocks (`acts.clock_of_state`), for all of them at once.
SHOW_CLOCKS = """
    WITH held (state, kind) AS (SELECT * FROM unnest(%(states)s::text[], %(kinds)s::text[]))
    UPDATE transfers_application AS cases
    SET due_at = clock.due_at, is_due_provisional = clock.is_provisional
    FROM held, deadlines_deadline AS clock
    WHERE cases.due_at IS NOT NULL AND cases.state = ANY (%(open)s) AND held.state = cases.state
        AND clock.reference = cases.number AND clock.status = 'running'
        AND clock.kind = CASE
            WHEN cases.route = %(fast)s AND cases.state = ANY (%(whole_states)s) THEN %(whole)s ELSE held.kind END
        AND (cases.due_at, cases.is_due_provisional) IS DISTINCT FROM (clock.due_at, clock.is_provisional)
"""


@transaction.atomic
def load_year(
    *,
    year: int,
    rows: Iterable[Mapping[str, str | None]],
    source: str,
    now: datetime,
    change: CalendarChange | None = None,
    progress: Progress = no_progress,
) -> CalendarLoad:
    """Load a year's notice and move what is shown of every open application with its clocks.

    The calendar is seized first and the applications are locked before their clocks: the order of every act.
    Raises CalendarRefused with every bad row; nothing is loaded then.
    """
    seize_calendar()
    values: dict[str, Any] = {
        "open": [str(state) for state in OPEN_STATES],
        "states": [str(state) for state in HELD_BY_CLOCK],
        "kinds": [str(kind) for kind in HELD_BY_CLOCK.values()],
        "whole_states": [str(state) for state in WHOLE_STATES],
        "fast": str(Route.FAST_TRACK),
        "whole": str(ClockKind.WHOLE),
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CASES, values)
    load = load_calendar_year(year=year, rows=rows, source=source, now=now, change=change, progress=progress)
    with connection.cursor() as cursor:
        cursor.execute(SHOW_CLOCKS, values)
    return load


def apply_change(*, change_id: int, now: datetime) -> CalendarChange:
    """Carry an ordered change out, as a whole; a second call changes nothing.

    Of two that were prepared on the same calendar the second is refused, with a sentence: what somebody looked at is
    no longer what would happen. Its progress is told on another connection while the transaction holds.
    CalendarChange.DoesNotExist.
    """
    with telling_progress(change_id=change_id, now=now) as progress, transaction.atomic():
        seize_calendar()
        change = CalendarChange.objects.get(pk=change_id)
        if change.status not in (ChangeStatus.WAITING, ChangeStatus.RUNNING):
            return change
        if is_outdated(change):
            change.status, change.refusal = ChangeStatus.REFUSED, MOVED
        else:
            _carry_out(change, now, progress)
        change.finished_at = now
        change.save(update_fields=["status", "refusal", "finished_at", "total", "done", "moved"])
        return change


def is_outdated(change: CalendarChange) -> bool:
    """Whether the calendar is another than the one on which the change was looked at."""
    return mark_of(load_calendar()) != change.calendar


def _carry_out(change: CalendarChange, now: datetime, progress: Progress) -> None:
    def note(done: int, total: int) -> None:
        change.done, change.total = done, total
        progress(done, total)

    source = change.source or _source_of(change)
    load = load_year(year=change.year, rows=change.rows, source=source, now=now, change=change, progress=note)
    change.status, change.moved = ChangeStatus.DONE, load.moved_count


def _source_of(change: CalendarChange) -> str:
    """A changed day leaves the notice as it is that the year was loaded from."""
    loaded = CalendarChange.objects.filter(year=change.year, status=ChangeStatus.DONE).exclude(source="")
    last = loaded.order_by("-pk").values_list("source", flat=True).first()
    return last or change.reason


def apply_waiting_changes(*, now: datetime) -> int:
    """Carry out what was ordered and lost on its way; gives how many. Each in a transaction of its own."""
    keys = pending_changes(now=now)
    for key in keys:
        apply_change(change_id=key, now=now)
    return len(keys)
