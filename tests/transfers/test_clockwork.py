"""What the clock does by itself, before a person and after a stopped worker (docs/rules.md §§5, 8, 12)."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from apps.catalogue.enums import PaperKind
from apps.deadlines.models import Deadline, DeadlineEvent
from apps.organisations.models import Bureau
from apps.organisations.services.deputies import name_deputy
from apps.transfers.enums import AcceptanceKind, State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, LocalOpinion, LogRow, Paper
from apps.transfers.services.acting import sweep_one
from apps.transfers.services.answering import consent
from apps.transfers.services.noting import take_on
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.reviewing import accept, approve, endorse, reject, take_back
from apps.transfers.services.suspending import resume, suspend
from apps.transfers.services.sweeping import sweep
from tests.transfers.world import World, at

MONDAY = at("2026-01-05")
GENERAL = {"route": "general", "operator": "O-SC2", "items": {"900-023-29": "5"}}
OVER = {"route": "over_quota", "items": {"900-045-49": "3001"}}
PRIOR = {"generator": "G-SC1", "operator": "O-CQ1", "items": {"900-052-31": "10"}}


def fresh(case: Application) -> Application:
    return Application.objects.get(pk=case.pk)


def rungs(case: Application, kind: str) -> list[tuple[str, str, datetime]]:
    events = DeadlineEvent.objects.filter(deadline__reference=case.number, deadline__kind=kind).exclude(rung="")
    return [(event.rung, event.kind, event.occurred_at) for event in events.order_by("occurred_at", "pk")]


def supervision(case: Application) -> tuple[datetime | None, str]:
    case = fresh(case)
    return case.supervised_since, case.supervised_by_role


def lists_of(case: Application) -> list[tuple[str, datetime]]:
    return [(row.act, row.occurred_at) for row in case.log.all()]


# Acceptance by silence (order 23, art. 23)


def test_silence_accepts_at_the_end_of_the_fifth_working_day(world: World) -> None:
    case = world.filed(now=MONDAY)
    sweep_one(application_id=case.pk, now=at("2026-01-12", "23:59"))
    assert fresh(case).accepted_on is None
    sweep_one(application_id=case.pk, now=at("2026-01-13", "00:00"))
    case = fresh(case)
    assert (case.accepted_on, case.accepted_how) == (date(2026, 1, 5), AcceptanceKind.SILENCE)


def test_a_sweep_three_days_late_changes_nothing(world: World) -> None:
    case = world.filed(now=MONDAY)
    late = at("2026-01-15", "10:00")
    assert sweep(now=late).applications == 1
    row = LogRow.objects.get(application=case, act="accept")
    assert (row.occurred_at, row.recorded_at, row.actor) == (at("2026-01-13", "00:00"), late, None)
    assert fresh(case).accepted_on == date(2026, 1, 5)
    paper = Paper.objects.get(application=case, kind=PaperKind.ACCEPTANCE)
    assert paper.dated_on == date(2026, 1, 15)  # a paper bears the day on which it was made
    assert sweep(now=late).clocks == 0
    assert Paper.objects.filter(application=case, kind=PaperKind.ACCEPTANCE).count() == 1


def test_the_clock_acts_before_the_person_without_any_sweep(world: World) -> None:
    case = world.filed(now=MONDAY, **PRIOR)
    case = approve(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-14"))
    assert lists_of(case)[1:] == [("accept", at("2026-01-13", "00:00")), ("approve", at("2026-01-14"))]
    assert case.accepted_how == AcceptanceKind.SILENCE
    kinds = list(Paper.objects.filter(application=case).order_by("pk").values_list("kind", flat=True))
    assert kinds == [PaperKind.RECEIPT, PaperKind.ACCEPTANCE, PaperKind.APPROVAL, PaperKind.NOTICE]
    assert [one for one, *_ in rungs(case, "whole")][-2:] == ["breach", "supervise_section_head"]


def test_who_accepts_after_the_silence_is_told_so(world: World) -> None:
    case = world.filed(now=MONDAY)
    with pytest.raises(Refused) as refused:
        accept(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-13", "00:00"))
    assert refused.value.code == "accepted.already"


# The ladder (docs/rules.md §8)


def test_every_rung_of_the_whole_in_time(world: World) -> None:
    """Filed Monday 5 January, due Monday 12th: reminded on Thursday and Monday at nine, then supervised."""
    case = world.filed(now=MONDAY)
    seen = []
    for moment in ("2026-01-08 09:00", "2026-01-12 09:00", "2026-01-13 00:00", "2026-01-15 00:00", "2026-01-17 00:00"):
        before = at(*moment.split())
        sweep(now=before)
        seen.append((rungs(case, "whole")[-1][2] == before, fresh(case).supervised_by_role))
    assert seen == [(True, ""), (True, ""), (True, "section_head"), (True, "signatory"), (True, "bureau_head")]
    assert rungs(case, "whole") == [
        ("remind_two_days", "rung", at("2026-01-08", "09:00")),
        ("remind_due_day", "rung", at("2026-01-12", "09:00")),
        ("breach", "breached", at("2026-01-13", "00:00")),
        ("supervise_section_head", "rung", at("2026-01-13", "00:00")),
        ("supervise_signatory", "rung", at("2026-01-15", "00:00")),
        ("supervise_bureau_head", "rung", at("2026-01-17", "00:00")),
    ]
    assert supervision(case) == (at("2026-01-13", "00:00"), "bureau_head")
    assert fresh(case).due_at == at("2026-01-13", "00:00")


def test_a_stopped_worker_loses_nothing(world: World) -> None:
    """Back on the 16th: the reminders are missed, the breach is there once, with its own moment."""
    case, now = world.filed(now=MONDAY), at("2026-01-16")
    sweep(now=now)
    assert [(rung, kind) for rung, kind, _ in rungs(case, "whole")] == [
        ("remind_two_days", "missed"),
        ("remind_due_day", "missed"),
        ("breach", "breached"),
        ("supervise_section_head", "rung"),
        ("supervise_signatory", "rung"),
    ]
    breach = DeadlineEvent.objects.get(deadline__reference=case.number, rung="breach")
    assert (breach.occurred_at, breach.recorded_at) == (at("2026-01-13", "00:00"), now)
    assert breach.details["holder"]["bureau"] == "重庆市生态环境局"
    assert supervision(case) == (at("2026-01-13", "00:00"), "signatory")
    sweep(now=now)
    assert DeadlineEvent.objects.filter(rung="breach").count() == 1


def test_silence_never_approves(world: World) -> None:
    case = world.filed(now=MONDAY)
    sweep(now=at("2026-12-31"))
    assert fresh(case).state == State.ORIGIN_REVIEW


def test_the_origins_target_of_three_days_is_only_a_reminder(world: World) -> None:
    case = world.filed(now=MONDAY)
    sweep(now=at("2026-01-08", "09:00"))
    sweep(now=at("2026-01-09"))
    assert rungs(case, "target") == [("remind_due_day", "rung", at("2026-01-08", "09:00"))]
    assert supervision(case) == (None, "")


def test_the_destinations_ladder_on_over_quota(world: World) -> None:
    """Ten working days after Tuesday 6 January: Tuesday 20th. The letter is due−1 and due+1."""
    case = world.filed(now=MONDAY, **OVER)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    sweep(now=at("2026-01-26"))
    assert [(rung, moment) for rung, _, moment in rungs(case, "destination")] == [
        ("remind_two_days", at("2026-01-16", "09:00")),
        ("letter_before", at("2026-01-19", "09:00")),
        ("remind_due_day", at("2026-01-20", "09:00")),
        ("breach", at("2026-01-21", "00:00")),
        ("supervise_section_head", at("2026-01-21", "00:00")),
        ("letter_after", at("2026-01-21", "09:00")),
        ("supervise_signatory", at("2026-01-23", "00:00")),
    ]
    breach = DeadlineEvent.objects.get(rung="breach")
    assert breach.details["holder"]["bureau"] == "四川省生态环境厅"


def test_supervision_ends_with_the_stage_that_was_late(world: World) -> None:
    """The origin was late; what it passes on is not the destination's fault."""
    case = world.filed(now=MONDAY, **OVER)
    sweep(now=at("2026-01-13"))
    assert supervision(case) == (at("2026-01-13", "00:00"), "section_head")
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-13"))
    assert supervision(case) == (None, "")
    assert DeadlineEvent.objects.filter(deadline__reference=case.number, rung="breach").count() == 1


