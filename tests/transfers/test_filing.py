"""Filing: routes, numbers, what is held, receipt and acceptance, withdrawal (docs/rules.md §§3–5, 7, 12)."""

from datetime import date
from decimal import Decimal

import pytest

from apps.catalogue.enums import PaperKind
from apps.catalogue.models import Province
from apps.deadlines.models import Deadline
from apps.organisations.models import CapacityMovement, Membership
from apps.transfers.enums import OPEN_STATES, AcceptanceKind, Route, State
from apps.transfers.errors import CheckFailed, NotAllowed, NotFound, Refused, RouteChanged
from apps.transfers.models import Application, LogRow, NumberCounter, Paper, QuotaClaim
from apps.transfers.services.answering import consent
from apps.transfers.services.drafts import DraftForm, ItemForm, save_draft
from apps.transfers.services.filing import submit, withdraw
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.reviewing import Point, accept, endorse, reject, request_correction
from apps.transfers.services.suspending import suspend
from apps.whitelists.models import QuotaMovement
from apps.whitelists.services.ledger import hold, reconcile
from tests.transfers.world import World, at

MONDAY = at("2026-01-05")
TUESDAY = at("2026-01-06")
BOARDS = ("O-SC1", "900-045-49", "CQ")
OVER = {"route": "over_quota", "items": {"900-045-49": "3035.5"}}
GENERAL = {"route": "general", "operator": "O-SC2", "items": {"900-023-29": "5"}}


def kinds(case: Application) -> list[str]:
    return list(Paper.objects.filter(application=case).order_by("pk").values_list("kind", flat=True))


def open_clocks(case: Application) -> dict[str, date | None]:
    return {clock.kind: clock.due_on for clock in Deadline.objects.open().filter(reference=case.number)}


# Routes


def test_fast_track_starts_its_clocks_and_gives_a_receipt(world: World) -> None:
    case = world.filed(now=MONDAY)
    assert open_clocks(case) == {
        "acceptance": date(2026, 1, 12),
        "whole": date(2026, 1, 12),
        "target": date(2026, 1, 8),
    }
    assert (case.received_on, case.accepted_on, case.round) == (date(2026, 1, 5), None, 1)
    assert (case.consent_mode, case.edition_id) == ("joint", world.entry(*BOARDS).edition_id)
    assert kinds(case) == [PaperKind.RECEIPT]


def test_over_quota_holds_what_is_free_and_notes_the_rest(world: World) -> None:
    case = world.filed(now=MONDAY, **OVER)
    entry, claim = world.entry(*BOARDS), case.claims.get()
    assert (claim.within_t, claim.over_t, claim.granted_over_t) == (Decimal(3000), Decimal("35.5"), None)
    assert (entry.held_t, entry.available_t, entry.quota_t) == (Decimal(3000), Decimal(0), Decimal(3000))
    assert open_clocks(case) == {"acceptance": date(2026, 1, 12), "origin": date(2026, 1, 12)}
    assert case.due_at == at("2026-01-13", "00:00")


def test_over_quota_with_nothing_free_holds_nothing(world: World) -> None:
    world.filed(now=MONDAY, items={"900-045-49": "3000"})
    case = world.filed(now=MONDAY, route="over_quota")
    claim = case.claims.get()
    assert (claim.within_t, claim.over_t) == (Decimal(0), Decimal(120))
    assert not QuotaMovement.objects.filter(reference=case.number).exists()
    assert reconcile() == []


def test_general_goes_to_the_local_bureau_first_and_touches_no_ledger(world: World) -> None:
    case = world.filed(now=MONDAY, **GENERAL)
    assert (case.state, case.received_on, case.local_division) == (State.LOCAL_OPINION, None, "500111")
    assert (case.edition_id, case.consent_mode, case.claims.count()) == (None, "", 0)
    assert open_clocks(case) == {"local": date(2026, 1, 12)}
    case = give_opinion(application_id=case.pk, by=world.user("dazu.local"), now=at("2026-01-07"), agrees=True, text="")
    assert (case.state, case.received_on) == (State.ORIGIN_REVIEW, date(2026, 1, 7))
    assert open_clocks(case) == {"acceptance": date(2026, 1, 14), "origin": date(2026, 1, 14)}
    assert not QuotaMovement.objects.filter(reference=case.number).exists()


