"""Doors for the queue. Idempotent: what is rendered already is left alone; what a message forgot the sweep finds."""

import logging

from celery import shared_task

from apps.deadlines.services import read_now
from apps.documents.services.rendering import render_missing
from apps.documents.typesetting import CannotTypeset

logger = logging.getLogger(__name__)


@shared_task
def render_papers() -> None:
    """Every minute, by beat, and hastened by the door after whatever may have frozen a paper."""
    try:
        render_missing(now=read_now())
    except CannotTypeset as error:
        # In a sentence, without the trace: a font is missing, and the next minute tries again.
        logger.error("%s", error)  # noqa: TRY400