def test_supervision_of_the_whole_stays_until_the_end(world: World) -> None:
    case = world.filed(now=MONDAY)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-13"))
    assert supervision(case) == (at("2026-01-13", "00:00"), "section_head")
    case = consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-14"))
    assert case.state == State.APPROVED
    assert supervision(case) == (None, "")


def test_supervision_only_rises_however_late_it_is_told(world: World) -> None:
    """The destination's day was Sunday 11th, which is no breach; the whole's Monday 12th is one."""
    case = world.filed(now=MONDAY)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    assert Deadline.objects.get(reference=case.number, kind="destination").due_on == date(2026, 1, 11)
    sweep(now=at("2026-01-12"))
    assert supervision(case) == (None, "")
    sweep(now=at("2026-01-15"))
    assert supervision(case) == (at("2026-01-13", "00:00"), "signatory")
    assert DeadlineEvent.objects.filter(deadline__reference=case.number, kind="breached").count() == 1


@pytest.mark.parametrize(
    ("endorsed", "limit"), [("2026-01-08", date(2026, 1, 11)), ("2026-01-09", None), ("2026-01-12", None)]
)
def test_the_destination_has_a_limit_if_it_had_a_working_day(world: World, endorsed, limit) -> None:
    case = world.filed(now=MONDAY)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at(endorsed))
    clock = Deadline.objects.filter(reference=case.number, kind="destination").first()
    assert (clock.due_on if clock else None) == limit
    letter = Paper.objects.get(application=case, kind=PaperKind.LETTER)
    assert f"1月{limit.day if limit else 12}日" in str(letter.content)


