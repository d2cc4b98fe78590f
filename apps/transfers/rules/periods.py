"""Arithmetic of requested and granted periods (order 23, art. 27; docs/rules.md §6)."""

import calendar
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def last_day_of_twelve_months(first: date) -> date:
    """Twelve months with the first day inside; 29 February ends on 28 February next year.

    A date typed in the calendar's last year is no error here: the check says what is wrong with it.
    """
    if first.year == date.max.year:
        return date.max
    if (first.month, first.day) == (2, 29):
        return date(first.year + 1, 2, 28)
    return date(first.year + 1, first.month, first.day) - timedelta(days=1)


def validity(
    *,
    decided_on: date,
    requested_from: date,
    requested_until: date,
    permit_until: date,
    edition_until: date | None,
    granted_until: date | None = None,
) -> tuple[date, date]:
    """First and last day of an approval; the last may lie before the first: then nothing is left to approve.

    Twelve months at most, within the requested period, the operator's permit (order 23, art. 27), the edition
    if it says so, and a shorter period if one was granted.
    """
    limits = [last_day_of_twelve_months(decided_on), requested_until, permit_until, edition_until, granted_until]
    return max(decided_on, requested_from), min(limit for limit in limits if limit is not None)
