"""Doors for the queue; each calls one service. Idempotent: a lost or repeated message does no harm."""

from celery import shared_task
from django.utils import timezone

from apps.deadlines.services import read_now
from apps.transfers.services.alerting import sweep_alerts
from apps.transfers.services.attaching import sweep_files as sweep_stored_files
from apps.transfers.services.sweeping import sweep


@shared_task
def sweep_deadlines() -> None:
    """Every minute, by beat (see the schedule in the settings)."""
    sweep(now=read_now())


@shared_task
def alert_of_use() -> None:
    """Every minute, by beat: entries that have reached a level of their quota."""
    sweep_alerts(now=read_now())


@shared_task
def sweep_files() -> None:
    """Every night: stored files that no row names. By the machine's own clock, which the demo's shift doesn't move."""
    sweep_stored_files(now=timezone.now())
