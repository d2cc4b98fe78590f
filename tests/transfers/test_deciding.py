"""Answering and deciding: what is granted, how much, until when, and what forbids it (docs/rules.md §§3, 6, 7, 12)."""

from datetime import date
from decimal import Decimal

import pytest

from apps.catalogue.enums import PaperKind
from apps.catalogue.models import Province
from apps.organisations.enums import PermitKind, PermitStatus
from apps.organisations.models import CapacityMovement, Permit, PermitYear
from apps.organisations.services.capacity import lock_permit_year, take_capacity
from apps.transfers.enums import Answer, ReasonForDecision, State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, Paper, QuotaClaim
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.reviewing import approve, endorse, reject
from apps.whitelists.models import Bar, Edition, QuotaMovement, WhitelistEntry
from apps.whitelists.services.editions import enter_agreed_list
from apps.whitelists.services.ledger import reconcile
from apps.whitelists.services.lines import LineForm
from tests.transfers.world import World, at

MONDAY = at("2026-01-05")
TUESDAY = at("2026-01-06")
THURSDAY = at("2026-01-08")
BOARDS = ("O-SC1", "900-045-49", "CQ")
OVER = {"route": "over_quota", "items": {"900-045-49": "3035.5"}}
GENERAL = {"route": "general", "operator": "O-SC2", "items": {"900-023-29": "5"}}


def endorsed(world: World, on: str = "2026-01-06", filed: str = "2026-01-05", **draft) -> Application:
    case = world.filed(now=at(filed), **draft)
    if case.state == State.LOCAL_OPINION:
        give_opinion(application_id=case.pk, by=world.user("dazu.local"), now=at(filed), agrees=True, text="")
    return endorse(application_id=case.pk, by=world.user("cq.handler"), now=at(on))


def agree(world: World, case: Application, on: str = "2026-01-08", **changes) -> Application:
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=at(on), **changes)


def grant(world: World, case: Application, on: str = "2026-01-09", **changes) -> Application:
    return approve(application_id=case.pk, by=world.user("cq.handler"), now=at(on), **changes)


def only(case: Application, tonnes: str) -> dict[int, Decimal]:
    return {case.items.get().pk: Decimal(tonnes)}


def movements(case: Application) -> list[tuple[str, Decimal]]:
    return list(QuotaMovement.objects.filter(reference=case.number).values_list("kind", "amount_t"))


def permit_of(world: World, name: str = "O-SC1") -> Permit:
    return Permit.objects.in_force_on(date(2026, 1, 5)).get(enterprise=world.enterprise(name))


def set_status(world: World, status: PermitStatus) -> None:
    Permit.objects.filter(pk=permit_of(world).pk).update(status=status)


def kinds(case: Application) -> list[str]:
    return list(Paper.objects.filter(application=case).order_by("pk").values_list("kind", flat=True))


# Fast track, joint


def test_an_unchanged_consent_is_the_decision(world: World) -> None:
    case = agree(world, endorsed(world))
    assert (case.state, case.answer, case.decided_on) == (State.APPROVED, Answer.CONSENT, date(2026, 1, 8))
    assert (case.valid_from, case.valid_until) == (date(2026, 1, 8), date(2026, 12, 31))
    assert movements(case) == [("hold", 120), ("commit", 120)]
    assert CapacityMovement.objects.get(reference=case.number).amount_t == 120
    assert kinds(case)[-2:] == [PaperKind.REPLY_AGREE, PaperKind.APPROVAL]


def test_a_later_first_day_is_kept(world: World) -> None:
    case = agree(world, endorsed(world, period=("2026-03-01", "2026-08-31")))
    assert (case.valid_from, case.valid_until) == (date(2026, 3, 1), date(2026, 8, 31))


@pytest.mark.parametrize(
    ("until", "tonnes"), [(date(2026, 6, 30), None), (None, "100"), (date(2026, 6, 30), "100")], ids=str
)
def test_less_than_asked_goes_back_to_the_origin(world: World, until, tonnes) -> None:
    case = endorsed(world)
    amounts = only(case, tonnes) if tonnes else None
    case = agree(world, case, until=until, amounts=amounts, reasons="检修")
    assert (case.state, case.decision_because) == (State.DECISION, ReasonForDecision.CHANGED)
    assert case.answer == (Answer.PARTIAL if tonnes else Answer.CONSENT)
    assert world.entry(*BOARDS).held_t == Decimal(120)
    case = grant(world, case)
    assert case.valid_until == (until or date(2026, 12, 31))
    assert case.items.get().approved_t == Decimal(tonnes or 120)
    entry = world.entry(*BOARDS)
    assert (entry.held_t, entry.used_t) == (Decimal(0), Decimal(tonnes or 120))
    assert reconcile() == []


