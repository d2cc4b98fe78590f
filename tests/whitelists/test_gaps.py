"""A list that ends with none after it: who is warned, when, and how often."""

from datetime import date, datetime

import pytest

from apps.deadlines.workdays import ZONE
from apps.organisations.permissions import standing_of
from apps.whitelists.models import Edition, ListEvent
from apps.whitelists.rules.gaps import Span, gaps_after
from apps.whitelists.services.gaps import warn_gaps
from tests.transfers.world import World, at
from tests.whitelists.factories import confirm, make_edition


def span(begins: str, ends: str, pair: tuple[str, str] = ("a", "b")) -> Span:
    return Span(1, *pair, date.fromisoformat(begins), date.fromisoformat(ends))


def test_a_gap_is_between_lists_of_one_direction_only() -> None:
    spans = [
        span("2026-01-01", "2026-06-30"),
        span("2026-07-01", "2026-12-31"),
        span("2027-02-01", "2027-12-31"),
        span("2027-01-01", "2027-12-31", ("b", "a")),
    ]
    found = [(gap.from_on, gap.until) for gap in gaps_after(spans, since=date(2026, 1, 1))]
    assert found == [
        (date(2027, 1, 1), date(2027, 2, 1)),
        (date(2028, 1, 1), None),
        (date(2028, 1, 1), None),
    ]
    assert gaps_after(spans, since=date(2028, 1, 2)) == []


def warned(world: World) -> list[tuple[int, datetime]]:
    """Of the list from Chongqing to Sichuan."""
    events = ListEvent.objects.filter(kind="gap_warned", edition__origin__short="CQ", edition__destination__short="SC")
    return [(event.details["working_days"], event.occurred_at.astimezone(ZONE)) for event in events]


def test_thirty_ten_and_one_working_days_ahead_each_once_with_its_own_moment(world: World) -> None:
    # The lists end on Thursday 2026-12-31: 30, 10 and 1 working days before Friday 2027-01-01.
    days = {"2026-11-20": 30, "2026-12-18": 10, "2026-12-31": 1}
    assert warn_gaps(now=at("2026-11-19", "23:59")) == 0
    assert warn_gaps(now=at("2026-11-20", "08:59")) == 0
    assert warn_gaps(now=at("2026-11-20", "09:00")) == 12
    assert warn_gaps(now=at("2026-12-17", "12:00")) == 0
    assert warn_gaps(now=at("2026-12-18", "09:30")) == 12
    assert warn_gaps(now=at("2026-12-31", "10:00")) == 12
    assert warn_gaps(now=at("2026-12-31", "11:00")) == 0
    assert warn_gaps(now=at("2027-01-01", "09:00")) == 0
    assert warned(world) == [(ahead, at(day, "09:00")) for day, ahead in days.items()]


def test_both_administrators_are_told_and_nobody_else(world: World) -> None:
    warn_gaps(now=at("2026-11-23", "10:00"))
    event = ListEvent.objects.get(kind="gap_warned", edition__origin__short="CQ", edition__destination__short="SC")
    for name, is_told in {
        "cq.whitelist_admin": 1,
        "sc.whitelist_admin": 1,
        "gz.whitelist_admin": 0,
        "cq.handler": 0,
    }.items():
        told = ListEvent.objects.told_to(standing_of(world.user(name), date(2026, 11, 23)))
        assert told.filter(pk=event.pk).count() == is_told, name


def test_a_worker_that_stood_still_tells_the_most_urgent_once(world: World) -> None:
    assert warn_gaps(now=at("2026-12-21", "12:00")) == 12
    assert warned(world) == [(10, at("2026-12-18", "09:00"))]


@pytest.mark.parametrize(("begins", "is_warned"), [("2027-01-01", False), ("2027-01-02", True)])
def test_a_confirmed_next_list_ends_the_warnings_if_it_begins_the_day_after(
    world: World, begins: str, is_warned: bool
) -> None:
    confirm(make_edition(period=(begins, "2027-12-31")))
    warn_gaps(now=at("2026-12-21", "12:00"))
    assert bool(warned(world)) == is_warned
    make_edition("SC", "CQ", period=("2027-01-01", "2027-12-31"))  # a draft ends none
    assert Edition.objects.filter(status="draft").exists()
    assert ListEvent.objects.filter(edition__origin__short="SC", edition__destination__short="CQ", kind="gap_warned")
