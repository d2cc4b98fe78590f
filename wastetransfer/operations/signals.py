"""What the queue tells: heartbeats, and the request's id on its way from the door to the worker."""

import logging
import logging.config
import time
from typing import Any
from uuid import uuid4

from celery import signals
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from apps.catalogue import tracing
from wastetransfer.operations.heartbeats import BEAT, WORKER, beat_once

logger = logging.getLogger(__name__)
REQUEST_ID, SENT_AT = "trail_id", "trail_sent_at"
_is_beat = False
_waited = {"s": 0.0}


def listen() -> None:
    """Connect; a second call changes nothing."""
    for signal, receiver in (
        (signals.beat_init, note_beat),
        (signals.before_task_publish, send_trail),
        (signals.after_task_publish, beat_of_beat),
        (signals.task_prerun, take_up_trail),
        (signals.task_postrun, beat_of_worker),
    ):
        signal.connect(receiver, dispatch_uid=f"operations.{receiver.__name__}", weak=False)
    if settings.LOGS_AS_JSON:
        # Connected, it keeps Celery from a form of its own.
        signals.setup_logging.connect(log_like_the_rest, dispatch_uid="operations.log", weak=False)


def log_like_the_rest(**_: Any) -> None:
    """Workers and beat write their lines as the web does."""
    logging.config.dictConfig(settings.LOGGING)


def note_beat(**_: Any) -> None:
    """This process is beat."""
    global _is_beat  # noqa: PLW0603 - a process is beat or it isn't, for all of its life
    _is_beat = True


def send_trail(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """With every message: the id of the request that caused it, and when it was sent."""
    if headers is not None:
        headers[REQUEST_ID] = tracing.request_id.get()
        headers[SENT_AT] = time.time()


def take_up_trail(task: Any = None, **_: Any) -> None:
    """A task's log lines carry the id of the request that caused it, or one of their own."""
    tracing.forget()
    request = getattr(task, "request", None)
    tracing.request_id.set(getattr(request, REQUEST_ID, "") or uuid4().hex)
    sent_at = getattr(request, SENT_AT, None)
    _waited["s"] = max(0.0, time.time() - sent_at) if isinstance(sent_at, (int, float)) else 0.0


def beat_of_beat(**_: Any) -> None:
    """Beat has sent a message."""
    if _is_beat:
        _beat(BEAT)


def beat_of_worker(**_: Any) -> None:
    """A task is done, well or badly: the worker lives."""
    _beat(WORKER, waited_s=_waited["s"])


def _beat(name: str, *, waited_s: float = 0) -> None:
    try:
        beat_once(name, waited_s=waited_s)
    except (DatabaseError, InterfaceError):
        # Without a database there is no sign of life, which is what the reader will see.
        logger.warning("no sign of life could be written for %s", name)
