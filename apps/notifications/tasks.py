"""Doors for the queue; each calls one service. Idempotent: a lost or repeated message does no harm."""

import logging

from celery import shared_task
from kombu.exceptions import KombuError

from apps.deadlines.services import read_now
from apps.notifications.channels import channel_codes
from apps.notifications.services import clearing, delivering, digesting, sending, taking_up

logger = logging.getLogger(__name__)


@shared_task
def deliver_messages() -> None:
    """Every minute, by beat, and hastened by the door after whatever may have written into a log."""
    done = delivering.deliver_messages(now=read_now())
    if done.letters or taking_up.take_up_letters(now=read_now()):
        _hasten(send_letters)
    if done.is_more:
        _hasten(deliver_messages)


# A server that keeps talking and never ends must not keep a worker: what it was sent is sent again.
@shared_task(time_limit=90)
def send_letters() -> None:
    """Every minute, by beat, and hastened by whatever writes letters or promises them."""
    taking_up.take_up_letters(now=read_now())
    done = [sending.send_letters(code=code, now=read_now()) for code in channel_codes()]
    if any(sent.is_more for sent in done):
        _hasten(send_letters)


@shared_task
def make_digests() -> None:
    """Every five minutes, by beat: of a working day the first run after 08:30 makes them."""
    if digesting.make_digests(now=read_now()):
        _hasten(send_letters)


@shared_task
def clear_messages() -> None:
    """Every night, by beat: what was read long ago."""
    clearing.clear_messages(now=read_now())


def _hasten(task: object) -> None:
    try:
        task.apply_async(retry=False, expires=55, ignore_result=True)  # type: ignore[attr-defined]
    except (KombuError, OSError):
        logger.warning("the queue does not answer; letters wait for the sweep", exc_info=True)