def test_the_origin_never_grants_longer_than_was_consented_to(world: World) -> None:
    case = agree(world, endorsed(world), until=date(2026, 6, 30), reasons="检修")
    assert grant(world, case, until=date(2026, 12, 31)).valid_until == date(2026, 6, 30)


def test_the_origin_may_grant_less_still(world: World) -> None:
    case = endorsed(world)
    case = agree(world, case, amounts=only(case, "100"), reasons="检修")
    with pytest.raises(Refused, match=r"0 与 100\.0000 吨之间") as refused:
        grant(world, case, amounts=only(case, "100.0001"))
    assert refused.value.code == "amount.more"
    case = grant(world, case, amounts=only(case, "60.5"), until=date(2026, 3, 31))
    assert (case.items.get().approved_t, case.valid_until) == (Decimal("60.5"), date(2026, 3, 31))
    assert movements(case) == [("hold", 120), ("commit", Decimal("60.5")), ("release", Decimal("59.5"))]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tonnes": "120.0001"}, "amount.more"),
        ({"tonnes": "-1"}, "amount.more"),
        ({"tonnes": "1.00001"}, "amount.more"),
        ({"tonnes": "NaN"}, "amount.more"),
        ({"tonnes": "Infinity"}, "amount.more"),
        ({"tonnes": "0"}, "amount.nothing"),
        ({"tonnes": "100", "reasons": " "}, "reasons.missing"),
        ({"until": date(2026, 6, 30), "reasons": ""}, "reasons.missing"),
        ({"until": date(2027, 1, 1)}, "until.later"),
        ({"until": date(2026, 1, 31)}, "until.past"),
        ({"until": date(2025, 12, 31)}, "until.past"),
    ],
)
def test_a_consent_that_is_none(world: World, changes, code) -> None:
    case = endorsed(world, period=("2026-02-02", "2026-12-31"))
    asked = {"reasons": "检修"} | changes
    if "tonnes" in asked:
        asked["amounts"] = only(case, asked.pop("tonnes"))
    with pytest.raises(Refused) as refused:
        agree(world, case, **asked)
    assert refused.value.code == code
    assert Application.objects.get(pk=case.pk).state == State.DESTINATION_REVIEW
    assert not case.replies.exists()


def test_an_item_of_another_application(world: World) -> None:
    case, other = endorsed(world), world.filed(now=MONDAY)
    with pytest.raises(Refused) as refused:
        agree(world, case, amounts=only(other, "1"), reasons="检修")
    assert refused.value.code == "item.unknown"


def test_an_objection_leaves_only_a_refusal(world: World) -> None:
    case = endorsed(world)
    with pytest.raises(Refused) as refused:
        object_to(application_id=case.pk, by=world.user("sc.handler"), now=THURSDAY, reasons="")
    assert refused.value.code == "reasons.missing"
    case = object_to(application_id=case.pk, by=world.user("sc.handler"), now=THURSDAY, reasons="经营单位停产")
    assert (case.state, case.answer) == (State.DECISION, Answer.OBJECTION)
    with pytest.raises(Refused) as refused:
        grant(world, case)
    assert refused.value.code == "consent.missing"
    case = reject(application_id=case.pk, by=world.user("cq.handler"), now=THURSDAY, reasons="接受地不同意")
    assert (case.state, case.decided_on, case.valid_until) == (State.REJECTED, date(2026, 1, 8), None)
    assert movements(case) == [("hold", 120), ("release", 120)]
    assert kinds(case)[-2:] == [PaperKind.REPLY_REFUSE, PaperKind.REFUSAL]
    assert not CapacityMovement.objects.exists()


# What forbids the decision at its moment


@pytest.mark.parametrize("status", [PermitStatus.SUSPENDED, PermitStatus.REVOKED, PermitStatus.CANCELLED])
def test_a_permit_lost_after_filing_leaves_the_consent_standing(world: World, status) -> None:
    case = endorsed(world)
    set_status(world, status)
    case = agree(world, case)
    assert (case.state, case.answer, case.decision_because) == (
        State.DECISION,
        Answer.CONSENT,
        ReasonForDecision.PERMIT,
    )
    assert world.entry(*BOARDS).held_t == Decimal(120)
    assert not CapacityMovement.objects.exists()
    assert "川环危第510903901号" in case.log.last().details["obstacle"]
    with pytest.raises(Refused) as refused:
        grant(world, case)
    assert refused.value.code == "approve.permit"
    set_status(world, PermitStatus.VALID)
    case = grant(world, case, on="2026-01-12")
    assert (case.state, case.decided_on) == (State.APPROVED, date(2026, 1, 12))
    assert movements(case) == [("hold", 120), ("commit", 120)]


