"""Clauses of the law map that no other module holds: fewer tonnes, obstacles at the last moment, ended lists."""

from datetime import date
from decimal import Decimal

import pytest

from apps.deadlines.models import Deadline
from apps.organisations.enums import PermitStatus
from apps.organisations.models import Permit, PermitYear
from apps.organisations.services.capacity import lock_permit_year, take_capacity
from apps.organisations.services.parties import change_permit_status
from apps.transfers.enums import RevocationKind, State, SuspensionReason
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Paper
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.ending import revoke
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.reviewing import approve, endorse, reject
from apps.transfers.services.shipping import record_shipment
from apps.transfers.services.suspending import suspend
from apps.whitelists.models import Bar, Edition
from apps.whitelists.services.editions import add_entry, confirm_edition, open_edition
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


def bar_operator(world: World) -> None:
    Bar.objects.create(
        operator=world.enterprise("O-SC1"),
        from_on=date(2026, 1, 7),
        reason="安全事故",
        document_no="川环函〔2026〕3号",
        recorded_at=MONDAY,
    )


def use_up_capacity(world: World) -> None:
    year = lock_permit_year(permit=permit_of(world), year=2026)
    take_capacity(permit_year=year, reference="甲", round=1, amount_t=year.limit_t, now=MONDAY)


def test_consent_to_fewer_tonnes_goes_to_the_origin_and_bounds_what_it_may_approve(world: World) -> None:
    case = endorsed(world)
    item = case.items.get()
    with pytest.raises(Refused) as refused:
        answer(world, case, amounts={item.pk: Decimal(100)})
    assert refused.value.code == "reasons.missing"
    case = answer(world, case, amounts={item.pk: Decimal(100)}, reasons="剩余能力不足")
    assert (case.state, case.answer, case.decision_because) == (State.DECISION, "partial", "changed")
    handler = world.user("cq.handler")
    with pytest.raises(Refused) as refused:
        approve(application_id=case.pk, by=handler, now=THURSDAY, amounts={item.pk: Decimal("100.0001")})
    assert refused.value.code == "amount.more"
    case = approve(application_id=case.pk, by=handler, now=THURSDAY, amounts={item.pk: Decimal(90)})
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    assert (case.items.get().approved_t, entry.used_t, entry.held_t) == (90, 90, 0)
    assert PermitYear.objects.get(permit=permit_of(world), year=2026).taken_t == 90


def test_consent_to_a_shorter_period_goes_to_the_origin_and_ends_the_validity(world: World) -> None:
    case = answer(world, endorsed(world), until=date(2026, 6, 30), reasons="许可证换发")
    assert (case.state, case.decision_because) == (State.DECISION, "changed")
    case = approve(application_id=case.pk, by=world.user("cq.handler"), now=THURSDAY)
    assert (case.valid_from, case.valid_until) == (date(2026, 1, 8), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("obstacle", "because"),
    [(suspend_permit, "permit"), (bar_operator, "barred"), (use_up_capacity, "capacity")],
    ids=["permit", "suspension", "capacity"],
)
def test_what_stands_against_it_keeps_the_consent_and_sends_the_case_to_the_origin(
    world: World, obstacle, because: str
) -> None:
    case = endorsed(world)
    obstacle(world)
    case = answer(world, case)
    assert (case.state, case.answer, case.decision_because) == (State.DECISION, "consent", because)
    kinds = list(Paper.objects.filter(application=case).order_by("pk").values_list("kind", flat=True))
    assert (kinds[-1], "approval" in kinds) == ("reply_agree", False)
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    assert (entry.held_t, entry.used_t) == (120, 0)
    with pytest.raises(Refused) as refused:
        approve(application_id=case.pk, by=world.user("cq.handler"), now=THURSDAY)
    assert refused.value.code == f"approve.{because}"


def test_without_days_left_the_consent_is_kept_and_goes_to_the_origin(world: World) -> None:
    case = endorsed(world, period=("2026-01-05", "2026-01-06"))
    case = answer(world, case)
    assert (case.state, case.decision_because) == (State.DECISION, "validity")


def test_after_an_objection_the_origin_can_only_reject(world: World) -> None:
    case = endorsed(world)
    case = object_to(application_id=case.pk, by=world.user("sc.handler"), now=WEDNESDAY, reasons="能力不足")
    assert (case.state, case.answer) == (State.DECISION, "objection")
    handler = world.user("cq.handler")
    with pytest.raises(Refused) as refused:
        approve(application_id=case.pk, by=handler, now=THURSDAY)
    assert refused.value.code == "consent.missing"
    assert reject(application_id=case.pk, by=handler, now=THURSDAY, reasons="接受地不同意").state == State.REJECTED
    assert world.entry("O-SC1", "900-045-49", "CQ").held_t == 0


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


def test_the_origin_alone_may_approve_less_and_the_rest_is_free_again(world: World) -> None:
    case = world.filed(generator="G-SC1", operator="O-CQ1", items={"900-052-31": "30000"}, now=MONDAY)
    item = case.items.get()
    approve(application_id=case.pk, by=world.user("sc.handler"), now=TUESDAY, amounts={item.pk: Decimal(25000)})
    entry = world.entry("O-CQ1", "900-052-31", "SC")
    assert (entry.held_t, entry.used_t, entry.available_t) == (0, 25000, 35000)


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


def next_list(world: World, *, operators: tuple[str, ...]) -> Edition:
    """The list Chongqing → Sichuan of 2027, in force, with a line for each of the operators."""
    present = world.entry("O-SC1", "900-045-49", "CQ").edition
    following = open_edition(
        name="2027年度示例",
        origin=present.origin,
        destination=present.destination,
        begins_on=date(2027, 1, 1),
        ends_on=date(2027, 12, 31),
        consent_mode=present.consent_mode,
    )
    for number, name in enumerate(operators, start=1):
        add_entry(
            edition=following,
            number=f"{number:02d}",
            operator=world.enterprise(name),
            waste_codes=["900-045-49" if name == "O-SC1" else "900-023-29"],
            category=None,
            method="R4",
            quota_t=Decimal(500),
            now=MONDAY,
        )
    return confirm_edition(edition=following, origin_letter_no="渝1号", destination_letter_no="川1号", now=MONDAY)


@pytest.mark.parametrize("still_listed", [True, False], ids=["still listed", "gone from the next list"])
def test_decided_after_its_lists_end_a_case_counts_there_unless_the_next_list_dropped_the_line(
    world: World, still_listed
) -> None:
    case = world.filed(now=at("2026-12-28"), period=("2026-12-28", "2027-06-30"))
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    Edition.objects.filter(pk=entry.edition_id).update(limits_validity=False)
    following = next_list(world, operators=("O-SC1", "O-SC2") if still_listed else ("O-SC2",))
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-12-29"))
    case = consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2027-01-04"))
    entry.refresh_from_db()
    if still_listed:
        assert (case.state, entry.used_t, case.edition_id) == (State.APPROVED, 120, entry.edition_id)
        # What the ended list gets back is written down there, and the next list has neither more nor less.
        case = revoke(
            application_id=case.pk,
            by=world.user("cq.handler"),
            now=at("2027-02-01"),
            kind=RevocationKind.WITHDRAWAL,
            reasons="情况变化",
        )
        entry.refresh_from_db()
        assert (entry.used_t, entry.movements.filter(kind="restore").count()) == (0, 1)
    else:
        assert (case.state, case.decision_because) == (State.DECISION, "barred")
    assert all(line.used_t == line.held_t == 0 for line in following.entries.all())


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
