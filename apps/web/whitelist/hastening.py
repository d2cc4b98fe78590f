"""Wakes the queue after a suspension, its lifting or a permit's new status; without the queue the sweep follows it."""

import logging
import threading

from django.conf import settings
from kombu.exceptions import KombuError

from apps.transfers.tasks import follow_suspensions

logger = logging.getLogger(__name__)


def hasten_following() -> None:
    """Beside the request, whose transaction is over: nobody waits for a queue that is down."""
    if settings.HASTENS_PAPERS:
        threading.Thread(target=_send, name="hasten-following", daemon=True).start()


def _send() -> None:
    try:
        follow_suspensions.apply_async(retry=False, expires=55, ignore_result=True)
    except (KombuError, OSError):
        logger.warning("the queue does not answer; approvals follow with the sweep", exc_info=True)
