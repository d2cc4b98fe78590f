"""Doors for the queue; each calls one service. Idempotent: a lost or repeated message does no harm."""

from celery import shared_task

from apps.deadlines.services import read_now
from apps.notifications.services import delivering


@shared_task
def deliver_messages() -> None:
    """Every minute, by beat, and hastened by the door after whatever may have written into a log."""
    delivering.deliver_messages(now=read_now())
