"""Facts of the moment that the state machine's conditions ask for; set by whoever loads an application."""

from datetime import datetime

from apps.deadlines.models import Deadline
from apps.deadlines.workdays import local_day
from apps.transfers.enums import ClockKind, State
from apps.transfers.models import Application, Paper


def at_moment(*, application: Application, now: datetime) -> Application:
    """Set on the application what depends on ``now``: today, whether the destination is late, what was delivered.

    Pages and services call it before they ask the machine what is possible.
    """
    application.now = now
    application.today = local_day(now)
    if application.state == State.DESTINATION_REVIEW:
        application.is_destination_late = _destination_is_late(application, now)
    until = application.recallable_until
    # Once its minutes are over nobody takes the last act back, delivered or not.
    if application.recallable_state and until is not None and now < until:
        application.is_last_act_delivered = Paper.objects.filter(
            application=application, position=application.log_length, delivered_at__isnull=False
        ).exists()
    return application


def _destination_is_late(application: Application, now: datetime) -> bool:
    """Its own limit has passed; where it had none for want of a working day, the whole's."""
    kinds = [ClockKind.DESTINATION, ClockKind.WHOLE]
    clocks = {
        clock.kind: clock
        for clock in Deadline.objects.running().filter(reference=application.number or "", kind__in=kinds)
    }
    clock = clocks.get(ClockKind.DESTINATION) or clocks.get(ClockKind.WHOLE)
    return clock is not None and clock.due_at is not None and clock.due_at <= now
