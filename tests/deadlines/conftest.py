"""The seeded calendar and ladders, and short ways to write days and moments."""

import csv
from datetime import date, datetime

import pytest
from django.conf import settings

from apps.deadlines.models import CalendarDay, CalendarYear
from apps.deadlines.services import load_calendar, load_ladders
from apps.deadlines.workdays import ZONE, WorkCalendar


def at(text: str) -> datetime:
    """A moment of Asia/Shanghai: "2026-01-05 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
def ladders(db) -> None:
    """The ladders alone."""
    with (settings.BASE_DIR / "fixtures/calendar/ladders.csv").open(encoding="utf-8", newline="") as file:
        load_ladders(rows=list(csv.DictReader(file)))


@pytest.fixture
def calendar(ladders) -> WorkCalendar:
    """The stored calendar 2010–2026 with the ladders, as `load_calendar` leaves them, in two statements."""
    seed_calendar()
    return load_calendar()


def seed_calendar() -> None:
    with (settings.BASE_DIR / "fixtures/calendar/days.csv").open(encoding="utf-8", newline="") as file:
        rows = [(date.fromisoformat(row["date"]), row["kind"], row["name"]) for row in csv.DictReader(file)]
    years = sorted({day.year for day, _, _ in rows})
    CalendarYear.objects.bulk_create(
        CalendarYear(year=year, source="通知", loaded_at=at("2025-11-04 10:00")) for year in years
    )
    CalendarDay.objects.bulk_create(
        CalendarDay(day=day, year_id=day.year, kind=kind, name=name) for day, kind, name in rows
    )