def test_or_the_origin_rejects(world: World) -> None:
    case = endorsed(world)
    set_status(world, PermitStatus.SUSPENDED)
    case = reject(
        application_id=agree(world, case).pk, by=world.user("cq.handler"), now=THURSDAY, reasons="许可证已暂扣"
    )
    assert case.state == State.REJECTED
    assert world.entry(*BOARDS).available_t == Decimal(3000)


def test_a_permit_whose_line_is_gone(world: World) -> None:
    case = endorsed(world)
    permit_of(world).lines.filter(waste_code="900-045-49").delete()
    assert agree(world, case).decision_because == ReasonForDecision.PERMIT


def test_a_permit_that_ran_out_meanwhile(world: World) -> None:
    case = endorsed(world)
    Permit.objects.filter(pk=permit_of(world).pk).update(valid_until=date(2026, 1, 7))
    case = agree(world, case)
    assert case.decision_because == ReasonForDecision.PERMIT
    assert "在 2026-01-08 没有有效期内的" in case.log.last().details["obstacle"]


def next_permit(world: World, first: date) -> Permit:
    permit = Permit.objects.create(
        enterprise=world.enterprise("O-SC1"),
        number="川环危第510903902号",
        kind=PermitKind.COMPREHENSIVE,
        valid_from=first,
        valid_until=date(2026, 10, 31),
    )
    permit.lines.create(waste_code="900-045-49", method="R4", capacity_t=Decimal(15000))
    return permit


def test_a_period_under_the_next_permit_ends_with_that_one(world: World) -> None:
    """Decided under the one (which counts the tonnes), moved under the other."""
    Permit.objects.filter(pk=permit_of(world).pk).update(valid_until=date(2026, 2, 28))
    next_permit(world, date(2026, 3, 1))
    case = agree(world, endorsed(world, period=("2026-03-02", "2026-12-31")))
    assert (case.state, case.valid_from, case.valid_until) == (
        State.APPROVED,
        date(2026, 3, 2),
        date(2026, 10, 31),
    )
    assert PermitYear.objects.get().permit_id == permit_of(world).pk


def test_of_two_permits_the_one_that_covers_the_item(world: World) -> None:
    permit_of(world).lines.filter(waste_code="900-045-49").delete()
    other = next_permit(world, date(2026, 1, 1))
    case = agree(world, endorsed(world))
    assert case.state == State.APPROVED
    assert PermitYear.objects.get().permit_id == other.pk


def test_validity_ends_with_the_permit(world: World) -> None:
    Permit.objects.filter(pk=permit_of(world).pk).update(valid_until=date(2026, 5, 31))
    assert agree(world, endorsed(world)).valid_until == date(2026, 5, 31)


@pytest.mark.parametrize("what", ["operator", "operator and code", "entry", "edition"])
def test_a_suspension_at_the_moment_of_decision(world: World, what) -> None:
    case, entry = endorsed(world), world.entry(*BOARDS)
    barred = {
        "operator": {"operator": entry.operator},
        "operator and code": {"operator": entry.operator, "waste_code": "900-045-49"},
        "entry": {"entry": entry},
        "edition": {"edition": entry.edition},
    }[what]
    bar = Bar.objects.create(
        from_on=date(2026, 1, 7), reason="事故", document_no="川环函〔2026〕9号", recorded_at=TUESDAY, **barred
    )
    case = agree(world, case)
    assert (case.state, case.decision_because) == (State.DECISION, ReasonForDecision.BARRED)
    with pytest.raises(Refused, match="川环函〔2026〕9号：事故") as refused:
        grant(world, case)
    assert refused.value.code == "approve.barred"
    bar.lifted_on = date(2026, 1, 9)
    bar.save()
    assert grant(world, case).state == State.APPROVED