def test_general_from_sichuan_asks_the_prefecture(world: World) -> None:
    case = world.filed(generator="G-SC2", operator="O-GZ1", items={"261-054-29": "1"}, route="general", now=MONDAY)
    assert (case.state, case.local_division) == (State.LOCAL_OPINION, "510700")


def test_general_with_a_listed_item_leaves_its_entry_alone(world: World) -> None:
    """One item is on the list, one is not: the whole goes the general way, nothing is held."""
    case = world.filed(now=MONDAY, route="general", operator="O-SC2", method="R9",
                       items={"900-214-08": "10", "900-249-08": "10"})  # fmt: skip
    assert world.entry("O-SC2", "900-214-08", "CQ").held_t == Decimal(0)
    assert [item.entry_id is None for item in case.items.all()] == [False, True]


def test_a_province_may_do_without_local_opinion(world: World) -> None:
    Province.objects.filter(short="CQ").update(local_opinion_required=False)
    case = world.filed(now=MONDAY, **GENERAL)
    assert (case.state, case.received_on) == (State.ORIGIN_REVIEW, date(2026, 1, 5))


def test_a_negative_opinion_needs_reasons_and_refuses_nothing(world: World) -> None:
    case, local = world.filed(now=MONDAY, **GENERAL), world.user("dazu.local")
    with pytest.raises(Refused) as refused:
        give_opinion(application_id=case.pk, by=local, now=TUESDAY, agrees=False, text=" ")
    assert refused.value.code == "reasons.missing"
    case = give_opinion(application_id=case.pk, by=local, now=TUESDAY, agrees=False, text="贮存场所整改中")
    assert case.state == State.ORIGIN_REVIEW
    with pytest.raises(Refused) as refused:
        give_opinion(application_id=case.pk, by=local, now=TUESDAY, agrees=True, text="")
    assert refused.value.code == "state.moved"


# What stands in the way


def test_a_blocking_finding_files_nothing(world: World) -> None:
    draft = world.draft(now=MONDAY, materials=())
    with pytest.raises(CheckFailed) as refused:
        submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=MONDAY, seen_route="fast_track")
    assert refused.value.code == "check.blocking"
    assert len(refused.value.result.blocking) == 3
    assert "缺少材料：委托协议、意向书或者合同" in refused.value.sentence
    kept = Application.objects.get(pk=draft.pk)
    assert (kept.state, kept.number, kept.version) == (State.DRAFT, None, draft.version)


def test_another_route_than_the_filer_saw_files_nothing(world: World) -> None:
    draft = world.draft(now=MONDAY, items={"900-045-49": "120"})
    hold(
        amounts={world.entry(*BOARDS).pk: Decimal(2900)}, reference="别的申请", round=1, occurred_at=MONDAY, now=MONDAY
    )
    with pytest.raises(RouteChanged) as refused:
        submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=MONDAY, seen_route="fast_track")
    assert refused.value.code == "route.changed"
    assert "由“名单内直接审批”变为“超量商请”" in refused.value.sentence
    assert "剩余 100.0000 吨，本次申请 120.0000 吨，超出 20.0000 吨" in refused.value.sentence
    assert world.entry(*BOARDS).held_t == Decimal(2900)
    assert Application.objects.get(pk=draft.pk).state == State.DRAFT


@pytest.mark.parametrize("seen", ["", "nonsense", "general"])
def test_a_route_that_nobody_could_have_seen(world: World, seen) -> None:
    draft = world.draft(now=MONDAY)
    with pytest.raises(RouteChanged):
        submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=MONDAY, seen_route=seen)


