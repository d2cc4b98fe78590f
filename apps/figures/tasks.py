"""Doors for the queue. Idempotent: a lost or repeated message does no harm."""

from celery import shared_task

from apps.figures.keeping import keep_times


@shared_task
def keep_case_times() -> None:
    """Every minute, by beat: cases that ended, or were opened again, since the last time."""
    keep_times()
