"""A clock that is due at the very moment of an act: the sweep and the person at once, for every act, in both orders.

Whoever carries it, the clock comes first: what is left behind is what one after the other would have left, and both
orders leave the same.
"""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction

from apps.deadlines.models import Deadline, DeadlineEvent
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Shipment
from apps.transfers.services import acting, clockwork, locking, ringing, supplementing
from apps.transfers.services.acting import pending
from apps.transfers.services.acts import clock_of_state
from apps.transfers.services.sweeping import Swept, sweep
from tests.concurrency.cases import acts_of, books_agree, logs_are_complete
from tests.concurrency.clock_cases import LATE, NEVER_LATE, story
from tests.concurrency.together import LONG, at_once, in_step, without_row_locks
from tests.concurrency.turns import until_somebody_waits
from tests.transfers.permission_cases import ACTS

pytestmark = pytest.mark.django_db(transaction=True)

rows = pytest.mark.parametrize("row", LATE, ids=str)
BY_THE_CLOCK = ("release_hold", "lapse")


def test_every_act_is_raced_against_the_clock_or_can_never_be_late():
    assert {row.act for row in LATE} | set(NEVER_LATE) == set(ACTS)


def sweep_comes_while_the_person_holds_the_case(monkeypatch, now) -> Callable[[], Swept]:
    """The sweep passes it by: what is due is done by the person's transaction, or by the next sweep."""
    is_held, has_passed, original = threading.Event(), threading.Event(), acting.locked_application

    def hold(**named):
        application = original(**named)
        is_held.set()
        has_passed.wait(LONG)
        return application

    def pass_by():
        is_held.wait(LONG)
        try:
            return sweep(now=now)
        finally:
            has_passed.set()

    _lock_by(monkeypatch, hold)
    return pass_by


def person_comes_while_the_sweep_holds_the_case(monkeypatch, now) -> Callable[[], Swept]:
    """The person waits, and finds the case as the clock left it."""
    is_held, locked = threading.Event(), acting.locked_application
    if_free, due_ones = acting.lock_if_free, ringing.lock_due_ones

    def wait_for_it(**named):
        is_held.wait(LONG)
        return locked(**named)

    def hold(lock, **named):
        answer = lock(**named)
        if not is_held.is_set():
            is_held.set()
            until_somebody_waits()
        return answer

    _lock_by(monkeypatch, wait_for_it)
    monkeypatch.setattr(acting, "lock_if_free", partial(hold, if_free))
    monkeypatch.setattr(ringing, "lock_due_ones", partial(hold, due_ones))
    return lambda: sweep(now=now)


def _lock_by(monkeypatch, lock) -> None:
    """Acts, the form and the files of an answer take the same lock."""
    for module in (acting, locking, supplementing):
        monkeypatch.setattr(module, "locked_application", lock)


def one_after_the_other(case, *works) -> dict[str, object]:
    """What the case would tell if these were done one after the other; nothing of it stays."""
    told = {}
    with transaction.atomic():
        for work in works:
            try:
                work()
            except Refused as refused:
                told["refused"] = refused.code
        told |= story(case)
        transaction.set_rollback(True)
    return told


def everything_once(case, now) -> bool:
    """Rungs and the clock's acts once each, nothing due any more, and the case shows what its clock says."""
    case = Application.objects.get(pk=case.pk)
    rungs = DeadlineEvent.objects.exclude(rung="").values_list("deadline", "round", "rung")
    breaches = DeadlineEvent.objects.filter(kind="breached").values_list("deadline", flat=True)
    shown = Deadline.objects.running().filter(reference=case.number, kind=clock_of_state(case)).first()
    return (
        len(rungs) == len(set(rungs))
        and len(breaches) == len(set(breaches))
        and all(acts_of(case).count(act) <= 1 for act in BY_THE_CLOCK)
        and pending(now=now, limit=10) == []
        and case.due_at == (shown.due_at if shown else None)
    )


ORDERS = (sweep_comes_while_the_person_holds_the_case, person_comes_while_the_sweep_holds_the_case)


@rows
def test_the_clock_comes_first_whoever_carries_it(real_world, row):
    for serial, order in enumerate(ORDERS):
        scene = row.scene(real_world)
        now = row.moment(scene)
        person, clock = row.work(scene, now), lambda now=now: sweep(now=now)
        expected = one_after_the_other(scene.case, clock, person, clock)
        assert one_after_the_other(scene.case, person, clock) == expected

        with pytest.MonkeyPatch.context() as monkeypatch:
            swept, done = at_once(order(monkeypatch, now), person)
        assert isinstance(swept, Swept)
        assert getattr(done, "code", None) == expected.pop("refused", None), done
        assert not isinstance(done, Exception) or isinstance(done, Refused)
        sweep(now=now)  # a refused act takes back what the clock did in its transaction: left to the next sweep
        assert story(scene.case) == expected
        assert everything_once(scene.case, now)
        # The next order's trip bears the same number.
        Shipment.objects.filter(application=scene.case).update(manifest_no=f"2026500199000{serial}")
    assert books_agree()
    assert logs_are_complete()


WITHOUT_LOCKS = [
    row
    for row in LATE
    if (row.act, row.clock)
    in {("endorse", "target"), ("consent", "destination"), ("resubmit", "hold"), ("withdraw", "suspension")}
]


@pytest.mark.parametrize("row", WITHOUT_LOCKS, ids=str)
def test_control_without_locks_both_serve_the_same_clock(real_world, monkeypatch, row):
    scene = row.scene(real_world)
    now = row.moment(scene)
    # The sweep's way for one application: it reads what is due where the person's act does.
    person, clock = row.work(scene, now), lambda: acting.sweep_one(application_id=scene.case.pk, now=now)
    expected = one_after_the_other(scene.case, clock, person, clock)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, clockwork, "lock_due", 2)  # both have found it due
    answers = at_once(clock, person)
    traces = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refused)]
    # A key of the database stops one of them, or the later save overwrites what the earlier one has done.
    assert traces or story(scene.case) != expected
