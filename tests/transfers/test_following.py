"""What a suspension does to approvals: paused by the clock with a notice, resumed when the last cause is gone."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.organisations.services.parties import change_permit_status
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Pause
from apps.transfers.services import following
from apps.transfers.services.following import Followed, follow_suspensions
from apps.transfers.services.pausing import lift_pause, pause
from apps.transfers.services.shipping import record_shipment
from apps.whitelists.models import Bar, ListEvent
from apps.whitelists.services.suspending import lift, suspend_edition, suspend_entry, suspend_operator
from tests.faults.cases import approved
from tests.transfers.world import World, at, demo_world

NOW, TODAY = at("2026-03-02"), date(2026, 3, 2)
PAPER = {"document_no": "川环罚〔2026〕3号", "reason": "超许可范围贮存"}
LIFTED = {"document_no": "川环函〔2026〕90号", "reason": "整改到位"}


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def built(db: None) -> World:
    world = demo_world()
    approved(world)
    return world


@pytest.fixture
def world(built: World) -> Iterator[World]:
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)


def case_of() -> Application:
    return Application.objects.get(state="approved")


def entry_suspended(world: World, **given: object) -> Bar:
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    asked = {"by": world.user("sc.whitelist_admin"), "now": NOW, "from_on": TODAY, **PAPER, **given}
    return suspend_entry(entry_id=entry.pk, **asked)


def lifted(world: World, bar: Bar, on: str = "2026-03-09") -> Bar:
    by, day = world.user("sc.whitelist_admin"), date.fromisoformat(on)
    return lift(bar_id=bar.pk, by=by, now=at(on), lifted_on=day, **LIFTED)


def permit_becomes(world: World, status: str, on: str) -> None:
    permit = world.enterprise("O-SC1").permits.get(valid_from__year=2025)
    day = date.fromisoformat(on)
    change_permit_status(
        permit=permit, status=status, document_no="川环罚〔2026〕8号", effective_on=day, reason="", by=None, now=at(on)
    )


def ship(world: World, case: Application, now: str) -> None:
    record_shipment(
        application_id=case.pk,
        by=world.filer_of("G-CQ1"),
        now=at(now),
        item_id=case.items.get().pk,
        manifest_no="20265001000077",
        amount_t=Decimal(5),
        shipped_on=date.fromisoformat(now),
        carrier_name="重庆示例危货运输有限公司",
    )


def words(case: Application, kind: str) -> str:
    paper = case.papers.filter(kind=kind).latest("pk")
    return "".join(block.get("text", "") for block in paper.content)


def test_an_approval_is_paused_with_a_notice_and_resumed_with_another(world: World) -> None:
    case, bar = case_of(), entry_suspended(world)
    assert follow_suspensions(now=at("2026-03-02", "10:01")).applications == 1
    row = case.pauses.get()
    assert (row.source, row.reference, row.from_on, row.document_no, row.recorded_by) == (
        *("bar", f"bar:{bar.pk}", TODAY, PAPER["document_no"]),
        None,
    )
    told = words(case, "pause")
    for said in ("据四川省生态环境厅川环罚〔2026〕3号函告", "超许可范围贮存", "未转移的120.0000吨不得转移"):
        assert said in told
    copies = case.papers.get(kind="pause").copies
    assert {
        "四川省生态环境厅",
        "重庆市交通运输委员会",
        "四川省交通运输厅",
        "大足区生态环境局",
        "遂宁市生态环境局",
    } < set(copies)
    assert case.operator.name in copies
    with pytest.raises(Refused) as refused, transaction.atomic():
        ship(world, case, "2026-03-03")
    assert refused.value.code == "shipment.paused"
    lifted(world, bar)
    assert follow_suspensions(now=at("2026-03-09", "10:01")).applications == 1
    assert case.pauses.get().until_on == date(2026, 3, 8)
    told = words(case, "pause_lifted")
    for said in ("据四川省生态环境厅川环函〔2026〕90号函告", "整改到位", "自2026年3月9日起恢复执行", "不因暂停延长"):
        assert said in told
    ship(world, case, "2026-03-09")
    rows = case.log.filter(actor=None).values_list("act", "to_state", "actor_name")
    assert list(rows) == [("pause", "approved", "系统时钟"), ("lift_pause", "approved", "系统时钟")]


def test_a_second_sweep_changes_nothing_and_a_late_one_keeps_the_causes_own_moments(world: World) -> None:
    case = case_of()
    entry_suspended(world, from_on=date(2026, 3, 5))
    assert follow_suspensions(now=at("2026-03-04", "23:59")).applications == 0
    late = at("2026-03-20")
    assert follow_suspensions(now=late).applications == 1
    assert follow_suspensions(now=late) == Followed(0, 0)
    assert case.pauses.get().from_on == date(2026, 3, 5)
    row = case.log.latest("position")
    assert (row.occurred_at, row.recorded_at) == (at("2026-03-05", "00:00"), late)
    assert case.papers.get(kind="pause").dated_on == date(2026, 3, 20)


def test_it_goes_on_only_when_the_last_cause_is_gone_whoever_paused(world: World) -> None:
    case, origin = case_of(), world.user("cq.handler")
    bar = entry_suspended(world)
    permit_becomes(world, "suspended", "2026-03-03")
    follow_suspensions(now=at("2026-03-03", "12:00"))
    assert sorted(case.pauses.values_list("source", flat=True)) == ["bar", "permit"]
    pause(application_id=case.pk, by=origin, now=at("2026-03-04"), until_on=None, reason="检查")
    lifted(world, bar)
    follow_suspensions(now=at("2026-03-09", "12:00"))
    assert not case.papers.filter(kind="pause_lifted").exists()
    assert case.log.latest("position").details["is_still_paused"]
    lift_pause(application_id=case.pk, by=origin, now=at("2026-03-10"), reason="查清")
    with pytest.raises(Refused) as refused:
        lift_pause(application_id=case.pk, by=origin, now=at("2026-03-10"), reason="再来")
    assert (refused.value.code, "川环罚〔2026〕8号" in refused.value.sentence) == ("pause.followed", True)
    assert not case.papers.filter(kind="pause_lifted").exists()
    permit_becomes(world, "valid", "2026-03-16")
    follow_suspensions(now=at("2026-03-16", "12:00"))
    assert "自2026年3月16日起恢复执行" in words(case, "pause_lifted")
    assert not case.pauses.filter(until_on=None).exists()


def test_a_permit_that_is_not_valid_any_more_pauses_and_its_paper_says_so(world: World) -> None:
    case = case_of()
    permit_becomes(world, "revoked", "2026-03-02")
    follow_suspensions(now=NOW)
    assert "的危险废物经营许可证自2026年3月2日起被吊销" in words(case, "pause")
    assert case.pauses.get().source == "permit"


def test_another_permit_that_covers_the_waste_keeps_it_going(world: World) -> None:
    case, old = case_of(), world.enterprise("O-SC1").permits.get(valid_from__year=2025)
    other = old.enterprise.permits.create(
        number="川环危第510903902号", kind=old.kind, valid_from=TODAY, valid_until=old.valid_until
    )
    line = old.lines.get(waste_code="900-045-49", method="R4")
    other.lines.create(waste_code=line.waste_code, method=line.method, capacity_t=line.capacity_t)
    permit_becomes(world, "suspended", "2026-03-02")
    assert follow_suspensions(now=NOW).told == 0
    assert not case.pauses.exists()


@pytest.mark.parametrize("scope", ["edition", "operator", "code", "other_code", "other_operator"])
def test_whatever_is_suspended_touches_what_hangs_on_it_and_nothing_else(world: World, scope: str) -> None:
    case, by = case_of(), world.user("sc.whitelist_admin")
    order = {"by": by, "now": NOW, "from_on": TODAY, **PAPER}
    operator = world.enterprise("O-SC2" if scope == "other_operator" else "O-SC1")
    if scope == "edition":
        suspend_edition(edition_id=case.edition_id, **order)
    else:
        code = {"code": "900-045-49", "other_code": "900-249-08"}.get(scope, "")
        suspend_operator(operator_id=operator.pk, waste_code=code, **order)
    assert follow_suspensions(now=NOW).applications == (0 if scope.startswith("other") else 1)


def test_an_approval_with_nothing_left_to_ship_is_left_alone(world: World) -> None:
    case = case_of()
    item = case.items.get()
    case.shipments.create(
        item=item,
        manifest_no="20265001000088",
        amount_t=item.approved_t,
        shipped_on=date(2026, 2, 2),
        carrier_name="示例",
        recorded_by=world.filer_of("G-CQ1"),
        recorded_at=at("2026-02-02"),
    )
    entry_suspended(world)
    assert follow_suspensions(now=NOW).applications == 0
    # Nor is one whose validity is over.
    case.shipments.all().delete()
    assert follow_suspensions(now=at("2027-01-02")).applications == 0


def test_the_suspension_comes_before_a_person_though_the_sweep_is_late(world: World) -> None:
    case = case_of()
    entry_suspended(world)
    with pytest.raises(Refused) as refused, transaction.atomic():
        ship(world, case, "2026-03-02")
    assert refused.value.code == "shipment.paused"
    pause(application_id=case.pk, by=world.user("cq.handler"), now=NOW, until_on=None, reason="检查")
    assert list(case.log.order_by("-position").values_list("act", "actor_name")[:2]) == [
        ("pause", str(world.user("cq.handler"))),
        ("pause", "系统时钟"),
    ]
    assert Pause.objects.filter(application=case).count() == 2


def test_a_dated_pause_of_a_person_moves_the_day_on_which_it_goes_on(world: World) -> None:
    case, bar = case_of(), entry_suspended(world)
    handler = world.user("cq.handler")
    pause(application_id=case.pk, by=handler, now=NOW, until_on=date(2026, 3, 15), reason="检查")
    lifted(world, bar)
    follow_suspensions(now=at("2026-03-09", "12:00"))
    assert "自2026年3月16日起恢复执行" in words(case, "pause_lifted")


def test_senders_with_something_under_way_are_told_once_of_the_suspension_and_of_its_end(world: World) -> None:
    world.draft(generator="G-CQ1", now=at("2026-02-27"))
    world.draft(generator="G-CQ3", now=at("2026-02-27"))
    other = world.enterprise("G-CQ3")
    bar = entry_suspended(world, from_on=date(2026, 3, 6))
    assert follow_suspensions(now=NOW).told == 1
    assert follow_suspensions(now=NOW).told == 0
    mine = ListEvent.objects.filter(reference=f"bar:{bar.pk}", recipients__enterprise__in=[other, case_of().generator])
    event = mine.distinct().get()
    assert (event.kind, event.occurred_at) == ("suspended", NOW)
    assert "自 2026-03-06 起暂停（川环罚〔2026〕3号：超许可范围贮存）" in event.sentence
    assert event.recipients.count() == 2
    lifted(world, bar)
    assert follow_suspensions(now=at("2026-03-09", "10:05")).told == 1
    assert mine.distinct().count() == 2


def test_senders_are_told_once_of_each_new_status_of_a_permit_on_which_what_they_send_rests(world: World) -> None:
    world.draft(generator="G-CQ3", now=at("2026-02-27"))
    senders = {case_of().generator_id, world.enterprise("G-CQ3").pk}
    permit_becomes(world, "suspended", "2026-03-02")
    assert follow_suspensions(now=NOW).told == 1
    assert follow_suspensions(now=NOW).told == 0
    event = ListEvent.objects.get(kind="permit_status")
    assert set(event.recipients.values_list("enterprise", flat=True)) == senders
    assert "自 2026-03-02 起暂扣（川环罚〔2026〕8号）" in event.sentence
    permit_becomes(world, "valid", "2026-03-09")
    assert follow_suspensions(now=at("2026-03-09", "10:05")).told == 1
    assert "因此暂停的批准恢复转移" in ListEvent.objects.filter(kind="permit_status").latest("pk").sentence


def test_a_sweep_with_nothing_to_do_asks_no_more_for_more_approvals(world: World) -> None:
    entry_suspended(world)
    follow_suspensions(now=NOW)
    follow_suspensions(now=NOW)
    with CaptureQueriesContext(connection) as one:
        follow_suspensions(now=NOW)
    others = [approved(world) for _ in range(2)]
    assert follow_suspensions(now=NOW).applications == len(others)
    with CaptureQueriesContext(connection) as many:
        follow_suspensions(now=NOW)
    assert len(many) == len(one)


def test_one_approval_that_fails_stops_no_other(world: World, monkeypatch, caplog) -> None:
    broken, other = case_of(), approved(world)
    entry_suspended(world)
    original = following.follow_one

    def fail_for_one(*, application_id: int, now: datetime) -> bool:
        if application_id == broken.pk:
            raise ValueError("broken")
        return original(application_id=application_id, now=now)

    monkeypatch.setattr(following, "follow_one", fail_for_one)
    assert follow_suspensions(now=NOW) == Followed(1, 1, 1)
    assert (broken.pauses.count(), other.pauses.count()) == (0, 1)
    assert f"following failed for application {broken.pk}" in caplog.text
