"""Wakes the queue for a letter that has just been promised; without the queue it waits for the sweep of the minute."""

import threading

from django.conf import settings
from kombu.exceptions import KombuError

from apps.organisations.tasks import send_account_letters


def hasten_letters() -> None:
    """Beside the request: nobody waits for a queue that is down, and the answer comes as fast for every address."""
    if settings.HASTENS_PAPERS:
        threading.Thread(target=_send, name="hasten-letters", daemon=True).start()


def _send() -> None:
    try:
        send_account_letters.apply_async(retry=False, expires=55, ignore_result=True)
    except (KombuError, OSError):
        return
