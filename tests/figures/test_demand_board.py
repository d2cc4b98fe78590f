"""Demand against capacity, by days of a period, in the eyes of a province."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from apps.figures.demand_board import Asked, Board, demand_board, demand_detail
from apps.figures.heat import heat_map
from apps.organisations.models import Permit
from apps.whitelists.models import Bar, WhitelistEntry
from apps.whitelists.services.demanding import Wanted, declare_demand
from apps.whitelists.services.ledger import adjust
from tests.transfers.world import World, at, demo_world

NOW = at("2026-06-20")
CQ, SC, YN = "500000", "510000", "530000"
BOARDS = ("HW49", SC)


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The database of this module: its world is built once, and rolled back after the last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def built(db: None) -> World:
    return demo_world()


@pytest.fixture
def world(built: World) -> Iterator[World]:
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)


def declare(world: World, tonnes: int, generator: str = "G-CQ1", part: str = "year", year: int = 2027, **more) -> None:
    declare_demand(
        enterprise_id=world.enterprise(generator).pk,
        by=world.filer_of(generator),
        now=NOW,
        period=(year, part),
        wanted=Wanted(**{"waste_code": "900-045-49", "amount_t": Decimal(tonnes), **more}),
    )


def board(year: int = 2027, part: str = "year", provinces: set[str] | None = None) -> Board:
    seen = frozenset(provinces) if provinces is not None else None
    return demand_board(Asked(year, part, seen), this_year=heat_map(NOW.date(), provinces=seen))


def test_what_the_permits_leave_covers_it_or_falls_short(world: World) -> None:
    declare(world, 14000, destination_id=SC)
    line = board().lines[BOARDS]
    assert (line.demand_t, line.capacity_t, line.given_t, line.free_t, line.short_t) == (14000, 15000, 0, 15000, 0)
    declare(world, 2000, generator="G-CQ3", operator_id=world.enterprise("O-SC1").pk)
    assert board().lines[BOARDS].short_t == 1000
    assert board().short_t == 1000


@pytest.mark.parametrize(
    ("given", "free"),
    [
        ({}, 0),
        ({"waste_code": "900-045-49"}, 0),
        ({"waste_code": "900-049-50"}, 15000),
        ({"lifted_on": date(2027, 3, 1)}, 15000),
        ({"from_on": date(2028, 1, 1)}, 15000),
    ],
)
def test_nothing_is_free_under_a_suspension_that_outlasts_the_period(
    world: World, given: dict[str, object], free: int
) -> None:
    declare(world, 14000, destination_id=SC)
    paper = {"from_on": NOW.date(), "document_no": "川环罚〔2026〕3号", "reason": "超期贮存", "recorded_at": NOW}
    Bar.objects.create(operator=world.enterprise("O-SC1"), **{**paper, **given})
    assert board().lines[BOARDS].free_t == free
    detail = demand_detail(Asked(2027), category="HW49", destination_id=SC)
    assert detail.codes["900-045-49"].free_t == free


def test_lists_of_the_period_take_room_and_cover_demand(world: World) -> None:
    declare(world, 14000, part="second", year=2026, destination_id=SC)
    given = sum(
        WhitelistEntry.objects.filter(
            edition__begins_on__year=2026, operator=world.enterprise("O-SC1"), waste_codes=["900-045-49"]
        ).values_list("quota_t", flat=True)
    )
    line = board(2026).lines[BOARDS]
    assert line.given_t == line.listed_t == given
    assert line.free_t == 15000 - given
    assert line.short_t == 0  # what the lists give and what is free is the permit's whole
    # Chongqing sees its own list as covering its demand, the others' only as room taken.
    of_chongqing = board(2026, provinces={CQ}).lines[BOARDS]
    assert of_chongqing.given_t == given
    assert of_chongqing.listed_t == 3000
    assert of_chongqing.short_t == 14000 - 3000 - (15000 - given)


def test_a_half_counts_its_days(world: World) -> None:
    declare(world, 3650, destination_id=SC)
    declare(world, 100, part="first", destination_id=SC)
    declare(world, 7, part="second", destination_id=SC)
    assert board().lines[BOARDS].demand_t == 3757
    first = board(part="first").lines[BOARDS]
    assert first.demand_t == 3650 * Decimal(181) / 365 + 100
    assert first.capacity_t == (Decimal(15000) * 181 / 365).quantize(Decimal("0.0001"))


def test_permits_count_while_valid_and_in_term(world: World) -> None:
    declare(world, 1, destination_id=SC)
    permits = Permit.objects.filter(enterprise=world.enterprise("O-SC1"), valid_from__year=2025)
    permits.update(valid_until=date(2027, 3, 14))  # 73 of 365 days
    assert board().lines[BOARDS].capacity_t == 3000
    permits.update(status="suspended")
    line = board().lines[BOARDS]
    assert (line.capacity_t, line.short_t) == (0, 1)


def test_an_overrun_of_one_takes_nothing_from_another(world: World) -> None:
    entry = world.entry("O-YN2", "900-045-49", "CQ")
    adjust(entry_id=entry.pk, change_t=Decimal(50000), reference="adjustment:1", occurred_at=NOW, now=NOW)
    line = board(2026).lines["HW49", YN]
    rooms = line.rooms[entry.operator_id]
    assert rooms.given_t > rooms.capacity_t
    assert (rooms.free_t, line.free_t >= 0) == (0, True)


def test_without_a_destination_it_stands_apart(world: World) -> None:
    declare(world, 5)
    found = board()
    assert found.undecided == {"HW49": Decimal(5)}
    assert found.demand_t == 0
    assert found.free_elsewhere("HW49") > 5
    assert ("HW49", CQ) not in board(provinces={CQ}).lines or board(provinces={CQ}).lines["HW49", CQ].demand_t == 0


def test_a_province_sees_what_leaves_it_or_is_meant_for_it(world: World) -> None:
    declare(world, 100, destination_id=SC)
    declare(world, 50, generator="G-YN2", destination_id=SC)
    assert board(provinces={CQ}).lines[BOARDS].demand_t == 100
    assert board(provinces={SC}).lines[BOARDS].demand_t == 150
    gone = board(provinces={"520000"}).lines.get(BOARDS)
    assert gone is None or gone.demand_t == 0


def test_told_apart_by_code_and_operator(world: World) -> None:
    operator = world.enterprise("O-SC1")
    declare(world, 100, operator_id=operator.pk)
    declare(world, 30, generator="G-CQ3", destination_id=SC)
    found = demand_detail(Asked(2026 + 1), category="HW49", destination_id=SC)
    assert found.codes["900-045-49"].demand_t == 130
    assert {key: line.demand_t for key, line in found.operators.items()} == {operator.pk: 100, 0: 30}
    assert found.operators[operator.pk].capacity_t == 15000
    this_year = demand_detail(Asked(2026), category="HW49", destination_id=SC)
    assert this_year.codes["900-045-49"].given_t == this_year.operators[operator.pk].given_t > 0
