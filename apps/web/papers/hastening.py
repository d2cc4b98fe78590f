"""The door's wake-up: what a request may have frozen or logged is rendered and told now instead of within a minute."""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from kombu.exceptions import KombuError

from apps.documents.tasks import render_papers
from apps.notifications.tasks import deliver_messages

logger = logging.getLogger(__name__)
REFUSED = 400
WOKEN = (deliver_messages, render_papers)
# One wake-up serves everything written by then; what comes just after it is found by the next or by the sweep.
QUIET_SECONDS = 1.0
# The queue is a hint: while it is down nobody waits for it again and again.
BROKEN_SECONDS = 30.0


class HastenPapers:
    """Sends the wake-up after the transaction of a successful POST, at most once a second and process."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain. Raises MiddlewareNotUsed where the settings say so."""
        if not settings.HASTENS_PAPERS:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._lock = threading.Lock()
        self._quiet_until = 0.0
        self.sending: threading.Thread | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer first: the view's transactions are over by then."""
        response = self.get_response(request)
        if request.method == "POST" and response.status_code < REFUSED and request.user.is_authenticated:
            self._hasten()
        return response

    def _hasten(self) -> None:
        with self._lock:
            if time.monotonic() < self._quiet_until:
                return
            self._quiet_until = time.monotonic() + QUIET_SECONDS
        # Beside the request: the client of a queue that is down tries for seconds before it gives up.
        self.sending = threading.Thread(target=self._send, name="hasten-papers", daemon=True)
        self.sending.start()

    def _send(self) -> None:
        try:
            for task in WOKEN:
                task.apply_async(retry=False, expires=55, ignore_result=True)
        except (KombuError, OSError):
            logger.warning("the queue does not answer; papers and messages wait for the sweep", exc_info=True)
            self._quiet_until = time.monotonic() + BROKEN_SECONDS