def test_taking_back_waits_for_the_limit(world: World) -> None:
    case, handler = world.filed(now=MONDAY), world.user("cq.handler")
    endorse(application_id=case.pk, by=handler, now=at("2026-01-06"))
    with pytest.raises(Refused) as refused:
        take_back(application_id=case.pk, by=handler, now=at("2026-01-11", "23:59"))
    assert refused.value.code == "destination.in_time"
    case = take_back(application_id=case.pk, by=handler, now=at("2026-01-12", "00:00"))
    assert (case.state, case.answer) == (State.DECISION, "none")
    with pytest.raises(Refused) as refused:
        approve(application_id=case.pk, by=handler, now=at("2026-01-12"))
    assert refused.value.code == "consent.missing"
    assert (
        reject(application_id=case.pk, by=handler, now=at("2026-01-12"), reasons="接受地逾期未复").state == "rejected"
    )


# The local bureau's days


def test_a_case_passes_on_when_the_local_days_are_over(world: World) -> None:
    case = world.filed(now=MONDAY, **GENERAL)
    sweep(now=at("2026-01-14"))
    case = fresh(case)
    assert (case.state, case.received_on) == (State.ORIGIN_REVIEW, date(2026, 1, 12))
    assert (LocalOpinion.objects.get().agrees, LocalOpinion.objects.get().given_at) == (None, at("2026-01-13", "00:00"))
    assert lists_of(case)[1] == ("give_opinion", at("2026-01-13", "00:00"))
    origin = Deadline.objects.get(reference=case.number, kind="origin")
    assert (origin.started_on, origin.due_on) == (date(2026, 1, 12), date(2026, 1, 19))
    assert supervision(case) == (None, "")  # the promise of the local bureau is no delay of the origin's
    with pytest.raises(Refused) as refused:
        give_opinion(application_id=case.pk, by=world.user("dazu.local"), now=at("2026-01-14"), agrees=True, text="")
    assert refused.value.code == "state.moved"


def test_a_late_sweep_of_the_local_days_records_what_a_punctual_one_does(world: World) -> None:
    punctual, late = world.filed(now=MONDAY, **GENERAL), world.filed(now=MONDAY, **GENERAL)
    end = at("2026-01-28", "09:00")
    while moments := list(
        Deadline.objects.due(end).filter(reference=punctual.number).values_list("next_at", flat=True)
    ):
        sweep_one(application_id=punctual.pk, now=min(moments))
    sweep_one(application_id=late.pk, now=end)
    for kind in ("local", "origin"):
        moments = [(rung, moment) for rung, _, moment in rungs(punctual, kind)]
        assert moments == [(rung, moment) for rung, _, moment in rungs(late, kind)]
    assert lists_of(punctual) == lists_of(late)
    assert supervision(punctual) == supervision(late) == (at("2026-01-20", "00:00"), "bureau_head")
    assert [row.accepted_on for row in (fresh(punctual), fresh(late))] == [date(2026, 1, 12)] * 2


# Suspension


