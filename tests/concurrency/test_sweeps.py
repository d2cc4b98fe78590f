"""The clock at the same moment twice, and the clock against a person: every rung and every act once."""

from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings as project
from django.db import IntegrityError

from apps.deadlines.models import DeadlineEvent
from apps.deadlines.services import set_clock_shift
from apps.transfers.enums import AcceptanceKind, State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, LogRow
from apps.transfers.services import clockwork, sweeping
from apps.transfers.services.acting import sweep_one
from apps.transfers.services.filing import resubmit
from apps.transfers.services.reviewing import Point, request_correction
from apps.transfers.services.sweeping import sweep
from apps.transfers.tasks import sweep_deadlines
from tests.concurrency.cases import (
    FIFTH_DAY_OVER,
    MONDAY,
    acts_of,
    books_agree,
    doing,
    kinds_of,
    logs_are_complete,
    meet_before_the_lock,
)
from tests.concurrency.together import at_once, in_step, without_row_locks
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)

A_MINUTE = timedelta(minutes=1)
POINT = Point("委托合同", "未盖章", "请补盖公章")


def ten_due(world: World) -> list[Application]:
    return [world.filed(items={"900-045-49": "10"}, now=MONDAY) for _ in range(10)]


def everything() -> list[list[tuple]]:
    """All that a sweep may write, as it stands, to compare before and after."""
    cases = Application.objects.order_by("pk").values_list("pk", "state", "version", "log_length", "due_at")
    return [
        list(cases),
        *(list(rows.order_by("pk").values_list("pk")) for rows in (LogRow.objects, DeadlineEvent.objects)),
    ]


def all_was_done_once(cases) -> bool:
    for case in cases:
        if acts_of(case) != ["submit", "accept"] or kinds_of(case) != ["receipt", "acceptance"]:
            return False
    rungs_told = list(DeadlineEvent.objects.exclude(rung="").values_list("deadline", "round", "rung"))
    breached = DeadlineEvent.objects.filter(kind="breached", deadline__kind="whole").count()
    return len(rungs_told) == len(set(rungs_told)) and breached == len(cases)


def test_two_sweeps_at_once_do_everything_once(real_world, monkeypatch):
    cases = ten_due(real_world)
    in_step(monkeypatch, sweeping, "pending", 2)  # both have read the same ten
    one, other = at_once(lambda: sweep(now=FIFTH_DAY_OVER), lambda: sweep(now=FIFTH_DAY_OVER))
    assert all_was_done_once(cases)
    clocks = DeadlineEvent.objects.filter(kind="breached").values("deadline").distinct().count()
    assert clocks == 10
    # Acceptance, target and whole of ten cases: shared between the two, none served twice.
    assert one.clocks + other.clocks == 30
    assert logs_are_complete()
    before = everything()
    assert sweep(now=FIFTH_DAY_OVER).clocks == 0
    assert everything() == before


def test_control_without_locks_two_sweeps_meet_at_the_databases_keys(real_world, monkeypatch):
    case = real_world.filed(now=MONDAY)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, clockwork, "lock_due", 2)  # both have read what is due
    work = [lambda: sweep_one(application_id=case.pk, now=FIFTH_DAY_OVER)] * 2
    failures = [answer for answer in at_once(*work) if not isinstance(answer, int)]
    assert [type(failure) for failure in failures] == [IntegrityError]


def test_with_the_lock_the_second_of_two_sweeps_of_one_case_finds_nothing(real_world, monkeypatch):
    """The two of the control, with their lock."""
    case = real_world.filed(now=MONDAY)
    meet_before_the_lock(monkeypatch, 2)
    work = [lambda: sweep_one(application_id=case.pk, now=FIFTH_DAY_OVER)] * 2
    assert sorted(at_once(*work)) == [0, 3]
    assert all_was_done_once([case])


def the_clock(case, now):
    return lambda: sweep_one(application_id=case.pk, now=now)


