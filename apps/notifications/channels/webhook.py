"""An HTTP gateway: the example of a channel for short messages or 政务钉钉 (docs/notifications.md).

Posts JSON to the address in the settings, signed over its very bytes, so that the gateway knows from whom it comes.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from django.conf import settings

from apps.notifications.channels.base import AddressRefused, ChannelDown, TryLater, Words
from apps.organisations.models import User

# What the gateway says about itself, not about the letter.
BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
OURS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
# A short message is charged by its length.
LONGEST = 300


class WebhookChannel:
    """Reaches people by the telephone number of their account."""

    def address_of(self, user: User) -> str:
        """The telephone number."""
        return user.phone

    @contextmanager
    def open(self) -> Iterator[Callable[[Words], None]]:
        """One connection for the batch. Raises ChannelDown."""
        address = urlsplit(settings.NOTICE_WEBHOOK_URL)
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=settings.NOTICE_WEBHOOK_SECONDS)
        try:
            connection.connect()
        except OSError as error:
            raise ChannelDown(f"{type(error).__name__}: {error}") from error
        path = f"{address.path or '/'}{f'?{address.query}' if address.query else ''}"
        try:
            yield lambda words: _post(connection, path, words)
        finally:
            connection.close()


def _post(connection: HTTPConnection, path: str, words: Words) -> None:
    body = json.dumps(_said(words), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Signature": signature_of(body)}
    try:
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException) as error:
        raise ChannelDown(f"{type(error).__name__}: {error}") from error
    _judge(answer.status, answer.reason)


def _judge(status: int, reason: str) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    told = f"{status} {reason}"
    if status in BUSY:
        raise TryLater(told)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in OURS:
        raise AddressRefused(told)
    raise ChannelDown(told)


def signature_of(body: bytes) -> str:
    """HMAC-SHA256 of the body under the secret of the settings, in hex."""
    return hmac.new(settings.NOTICE_WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()


def _said(words: Words) -> dict[str, str]:
    """``id`` is the same at every attempt: a gateway that has seen it drops the repetition."""
    one = words.told[0]
    text = f"【{one.kind}】{one.title} {one.number}".rstrip()
    return {"id": words.stable_id.strip("<>"), "to": words.address, "text": text[:LONGEST], "link": one.link}
