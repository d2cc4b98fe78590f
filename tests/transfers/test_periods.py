"""Requested and granted periods, by the examples of the rules."""

from datetime import date

import pytest

from apps.transfers.rules.periods import add_months, last_day_of_twelve_months, validity


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-01-05", "2027-01-04"),
        ("2026-03-01", "2027-02-28"),
        ("2027-03-01", "2028-02-29"),
        ("2028-02-29", "2029-02-28"),
        ("2028-02-28", "2029-02-27"),
        ("2026-01-01", "2026-12-31"),
    ],
)
def test_twelve_months_have_the_first_day_inside(first, last) -> None:
    assert last_day_of_twelve_months(date.fromisoformat(first)) == date.fromisoformat(last)


def test_twelve_months_end_with_time_itself() -> None:
    assert last_day_of_twelve_months(date(9999, 6, 1)) == date.max


@pytest.mark.parametrize(
    ("day", "later"), [("2026-01-05", "2026-12-05"), ("2026-03-31", "2027-02-28"), ("2027-03-29", "2028-02-29")]
)
def test_eleven_months_later(day, later) -> None:
    assert add_months(date.fromisoformat(day), 11) == date.fromisoformat(later)


DATES = {
    "decided_on": "2026-01-08",
    "requested_from": "2026-01-05",
    "requested_until": "2027-06-30",
    "permit_until": "2030-02-28",
    "edition_until": None,
    "granted_until": None,
}


@pytest.mark.parametrize(
    ("changes", "first", "last"),
    [
        ({}, "2026-01-08", "2027-01-07"),
        ({"requested_from": "2026-03-01"}, "2026-03-01", "2027-01-07"),
        ({"requested_until": "2026-09-30"}, "2026-01-08", "2026-09-30"),
        ({"permit_until": "2026-08-31"}, "2026-01-08", "2026-08-31"),
        ({"edition_until": "2026-12-31"}, "2026-01-08", "2026-12-31"),
        ({"edition_until": "2026-12-31", "granted_until": "2026-06-30"}, "2026-01-08", "2026-06-30"),
        ({"decided_on": "2028-02-29", "requested_until": "2030-01-01"}, "2028-02-29", "2029-02-28"),
        ({"decided_on": "2027-01-04", "edition_until": "2026-12-31"}, "2027-01-04", "2026-12-31"),
    ],
    ids=[
        "a year",
        "later start",
        "asked for less",
        "permit ends",
        "edition ends",
        "granted less",
        "29 Feb",
        "nothing left",
    ],
)
def test_validity(changes, first, last) -> None:
    days = {name: day and date.fromisoformat(day) for name, day in (DATES | changes).items()}
    assert validity(**days) == (date.fromisoformat(first), date.fromisoformat(last))
