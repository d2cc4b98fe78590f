"""Reading the stored calendar, and holding it still while a clock is written."""

from dataclasses import replace
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Q

from apps.deadlines.enums import DayKind
from apps.deadlines.models import CalendarDay, CalendarYear
from apps.deadlines.services.moment import CALENDAR_VERSION, Moment
from apps.deadlines.workdays import WorkCalendar

# Advisory lock of the calendar: writers of clocks share it, the loader of a year takes it alone. Without it a
# clock reckoned with the old year and committed after the load would never be moved.
CALENDAR_LOCK = 0x43414C31


# The calendars that this process has read, by version; a version never changes its meaning.
_read: dict[str, WorkCalendar] = {}
_names: dict[str, dict[date, str]] = {}


def load_calendar(moment: Moment | None = None) -> WorkCalendar:
    """The whole stored calendar; read once per request, task or sweep and passed down.

    No query when `moment` tells the version and this process knows it; a small one when nobody has asked yet.
    """
    if moment is None:
        return _kept(_stored_version())
    return replace(_kept(moment.calendar), stamp=moment.stamp)


def _kept(version: str) -> WorkCalendar:
    return _read.get(version) or _read_calendar()


def _stored_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute(CALENDAR_VERSION)
        version: str = cursor.fetchone()[0]
    return version


def _read_calendar() -> WorkCalendar:
    """Version and days in one statement: they belong together whatever is loaded meanwhile."""
    years = (
        CalendarYear.objects.annotate(
            off=ArrayAgg("days__day", filter=Q(days__kind=DayKind.DAY_OFF), default=[]),
            worked=ArrayAgg("days__day", filter=Q(days__kind=DayKind.MAKEUP_WORKDAY), default=[]),
        )
        .order_by("year")
        .values_list("year", "stamp", "off", "worked")
    )
    known, days_off, makeup_days = set[int](), set[date](), set[date]()
    version = ""
    for year, stamp, off, worked in years:
        known.add(year)
        version += str(stamp)
        days_off.update(off)
        makeup_days.update(worked)
    calendar = WorkCalendar(frozenset(days_off), frozenset(makeup_days), frozenset(known), version=version)
    # Another thread may empty it again at any moment: what was read is given, not what is kept.
    _read.clear()
    _read[version] = calendar
    return calendar


def holiday_names(calendar: WorkCalendar | None = None) -> dict[date, str]:
    """The names of all holidays and make-up days, for `workdays.reckon`.

    Kept by the version of `calendar`, so that a page that has read it asks no more.
    """
    version = calendar.version if calendar else None
    if version is None:
        return dict(CalendarDay.objects.values_list("day", "name"))
    if version not in _names:
        _names.clear()
        _names[version] = dict(CalendarDay.objects.values_list("day", "name"))
    return _names[version]


def steady_calendar(calendar: WorkCalendar) -> WorkCalendar:
    """The calendar to reckon with until the end of this transaction, during which no year can be loaded.

    That is `calendar`, unless a year was loaded since it was read. One made by hand (without a version) is taken
    as it is, and so is one that is steady already: it must not outlive its transaction. Needs a transaction.
    """
    if calendar.is_steady:
        return calendar
    hold_calendar()
    if calendar.version is None:
        return calendar
    return replace(load_calendar(), is_steady=True, stamp=calendar.stamp)


def hold_calendar() -> None:
    """Keep every load of a year waiting until the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [CALENDAR_LOCK])


def read_steady_calendar() -> WorkCalendar:
    """Hold the stored calendar still and read it: what an act begins with, in one trip. Needs a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT calendar, reference FROM deadlines_hold_calendar(%s)", [CALENDAR_LOCK])
        version, stamp = cursor.fetchone()
    return replace(_kept(version), is_steady=True, stamp=stamp or "")


def seize_calendar() -> None:
    """Wait for every transaction that writes clocks and keep new ones waiting until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CALENDAR_LOCK])
