"""Where sessions are kept, and when they end: twelve hours after signing in, or an hour after the last use.

Both ends stand in the row's expiry, so a request asks nothing more than Django's own store: the row that it reads
is there, or it is over. A page that only asks by itself whether something is new does not count as use
(apps.web.account.guarding). Sessions run by the world's clock, which no demonstration moves.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from apps.organisations.models import PersonSession

SIGNED_IN, SEEN = "signed_in", "seen"
ADDRESS, AGENT = "address", "agent"
# Which second step the sign-in took; absent when it took none.
SECOND_STEP = "second_step"
# Seconds between two writes of the last use.
SEEN_EVERY = 60


class SessionStore(DatabaseStore):
    """Django's store in the database; a person's session has their key and both its ends."""

    @classmethod
    def get_model_class(cls) -> type[PersonSession]:
        """Where the rows are."""
        return PersonSession

    def create_model_instance(self, data: dict[str, Any]) -> PersonSession:
        """The row with the columns by which its owner recognises it."""
        kept = super().create_model_instance(data)
        row = PersonSession(session_key=kept.session_key, session_data=kept.session_data, expire_date=kept.expire_date)
        row.user_id = data.get(SESSION_KEY)
        row.signed_in_at, row.seen_at = _moment(data.get(SIGNED_IN)), _moment(data.get(SEEN))
        row.address, row.agent = data.get(ADDRESS), data.get(AGENT, "")
        return row

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Stamp a session in which somebody has just signed in, then keep it."""
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if SESSION_KEY in data and SIGNED_IN not in data:
            data[SIGNED_IN] = data[SEEN] = int(timezone.now().timestamp())
        super().save(must_create=must_create)

    def seen(self, now: datetime, *, at_once: bool = False) -> None:
        """The person did something; written at most once a minute, or ``at_once``."""
        moment = int(now.timestamp())
        if at_once or moment - self.get(SEEN, 0) >= SEEN_EVERY:
            self[SEEN] = moment

    def get_expiry_date(self, **options: Any) -> datetime:
        """The earlier of both ends; of a visitor's session Django's own."""
        if SIGNED_IN not in self:
            return super().get_expiry_date(**options)
        longest = self[SIGNED_IN] + settings.SESSION_COOKIE_AGE
        return datetime.fromtimestamp(min(longest, self[SEEN] + settings.SESSION_IDLE_SECONDS), tz=UTC)

    def get_expiry_age(self, **options: Any) -> int:
        """Seconds until then; what the cookie is given, too."""
        if SIGNED_IN not in self:
            return super().get_expiry_age(**options)
        return max(0, int((self.get_expiry_date() - timezone.now()) / timedelta(seconds=1)))

    def seconds_left(self) -> int:
        """Seconds after which the session ends if nothing is done; for pages."""
        return self.get_expiry_age()

    def longest_seconds_left(self) -> int:
        """Seconds after which it ends whatever is done; for pages."""
        return max(0, self.get(SIGNED_IN, 0) + settings.SESSION_COOKIE_AGE - int(timezone.now().timestamp()))


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)
