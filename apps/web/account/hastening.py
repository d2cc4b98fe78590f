"""Wakes the sender for a letter that was just promised; without the queue it waits for the sweep of the minute."""

import threading

from django.conf import settings
from kombu.exceptions import KombuError

from apps.notifications.tasks import send_letters


def hasten_letters() -> None:
    """Beside the request: nobody waits for a queue that is down, and the answer comes as fast for every address."""
    if settings.HASTENS_PAPERS:
        threading.Thread(target=_send, name="hasten-letters", daemon=True).start()


def _send() -> None:
    try:
        send_letters.apply_async(retry=False, expires=55, ignore_result=True)
    except (KombuError, OSError):
        return
