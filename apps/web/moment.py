"""What a request is asked about: its one now, its day, who asks."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from apps.deadlines.services import load_calendar
from apps.deadlines.services.moment import Moment, read_moment
from apps.deadlines.workdays import WorkCalendar, local_day
from apps.organisations.models import User
from apps.organisations.permissions import Standing, standing_of

# Two machines' clocks never agree to the second: less than this is no demonstration clock.
TOLERANCE = timedelta(minutes=5)


def now_of(request: HttpRequest) -> datetime:
    """The moment of this request, read from the database once."""
    return _moment_of(request).now


def _moment_of(request: HttpRequest) -> Moment:
    kept = request.__dict__
    if "_moment" not in kept:
        kept["_moment"] = read_moment()
    return kept["_moment"]


def today_of(request: HttpRequest) -> date:
    """The day in Asia/Shanghai on which this request happens."""
    return local_day(now_of(request))


def version_of(request: HttpRequest) -> str:
    """The stamp of the reference rows that held at the request's moment: for what the process keeps by it."""
    return _moment_of(request).stamp


def calendar_of(request: HttpRequest) -> WorkCalendar:
    """The working-day calendar, read once a request."""
    kept = request.__dict__
    if "_calendar" not in kept:
        kept["_calendar"] = load_calendar(_moment_of(request))
    return kept["_calendar"]


def standing_for(request: HttpRequest) -> Standing:
    """For whom the person of this request may look and act today."""
    return standing_of(request.user, today_of(request))


def user_of(request: HttpRequest) -> User:
    """Who asks. PermissionDenied for a visitor: a view that needs a person has sent them to the sign-in page."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def shifted_now(request: HttpRequest) -> datetime | None:
    """The demonstration's now when its clock was moved; None where it runs true."""
    if not settings.CLOCK_SHIFT_ALLOWED:
        return None
    now = now_of(request)
    return now if abs(now - timezone.now()) > TOLERANCE else None
