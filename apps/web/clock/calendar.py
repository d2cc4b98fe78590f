"""The calendar: a year at a glance, what was changed and by whom, and the alarm while it does not reach far enough."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.deadlines.models import CalendarYear
from apps.deadlines.services import holiday_names
from apps.deadlines.services.changes import changes_made
from apps.deadlines.services.cover import CalendarCover, calendar_cover
from apps.web.clock.year import year_sheet
from apps.web.moment import calendar_of, now_of, standing_for, today_of
from apps.web.rendering import page

A_PAGE = 10
YEARS_BESIDE = 2
# Limits run for some weeks: so long before the turn of a year its desk is told of a year without notice.
SOON_DAYS = 60
HERE = "web:calendar"


@login_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """The year in the address, this one when none is named; for everybody who is signed in."""
    known, today = calendar_of(request), today_of(request)
    years = sorted({*known.known_years, today.year, max(known.known_years, default=today.year) + 1})
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and int(text) in years else today.year
    context = {
        "here": HERE,
        "sheet": year_sheet(year=year, calendar=known, names=holiday_names(known), today=today),
        "years": [one for one in years if abs(one - year) <= YEARS_BESIDE or one >= today.year],
        "loaded": CalendarYear.objects.filter(year=year).first(),
        "is_admin": standing_for(request).is_system_admin,
        "cover": cover_of(request),
        "changes": Paginator(changes_made().filter(year=year), A_PAGE).get_page(request.GET.get("page")),
        "kept": f"year={year}&",
    }
    return page(request, "web/clock/calendar.html", context)


def cover_of(request: HttpRequest) -> CalendarCover:
    """How far the calendar reaches beside the open clocks."""
    return calendar_cover(now=now_of(request), calendar=calendar_of(request))


def coming_cover(request: HttpRequest) -> CalendarCover | None:
    """The alarm for a desk that shows due days; no query while the calendar reaches over the turn of the year."""
    today = today_of(request)
    if {today.year, (today + timedelta(days=SOON_DAYS)).year} <= calendar_of(request).known_years:
        return None
    cover = cover_of(request)
    return None if cover.is_covered else cover