def test_a_draft_changed_since_it_was_seen(world: World) -> None:
    draft = world.draft(now=MONDAY)
    with pytest.raises(Refused) as refused:
        submit(
            application_id=draft.pk,
            by=world.filer_of("G-CQ1"),
            now=MONDAY,
            seen_route="fast_track",
            seen_version=draft.version - 1,
        )
    assert refused.value.code == "draft.changed"


def test_fifty_items_are_filed(world: World) -> None:
    draft, filer = world.draft(now=MONDAY), world.filer_of("G-CQ1")
    form = DraftForm(
        operator_id=draft.operator_id,
        requested_from=draft.requested_from,
        requested_until=draft.requested_until,
        items=(ItemForm(waste_code="900-045-49", method="R4", amount_t=Decimal("60.0000")),) * 50,
    )
    save_draft(application_id=draft.pk, by=filer, now=MONDAY, version=draft.version, form=form)
    case = submit(application_id=draft.pk, by=filer, now=MONDAY, seen_route="fast_track")
    assert case.claims.get().within_t == world.entry(*BOARDS).held_t == Decimal(3000)
    assert QuotaMovement.objects.filter(reference=case.number).count() == 1


# Numbers


def test_numbers_count_by_year_and_pair(world: World) -> None:
    def number(day: str, **draft) -> str:
        return world.filed(now=at(day), **draft).number

    assert [number("2026-01-05"), number("2026-12-28")] == ["2026-50-51-00001", "2026-50-51-00002"]
    to_guizhou = {"generator": "G-CQ2", "operator": "O-GZ2", "items": {"900-052-31": "1"}}
    assert number("2026-01-05", **to_guizhou) == "2026-50-52-00001"
    from_sichuan = {"generator": "G-SC2", "operator": "O-CQ2"}
    assert number("2026-01-05", **from_sichuan) == "2026-51-50-00001"
    assert number("2027-01-04", route="general") == "2027-50-51-00001"


def test_numbers_grow_beyond_five_digits(world: World) -> None:
    world.filed(now=MONDAY)
    NumberCounter.objects.update(last=99_999)
    assert world.filed(now=MONDAY).number == "2026-50-51-100000"


# Receipt and acceptance