def test_a_suspended_review_goes_on_by_itself(world: World) -> None:
    """Stopped Wednesday 7th with three days left, expected end Thursday 15th: due on Tuesday 20th."""
    case = world.filed(now=MONDAY)
    asked = {"reason": "experts", "explanation": "请专家评审", "expected_end_on": date(2026, 1, 15)}
    handler = world.user("cq.handler")
    case = suspend(application_id=case.pk, by=handler, now=at("2026-01-07"), **asked)
    assert (case.state, case.due_at) == (State.SUSPENDED, at("2026-01-16", "00:00"))
    sweep(now=at("2026-01-18"))
    case = fresh(case)
    assert (case.state, case.suspended_from) == (State.ORIGIN_REVIEW, "")
    assert lists_of(case)[-1] == ("resume", at("2026-01-16", "00:00"))
    assert case.due_at == at("2026-01-21", "00:00")
    with pytest.raises(Refused) as refused:
        suspend(
            application_id=case.pk, by=handler, now=at("2026-01-19"), **asked | {"expected_end_on": date(2026, 1, 23)}
        )
    assert refused.value.code == "suspension.again"


@pytest.mark.parametrize(
    ("resumed", "due"),
    [("2026-01-14", date(2026, 1, 14)), ("2026-01-17", date(2026, 1, 19))],
    ids=["workday", "weekend"],
)
def test_nothing_may_be_left_after_a_suspension(world: World, resumed, due) -> None:
    case, handler = world.filed(now=MONDAY), world.user("cq.handler")
    suspend(
        application_id=case.pk,
        by=handler,
        now=at("2026-01-12"),
        reason="testing",
        explanation="送检",
        expected_end_on=date(2026, 1, 23),
    )
    case = resume(application_id=case.pk, by=handler, now=at(resumed))
    assert Deadline.objects.get(reference=case.number, kind="whole").due_on == due


# Closing


def test_an_approval_closes_ten_working_days_after_its_last_day(world: World) -> None:
    case = world.filed(now=MONDAY, period=("2026-01-05", "2026-01-30"), **PRIOR)
    approve(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-06"))
    sweep(now=at("2026-02-13", "23:59"))
    assert fresh(case).state == State.APPROVED
    sweep(now=at("2026-02-25"))
    case = fresh(case)
    assert (case.state, lists_of(case)[-1]) == (State.CLOSED, ("close", at("2026-02-14", "00:00")))
    assert "移出人未申报执行完毕" in case.settlement_flag
    assert world.entry("O-CQ1", "900-052-31", "SC").used_t == Decimal(10)  # nothing is restored unasked


# Whom the ladder tells


def names(case: Application, rung: str) -> list[str]:
    event = DeadlineEvent.objects.filter(deadline__reference=case.number, rung=rung).latest("pk")
    return [one["name"] for one in event.details["told"]]


def test_each_rung_names_who_stands_in_the_role_that_day(world: World) -> None:
    case = world.filed(now=MONDAY)
    head, deputy = world.user("cq.section_head"), world.user("cq.handler")
    bureau = Bureau.objects.get(level="provincial", province__short="CQ")
    take_on(application_id=case.pk, by=world.user("cq.handler"), now=MONDAY)
    name_deputy(
        bureau=bureau,
        person=head,
        deputy=deputy,
        by=head,
        valid_from=date(2026, 1, 12),
        valid_until=date(2026, 1, 12),
        on=date(2026, 1, 5),
        at=MONDAY,
    )
    # Told of late, when the deputy's time is over: it is the rung's own day that counts.
    sweep(now=at("2026-01-08", "09:30"))
    sweep(now=at("2026-01-20"))
    assert names(case, "remind_two_days") == [str(deputy)]
    assert names(case, "breach") == [str(deputy)]
    assert names(case, "supervise_section_head") == [str(head), f"{deputy}（代{head}）"]
    assert names(case, "supervise_signatory") == [str(world.user("cq.signatory"))]
    assert names(case, "supervise_bureau_head") == [str(world.user("cq.bureau_head"))]


def test_a_missed_reminder_tells_nobody(world: World) -> None:
    case = world.filed(now=MONDAY)
    sweep(now=at("2026-01-13"))
    assert [names(case, rung) for rung in ("remind_two_days", "remind_due_day")] == [[], []]
    assert names(case, "breach")


def test_the_reminder_letter_is_the_origins_to_write(world: World) -> None:
    case = world.filed(now=MONDAY)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    take_on(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    sweep(now=at("2026-01-09", "10:00"))
    assert names(case, "letter_before") == [str(world.user("cq.handler"))]


def test_the_local_bureau_is_reminded_and_nobody_supervises_it(world: World) -> None:
    case = world.filed(now=MONDAY, **GENERAL)
    sweep(now=at("2026-01-08", "09:30"))
    assert names(case, "remind_two_days") == [str(world.user("dazu.local"))]
    sweep(now=at("2026-01-13"))
    assert [one for one, *_ in rungs(case, "local")] == ["remind_two_days", "remind_due_day", "breach"]
