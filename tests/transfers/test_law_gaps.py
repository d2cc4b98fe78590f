"""Clauses of the law map that no other module holds: reasons, the general route to its end, manifests, ended lists."""

from datetime import date
from decimal import Decimal

import pytest

from apps.deadlines.models import Deadline
from apps.organisations.enums import PermitStatus
from apps.organisations.models import Permit, PermitYear
from apps.organisations.services.parties import change_permit_status
from apps.transfers.enums import RevocationKind, State, SuspensionReason
from apps.transfers.errors import Refused
from apps.transfers.models import Application
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.ending import revoke
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.reviewing import approve, endorse, reject
from apps.transfers.services.shipping import record_shipment
from apps.transfers.services.suspending import suspend
from apps.whitelists.models import Edition
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")
THURSDAY = at("2026-01-08")


def endorsed(world: World, **case: object) -> Application:
    """Dazu's 120 t, letter sent on Tuesday the 6th."""
    filed = world.filed(now=MONDAY, **case)
    return endorse(application_id=filed.pk, by=world.user("cq.handler"), now=TUESDAY)


def answer(world: World, case: Application, **more: object) -> Application:
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=WEDNESDAY, **more)


def permit_of(world: World, operator: str = "O-SC1") -> Permit:
    return Permit.objects.in_force_on(date(2026, 1, 7)).get(enterprise=world.enterprise(operator))


def suspend_permit(world: World) -> None:
    change_permit_status(
        permit=permit_of(world),
        status=PermitStatus.SUSPENDED,
        document_no="川环罚〔2026〕1号",
        effective_on=date(2026, 1, 7),
        reason="停产整治",
        by=None,
        now=at("2026-01-07", "08:00"),
    )


@pytest.mark.parametrize("blank", ["", " 　\n"], ids=["nothing", "spaces"])
def test_nobody_refuses_objects_or_revokes_without_reasons(world: World, blank: str) -> None:
    case = endorsed(world)
    with pytest.raises(Refused) as refused:
        object_to(application_id=case.pk, by=world.user("sc.handler"), now=WEDNESDAY, reasons=blank)
    assert refused.value.code == "reasons.missing"
    case = answer(world, case)
    with pytest.raises(Refused) as refused:
        revoke(
            application_id=case.pk,
            by=world.user("cq.handler"),
            now=THURSDAY,
            kind=RevocationKind.ANNULMENT,
            reasons=blank,
        )
    assert refused.value.code == "reasons.missing"
    other = world.filed(now=MONDAY)
    with pytest.raises(Refused) as refused:
        reject(application_id=other.pk, by=world.user("cq.handler"), now=TUESDAY, reasons=blank)
    assert refused.value.code == "reasons.missing"


def test_the_general_route_to_the_end_counts_capacity_and_touches_no_entry(world: World) -> None:
    case = world.filed(now=MONDAY, route="general", operator="O-SC2", items={"900-023-29": "5"})
    local = world.user("dazu.local")
    give_opinion(application_id=case.pk, by=local, now=TUESDAY, agrees=True, text="同意移出")
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=WEDNESDAY)
    case = answer(world, case)
    assert (case.state, case.decision_because) == (State.DECISION, "route")
    due = Deadline.objects.running().get(reference=case.number, kind="decision")
    assert (due.started_on, due.due_on) == (date(2026, 1, 7), date(2026, 1, 14))
    case = approve(application_id=case.pk, by=world.user("cq.handler"), now=THURSDAY)
    assert (case.state, case.edition) == (State.APPROVED, None)
    assert PermitYear.objects.get(permit=permit_of(world, "O-SC2"), year=2026).taken_t == 5
    assert not any(entry.held_t or entry.used_t for edition in Edition.objects.all() for entry in edition.entries.all())


def test_what_an_ended_list_gets_back_stays_there(world: World) -> None:
    case = answer(world, endorsed(world))
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    revoke(
        application_id=case.pk,
        by=world.user("cq.handler"),
        now=at("2027-01-04"),
        kind=RevocationKind.WITHDRAWAL,
        reasons="情况变化",
    )
    assert entry.edition.ends_on < date(2027, 1, 4)
    entry.refresh_from_db()
    movement = entry.movements.get(kind="restore")
    assert (entry.used_t, movement.amount_t, movement.reference) == (0, 120, case.number)


def test_a_review_stands_still_for_a_suspended_permit_only_and_for_twenty_working_days_at_most(world: World) -> None:
    case = world.filed(now=MONDAY)
    order = {"application_id": case.pk, "by": world.user("cq.handler"), "explanation": "许可证被暂扣"}

    def stop(end: str) -> Application:
        return suspend(
            **order,
            now=at("2026-01-07", "09:00"),
            reason=SuspensionReason.PERMIT,
            expected_end_on=date.fromisoformat(end),
        )

    with pytest.raises(Refused) as refused:
        stop("2026-01-16")
    assert refused.value.code == "suspension.permit"
    suspend_permit(world)
    with pytest.raises(Refused, match=r"不得超过 20 个工作日，现为 21 个") as refused:
        stop("2026-02-05")
    assert refused.value.code == "suspension.too_long"
    assert stop("2026-02-04").state == State.SUSPENDED


def ship(world: World, case: Application, *, manifest_no: str, day: str):
    return record_shipment(
        application_id=case.pk,
        by=world.filer_of("G-CQ1"),
        now=at("2026-02-10", "15:00"),
        item_id=case.items.get().pk,
        manifest_no=manifest_no,
        amount_t=Decimal(10),
        shipped_on=date.fromisoformat(day),
        carrier_name="重庆示例危货运输有限公司",
    )


@pytest.mark.parametrize(
    "manifest_no",
    ["2026500100001", "202650010000011", "2026500100000A", "20255001000001", "20265101000001", "20265002000001"],
    ids=["13 digits", "15 digits", "a letter", "another year", "another province", "another prefecture"],
)
def test_a_manifest_number_is_that_of_the_year_and_the_senders_prefecture(world: World, manifest_no: str) -> None:
    case = answer(world, endorsed(world))
    with pytest.raises(Refused) as refused:
        ship(world, case, manifest_no=manifest_no, day="2026-02-02")
    assert refused.value.code == "manifest.form"
    assert ship(world, case, manifest_no="20265001000001", day="2026-02-02").manifest_no == "20265001000001"


def test_shipments_lie_within_the_validity(world: World) -> None:
    """Valid from Wednesday the 7th to 31 January; recorded on 10 February."""
    case = answer(world, endorsed(world, period=("2026-01-05", "2026-01-31")))
    for day in ("2026-01-06", "2026-02-01"):
        with pytest.raises(Refused) as refused:
            ship(world, case, manifest_no="20265001000009", day=day)
        assert refused.value.code == "shipment.day"
    for serial, day in enumerate(("2026-01-07", "2026-01-20", "2026-01-31"), start=1):
        ship(world, case, manifest_no=f"20265001{serial:06d}", day=day)
    assert case.shipments.count() == 3
