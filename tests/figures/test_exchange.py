"""The yearly exchange: both bases at a year's end, sums that equal the ledger's, every outcome in its year."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.deadlines.services import load_calendar
from apps.figures.exchange import Asked, Basis, Exchange, exchange_of, years_told
from apps.transfers.enums import RevocationKind
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.ending import revoke
from apps.transfers.services.filing import withdraw
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import approve, endorse, reject
from apps.transfers.services.shipping import confirm_shipment, record_shipment
from apps.whitelists.enums import MovementKind
from apps.whitelists.models import QuotaMovement
from tests.transfers.conftest import world
from tests.transfers.world import World, at

__all__ = ["world"]
pytestmark = pytest.mark.django_db
CQ, SC = "500000", "510000"


def report(year: int, basis: Basis = Basis.DECISION, **asked: object) -> Exchange:
    return exchange_of(Asked(year, basis, **asked), now=at("2027-03-01"), calendar=load_calendar())


def approved(
    world: World, items: dict[str, str], *, filed: str, on: str, route: str = "fast_track", **draft: object
) -> Application:
    case = world.filed(now=at(filed), items=items, route=route, **draft)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at(on, "09:00"))
    case = consent(application_id=case.pk, by=world.user("sc.handler"), now=at(on, "11:00"))
    if route != "fast_track":
        case = approve(application_id=case.pk, by=world.user("cq.handler"), now=at(on, "15:00"))
    return case


def ship(world: World, case: Application, *, serial: int, amount: str, day: str, received: str = "") -> None:
    shipment = record_shipment(
        application_id=case.pk,
        by=world.filer_of("G-CQ1"),
        now=at(day, "15:00"),
        item_id=case.items.get().pk,
        manifest_no=f"{day[:4]}5001{serial:06d}",
        amount_t=Decimal(amount),
        shipped_on=date.fromisoformat(day),
        carrier_name="重庆示例危货运输有限公司",
    )
    if received:
        confirm_shipment(
            application_id=case.pk,
            shipment_id=shipment.pk,
            by=world.staff_of("O-SC1"),
            now=at(day, "18:00"),
            arrived_on=date.fromisoformat(day),
            received_t=Decimal(received),
        )


def test_a_year_with_every_outcome_adds_up_and_agrees_with_the_ledger(world: World) -> None:
    one = approved(world, {"900-045-49": "120"}, filed="2026-01-05", on="2026-01-07")
    ship(world, one, serial=1, amount="30", day="2026-02-02", received="29.5")
    ship(world, one, serial=2, amount="20", day="2026-03-02")
    # 2,880 t are left: a hundred go beyond the list.
    approved(world, {"900-045-49": "2980"}, filed="2026-01-12", on="2026-01-21", route="over_quota")
    withdrawn = world.filed(now=at("2026-03-03"), items={"900-045-49": "5"}, route="over_quota")
    withdraw(application_id=withdrawn.pk, by=world.filer_of("G-CQ1"), now=at("2026-03-04"), reason="不转了。")
    refused = world.filed(now=at("2026-03-03"), items={"900-045-49": "6"}, route="over_quota")
    reject(application_id=refused.pk, by=world.user("cq.handler"), now=at("2026-03-05"), reasons="材料不实。")
    revoke(
        application_id=one.pk,
        by=world.user("cq.handler"),
        now=at("2026-04-01"),
        kind=RevocationKind.WITHDRAWAL,
        reasons="客观情况变化。",
    )
    told = report(2026)
    assert (told.total.cases, told.total.approved_t) == (2, Decimal(3100))
    assert (told.total.shipped_t, told.total.received_t) == (Decimal(50), Decimal("29.5"))
    assert (told.moved_t, told.taken_t) == (Decimal(50), Decimal("29.5"))
    ways = told.outcomes
    assert (ways.filed, ways.approved, ways.refused, ways.withdrawn, ways.revoked) == (4, 2, 1, 1, 1)
    assert [(one.number, one.wastes, one.reasons) for one in told.refusals] == [
        (refused.number, "900-045-49", "材料不实。")
    ]
    # 5 to 7 January: two days; the other case took seven, the refusal two.
    whole = told.speeds[-1]
    assert (whole.decided, whole.median, whole.most, whole.within) == (3, 2, 7, 2)
    listed = report(2026, Basis.EDITION)
    (book,) = [book for book in listed.books if book.approved_t]
    assert (book.approved_t, book.over_t, book.restored_t, book.used_t) == (3100, 100, 70, 2930)
    assert all(book.difference_t == 0 for book in listed.books)


def test_at_the_years_end_the_two_bases_differ(world: World) -> None:
    """Filed under the list of 2026, decided in January: 2027 by decision, 2026 by list."""
    period = ("2026-12-30", "2027-06-30")
    approved(world, {"900-045-49": "40"}, filed="2026-12-30", on="2027-01-04", period=period)
    assert (report(2026).outcomes.filed, report(2026).total.cases) == (1, 0)
    assert (report(2027).outcomes.filed, report(2027).total.approved_t) == (0, Decimal(40))
    assert report(2026, Basis.EDITION).total.approved_t == Decimal(40)
    assert report(2027, Basis.EDITION).is_empty
    assert years_told(today=date(2027, 3, 1)) == list(range(2027, 2020, -1))


def test_the_general_way_counts_by_decision_only_and_a_recalled_approval_nowhere(world: World) -> None:
    case = approved(world, {"900-045-49": "40"}, filed="2026-01-05", on="2026-01-07")
    recall(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07", "11:05"), reason="看错了。")
    assert report(2026).total.cases == 0
    assert report(2026).outcomes.running == 1
    assert all(book.difference_t == 0 for book in report(2026, Basis.EDITION).books)
    kinds = set(QuotaMovement.objects.filter(reference=case.number).values_list("kind", flat=True))
    assert {MovementKind.COMMIT, MovementKind.RESTORE} <= kinds
    general = world.filed(now=at("2026-01-05"), operator="O-SC2", items={"900-023-29": "5"}, route="general")
    assert general.route == "general"
    assert report(2026).outcomes.filed == 2
    assert report(2026, Basis.EDITION).outcomes.filed == 1


def test_only_pairs_of_the_provinces_asked_for_are_told(world: World) -> None:
    approved(world, {"900-045-49": "40"}, filed="2026-01-05", on="2026-01-07")
    assert report(2026, provinces=frozenset({SC})).total.cases == 1
    assert report(2026, provinces=frozenset({"520000"})).is_empty
    assert report(2026, pair=(CQ, SC)).total.cases == 1
    assert report(2026, pair=(SC, CQ)).is_empty


@pytest.mark.parametrize("basis", Basis)
def test_more_cases_cost_no_more_statements(world: World, basis: Basis) -> None:
    def statements(ask: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as sent:
            ask()
        return len(sent)

    load_calendar()
    approved(world, {"900-045-49": "1"}, filed="2026-01-05", on="2026-01-07")
    few = statements(lambda: report(2026, basis))
    for _ in range(3):
        approved(world, {"900-045-49": "1"}, filed="2026-01-05", on="2026-01-07")
    assert statements(lambda: report(2026, basis)) == few <= 10
