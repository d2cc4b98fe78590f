"""In whose hands a case was, for how many working days; and over many cases."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import WorkCalendar, count_working_days
from apps.figures.keeping import keep_times
from apps.figures.models import CaseTime, TimeDue
from apps.figures.time_use import AskedTimes, Spread, time_use
from apps.figures.times import Holder, Turn, days_by_holder, holder_at, stretches_of
from apps.transfers.models import Application, LogRow
from apps.transfers.services.answering import consent
from apps.transfers.services.filing import resubmit, withdraw
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import Point, approve, endorse, reject, request_correction
from apps.transfers.services.suspending import suspend
from apps.transfers.services.sweeping import sweep
from tests.transfers.world import World, at, demo_world

PLAIN = WorkCalendar(frozenset(), frozenset(), frozenset({2026}))
GENERAL = {"route": "general", "operator": "O-SC2", "items": {"900-023-29": "5"}}


@pytest.fixture
def world(db: None, settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return demo_world()


def turns_of(case: Application) -> list[Turn]:
    rows = LogRow.objects.filter(application=case).order_by("position")
    return [Turn(row.occurred_at, row.actor_id is None, row.to_state) for row in rows]


def kept(case: Application) -> tuple[int, ...]:
    row = CaseTime.objects.get(pk=case.pk)
    return row.local_days, row.origin_days, row.destination_days, row.applicant_days, row.stopped_days


def test_days_go_to_whoever_held_the_case() -> None:
    turns = [
        Turn(at("2026-01-05"), is_by_clock=False, to_state="origin_review"),
        Turn(at("2026-01-06"), is_by_clock=False, to_state="correction"),
        Turn(at("2026-01-08"), is_by_clock=False, to_state="origin_review"),
        Turn(at("2026-01-08", "15:00"), is_by_clock=False, to_state="origin_review"),  # accepted: nobody else's hands
        Turn(at("2026-01-09"), is_by_clock=False, to_state="suspended"),
        Turn(at("2026-01-17", "00:00"), is_by_clock=True, to_state="origin_review"),  # at the end of Friday 16th
        Turn(at("2026-01-19"), is_by_clock=False, to_state="destination_review"),
        Turn(at("2026-01-21"), is_by_clock=False, to_state="approved"),
        Turn(at("2026-03-02"), is_by_clock=False, to_state="closed"),
    ]
    stretches = stretches_of(turns, today=date(2026, 6, 1), calendar=PLAIN)
    assert list(days_by_holder(stretches).values()) == [0, 1 + 1 + 1, 2, 2, 5]
    whole = count_working_days(after=date(2026, 1, 5), until=date(2026, 1, 21), calendar=PLAIN)
    assert sum(one.days for one in stretches) == whole
    assert holder_at(stretches, at("2026-01-20", "00:00")) == Holder.DESTINATION
    assert holder_at(stretches, at("2026-01-19")) == Holder.ORIGIN  # until the moment itself
    assert holder_at(stretches, at("2026-01-22")) is None


def test_an_open_case_counts_until_today() -> None:
    turns = [Turn(at("2026-01-05"), is_by_clock=False, to_state="origin_review")]
    assert [one.days for one in stretches_of(turns, today=date(2026, 1, 12), calendar=PLAIN)] == [5]
    assert stretches_of([], today=date(2026, 1, 12), calendar=PLAIN) == []


def test_percentiles_are_of_cases_not_of_days() -> None:
    spread = Spread(Counter({0: 1, 2: 4, 3: 4, 30: 1}))
    assert (spread.cases, spread.median, spread.late_tail, spread.days) == (10, 2, 3, 50)
    assert Spread().median is None


def test_the_times_of_ended_cases_are_kept(world: World) -> None:
    handler, other = world.user("cq.handler"), world.user("sc.handler")
    plain = world.filed(now=at("2026-01-05"))
    endorse(application_id=plain.pk, by=handler, now=at("2026-01-06"))
    consent(application_id=plain.pk, by=other, now=at("2026-01-08"))
    general = world.filed(now=at("2026-01-05"), **GENERAL)
    give_opinion(application_id=general.pk, by=world.user("dazu.local"), now=at("2026-01-07"), agrees=True, text="同意")
    reject(application_id=general.pk, by=handler, now=at("2026-01-16"), reasons="材料不实")  # due on the 14th
    mended = world.filed(now=at("2026-01-05"))
    point = Point("委托合同", "未盖章", "请补盖公章")
    request_correction(application_id=mended.pk, by=handler, now=at("2026-01-06"), points=[point])
    filer = world.filer_of("G-CQ1")
    resubmit(application_id=mended.pk, by=filer, now=at("2026-01-09"), seen_route="fast_track", answers={1: "已补盖。"})
    withdraw(application_id=mended.pk, by=filer, now=at("2026-01-12"), reason="不再需要")
    still = world.filed(now=at("2026-01-05"))
    assert keep_times() == TimeDue.objects.count() + 3
    assert [kept(case) for case in (plain, general, mended)] == [(0, 1, 2, 0, 0), (2, 7, 0, 0, 0), (0, 2, 0, 3, 0)]
    assert CaseTime.objects.get(pk=general.pk).late_with == ["origin"]
    assert not CaseTime.objects.filter(pk=still.pk).exists()
    assert keep_times() == 0

    use = time_use(AskedTimes(2026))
    assert (use.whole.cases, use.whole.in_time, use.late_with) == (3, 2, Counter({"origin": 1}))
    assert use.whole.by_holder[Holder.ORIGIN].median == 2
    assert use.months[1].authorities.late_tail == 9
    assert use.routes["fast_track"].cases == 2
    assert use.pairs["500000", "510000"].cases == 3
    assert time_use(AskedTimes(2026, provinces=frozenset({"530000"}))).whole.cases == 0
    assert time_use(AskedTimes(2026, pair=("500000", "510000"))).whole.share == pytest.approx(66.67, abs=0.01)


def test_a_recalled_decision_is_taken_out_and_counted_anew(world: World) -> None:
    by = world.user("sc.handler")
    case = world.filed(now=at("2026-01-05"), generator="G-SC1", operator="O-CQ1", items={"900-052-31": "10"})
    approve(application_id=case.pk, by=by, now=at("2026-01-06"))
    keep_times()
    assert kept(case) == (0, 1, 0, 0, 0)
    recall(application_id=case.pk, by=by, now=at("2026-01-06", "10:05"), reason="有误")
    keep_times()
    assert not CaseTime.objects.filter(pk=case.pk).exists()
    approve(application_id=case.pk, by=by, now=at("2026-01-08"))
    keep_times()
    assert kept(case) == (0, 3, 0, 0, 0)


def test_a_stop_is_nobodys_time(world: World) -> None:
    case, by = world.filed(now=at("2026-01-05")), world.user("cq.handler")
    suspend(
        application_id=case.pk, by=by, now=at("2026-01-07"), reason="experts", explanation="请专家评审",
        expected_end_on=date(2026, 1, 15),
    )  # fmt: skip
    sweep(now=at("2026-01-18"))
    stretches = stretches_of(turns_of(case), today=date(2026, 1, 20), calendar=load_calendar())
    assert [(one.holder, one.days) for one in stretches] == [("origin", 2), ("stopped", 6), ("origin", 3)]