@pytest.mark.parametrize("early", [timedelta(0), A_MINUTE])
def test_acceptance_by_silence_or_a_correction_never_both(real_world, monkeypatch, early):
    """At the due moment the clock comes first whoever carries it; a minute before, whoever comes first wins."""
    case = real_world.filed(now=MONDAY)
    asks = doing(request_correction, case, real_world.user("cq.handler"), FIFTH_DAY_OVER - early, points=[POINT])
    meet_before_the_lock(monkeypatch, 2)
    _, asked = at_once(the_clock(case, FIFTH_DAY_OVER), asks)
    sweep(now=FIFTH_DAY_OVER)  # what the clock left to the person's transaction, if that was refused
    case = Application.objects.get(pk=case.pk)
    if isinstance(asked, Application):
        assert early
        assert (case.state, case.accepted_on, acts_of(case)) == (
            State.CORRECTION,
            None,
            ["submit", "request_correction"],
        )
    else:
        assert isinstance(asked, Refused)
        assert asked.code == "accepted.already"
        assert (case.state, case.accepted_how) == (State.ORIGIN_REVIEW, AcceptanceKind.SILENCE)
        assert acts_of(case) == ["submit", "accept"]
    assert logs_are_complete()


def in_correction(world: World) -> tuple[Application, object]:
    case = world.filed(now=MONDAY)
    request_correction(application_id=case.pk, by=world.user("cq.handler"), now=MONDAY, points=[POINT])
    case = Application.objects.get(pk=case.pk)
    return case, case.due_at


@pytest.mark.parametrize("early", [timedelta(0), A_MINUTE])
def test_lapsed_or_answered_never_both(real_world, monkeypatch, early):
    case, lapses_at = in_correction(real_world)
    answers = doing(
        resubmit,
        case,
        real_world.filer_of("G-CQ1"),
        lapses_at - early,
        seen_route="fast_track",
        answers={1: "已补盖。"},
    )
    # The period was asked for from the filing day on; a check five weeks later would refuse a start in the past.
    Application.objects.filter(pk=case.pk).update(requested_from="2026-03-20")
    meet_before_the_lock(monkeypatch, 2)
    _, answered = at_once(the_clock(case, lapses_at), answers)
    sweep(now=lapses_at)
    case = Application.objects.get(pk=case.pk)
    held = real_world.entry("O-SC1", "900-045-49", "CQ").held_t
    if isinstance(answered, Application):
        assert early
        assert (case.state, case.round, held) == (State.ORIGIN_REVIEW, 2, 120)
    else:
        assert isinstance(answered, Refused)
        assert answered.code == "state.moved"
        assert "系统时钟" in answered.sentence
        assert (case.state, case.round, held) == (State.LAPSED, 1, 0)
    assert acts_of(case).count("lapse") + acts_of(case).count("resubmit") == 1
    assert acts_of(case).count("release_hold") == 1
    assert books_agree()
    assert logs_are_complete()


def test_control_without_locks_the_clock_lapses_what_a_person_answers(real_world, monkeypatch):
    case, lapses_at = in_correction(real_world)
    Application.objects.filter(pk=case.pk).update(requested_from="2026-03-20")
    sweep(now=lapses_at - A_MINUTE)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, clockwork, "lock_due", 2)  # the one has found the lapse due, the other nothing
    answers = at_once(
        the_clock(case, lapses_at),
        doing(
            resubmit,
            case,
            real_world.filer_of("G-CQ1"),
            lapses_at - A_MINUTE,
            seen_route="fast_track",
            answers={1: "已补盖。"},
        ),
    )
    # Neither is told about the other: both go on until a key of the database stops one of them.
    (trace,) = [answer for answer in answers if not isinstance(answer, (int, Application))]
    assert not isinstance(trace, Refused)


def test_two_beats_do_no_harm(real_world, monkeypatch):
    """Two workers get the same message: the task is run twice at once, then once more."""
    cases = ten_due(real_world)
    set_clock_shift(to=FIFTH_DAY_OVER)
    in_step(monkeypatch, sweeping, "pending", 2)
    assert at_once(sweep_deadlines, sweep_deadlines) == [None, None]
    assert all_was_done_once(cases)
    before = everything()
    sweep_deadlines()
    assert everything() == before


def test_beat_fires_the_sweep_every_minute_and_lets_stale_messages_expire():
    (entry,) = [row for row in project.CELERY_BEAT_SCHEDULE.values() if row["task"] == sweep_deadlines.name]
    assert sweep_deadlines.name == "apps.transfers.tasks.sweep_deadlines"
    assert sweep_deadlines.name in current_app.tasks
    assert entry["schedule"] == 60.0
    # Longer than two machines' clocks may differ, shorter than a heap that would keep a worker from its work.
    assert 600 < entry["options"]["expires"] <= 3600
    assert "args" not in entry
