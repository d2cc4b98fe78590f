"""What follows or interrupts a review: suspension, recall, taking back, revoking, shipments, closing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.deadlines.models import Deadline
from apps.organisations.models import PermitYear
from apps.transfers.enums import RevocationKind, State, SuspensionReason
from apps.transfers.errors import NotAllowed, Refused
from apps.transfers.models import Application, Paper, QuotaClaim
from apps.transfers.services.acting import sweep_one
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.ending import close, declare_complete, revoke, settle_flagged
from apps.transfers.services.pausing import lift_pause, pause
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import accept, approve, endorse, reject, take_back
from apps.transfers.services.shipping import confirm_shipment, record_shipment
from apps.transfers.services.suspending import resume, suspend
from apps.whitelists.services.ledger import reconcile
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db


def endorsed(world: World) -> Application:
    case = world.filed(now=at("2026-01-05"))
    return endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))


def approved(world: World) -> Application:
    case = endorsed(world)
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"))


def ship(world: World, case: Application, *, serial: int = 1, amount: str = "20", day: str = "2026-02-02"):
    return record_shipment(
        application_id=case.pk,
        by=world.filer_of("G-CQ1"),
        now=at(day, "15:00"),
        item_id=case.items.get().pk,
        manifest_no=f"20265001{serial:06d}",
        amount_t=Decimal(amount),
        shipped_on=date.fromisoformat(day),
        carrier_name="重庆示例危货运输有限公司",
    )


def due_of(case: Application, kind: str) -> Deadline:
    return Deadline.objects.filter(reference=case.number, kind=kind).latest("sequence")


def test_suspension_stops_the_clock_and_the_clock_resumes_it(world: World) -> None:
    case = world.filed(now=at("2026-01-05"))
    case = suspend(
        application_id=case.pk,
        by=world.user("cq.handler"),
        now=at("2026-01-07"),
        reason=SuspensionReason.EXPERTS,
        explanation="组织专家评审",
        expected_end_on=date(2026, 1, 16),
    )
    assert (case.state, case.suspended_from, case.accepted_how) == ("suspended", "origin_review", "implied")
    assert due_of(case, "whole").left_days == 3
    assert sweep_one(application_id=case.pk, now=at("2026-01-20")) >= 1
    case = Application.objects.get(pk=case.pk)
    # Resumed at the end of Friday 16th: Mon 19, Tue 20, Wed 21.
    assert (case.state, case.suspended_from, case.due_at) == ("origin_review", "", at("2026-01-22", "00:00"))
    assert case.log.get(act="resume").occurred_at == at("2026-01-17", "00:00")
    with pytest.raises(Refused, match="中止过一次"):
        suspend(
            application_id=case.pk,
            by=world.user("cq.handler"),
            now=at("2026-01-20"),
            reason=SuspensionReason.EXPERTS,
            explanation="再次评审",
            expected_end_on=date(2026, 1, 23),
        )


def test_nothing_left_after_a_suspension_is_due_on_the_day_of_resumption(world: World) -> None:
    case = world.filed(now=at("2026-01-05"))
    suspend(
        application_id=case.pk,
        by=world.user("cq.handler"),
        now=at("2026-01-12"),
        reason=SuspensionReason.TESTING,
        explanation="抽样检测",
        expected_end_on=date(2026, 1, 23),
    )
    case = resume(application_id=case.pk, by=world.user("cq.section_head"), now=at("2026-01-20"))
    assert case.due_at == at("2026-01-21", "00:00")


def test_destination_suspends_in_its_own_stage_only(world: World) -> None:
    case = endorsed(world)
    order = {
        "application_id": case.pk,
        "now": at("2026-01-07"),
        "reason": SuspensionReason.TESTING,
        "explanation": "抽样检测",
        "expected_end_on": date(2026, 1, 16),
    }
    with pytest.raises(NotAllowed):
        suspend(by=world.user("cq.handler"), **order)
    assert suspend(by=world.user("sc.handler"), **order).state == "suspended"
    with pytest.raises(NotAllowed):
        resume(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-08"))
    case = resume(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-16"))
    assert case.state == "destination_review"
    # Stopped on Wed 7th with Thu, Fri, Mon left: Mon 19, Tue 20, Wed 21; the destination's limit is the day before.
    assert (due_of(case, "whole").due_on, due_of(case, "destination").due_on) == (date(2026, 1, 21), date(2026, 1, 20))


def test_recalled_endorsement_leaves_nothing_behind_but_void_papers(world: World) -> None:
    case = endorsed(world)
    before = due_of(case, "whole").due_at
    case = recall(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06", "10:09"))
    assert (case.state, case.accepted_on, case.accepted_how) == ("origin_review", None, "")
    assert due_of(case, "whole").due_at == before
    assert {clock.kind for clock in Deadline.objects.running().filter(reference=case.number)} == {
        "whole",
        "target",
        "acceptance",
    }
    assert set(Paper.objects.filter(voided_at__isnull=False).values_list("kind", flat=True)) == {"acceptance", "letter"}
    again = endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06", "11:00"))
    assert again.state == "destination_review"


@pytest.mark.parametrize(
    ("who", "moment"),
    [("cq.handler", "10:10"), ("cq.section_head", "10:05"), ("sc.handler", "10:05")],
    ids=["too late", "another signer", "the other bureau"],
)
def test_only_the_signer_recalls_and_only_within_ten_minutes(world: World, who: str, moment: str) -> None:
    case = endorsed(world)
    with pytest.raises(Refused):
        recall(application_id=case.pk, by=world.user(who), now=at("2026-01-06", moment))
    assert Application.objects.get(pk=case.pk).state == "destination_review"


def test_recalled_consent_undoes_the_approval(world: World) -> None:
    case = approved(world)
    case = recall(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07", "10:05"))
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    assert (case.state, case.round, case.valid_from, case.answer) == ("destination_review", 2, None, "")
    assert (entry.held_t, entry.used_t) == (Decimal(120), Decimal(0))
    year = PermitYear.objects.get(permit__enterprise=world.enterprise("O-SC1"), year=2026)
    assert year.taken_t == 0
    assert {clock.kind for clock in Deadline.objects.running().filter(reference=case.number)} == {
        "whole",
        "destination",
    }
    assert reconcile() == []
    again = consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07", "11:00"))
    assert again.state == State.APPROVED
    assert world.entry("O-SC1", "900-045-49", "CQ").used_t == Decimal(120)
    numbers = list(Paper.objects.filter(kind="approval").order_by("pk").values_list("number", "voided_at"))
    assert numbers == [("渝环危转〔2026〕1号", at("2026-01-07", "10:05")), ("渝环危转〔2026〕2号", None)]


def test_recall_is_refused_when_the_tonnes_are_gone(world: World) -> None:
    case = world.filed(generator="G-YN2", operator="O-CQ2", items={"900-045-49": "600"}, now=at("2026-01-05"))
    case = reject(application_id=case.pk, by=world.user("yn.handler"), now=at("2026-01-06"), reasons="材料不实")
    other = world.filed(generator="G-YN2", operator="O-CQ2", items={"900-045-49": "700"}, now=at("2026-01-06", "10:02"))
    with pytest.raises(Refused) as refused:
        recall(application_id=case.pk, by=world.user("yn.handler"), now=at("2026-01-06", "10:05"))
    assert refused.value.code == "recall.tonnes_gone"
    assert Application.objects.get(pk=case.pk).state == "rejected"
    assert world.entry("O-CQ2", "900-045-49", "YN").held_t == other.items.get().amount_t


def test_recalled_rejection_holds_anew_and_its_clocks_run_on(world: World) -> None:
    case = world.filed(now=at("2026-01-05"))
    accept(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-05", "11:00"))
    reject(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"), reasons="材料不实")
    case = recall(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06", "10:05"))
    assert (case.state, case.accepted_how, case.decided_on) == ("origin_review", "explicit", None)
    assert case.due_at == at("2026-01-13", "00:00")
    assert world.entry("O-SC1", "900-045-49", "CQ").held_t == Decimal(120)


def test_a_delivered_paper_can_not_be_recalled(world: World) -> None:
    case = endorsed(world)
    Paper.objects.filter(application=case, kind="letter").update(delivered_at=at("2026-01-06", "10:02"))
    with pytest.raises(Refused) as refused:
        recall(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06", "10:05"))
    assert refused.value.code == "recall.too_late"


def test_a_further_act_ends_the_recall(world: World) -> None:
    case = endorsed(world)
    object_to(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-06", "10:03"), reasons="能力不足")
    with pytest.raises(NotAllowed):
        recall(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06", "10:05"))


def test_origin_takes_back_only_after_the_limit_and_then_only_rejects(world: World) -> None:
    case = endorsed(world)
    handler = world.user("cq.handler")
    # Whole due Mon 12th: the destination's limit is the end of Sunday 11th.
    with pytest.raises(Refused) as refused:
        take_back(application_id=case.pk, by=handler, now=at("2026-01-11", "23:59"))
    assert refused.value.code == "destination.in_time"
    case = take_back(application_id=case.pk, by=handler, now=at("2026-01-12", "00:00"))
    assert (case.state, case.answer) == ("decision", "none")
    with pytest.raises(Refused) as refused:
        approve(application_id=case.pk, by=handler, now=at("2026-01-12"))
    assert refused.value.code == "consent.missing"
    case = reject(application_id=case.pk, by=handler, now=at("2026-01-12"), reasons="接受地逾期未复")
    assert case.state == "rejected"


def test_shipments_draw_the_approval_down(world: World) -> None:
    case = approved(world)
    ship(world, case, amount="100")
    with pytest.raises(Refused, match=r"尚可转移 20\.0000 吨"):
        ship(world, case, serial=2, amount="20.0001")
    with pytest.raises(Refused, match="已经登记过"):
        ship(world, case, serial=1, amount="1")


def test_confirmed_and_declared_the_filer_closes_and_the_rest_returns(world: World) -> None:
    case = approved(world)
    shipment = ship(world, case, amount="100")
    with pytest.raises(Refused, match="尚有 1 条转移记录"):
        close(application_id=case.pk, by=world.filer_of("G-CQ1"), now=at("2026-02-03"))
    confirm_shipment(
        application_id=case.pk,
        shipment_id=shipment.pk,
        by=world.staff_of("O-SC1"),
        now=at("2026-02-03"),
        received_t=Decimal("99.5"),
        arrived_on=date(2026, 2, 3),
    )
    case = close(application_id=case.pk, by=world.filer_of("G-CQ1"), now=at("2026-02-04"))
    assert case.state == State.CLOSED
    assert world.entry("O-SC1", "900-045-49", "CQ").used_t == Decimal(100)
    assert PermitYear.objects.get(permit__enterprise=world.enterprise("O-SC1"), year=2026).taken_t == Decimal(100)
    assert reconcile() == []


def test_the_clock_closes_after_validity_and_restores_only_what_was_declared(world: World) -> None:
    declared, silent = approved(world), approved(world)
    declare_complete(application_id=declared.pk, by=world.filer_of("G-CQ1"), now=at("2026-12-01"))
    after = due_of(declared, "closing").due_at + timedelta(hours=9)
    for case in (declared, silent):
        assert sweep_one(application_id=case.pk, now=after) >= 1
    declared, silent = Application.objects.get(pk=declared.pk), Application.objects.get(pk=silent.pk)
    assert (declared.state, declared.settlement_flag) == ("closed", "")
    assert silent.state == "closed"
    assert "待移出地核销" in silent.settlement_flag
    assert world.entry("O-SC1", "900-045-49", "CQ").used_t == Decimal(120)
    settle_flagged(application_id=silent.pk, by=world.user("cq.handler"), now=after, reasons="经核实未转移")
    assert world.entry("O-SC1", "900-045-49", "CQ").used_t == Decimal(0)
    with pytest.raises(Refused):
        settle_flagged(application_id=silent.pk, by=world.user("cq.handler"), now=after, reasons="再核销一次")


def test_pause_bars_shipments_and_extends_nothing(world: World) -> None:
    case = approved(world)
    handler = world.user("cq.handler")
    pause(application_id=case.pk, by=handler, now=at("2026-02-01"), until_on=None, reason="接受人许可证暂扣")
    with pytest.raises(Refused, match="暂停转移期间"):
        ship(world, case, day="2026-02-02")
    case = lift_pause(application_id=case.pk, by=handler, now=at("2026-02-10"), reason="许可证恢复")
    assert case.valid_until == date(2026, 12, 31)
    ship(world, case, day="2026-02-10")


@pytest.mark.parametrize("kind", list(RevocationKind))
def test_revoked_in_its_three_kinds_returns_what_was_not_shipped(world: World, kind: RevocationKind) -> None:
    case = approved(world)
    ship(world, case, amount="30")
    case = revoke(
        application_id=case.pk, by=world.user("cq.handler"), now=at("2026-03-02"), kind=kind, reasons="情况变化"
    )
    assert (case.state, case.revocation_kind) == ("revoked", kind)
    assert world.entry("O-SC1", "900-045-49", "CQ").used_t == Decimal(30)
    assert not Deadline.objects.open().filter(reference=case.number).exists()


def test_over_quota_from_filing_to_close(world: World) -> None:
    """60,000 t, of which 40,000 are used: 30,000 wanted, the excess of 10,000 is a one-off allowance."""
    sc = world.user("sc.handler")
    first = world.filed(generator="G-SC1", operator="O-CQ1", items={"900-052-31": "40000"}, now=at("2026-01-05"))
    approve(application_id=first.pk, by=sc, now=at("2026-01-06"))
    case = world.filed(
        generator="G-SC1", operator="O-CQ1", items={"900-052-31": "30000"}, now=at("2026-01-06"), route="over_quota"
    )
    claim = QuotaClaim.objects.get(application=case)
    assert (claim.within_t, claim.over_t) == (Decimal(20000), Decimal(10000))
    endorse(application_id=case.pk, by=sc, now=at("2026-01-07"))
    case = consent(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-08"))
    assert (case.state, case.decision_because) == ("decision", "route")
    assert QuotaClaim.objects.get(application=case).granted_over_t == Decimal(10000)
    case = approve(application_id=case.pk, by=sc, now=at("2026-01-09"))
    entry = world.entry("O-CQ1", "900-052-31", "SC")
    assert (case.state, entry.held_t, entry.used_t, entry.quota_t) == ("approved", 0, Decimal(60000), Decimal(60000))
    revoke(application_id=case.pk, by=sc, now=at("2026-02-02"), kind=RevocationKind.WITHDRAWAL, reasons="情况变化")
    # Of an over-quota approval the over part lapses first: 30,000 not shipped give back 20,000.
    assert world.entry("O-CQ1", "900-052-31", "SC").used_t == Decimal(40000)
    assert reconcile() == []
