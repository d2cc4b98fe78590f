"""The one correction: its notice, what is held meanwhile, the clock, coming back and lapsing (docs/rules.md §§4, 7, 8)."""

from datetime import date
from decimal import Decimal

import pytest

from apps.catalogue.enums import PaperKind
from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.services import load_calendar
from apps.transfers.enums import AcceptanceKind, Route, State
from apps.transfers.errors import CheckFailed, NotAllowed, Refused, RouteChanged
from apps.transfers.models import Application, LogRow, Paper
from apps.transfers.services.acting import sweep_one
from apps.transfers.services.checking import check_application
from apps.transfers.services.drafts import DraftForm, ItemForm, save_draft
from apps.transfers.services.filing import resubmit
from apps.transfers.services.reviewing import Point, accept, endorse, request_correction
from apps.whitelists.models import QuotaMovement
from apps.whitelists.services.ledger import reconcile
from tests.transfers.world import World, at

MONDAY = at("2026-01-05")
POINTS = [Point("合同", "没有签章", "补签章"), Point("数量", "与合同不符", "改为一致")]
ANSWERS = {1: "已补签章", 2: "已改正"}
BOARDS = ("O-SC1", "900-045-49", "CQ")


def corrected(world: World, on: str = "2026-01-07", filed: str = "2026-01-05", **draft) -> Application:
    case = world.filed(now=at(filed), **draft)
    return request_correction(application_id=case.pk, by=world.user("cq.handler"), now=at(on), points=POINTS)


def back(world: World, case: Application, on: str, **changes) -> Application:
    asked = {"by": world.filer_of("G-CQ1"), "seen_route": case.route, "answers": ANSWERS} | changes
    return resubmit(application_id=case.pk, now=at(on), **asked)


def ask(world: World, case: Application, tonnes: str, on: str = "2026-01-08", code: str = "900-045-49") -> Application:
    case = Application.objects.get(pk=case.pk)
    form = DraftForm(
        operator_id=case.operator_id,
        requested_from=case.requested_from,
        requested_until=case.requested_until,
        items=(ItemForm(waste_code=code, method="R4", amount_t=Decimal(tonnes)),),
    )
    filer = world.filer_of("G-CQ1")
    return save_draft(application_id=case.pk, by=filer, now=at(on), version=case.version, form=form)


def clock(case: Application, kind: str) -> Deadline:
    return Deadline.objects.filter(reference=case.number, kind=kind).latest("sequence")


def movements(case: Application) -> list[tuple[int, str, Decimal]]:
    return list(QuotaMovement.objects.filter(reference=case.number).values_list("round", "kind", "amount_t"))


# The notice


def test_one_notice_with_all_points_stops_the_clock(world: World) -> None:
    case = corrected(world)
    assert (case.state, case.correction_requested_on) == (State.CORRECTION, date(2026, 1, 7))
    assert [(point.position, point.subject) for point in case.correction_points.all()] == [(1, "合同"), (2, "数量")]
    whole = clock(case, "whole")
    assert (whole.status, whole.left_days) == ("stopped", 3)  # Thursday, Friday, Monday
    assert case.due_at == clock(case, "lapse").due_at == at("2026-02-26", "00:00")  # 30 working days after the 7th
    assert clock(case, "hold").due_at == at("2026-01-15", "00:00")
    assert [clock(case, kind).status for kind in ("acceptance", "target")] == ["ended", "ended"]
    assert Paper.objects.filter(application=case, kind=PaperKind.CORRECTION).count() == 1
    assert world.entry(*BOARDS).held_t == Decimal(120)


@pytest.mark.parametrize(
    ("points", "code", "says"),
    [
        ([], "correction.empty", "至少列出一项"),
        ([Point(" ", "", " ")], "correction.empty", "至少列出一项"),
        ([Point("合同", "无章", "补"), Point("数量", "", "改")], "correction.incomplete", "第 2 项"),
        ([Point("合" * 61, "无章", "补")], "correction.long", "最多 60 字"),
        ([Point("合同", "无" * 4001, "补")], "correction.long", "最多 4000 字"),
    ],
)
def test_a_notice_says_what_is_wrong(world: World, points, code, says) -> None:
    case = world.filed(now=MONDAY)
    with pytest.raises(Refused, match=says) as refused:
        request_correction(application_id=case.pk, by=world.user("cq.handler"), now=MONDAY, points=points)
    assert refused.value.code == code
    assert Application.objects.get(pk=case.pk).state == State.ORIGIN_REVIEW


