"""The ways out of the house. Each is a ``Channel``; which there are stands in the settings."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from apps.notifications.channels.base import Channel

MAIL = "mail"
TEXT = "text"


def channel_named(code: str) -> Channel | None:
    """The channel, or None where the installation has no such one."""
    path = settings.NOTICE_CHANNELS.get(code)
    return _made(path) if path else None


def channel_codes() -> list[str]:
    """Every channel of this installation."""
    return list(settings.NOTICE_CHANNELS)


@cache
def _made(path: str) -> Channel:
    made: Channel = import_string(path)()
    return made
