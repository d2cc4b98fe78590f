"""Doors for the queue; each calls one service. Idempotent: a lost or repeated message does no harm."""

from celery import shared_task

from apps.deadlines.services import read_now
from apps.transfers.services.sweeping import sweep


@shared_task
def sweep_deadlines() -> None:
    """Every minute, by beat (see the schedule in the settings)."""
    sweep(now=read_now())