def test_acceptance_is_explicit_on_the_day_of_receipt(world: World) -> None:
    case = world.filed(now=MONDAY)
    case = accept(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-08"))
    assert (case.accepted_on, case.accepted_how) == (date(2026, 1, 5), AcceptanceKind.EXPLICIT)
    assert kinds(case) == [PaperKind.RECEIPT, PaperKind.ACCEPTANCE]
    assert "acceptance" not in open_clocks(case)
    with pytest.raises(Refused) as refused:
        accept(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-08"))
    assert refused.value.code == "accepted.already"


def test_acceptance_is_implied_by_a_refusal_too(world: World) -> None:
    case = world.filed(now=MONDAY)
    case = reject(application_id=case.pk, by=world.user("cq.handler"), now=TUESDAY, reasons="材料虚假")
    assert (case.state, case.accepted_on, case.accepted_how) == (
        State.REJECTED,
        date(2026, 1, 5),
        AcceptanceKind.IMPLIED,
    )
    assert kinds(case) == [PaperKind.RECEIPT, PaperKind.ACCEPTANCE, PaperKind.REFUSAL]


def test_a_province_accepts_clean_filings_at_once(world: World) -> None:
    Province.objects.filter(short="CQ").update(accepts_clean_filings_at_once=True)
    case = world.filed(now=MONDAY)
    assert (case.accepted_on, case.accepted_how) == (date(2026, 1, 5), AcceptanceKind.AT_ONCE)
    with pytest.raises(Refused) as refused:
        request_correction(
            application_id=case.pk, by=world.user("cq.handler"), now=MONDAY, points=[Point("a", "b", "c")]
        )
    assert refused.value.code == "accepted.already"
    with_a_warning = world.filed(now=MONDAY, period=("2026-01-05", "2026-01-09"))
    assert with_a_warning.warnings == ["period.before_finish"]
    assert with_a_warning.accepted_on is None
    assert world.filed(now=MONDAY, **OVER | {"items": {"900-045-49": "3000"}}).accepted_on is None


# Withdrawal


def in_state(world: World, state: State) -> Application:
    if state == State.LOCAL_OPINION:
        return world.filed(now=MONDAY, **GENERAL)
    case, handler = world.filed(now=MONDAY, **OVER), world.user("cq.handler")
    if state == State.CORRECTION:
        request_correction(application_id=case.pk, by=handler, now=MONDAY, points=[Point("合同", "无章", "补")])
    if state in {State.DESTINATION_REVIEW, State.DECISION}:
        endorse(application_id=case.pk, by=handler, now=MONDAY)
    if state == State.DECISION:
        consent(application_id=case.pk, by=world.user("sc.handler"), now=MONDAY)
    if state == State.SUSPENDED:
        suspend(
            application_id=case.pk,
            by=handler,
            now=MONDAY,
            reason="experts",
            explanation="请专家评审",
            expected_end_on=date(2026, 1, 16),
        )
    return Application.objects.get(pk=case.pk)


@pytest.mark.parametrize("state", OPEN_STATES)
def test_withdrawing_from_every_open_state_frees_everything(world: World, state) -> None:
    case = in_state(world, state)
    assert case.state == state
    case = withdraw(application_id=case.pk, by=world.filer_of("G-CQ1"), now=TUESDAY, reason=" 不再转移 ")
    assert (case.state, case.due_at, open_clocks(case)) == (State.WITHDRAWN, None, {})
    assert world.entry(*BOARDS).held_t == Decimal(0)
    assert not QuotaClaim.objects.filter(application=case, released_at__isnull=True).exists()
    row = LogRow.objects.filter(application=case).last()
    assert (row.act, row.from_state, row.to_state, row.reason) == ("withdraw", state, State.WITHDRAWN, "不再转移")
    assert row.enterprise_id == case.generator_id
    assert reconcile() == []


def test_what_has_ended_is_not_withdrawn(world: World) -> None:
    case = world.filed(now=MONDAY)
    reject(application_id=case.pk, by=world.user("cq.handler"), now=TUESDAY, reasons="材料虚假")
    with pytest.raises(Refused) as refused:
        withdraw(application_id=case.pk, by=world.filer_of("G-CQ1"), now=TUESDAY, reason="")
    assert refused.value.code == "state.moved"
    assert "现为“不予批准”（施春生 2026-01-06 10:00 办理）" in refused.value.sentence
    assert not CapacityMovement.objects.exists()


def test_only_the_filer_withdraws_and_no_stranger_sees(world: World) -> None:
    case = world.filed(now=MONDAY)
    for name, refusal in (("dazu.viewer", NotAllowed), ("cq.handler", NotAllowed), ("jiulongpo.filer", NotFound)):
        with pytest.raises(refusal):
            withdraw(application_id=case.pk, by=world.user(name), now=TUESDAY, reason="")


def test_nobody_acts_for_two_parties(world: World) -> None:
    """The origin's handler who also files for the generator may do neither."""
    case, person = world.filed(now=MONDAY), world.user("cq.handler")
    Membership.objects.create(
        user=person, role="filer", enterprise=world.enterprise("G-CQ1"), valid_from=date(2020, 1, 1)
    )
    with pytest.raises(NotAllowed):
        withdraw(application_id=case.pk, by=world.user("cq.handler"), now=TUESDAY, reason="")
    with pytest.raises(NotAllowed):
        endorse(application_id=case.pk, by=world.user("cq.handler"), now=TUESDAY)


def test_a_prior_list_still_asks_when_it_is_exceeded(world: World) -> None:
    case = world.filed(
        generator="G-SC1", operator="O-CQ1", items={"900-052-31": "60000.0001"}, route="over_quota", now=MONDAY
    )
    assert (case.route, case.consent_mode) == (Route.OVER_QUOTA, "prior")
    case = endorse(application_id=case.pk, by=world.user("sc.handler"), now=TUESDAY)
    assert case.state == State.DESTINATION_REVIEW
