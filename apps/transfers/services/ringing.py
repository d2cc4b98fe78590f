"""The sweep's quick way: many applications in one transaction, where nothing but rungs of their ladders is due.

1. The applications are locked in key order; one that somebody holds is left out. 2. Their due clocks are locked and
asked again. 3. An application of which a clock acts is left out: an act takes permit years, entries and counters, and
those of two applications in one transaction would break the order of locks. 4. Rungs, clocks and what people see of
them are written together. What is left out is served one by one.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.catalogue.columns import save_columns
from apps.deadlines.models import Deadline
from apps.deadlines.services import record_many_rungs
from apps.deadlines.services.calendar import read_steady_calendar
from apps.deadlines.workdays import WorkCalendar, local_day
from apps.transfers.models import Application
from apps.transfers.permissions import CLOCK
from apps.transfers.services.acts import Act, set_from_clocks
from apps.transfers.services.audience import Audience
from apps.transfers.services.clockwork import acts_now, note_supervision, ringing_of
from apps.transfers.services.locking import lock_due_ones

SHOWN = ("due_at", "is_due_provisional", "supervised_since", "supervised_by_role", "changed_at")


@dataclass(frozen=True, slots=True)
class Rung:
    """How many clocks were served, of how many applications; keys of those of which a clock acts."""

    clocks: int = 0
    applications: int = 0
    acting: tuple[int, ...] = ()


@transaction.atomic
def ring_many(*, application_ids: Collection[int], now: datetime) -> Rung:
    """Record what has come of these applications' ladders, of those that are free and due."""
    calendar = read_steady_calendar()
    locked = {one.number or "": one for one in lock_due_ones(application_ids=application_ids, now=now)}
    due = _due(list(locked), now) if locked else {}
    acting = {number for number, clocks in due.items() if any(acts_now(clock=clock, now=now) for clock in clocks)}
    plain = {number: clocks for number, clocks in due.items() if number not in acting}
    if plain:
        _ring({number: locked[number] for number in plain}, plain, calendar, now)
    return Rung(
        sum(len(clocks) for clocks in plain.values()),
        len(plain),
        tuple(sorted(locked[number].pk for number in acting)),
    )


def _due(references: Sequence[str], now: datetime) -> Mapping[str, list[Deadline]]:
    due = defaultdict(list)
    for clock in Deadline.objects.running().due(now).filter(reference__in=references).locked():
        due[clock.reference].append(clock)
    return due


def _ring(
    cases: Mapping[str, Application], due: Mapping[str, list[Deadline]], calendar: WorkCalendar, now: datetime
) -> None:
    ringing, audience = [], Audience(cases.values())
    for number, case in cases.items():
        case.now, case.today = now, local_day(now)
        act = Act(application=case, by=CLOCK, now=now, at=now, calendar=calendar)
        own = sorted(due[number], key=lambda one: (one.next_at, one.pk))
        ringing += [ringing_of(act, clock, audience) for clock in own]
    reference_of = {one.deadline.pk: one.deadline.reference for one in ringing}
    for event in record_many_rungs(ringing=ringing, calendar=calendar):
        note_supervision(cases[reference_of[event.deadline_id]], [event])
    still_open = defaultdict(list)
    for clock in Deadline.objects.open().filter(reference__in=list(cases)).order_by("pk"):
        still_open[clock.reference].append(clock)
    for number, case in cases.items():
        set_from_clocks(case, still_open[number])
        case.changed_at = now
    save_columns(list(cases.values()), *SHOWN)
