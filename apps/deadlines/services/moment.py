"""The one now of the system: the database's clock plus a shift that only demo, development and tests may set."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from apps.catalogue.kept import STAMP
from apps.deadlines.models import ClockShift
from apps.deadlines.services.refusals import ClockShiftForbidden

NO_SHIFT = timedelta()
CALENDAR_VERSION = "SELECT coalesce(string_agg(stamp::text, '' ORDER BY year), '') FROM deadlines_calendaryear"
CLOCK = "statement_timestamp(), (SELECT shift FROM deadlines_clockshift WHERE id = 1)"


@dataclass(frozen=True, slots=True)
class Moment:
    """The now of a request, and which calendar and reference rows held then (versions, for what is kept by them)."""

    now: datetime
    calendar: str
    stamp: str


def read_moment() -> Moment:
    """The present moment with the versions that hold, in one trip. Raises as `read_now` does."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {CLOCK}, ({CALENDAR_VERSION}), {STAMP}")
        moment, shift, calendar, stamp = cursor.fetchone()
    return Moment(moment + _allowed(shift or NO_SHIFT), calendar, stamp or "")


def read_now() -> datetime:
    """The present moment, aware, from the database; read once per request, task or sweep and passed down.

    ClockShiftForbidden when a shift is stored and `settings.CLOCK_SHIFT_ALLOWED` is false.
    """
    moment, shift = _database_clock()
    return moment + _allowed(shift)


def _allowed(shift: timedelta) -> timedelta:
    if shift and not settings.CLOCK_SHIFT_ALLOWED:
        message = f"数据库中存有演示时钟偏移（{shift}），本环境不允许：请先把偏移清零再启动。"
        raise ClockShiftForbidden(message)
    return shift


@transaction.atomic
def set_clock_shift(*, to: datetime | None, shift: timedelta | None = None) -> ClockShift:
    """Move the system's now: so that it is `to`, or by `shift`; both None put it back to the database's own.

    ClockShiftForbidden where settings don't allow it; ValueError when both are given.
    """
    if not settings.CLOCK_SHIFT_ALLOWED:
        message = "本环境不允许调整时钟：只有演示、开发和测试可以设置时钟偏移。"
        raise ClockShiftForbidden(message)
    if to is not None and shift is not None:
        message = "give either the moment or the shift"
        raise ValueError(message)
    wanted = shift or NO_SHIFT
    if to is not None:
        wanted = to - _database_clock()[0]
    row, _ = ClockShift.objects.update_or_create(pk=1, defaults={"shift": wanted})
    return row


def _database_clock() -> tuple[datetime, timedelta]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {CLOCK}")
        moment, shift = cursor.fetchone()
    return moment, shift or NO_SHIFT
