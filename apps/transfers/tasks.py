"""Doors for the queue; each calls one service. Idempotent: a lost or repeated message does no harm."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from apps.deadlines.services import read_now
from apps.transfers.services.alerting import sweep_alerts
from apps.transfers.services.attaching import sweep_files as sweep_stored_files
from apps.transfers.services.following import follow_suspensions as follow_all_suspensions
from apps.transfers.services.sweeping import is_much, sweep
from apps.transfers.services.years import apply_change, apply_waiting_changes


@shared_task
def sweep_deadlines(*, is_help: bool = False) -> None:
    """Every minute, by beat (see the schedule in the settings); when much is due it calls one other worker."""
    now = read_now()
    if not is_help and is_much(now=now):
        sweep_deadlines.apply_async(kwargs={"is_help": True}, expires=settings.MESSAGES_WAIT)
    sweep(now=now)


@shared_task
def alert_of_use() -> None:
    """Every minute, by beat: entries that have reached a level of their quota."""
    sweep_alerts(now=read_now())


@shared_task
def follow_suspensions() -> None:
    """Every minute, by beat, and sent by the door that suspends or lifts: approvals are paused and go on."""
    follow_all_suspensions(now=read_now())


@shared_task
def sweep_files() -> None:
    """Every night: stored files that no row names. By the machine's own clock, which the demo's shift doesn't move."""
    sweep_stored_files(now=timezone.now())


@shared_task
def apply_calendar_change(change_id: int) -> None:
    """Sent by the door when a change of the calendar was ordered."""
    apply_change(change_id=change_id, now=read_now())


@shared_task
def sweep_calendar_changes() -> None:
    """Every minute, by beat: ordered changes whose message or worker was lost."""
    apply_waiting_changes(now=read_now())
