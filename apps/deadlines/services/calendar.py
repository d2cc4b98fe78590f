"""Reading the stored calendar, and holding it still while a clock is written."""

from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Q, Sum

from apps.deadlines.enums import DayKind
from apps.deadlines.models import CalendarDay, CalendarYear
from apps.deadlines.workdays import WorkCalendar

# Advisory lock of the calendar: writers of clocks share it, the loader of a year takes it alone. Without it a
# clock reckoned with the old year and committed after the load would never be moved.
CALENDAR_LOCK = 0x43414C31


def load_calendar() -> WorkCalendar:
    """The whole stored calendar, in one query; read once per request, task or sweep and passed down."""
    years = CalendarYear.objects.annotate(
        off=ArrayAgg("days__day", filter=Q(days__kind=DayKind.DAY_OFF), default=[]),
        worked=ArrayAgg("days__day", filter=Q(days__kind=DayKind.MAKEUP_WORKDAY), default=[]),
    ).values_list("year", "loads", "off", "worked")
    known, days_off, makeup_days = set[int](), set[date](), set[date]()
    loads = 0
    for year, year_loads, off, worked in years:
        known.add(year)
        loads += year_loads
        days_off.update(off)
        makeup_days.update(worked)
    return WorkCalendar(frozenset(days_off), frozenset(makeup_days), frozenset(known), version=loads)


def holiday_names() -> dict[date, str]:
    """The names of all holidays and make-up days, for `workdays.reckon`."""
    return dict(CalendarDay.objects.values_list("day", "name"))


def steady_calendar(calendar: WorkCalendar) -> WorkCalendar:
    """The calendar to reckon with until the end of this transaction, during which no year can be loaded.

    That is `calendar`, unless a year was loaded since it was read. One made by hand (without a version) is taken
    as it is. Must run inside a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [CALENDAR_LOCK])
    if calendar.version is None:
        return calendar
    current = CalendarYear.objects.aggregate(version=Sum("loads"))["version"] or 0
    return calendar if calendar.version == current else load_calendar()


def seize_calendar() -> None:
    """Wait for every transaction that writes clocks and keep new ones waiting until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CALENDAR_LOCK])
