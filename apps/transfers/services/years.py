"""Loading a calendar year while applications run."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from apps.catalogue.columns import save_columns
from apps.deadlines.models import Deadline
from apps.deadlines.services import CalendarLoad, load_calendar_year
from apps.deadlines.services.calendar import seize_calendar
from apps.transfers.models import Application
from apps.transfers.services.acts import clock_of_state


@transaction.atomic
def load_year(*, year: int, rows: Iterable[Mapping[str, str]], source: str, now: datetime) -> CalendarLoad:
    """Load a year's notice and move what is shown of every open application with its clocks.

    The calendar is seized first and the applications are locked before their clocks: the order of every act.
    Raises CalendarRefused with every bad row; nothing is loaded then.
    """
    seize_calendar()
    open_cases = list(
        Application.objects.filter(due_at__isnull=False).select_for_update(of=("self",), no_key=True).order_by("pk")
    )
    load = load_calendar_year(year=year, rows=rows, source=source, now=now)
    references = [case.number for case in open_cases]
    clocks = {
        (clock.reference, clock.kind): clock for clock in Deadline.objects.running().filter(reference__in=references)
    }
    moved = []
    for case in open_cases:
        clock = clocks.get((case.number or "", clock_of_state(case)))
        if clock and (clock.due_at, clock.is_provisional) != (case.due_at, case.is_due_provisional):
            case.due_at, case.is_due_provisional = clock.due_at, clock.is_provisional
            moved.append(case)
    save_columns(moved, "due_at", "is_due_provisional")
    return load