def test_a_suspended_list_forbids_the_general_route_for_what_it_lists(world: World) -> None:
    case = endorsed(
        world, route="general", operator="O-SC2", method="R9", items={"900-214-08": "10", "900-249-08": "10"}
    )
    agree(world, case)
    Bar.objects.create(
        edition=Edition.objects.get(origin__short="CQ", destination__short="SC", begins_on__year=2026),
        from_on=date(2026, 1, 7),
        reason="事故",
        document_no="川环函〔2026〕9号",
        recorded_at=TUESDAY,
    )
    with pytest.raises(Refused) as refused:
        grant(world, case)
    assert refused.value.code == "approve.barred"
    listed = case.items.get(waste_code="900-214-08")
    case = grant(world, case, amounts={listed.pk: Decimal(0)})  # the rest is not on the list
    assert sorted(item.approved_t for item in case.items.all()) == [Decimal(0), Decimal(10)]


def test_a_period_that_is_over(world: World) -> None:
    case = agree(world, endorsed(world, period=("2026-01-05", "2026-01-07")))
    assert (case.state, case.decision_because) == (State.DECISION, ReasonForDecision.VALIDITY)
    assert "最迟止于 2026-01-07" in case.log.last().details["obstacle"]


def test_capacity_is_taken_at_decision_not_at_filing(world: World) -> None:
    """18,600 t at most; 18,500 t were approved between filing and consent."""
    case = endorsed(world)
    year = lock_permit_year(permit=permit_of(world), year=2026)
    take_capacity(permit_year=year, reference="别的", round=1, amount_t=Decimal(18500), now=TUESDAY)
    case = agree(world, case)
    assert (case.state, case.decision_because) == (State.DECISION, ReasonForDecision.CAPACITY)
    assert world.entry(*BOARDS).held_t == Decimal(120)
    with pytest.raises(Refused) as refused:
        grant(world, case)
    assert refused.value.code == "approve.capacity"
    assert grant(world, case, amounts=only(case, "100")).state == State.APPROVED
    assert PermitYear.objects.get().taken_t == Decimal(18600)


# An edition that has ended


def case_decided_next_year(world: World, *, limits_validity: bool) -> Application:
    Edition.objects.update(limits_validity=limits_validity)
    case = endorsed(world, filed="2026-12-29", on="2026-12-30", period=("2026-12-31", "2027-05-31"))
    assert (case.route, case.edition.ends_on) == ("fast_track", date(2026, 12, 31))
    return case


def following_edition(world: World, *, code: str) -> None:
    pair = {one.short: one for one in Province.objects.filter(short__in=["CQ", "SC"])}
    enter_agreed_list(
        name="2027年度川渝示例",
        origin=pair["CQ"],
        destination=pair["SC"],
        begins_on=date(2027, 1, 1),
        ends_on=date(2027, 12, 31),
        consent_mode="joint",
        lines=[
            LineForm(operator_id=world.enterprise("O-SC1").pk, waste_codes=(code,), method="R4", quota_t=Decimal(1000))
        ],
        origin_letter_no="渝1号",
        destination_letter_no="川1号",
        now=MONDAY,
    )


def test_decided_after_its_lists_end_it_counts_there(world: World) -> None:
    case = case_decided_next_year(world, limits_validity=False)
    following_edition(world, code="900-045-49")
    case = agree(world, case, on="2027-01-05")
    assert (case.state, case.valid_from, case.valid_until) == (
        State.APPROVED,
        date(2027, 1, 5),
        date(2027, 5, 31),
    )
    assert world.entry(*BOARDS).used_t == Decimal(120)
    assert WhitelistEntry.objects.get(edition__begins_on__year=2027).used_t == Decimal(0)
    assert PermitYear.objects.get().year == 2027


def test_gone_from_the_next_list_it_is_refused(world: World) -> None:
    case = case_decided_next_year(world, limits_validity=False)
    following_edition(world, code="900-049-50")
    case = agree(world, case, on="2027-01-05")
    assert (case.state, case.decision_because) == (State.DECISION, ReasonForDecision.BARRED)
    assert "900-045-49（R4）已不在现行2027年度川渝示例中" in case.log.last().details["obstacle"]


def test_a_list_that_limits_validity_leaves_none_after_its_end(world: World) -> None:
    case = agree(world, case_decided_next_year(world, limits_validity=True), on="2027-01-05")
    assert (case.state, case.decision_because) == (State.DECISION, ReasonForDecision.VALIDITY)


# Over quota


