"""A suspension at the same moment as a filing, an approval, another sweep, or its own lifting; each with its control."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from apps.transfers.enums import ReasonForDecision, State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Pause
from apps.transfers.services import acting, filing, following, granting
from apps.transfers.services.answering import consent
from apps.transfers.services.following import follow_one, follow_suspensions
from apps.transfers.services.pausing import lift_pause, pause
from apps.transfers.services.reviewing import approve, endorse
from apps.transfers.services.shipping import record_shipment
from apps.whitelists.models import Bar
from apps.whitelists.services.suspending import lift, suspend_entry
from tests.concurrency.cases import MONDAY, TUESDAY, acts_of, books_agree, doing, kinds_of, logs_are_complete
from tests.concurrency.cases import filing as filing_it
from tests.concurrency.together import at_once, in_step, without_row_locks
from tests.concurrency.turns import after_it
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db(transaction=True)

WEDNESDAY = at("2026-01-07")


def suspending(world: World, now=TUESDAY) -> Callable[[], Bar]:
    entry, by = world.entry("O-SC1", "900-045-49", "CQ"), world.user("sc.whitelist_admin")
    paper = {"document_no": "川环罚〔2026〕3号", "reason": "超许可范围贮存", "from_on": date(2026, 1, 6)}
    return lambda: suspend_entry(entry_id=entry.pk, by=by, now=now, **paper)


def lifting(world: World, bar: Bar) -> Callable[[], Bar]:
    by = world.user("sc.whitelist_admin")
    paper = {"document_no": "川环函〔2026〕90号", "reason": "整改到位", "lifted_on": date(2026, 1, 7)}
    return lambda: lift(bar_id=bar.pk, by=by, now=WEDNESDAY, **paper)


def asked(world: World, now=MONDAY) -> Application:
    return endorse(application_id=world.filed(now=now).pk, by=world.user("cq.handler"), now=now)


def approved(world: World) -> Application:
    return consent(application_id=asked(world).pk, by=world.user("sc.handler"), now=MONDAY)


def once(work: Callable[[], object]) -> Callable[[], None]:
    """In a thread of its own, committed before the answer comes, the first time it is asked for."""
    done: list[object] = []

    def do() -> None:
        if not done:
            done.append(None)
            assert not [answer for answer in at_once(work) if isinstance(answer, Exception)]

    return do


def filed_while_suspended(world: World, monkeypatch) -> Application:
    """The check has found nothing; the suspension is there before the filing is."""
    draft = world.draft(now=TUESDAY)
    after_it(monkeypatch, filing, "check_application", once(suspending(world)))
    (case,) = at_once(filing_it(world, draft, now=TUESDAY))
    assert isinstance(case, Application)
    return endorse(application_id=case.pk, by=world.user("cq.handler"), now=TUESDAY)


def test_what_was_filed_while_it_was_suspended_is_not_approved(real_world, monkeypatch):
    case = filed_while_suspended(real_world, monkeypatch)
    case = consent(application_id=case.pk, by=real_world.user("sc.handler"), now=TUESDAY)
    assert (case.state, case.decision_because) == (State.DECISION, ReasonForDecision.BARRED)
    with pytest.raises(Refused):
        approve(application_id=case.pk, by=real_world.user("cq.handler"), now=TUESDAY)
    assert books_agree()


def test_control_without_asking_again_it_would_be_approved(real_world, monkeypatch):
    case = filed_while_suspended(real_world, monkeypatch)
    monkeypatch.setattr(granting, "_barred", lambda *_: None)
    case = consent(application_id=case.pk, by=real_world.user("sc.handler"), now=TUESDAY)
    assert case.state == State.APPROVED


def approved_while_suspended(world: World, monkeypatch) -> Application:
    """Nothing forbade it; suspension and sweep are over before the approval is there."""
    case, suspend = asked(world), suspending(world)

    def suspend_and_sweep() -> None:
        suspend()
        assert follow_suspensions(now=TUESDAY).applications == 0

    after_it(monkeypatch, granting, "_barred", once(suspend_and_sweep))
    (case,) = at_once(doing(consent, case, world.user("sc.handler")))
    assert (case.state, case.pauses.count()) == (State.APPROVED, 0)
    return case


def ship(world: World, case: Application) -> object:
    return record_shipment(
        application_id=case.pk,
        by=world.filer_of("G-CQ1"),
        now=WEDNESDAY,
        item_id=case.items.get().pk,
        manifest_no="20265001000077",
        amount_t=Decimal(5),
        shipped_on=date(2026, 1, 7),
        carrier_name="重庆示例危货运输有限公司",
    )


def test_what_was_approved_while_it_was_suspended_is_paused_by_the_next_sweep(real_world, monkeypatch):
    case = approved_while_suspended(real_world, monkeypatch)
    assert follow_suspensions(now=WEDNESDAY).applications == 1
    row = case.pauses.get()
    # Not before it was approved, though it was suspended before that.
    assert (row.from_on, kinds_of(case)[-1], acts_of(case)[-1]) == (date(2026, 1, 6), "pause", "pause")
    assert logs_are_complete()


def test_and_before_the_sweep_comes_a_shipment_is_refused(real_world, monkeypatch):
    case = approved_while_suspended(real_world, monkeypatch)
    with pytest.raises(Refused) as refused:
        ship(real_world, case)
    assert refused.value.code == "shipment.paused"


def test_control_without_following_before_a_person_it_would_leave(real_world, monkeypatch):
    case = approved_while_suspended(real_world, monkeypatch)
    monkeypatch.setattr(acting, "follow", lambda _: 0)
    assert ship(real_world, case)


def test_two_sweeps_at_once_pause_once(real_world, monkeypatch):
    case = approved(real_world)
    suspending(real_world)()
    in_step(monkeypatch, following, "standing_pauses", 2)  # both have found it
    answers = at_once(*[lambda: follow_suspensions(now=TUESDAY).applications] * 2)
    assert sorted(answers) == [0, 1]
    assert (Pause.objects.count(), kinds_of(case).count("pause")) == (1, 1)
    assert logs_are_complete()


def test_control_without_the_lock_two_sweeps_meet_at_a_key_of_the_database(real_world, monkeypatch):
    case = approved(real_world)
    suspending(real_world)()
    without_row_locks(monkeypatch)
    in_step(monkeypatch, following, "standing_pauses", 2)
    answers = at_once(*[lambda: follow_one(application_id=case.pk, now=TUESDAY)] * 2)
    assert [type(answer) for answer in answers if answer is not True] == [IntegrityError]


def test_lifted_while_the_sweep_pauses_it_goes_on_with_the_next(real_world, monkeypatch):
    """The first sweep is the control: by itself it leaves what was lifted paused."""
    case = approved(real_world)
    bar = suspending(real_world)()
    after_it(monkeypatch, following, "_begun", once(lifting(real_world, bar)))  # the sweep has seen it in force
    assert [answer.applications for answer in at_once(lambda: follow_suspensions(now=WEDNESDAY))] == [1]
    assert case.pauses.filter(until_on=None).exists()
    assert follow_suspensions(now=WEDNESDAY).applications == 1
    assert not case.pauses.filter(until_on=None).exists()
    assert kinds_of(case)[-2:] == ["pause", "pause_lifted"]
    assert logs_are_complete()


def both_pauses(world: World) -> tuple[Application, list[Callable[[], object]]]:
    """Paused by a person and by the clock; the suspension is lifted. Both ends of it."""
    case, origin = approved(world), world.user("cq.handler")
    bar = suspending(world)()
    follow_suspensions(now=TUESDAY)
    pause(application_id=case.pk, by=origin, now=TUESDAY, until_on=None, reason="检查")
    lifting(world, bar)()
    person = doing(lift_pause, case, origin, WEDNESDAY, reason="查清")
    return case, [person, lambda: follow_suspensions(now=WEDNESDAY)]


def test_the_last_two_pauses_end_at_once_with_one_notice(real_world, monkeypatch):
    case, works = both_pauses(real_world)
    in_step(monkeypatch, following, "wanted_pauses", 2)
    answers = at_once(*works)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    follow_suspensions(now=WEDNESDAY)
    assert kinds_of(case).count("pause_lifted") == 1
    assert not case.pauses.filter(until_on=None).exists()
    assert logs_are_complete()


def test_control_without_the_lock_both_ends_meet_at_a_key_of_the_database(real_world, monkeypatch):
    case, (person, _) = both_pauses(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, following, "standing_pauses", 2)
    answers = at_once(person, lambda: follow_one(application_id=case.pk, now=WEDNESDAY))
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [IntegrityError]
