"""Doors for the queue. Idempotent: what is rendered already is left alone; what a message forgot the sweep finds."""

from celery import shared_task

from apps.deadlines.services import read_now
from apps.documents.services.rendering import render_missing


@shared_task
def render_papers() -> None:
    """Every minute, by beat, and hastened by the door after whatever may have frozen a paper."""
    render_missing(now=read_now())
