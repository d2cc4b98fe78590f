"""Five working days to confirm what arrived (order 23, art. 18)."""

from datetime import date

import pytest

from apps.deadlines.services import load_calendar
from apps.transfers.rules.receiving import Confirmation, confirmation_of
from tests.transfers.world import World


def of(world: World, shipped: str, arrived: str | None, confirmed: str | None, today: str) -> Confirmation:
    day = date.fromisoformat
    return confirmation_of(
        shipped_on=day(shipped),
        arrived_on=day(arrived) if arrived else None,
        confirmed_on=day(confirmed) if confirmed else None,
        today=day(today),
        calendar=load_calendar(),
    )


def test_five_working_days_from_arrival(world: World) -> None:
    # Spring Festival 15–23 February, Saturday 14 February works.
    limit = of(world, "2026-02-11", "2026-02-13", "2026-02-27", "2026-03-02")
    assert limit == Confirmation(date(2026, 2, 27), is_confirmed=True)


def test_as_long_as_nobody_says_when_it_arrived_from_the_day_it_left(world: World) -> None:
    assert of(world, "2026-02-11", None, None, "2026-02-12") == Confirmation(date(2026, 2, 25), left=4)
    assert of(world, "2026-02-11", None, None, "2026-02-25") == Confirmation(date(2026, 2, 25))


@pytest.mark.parametrize(("today", "late"), [("2026-01-16", 1), ("2026-01-17", 1), ("2026-01-19", 2)])
def test_late_counts_working_days(world: World, today, late) -> None:
    assert of(world, "2026-01-08", None, None, today).late == late


def test_confirmed_on_the_weekend_after_the_last_day_is_late(world: World) -> None:
    limit = of(world, "2026-01-09", "2026-01-09", "2026-01-17", "2026-01-20")
    assert (limit.by_on, limit.late, limit.left) == (date(2026, 1, 16), 1, 0)