def test_no_second_correction(world: World) -> None:
    case = back(world, corrected(world), "2026-01-16")
    with pytest.raises(Refused) as refused:
        request_correction(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-19"), points=POINTS)
    assert refused.value.code == "correction.second"


def test_no_correction_after_acceptance(world: World) -> None:
    case = world.filed(now=MONDAY)
    accept(application_id=case.pk, by=world.user("cq.handler"), now=MONDAY)
    with pytest.raises(Refused) as refused:
        request_correction(application_id=case.pk, by=world.user("cq.handler"), now=MONDAY, points=POINTS)
    assert refused.value.code == "accepted.already"


@pytest.mark.parametrize(
    ("on", "clock_time", "is_in_time"), [("2026-01-12", "23:59", True), ("2026-01-13", "00:00", False)]
)
def test_only_within_five_working_days_of_receipt(world: World, on, clock_time, is_in_time) -> None:
    """At the end of the fifth working day the silence accepted, swept or not."""
    case, now = world.filed(now=MONDAY), at(on, clock_time)
    asked = {"application_id": case.pk, "by": world.user("cq.handler"), "now": now, "points": POINTS}
    if is_in_time:
        assert request_correction(**asked).state == State.CORRECTION
        return
    with pytest.raises(Refused) as refused:
        request_correction(**asked)
    assert refused.value.code == "accepted.already"
    assert Application.objects.get(pk=case.pk).accepted_on is None  # the refusal took the clock's act back with it
    sweep_one(application_id=case.pk, now=at("2026-01-15"))
    row = LogRow.objects.get(application=case, act="accept")
    assert row.occurred_at == at("2026-01-13", "00:00")


# The clock (docs/rules.md §8)


@pytest.mark.parametrize(
    ("stop", "resume", "due"),
    [("2026-01-07", "2026-01-16", "2026-01-21"), ("2026-01-12", "2026-01-20", "2026-01-21")],
    ids=["three left", "nothing left counts as one"],
)
def test_fast_track_resumes_what_was_left(world: World, stop, resume, due) -> None:
    case = corrected(world, on=stop)
    shown = check_application(
        application=Application.objects.get(pk=case.pk),
        today=date.fromisoformat(resume),
        calendar=load_calendar(),
    )
    case = back(world, case, resume)
    assert (case.state, case.received_on, case.round) == (State.ORIGIN_REVIEW, date.fromisoformat(resume), 2)
    assert clock(case, "whole").due_on == shown.finish_on == date.fromisoformat(due)
    assert [clock(case, kind).status for kind in ("hold", "lapse")] == ["ended", "ended"]
    receipt = Paper.objects.filter(application=case, kind=PaperKind.RECEIPT).latest("pk")
    assert f"1月{int(due[-2:])}日" in str(receipt.content)


def test_over_quota_begins_anew(world: World) -> None:
    case = corrected(world, route="over_quota", items={"900-045-49": "3001"})
    assert clock(case, "origin").status == "stopped"
    case = back(world, case, "2026-01-16")
    origin = clock(case, "origin")
    assert (origin.days, origin.due_on, case.due_at) == (5, date(2026, 1, 23), at("2026-01-24", "00:00"))


def test_acceptance_counts_from_the_complete_answer(world: World) -> None:
    case = back(world, corrected(world), "2026-01-16")
    case = endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-19"))
    assert (case.accepted_on, case.accepted_how) == (date(2026, 1, 16), AcceptanceKind.IMPLIED)


# What is held


def test_tonnes_are_kept_five_working_days_and_then_given_back(world: World) -> None:
    case = corrected(world)
    assert sweep_one(application_id=case.pk, now=at("2026-01-14", "23:59")) == 0
    assert world.entry(*BOARDS).held_t == Decimal(120)
    sweep_one(application_id=case.pk, now=at("2026-01-17"))  # three days late
    row = LogRow.objects.get(application=case, act="release_hold")
    assert (row.occurred_at, row.recorded_at) == (at("2026-01-15", "00:00"), at("2026-01-17"))
    assert (row.from_state, row.to_state, row.actor) == (State.CORRECTION, State.CORRECTION, None)
    assert world.entry(*BOARDS).held_t == Decimal(0)
    assert QuotaMovement.objects.get(kind="release").occurred_at == at("2026-01-15", "00:00")
    assert case.claims.get().released_at == at("2026-01-15", "00:00")
    assert sweep_one(application_id=case.pk, now=at("2026-01-18")) == 0


@pytest.mark.parametrize("tonnes", ["120", "90.5", "3000"])
def test_coming_back_holds_the_changed_tonnes(world: World, tonnes) -> None:
    """The case's own hold counts as free: it may ask for the whole entry."""
    case = back(world, ask(world, corrected(world), tonnes), "2026-01-09")
    assert world.entry(*BOARDS).held_t == Decimal(tonnes)
    assert movements(case) == [(1, "hold", 120), (1, "release", 120), (2, "hold", Decimal(tonnes))]
    assert reconcile() == []


def test_coming_back_after_the_hold_was_given_back(world: World) -> None:
    """Nobody swept: the hold is given back first, with its own moment, then held anew."""
    case = back(world, corrected(world), "2026-01-16")
    assert movements(case) == [(1, "hold", 120), (1, "release", 120), (2, "hold", 120)]
    assert QuotaMovement.objects.get(kind="release").occurred_at == at("2026-01-15", "00:00")
    assert [row.act for row in case.log.all()] == ["submit", "request_correction", "release_hold", "resubmit"]


def test_tonnes_that_are_gone_change_the_route(world: World) -> None:
    case = corrected(world)
    sweep_one(application_id=case.pk, now=at("2026-01-15"))
    world.filed(now=at("2026-01-15"), items={"900-045-49": "2900"})
    with pytest.raises(RouteChanged) as refused:
        back(world, case, "2026-01-16")
    assert "剩余 100.0000 吨，本次申请 120.0000 吨，超出 20.0000 吨" in refused.value.sentence
    kept = Application.objects.get(pk=case.pk)
    assert (kept.state, kept.round, kept.correction_points.first().answer) == (State.CORRECTION, 1, "")
    case = back(world, case, "2026-01-16", seen_route="over_quota")  # the filer has seen it and goes on
    assert (case.route, case.state) == (Route.OVER_QUOTA, State.ORIGIN_REVIEW)
    claim = case.claims.get(round=2)
    assert (claim.within_t, claim.over_t) == (Decimal(100), Decimal(20))
    assert (clock(case, "whole").status, clock(case, "origin").due_on) == ("ended", date(2026, 1, 23))
    assert LogRow.objects.filter(application=case).last().details["old_route"] == "fast_track"


def test_own_tonnes_are_free_but_no_more(world: World) -> None:
    case = corrected(world)
    world.filed(now=at("2026-01-08"), items={"900-045-49": "2800"})
    ask(world, case, "200.0001")
    with pytest.raises(RouteChanged, match=r"剩余 200\.0000 吨，本次申请 200\.0001 吨"):
        back(world, case, "2026-01-09")
    assert world.entry(*BOARDS).held_t == Decimal(2920)


def test_a_correction_that_becomes_general_asks_the_local_bureau(world: World) -> None:
    case = corrected(world, operator="O-SC2", items={"900-214-08": "10"}, method="R9")
    form = DraftForm(
        operator_id=case.operator_id,
        requested_from=case.requested_from,
        requested_until=case.requested_until,
        items=(ItemForm(waste_code="900-023-29", method="R4", amount_t=Decimal(5)),),
    )
    filer = world.filer_of("G-CQ1")
    save_draft(application_id=case.pk, by=filer, now=at("2026-01-08"), version=case.version, form=form)
    case = back(world, case, "2026-01-09", seen_route="general")
    assert (case.state, case.received_on, case.edition_id) == (State.LOCAL_OPINION, None, None)
    assert world.entry("O-SC2", "900-214-08", "CQ").held_t == Decimal(0)
    assert clock(case, "local").due_on == date(2026, 1, 16)
    assert clock(case, "whole").status == "ended"


# Refusals


@pytest.mark.parametrize(
    ("answers", "named"), [({}, "第 1、2 项"), ({1: "已补"}, "第 2 项"), ({1: "已补", 2: "  "}, "第 2 项")]
)
def test_every_point_must_be_answered(world: World, answers, named) -> None:
    case = corrected(world)
    with pytest.raises(Refused, match=named) as refused:
        back(world, case, "2026-01-08", answers=answers)
    assert refused.value.code == "correction.unanswered"


def test_a_corrected_case_is_checked_like_a_new_one(world: World) -> None:
    case = corrected(world)
    case.attachments.update(removed_at=MONDAY)
    with pytest.raises(CheckFailed):
        back(world, case, "2026-01-08")
    assert world.entry(*BOARDS).held_t == Decimal(120)


def test_a_correction_need_not_begin_later(world: World) -> None:
    """The first day that was asked for lies in the past by now: that is no fault of the filer's."""
    assert back(world, corrected(world), "2026-01-16").requested_from == date(2026, 1, 5)


def test_only_the_filer_comes_back(world: World) -> None:
    with pytest.raises(NotAllowed):
        back(world, corrected(world), "2026-01-08", by=world.user("dazu.viewer"))


def test_coming_back_twice_comes_back_once(world: World) -> None:
    case = back(world, corrected(world), "2026-01-08")
    with pytest.raises(Refused) as refused:
        back(world, case, "2026-01-08")
    assert refused.value.code == "state.moved"
    assert world.entry(*BOARDS).held_t == Decimal(120)


# Lapsing


def test_thirty_working_days_without_an_answer(world: World) -> None:
    case = corrected(world)
    warning = at("2026-02-11", "09:00")  # five working days before Wednesday 25 February
    sweep_one(application_id=case.pk, now=warning)
    event = DeadlineEvent.objects.get(deadline__reference=case.number, rung="warn_five_days")
    assert (event.kind, event.occurred_at, event.details["addressee"]) == ("rung", warning, "filer")
    sweep_one(application_id=case.pk, now=at("2026-02-25", "23:59"))
    assert Application.objects.get(pk=case.pk).state == State.CORRECTION
    sweep_one(application_id=case.pk, now=at("2026-03-02"))
    row = LogRow.objects.get(application=case, act="lapse")
    assert (row.occurred_at, row.recorded_at) == (at("2026-02-26", "00:00"), at("2026-03-02"))
    case = Application.objects.get(pk=case.pk)
    assert (case.state, case.due_at) == (State.LAPSED, None)
    assert not Deadline.objects.open().filter(reference=case.number).exists()
    assert world.entry(*BOARDS).held_t == Decimal(0)
    assert reconcile() == []


def test_a_sweep_that_comes_very_late_does_everything_in_order(world: World) -> None:
    case = corrected(world)
    sweep_one(application_id=case.pk, now=at("2026-06-01"))
    assert [(row.act, row.occurred_at) for row in case.log.all()][2:] == [
        ("release_hold", at("2026-01-15", "00:00")),
        ("lapse", at("2026-02-26", "00:00")),
    ]
    event = DeadlineEvent.objects.get(deadline__reference=case.number, rung="warn_five_days")
    assert event.kind == "missed"


def test_who_comes_back_after_the_lapse_is_told_so_and_nothing_is_lost(world: World) -> None:
    """The refusal takes the clock's act back; the next sweep does it, with its own moment."""
    case = corrected(world)
    with pytest.raises(Refused) as refused:
        back(world, case, "2026-02-26")
    assert refused.value.code == "state.moved"
    assert "现为“视为撤回（逾期未补正）”（系统时钟 2026-02-26 00:00 办理）" in refused.value.sentence
    assert Application.objects.get(pk=case.pk).state == State.CORRECTION
    sweep_one(application_id=case.pk, now=at("2026-02-26", "10:01"))
    assert Application.objects.get(pk=case.pk).state == State.LAPSED
    assert LogRow.objects.get(application=case, act="lapse").occurred_at == at("2026-02-26", "00:00")
