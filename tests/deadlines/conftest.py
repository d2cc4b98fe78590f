"""The seeded calendar and ladders, and short ways to write days and moments."""

import csv
from datetime import datetime

import pytest
from django.conf import settings
from django.core.management import call_command

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
def calendar(db) -> WorkCalendar:
    """The stored calendar 2010–2026 with the ladders, as a fresh installation has them."""
    call_command("load_calendar", verbosity=0)
    return load_calendar()
