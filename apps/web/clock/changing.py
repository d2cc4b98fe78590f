"""Changing the calendar: a day or a year is prepared, its effect looked at, then ordered; the page shows how far it is."""

import logging
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods
from kombu.exceptions import KombuError

from apps.deadlines.enums import ChangeStatus, DayKind
from apps.deadlines.models import CalendarChange
from apps.deadlines.services import CalendarRefused, holiday_names
from apps.deadlines.services.changes import foresee_change, mark_of, order_change, prepare_day, prepare_year
from apps.deadlines.services.packaged import packaged_rows
from apps.deadlines.workdays import FIXED_HOLIDAYS, SATURDAY
from apps.transfers.enums import ClockKind
from apps.transfers.tasks import apply_calendar_change
from apps.web.clock.calendar import HERE
from apps.web.clock.forms import DayForm, YearForm, first_day
from apps.web.inputs import is_key
from apps.web.moment import calendar_of, now_of, standing_for, today_of, user_of
from apps.web.rendering import page

A_PAGE = 50
CONFLICT, UNPROCESSABLE = 409, 422
GOING = (ChangeStatus.WAITING, ChangeStatus.RUNNING)

logger = logging.getLogger(__name__)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_day(request: HttpRequest) -> HttpResponse:
    """Prepare that one day is worked or off."""
    _administrators_only(request)
    day = first_day(request.GET.get("day", ""), today_of(request))
    usual = "off" if calendar_of(request).is_working_day(day) else "work"
    form = DayForm(request.POST or None, initial={"day": day, "becomes": usual, "name": _name_of(request, day)})
    refused = None
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            change = prepare_day(
                day=told["day"],
                works=told["becomes"] == "work",
                name=told["name"],
                reason=told["reason"],
                by=user_of(request),
                now=now_of(request),
            )
        except CalendarRefused as error:
            refused = error
        else:
            return redirect("web:calendar_change", pk=change.pk)
    context = {"here": HERE, "form": form, "refused": refused, "year": day.year}
    return page(request, "web/clock/day.html", context, status=_status(form, refused))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_load(request: HttpRequest) -> HttpResponse:
    """Prepare loading a year, from a file or from the installed package."""
    _administrators_only(request)
    missing = max(calendar_of(request).known_years, default=today_of(request).year - 1) + 1
    form = YearForm(
        request.POST or None,
        request.FILES or None,
        initial={"year": missing, "source": f"国务院办公厅关于{missing}年部分节假日安排的通知"},
    )
    refused = None
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            rows = told["rows"] if told["origin"] == "file" else packaged_rows(told["year"])
            change = prepare_year(
                year=told["year"],
                rows=rows,
                source=told["source"],
                reason=told["reason"],
                by=user_of(request),
                now=now_of(request),
            )
        except CalendarRefused as error:
            refused = error
        else:
            return redirect("web:calendar_change", pk=change.pk)
    context = {"here": HERE, "form": form, "refused": refused}
    return page(request, "web/clock/load.html", context, status=_status(form, refused))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_change(request: HttpRequest, pk: int) -> HttpResponse:
    """What a change would move; ordered here, and then how far it has come and what it did."""
    _administrators_only(request)
    change = get_object_or_404(CalendarChange, pk=pk)
    refused = None
    if request.method == "POST":
        try:
            order_change(change_id=pk, seen=request.POST.get("seen", ""), by=user_of(request), now=now_of(request))
        except CalendarRefused as error:
            refused = error
        else:
            _hasten(pk)
            return redirect("web:calendar_change", pk=pk)
    context = {"here": HERE, "change": change, "refused": refused, **_told(request, change)}
    if request.headers.get("HX-Request") == "true":
        return render(request, "web/clock/parts/change_state.html", context)
    return page(request, "web/clock/change.html", context, status=CONFLICT if refused else 200)


def _told(request: HttpRequest, change: CalendarChange) -> dict[str, Any]:
    if change.status in GOING:
        return {"is_going": True}
    if change.status != ChangeStatus.PREPARED:
        return {}
    seen = mark_of(calendar_of(request))
    if seen != change.calendar:
        return {"is_outdated": True}
    text = request.GET.get("page", "")
    wanted = max(1, int(text)) if is_key(text) else 1
    found = foresee_change(change=change, now=now_of(request), first=(wanted - 1) * A_PAGE, most=A_PAGE)
    return {
        "seen": seen,
        "count": found.count,
        "kinds": [(ClockKind(kind).label, count) for kind, count in sorted(found.kinds.items())],
        "rows": [(one, ClockKind(one.kind).label, (one.due_to - one.due_from).days) for one in found.rows],
        "page": Paginator(range(found.count), A_PAGE).get_page(wanted),
        "differences": _differences(change),
        "is_own": change.by_id == user_of(request).pk,
    }


def _differences(change: CalendarChange) -> list[tuple[date, str, str]]:
    """Day by day what the change does: the day, what it was, what it is to be."""
    before = {row["date"]: row for row in (_provisional(change.year) if change.before is None else change.before)}
    after = {row["date"]: row for row in change.rows}
    days = sorted(day for day in before.keys() | after.keys() if before.get(day) != after.get(day))
    return [(date.fromisoformat(day), _word(day, before.get(day)), _word(day, after.get(day))) for day in days]


def _provisional(year: int) -> list[dict[str, str]]:
    """What was reckoned with before the year was announced: what is loaded without one of these days says so."""
    return [
        {"date": date(year, *at).isoformat(), "kind": DayKind.DAY_OFF, "name": f"{name}，暂定"}
        for at, name in FIXED_HOLIDAYS.items()
    ]


def _word(day: str, row: dict[str, str] | None) -> str:
    if row:
        return f"{DayKind(row['kind']).label}（{row['name']}）"
    return "周末" if date.fromisoformat(day).weekday() >= SATURDAY else "工作日"


def _hasten(pk: int) -> None:
    try:
        # The order is kept by now: a queue that is down only means that the sweep finds it.
        apply_calendar_change.apply_async(args=(pk,), retry=False, ignore_result=True)
    except (KombuError, OSError):
        logger.warning("the queue does not answer; a change of the calendar waits for the sweep", exc_info=True)


def _administrators_only(request: HttpRequest) -> None:
    if not standing_for(request).is_system_admin:
        raise PermissionDenied


def _name_of(request: HttpRequest, day: date) -> str:
    return holiday_names(calendar_of(request)).get(day, "")


def _status(form: DayForm | YearForm, refused: CalendarRefused | None) -> int:
    return UNPROCESSABLE if refused is not None or (form.is_bound and form.errors) else 200