def test_consent_grants_exactly_the_excess(world: World) -> None:
    case = agree(world, endorsed(world, **OVER))
    assert (case.state, case.decision_because) == (State.DECISION, ReasonForDecision.ROUTE)
    assert case.claims.get().granted_over_t == Decimal("35.5")
    assert case.due_at == at("2026-01-16", "00:00")  # five working days of the decision, from Thursday 8th
    case = grant(world, case, on="2026-01-12")
    entry, claim = world.entry(*BOARDS), case.claims.get()
    assert (claim.approved_within_t, claim.approved_over_t) == (Decimal(3000), Decimal("35.5"))
    assert (entry.quota_t, entry.held_t, entry.used_t) == (Decimal(3000), Decimal(0), Decimal(3000))
    assert case.items.get().approved_t == Decimal("3035.5")
    assert CapacityMovement.objects.get(reference=case.number).amount_t == Decimal("3035.5")
    assert reconcile() == []


@pytest.mark.parametrize(
    ("agreed", "granted", "within", "over"),
    [("3010", "10", "3000", "10"), ("3000", "0", "3000", "0"), ("2000", "0", "2000", "0")],
)
def test_a_partial_consent_cuts_the_excess_first(world: World, agreed, granted, within, over) -> None:
    case = endorsed(world, **OVER)
    case = agree(world, case, amounts=only(case, agreed), reasons="能力所限")
    assert case.claims.get().granted_over_t == Decimal(granted)
    case = grant(world, case)
    claim = case.claims.get()
    assert (claim.approved_within_t, claim.approved_over_t) == (Decimal(within), Decimal(over))
    entry = world.entry(*BOARDS)
    assert (entry.held_t, entry.used_t) == (Decimal(0), Decimal(within))
    assert reconcile() == []


@pytest.mark.parametrize("how", ["reject", "object and reject"])
def test_the_allowance_goes_with_the_refusal(world: World, how) -> None:
    case = endorsed(world, **OVER)
    if how == "reject":
        agree(world, case)
    else:
        object_to(application_id=case.pk, by=world.user("sc.handler"), now=THURSDAY, reasons="能力不足")
    reject(application_id=case.pk, by=world.user("cq.handler"), now=THURSDAY, reasons="不宜超量")
    claim = QuotaClaim.objects.get(application=case)
    assert (claim.released_at, claim.approved_over_t) == (THURSDAY, None)
    assert world.entry(*BOARDS).available_t == Decimal(3000)


def test_over_quota_is_never_decided_in_review(world: World) -> None:
    case = world.filed(now=MONDAY, **OVER)
    with pytest.raises(Refused) as refused:
        grant(world, case)
    assert refused.value.code == "letter.needed"
    assert Application.objects.get(pk=case.pk).accepted_on is None


# General


def test_general_takes_capacity_and_no_quota(world: World) -> None:
    case = grant(world, agree(world, endorsed(world, **GENERAL)))
    assert (case.state, case.valid_from, case.valid_until) == (
        State.APPROVED,
        date(2026, 1, 9),
        date(2026, 12, 31),
    )
    assert movements(case) == []
    assert CapacityMovement.objects.get(reference=case.number).amount_t == Decimal(5)
    assert reconcile() == []


# Prior consent


def test_prior_consent_grants_fewer_tonnes_too(world: World) -> None:
    case = world.filed(generator="G-SC1", operator="O-CQ1", items={"900-052-31": "100"}, now=MONDAY)
    case = approve(application_id=case.pk, by=world.user("sc.handler"), now=TUESDAY, amounts=only(case, "80"))
    entry = world.entry("O-CQ1", "900-052-31", "SC")
    assert (entry.held_t, entry.used_t, case.items.get().approved_t) == (Decimal(0), Decimal(80), Decimal(80))
    assert kinds(case)[-2:] == [PaperKind.APPROVAL, PaperKind.NOTICE]


# Who


def test_the_destination_answers_and_the_origin_decides(world: World) -> None:
    case = endorsed(world)
    with pytest.raises(NotAllowed):
        consent(application_id=case.pk, by=world.user("cq.handler"), now=THURSDAY)
    with pytest.raises(NotAllowed):
        reject(application_id=case.pk, by=world.user("sc.handler"), now=THURSDAY, reasons="不")
    with pytest.raises(NotFound):
        consent(application_id=case.pk, by=world.user("gz.handler"), now=THURSDAY)


def test_deciding_twice_decides_once(world: World) -> None:
    case = agree(world, endorsed(world))
    with pytest.raises(Refused) as refused:
        agree(world, case)
    assert refused.value.code == "state.moved"
    assert "现为“已批准”（华长青 2026-01-08 10:00 办理）" in refused.value.sentence
    assert movements(case) == [("hold", 120), ("commit", 120)]
