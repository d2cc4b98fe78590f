"""How often somebody may fail, as django-axes asks for it (docs/decisions/0012).

Failures are counted by name *and* address: a stranger who hammers at a name locks out their own address, never the
owner. One address that tries many names is stopped, too; but whoever has come in by a name with this very browser is
let through there, or one clerk could stop a whole bureau behind one address. Between the third failure and the last
allowed one there is a growing pause. A wrong code of the second step counts like a wrong password.
"""

import ipaddress
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import Max, Sum
from django.http import HttpRequest

LONGEST_NAME = 255
# Seconds to wait after so many failures, before the lock itself.
PAUSES = {3: 5, 4: 15}
DEVICE_COOKIE = "known"
DEVICE_AGE = timedelta(days=180)
MOST_NAMES = 6


class Handler(AxesDatabaseHandler):
    """Axes' own count in the database, with the pauses and with the count of an address."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether this name may not be tried from this address now."""
        name = name_of(request, credentials)
        is_known = name in known_names(request)
        now = request.axes_attempt_time  # type: ignore[attr-defined] # set by axes' proxy
        return free_at(name=name, address=client_address(request), is_known=is_known, now=now) is not None


def free_at(*, name: str, address: str | None, is_known: bool, now: datetime) -> datetime | None:
    """When the name may be tried from the address again; None: now. ``is_known``: by a browser that it came in with."""
    recent = AccessAttempt.objects.filter(ip_address=address, attempt_time__gt=now - settings.AXES_COOLOFF_TIME)
    own = recent.filter(username=name).aggregate(count=Sum("failures_since_start"), last=Max("attempt_time"))
    every = recent.aggregate(count=Sum("failures_since_start"), last=Max("attempt_time"))
    ends = []
    if own["count"]:
        ends.append(own["last"] + _pause(own["count"]))
    if not is_known and every["count"] and every["count"] >= settings.ADDRESS_FAILURE_LIMIT:
        ends.append(every["last"] + settings.AXES_COOLOFF_TIME)
    latest = max(ends, default=now)
    return latest if latest > now else None


def _pause(failures: int) -> timedelta:
    if failures >= settings.AXES_FAILURE_LIMIT:
        return settings.AXES_COOLOFF_TIME
    return timedelta(seconds=PAUSES.get(failures, 0))


def name_of(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:  # noqa: ARG001 - axes asks so
    """The name that is tried, in one spelling: another capital letter is no fresh try."""
    typed = (credentials or {}).get("username") or ""
    return str(typed).replace("\0", "").strip().lower()[:LONGEST_NAME]


def known_names(request: HttpRequest) -> list[str]:
    """Names that have come in with this browser; its cookie is signed, so nobody writes one."""
    try:
        names = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_COOKIE, max_age=DEVICE_AGE)
    except signing.BadSignature:
        return []
    return [str(name) for name in names]


def device_cookie(request: HttpRequest, *names: str) -> str:
    """The cookie's value with these names in front, the oldest forgotten."""
    return signing.dumps(list(dict.fromkeys((*names, *known_names(request))))[:MOST_NAMES], salt=DEVICE_COOKIE)


def client_address(request: HttpRequest) -> str | None:
    """The address that the outermost of our own proxies saw; what stands before it in the header anybody may write."""
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= settings.TRUSTED_PROXIES:
            seen = chain[-settings.TRUSTED_PROXIES]
    try:
        return str(ipaddress.ip_address(seen))
    except ValueError:
        return None
