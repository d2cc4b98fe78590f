"""Demand: who declares it, until when, and that every change is kept."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from apps.whitelists.enums import DemandAct
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Demand, DemandChange
from apps.whitelists.services.demanding import (
    DemandNotFound,
    Wanted,
    change_demand,
    copy_demand,
    declare_demand,
    open_periods,
    permit_warnings,
    withdraw_demand,
)
from tests.transfers.world import World, at, demo_world

NOW = at("2026-11-23")
NEXT_YEAR = (2027, "year")
BOARDS = Wanted("900-045-49", Decimal(120))


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


def declared(world: World, wanted: Wanted = BOARDS, generator: str = "G-CQ1", **wish: object) -> Demand:
    asked = {"now": NOW, "period": NEXT_YEAR, "by": world.filer_of(generator), **wish}
    return declare_demand(enterprise_id=world.enterprise(generator).pk, wanted=wanted, **asked)


def test_the_operator_gives_the_destination_and_each_change_is_kept(world: World) -> None:
    filer, operator = world.filer_of("G-CQ1"), world.enterprise("O-SC1")
    demand = declared(world, Wanted("900-045-49", Decimal(120), "R4", operator.pk))
    assert (demand.origin_id, demand.destination_id, demand.version) == ("500000", "510000", 1)
    change_demand(demand_id=demand.pk, by=filer, now=NOW, version=1, wanted=BOARDS)
    withdraw_demand(demand_id=demand.pk, by=filer, now=NOW)
    kept = DemandChange.objects.filter(demand=demand).values_list("kind", "operator", "destination", "changed_by_name")
    assert list(kept) == [
        (DemandAct.DECLARED, operator.pk, "510000", str(filer)),
        (DemandAct.CHANGED, None, None, str(filer)),
        (DemandAct.WITHDRAWN, None, None, str(filer)),
    ]
    with pytest.raises(DemandNotFound):
        withdraw_demand(demand_id=demand.pk, by=filer, now=NOW)
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic():
        DemandChange.objects.update(amount_t=1)


def test_saving_what_stands_leaves_no_trace(world: World) -> None:
    demand = declared(world, Wanted("900-045-49", Decimal(120), "R4", world.enterprise("O-SC1").pk))
    same = Wanted("900-045-49", Decimal("120.0000"), "R4", demand.operator_id)
    change_demand(demand_id=demand.pk, by=world.filer_of("G-CQ1"), now=NOW, version=1, wanted=same)
    assert DemandChange.objects.count() == 1


def test_who_read_an_older_version_overwrites_nothing(world: World) -> None:
    demand, filer = declared(world), world.filer_of("G-CQ1")
    change_demand(demand_id=demand.pk, by=filer, now=NOW, version=1, wanted=Wanted("900-045-49", Decimal(130)))
    with pytest.raises(WhitelistError) as refused:
        change_demand(demand_id=demand.pk, by=filer, now=NOW, version=1, wanted=Wanted("900-045-49", Decimal(140)))
    assert refused.value.code == "demand.conflict"
    assert Demand.objects.get().amount_t == Decimal(130)


def test_a_period_is_declared_until_it_begins() -> None:
    november, march = open_periods(NOW.date()), open_periods(at("2026-03-01").date())
    assert november == [(2027, "year"), (2027, "first"), (2027, "second")]
    assert march == [(2026, "second"), *november]
    assert open_periods(at("2026-12-31").date()) == november
    assert (2027, "year") not in open_periods(at("2027-01-01").date())


@pytest.mark.parametrize(
    ("code", "wanted", "wish"),
    [
        ("demand.code", Wanted("999-999-99", Decimal(1)), {}),
        ("demand.method", Wanted("900-045-49", Decimal(1), "X9"), {}),
        ("demand.operator", Wanted("900-045-49", Decimal(1), operator_id=0), {}),
        ("demand.destination", Wanted("900-045-49", Decimal(1), destination_id="110000"), {}),
        ("demand.destination", Wanted("900-045-49", Decimal(1), destination_id="500000"), {}),
        ("demand.period", BOARDS, {"period": (2026, "year")}),
        ("demand.period", BOARDS, {"period": (2028, "year")}),
    ],
)
def test_what_cannot_be_declared(world: World, code: str, wanted: Wanted, wish: dict[str, object]) -> None:
    with pytest.raises(WhitelistError) as refused:
        declared(world, wanted, **wish)
    assert refused.value.code == code
    assert not Demand.objects.exists()


def test_the_same_line_is_declared_once(world: World) -> None:
    demand = declared(world)
    with pytest.raises(WhitelistError) as refused:
        declared(world)
    assert refused.value.code == "demand.twice"
    withdraw_demand(demand_id=demand.pk, by=world.filer_of("G-CQ1"), now=NOW)
    assert declared(world).pk != demand.pk


def test_a_begun_period_stands_and_others_have_no_say(world: World) -> None:
    demand = declared(world)
    with pytest.raises(WhitelistError) as refused:
        withdraw_demand(demand_id=demand.pk, by=world.filer_of("G-CQ1"), now=at("2027-01-01"))
    assert refused.value.code == "demand.period"
    for username in ("dazu.viewer", "jiulongpo.filer", "cq.whitelist_admin"):
        with pytest.raises(DemandNotFound):
            change_demand(demand_id=demand.pk, by=world.user(username), now=NOW, version=1, wanted=BOARDS)
        with pytest.raises(DemandNotFound):
            declared(world, by=world.user(username))


def test_last_years_lines_are_copied_once(world: World) -> None:
    filer, key = world.filer_of("G-CQ1"), world.enterprise("G-CQ1").pk
    declared(world, now=at("2025-11-20"), period=(2026, "year"))
    declared(world, Wanted("900-023-29", Decimal(3)), now=at("2025-11-20"), period=(2026, "year"))
    declared(world, Wanted("900-023-29", Decimal(5)))
    assert copy_demand(enterprise_id=key, by=filer, now=NOW, year=2027) == 1
    assert sorted(Demand.objects.filter(year=2027).values_list("waste_code", "amount_t")) == [
        ("900-023-29", Decimal(5)),
        ("900-045-49", Decimal(120)),
    ]
    with pytest.raises(WhitelistError) as refused:
        copy_demand(enterprise_id=key, by=filer, now=NOW, year=2027)
    assert refused.value.code == "demand.none_to_copy"


def test_permits_that_do_not_cover_it_warn_and_refuse_nothing(world: World) -> None:
    lead = declared(world, Wanted("900-052-31", Decimal(9)), "G-CQ2", period=(2027, "first"))
    wrong = declared(world, Wanted("900-052-31", Decimal(9), operator_id=world.enterprise("O-SC1").pk))
    fine = declared(world, Wanted("900-045-49", Decimal(9), "R4", world.enterprise("O-SC1").pk))
    found = permit_warnings(demands=[lead, wrong, fine])
    # The collector's permit ends with 2026.
    assert "本单位的许可证不含 900-052-31" in found[lead.pk][0]
    assert "涪江线路板再生有限公司的许可证不含" in found[wrong.pk][0]
    assert fine.pk not in found
