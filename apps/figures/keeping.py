"""Keeping the times of ended cases: what the database noted is reckoned, some hundreds in a transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.deadlines.enums import EventKind
from apps.deadlines.models import DeadlineEvent
from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import WorkCalendar
from apps.figures.models import CaseTime, TimeDue
from apps.figures.times import Holder, Turn, days_by_holder, holder_at, last_end, stretches_of
from apps.transfers.models import Application, LogRow

CHUNK = 500
MOST_DAYS = 32_767
COLUMNS = tuple(field.name for field in CaseTime._meta.concrete_fields if not field.primary_key)


def keep_times(*, chunks: int = 40) -> int:
    """Reckon what waits, at most so many chunks; gives how many notes were worked off. A second run changes nothing."""
    served = 0
    for _ in range(chunks):
        found = _keep_some()
        served += found
        if not found:
            break
    return served


@transaction.atomic
def _keep_some() -> int:
    due = list(TimeDue.objects.select_for_update(skip_locked=True).order_by("pk")[:CHUNK])
    keys = {row.application_key for row in due}
    cases = list(
        Application.objects.filter(pk__in=keys).values_list("pk", "number", "route", "origin_id", "destination_id")
    )
    turns, breaches = _turns(keys), _breaches([number for _, number, *_ in cases if number])
    calendar = load_calendar()
    rows = []
    for pk, number, route, origin, destination in cases:
        row = _row(turns[pk], breaches[number or ""], calendar)
        if row is not None:
            row.application_id, row.route = pk, route
            row.origin_code, row.destination_code = origin, destination or ""
            rows.append(row)
    CaseTime.objects.bulk_create(rows, update_conflicts=True, unique_fields=["application"], update_fields=COLUMNS)
    CaseTime.objects.filter(pk__in=keys - {row.application_id for row in rows}).delete()
    TimeDue.objects.filter(pk__in=[row.pk for row in due]).delete()
    return len(due)


def _turns(keys: set[int]) -> Mapping[int, list[Turn]]:
    turns = defaultdict(list)
    rows = LogRow.objects.filter(application__in=keys).order_by("application_id", "position")
    for key, at, actor, state in rows.values_list("application_id", "occurred_at", "actor_id", "to_state"):
        turns[key].append(Turn(at, actor is None, state))
    return turns


def _breaches(numbers: Sequence[str]) -> Mapping[str, list[datetime]]:
    breaches = defaultdict(list)
    rows = DeadlineEvent.objects.filter(deadline__reference__in=numbers, kind=EventKind.BREACHED)
    for reference, at in rows.values_list("deadline__reference", "occurred_at"):
        breaches[reference].append(at)
    return breaches


def _row(turns: Sequence[Turn], breaches: Sequence[datetime], calendar: WorkCalendar) -> CaseTime | None:
    """The case's row but for what it is; None for one that has not ended (any more)."""
    end = last_end(turns)
    if end is None:
        return None
    ended_on = turns[end].on
    stretches = stretches_of(turns, today=ended_on, calendar=calendar)
    days = {f"{holder.value}_days": min(count, MOST_DAYS) for holder, count in days_by_holder(stretches).items()}
    late = {holder_at(stretches, moment) for moment in breaches} - {None, Holder.APPLICANT, Holder.STOPPED}
    return CaseTime(ended_on=ended_on, late_with=sorted(holder.value for holder in late if holder), **days)
