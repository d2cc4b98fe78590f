"""One permit's year, approved by two provinces at once, with room for one.

Their cases and their lists are different rows: only the lock of the permit's year keeps them apart.
"""

import threading
from decimal import Decimal

import pytest

from apps.organisations.models import Permit, PermitYear
from apps.organisations.services import capacity
from apps.organisations.services.capacity import reconcile_capacity, state_limit
from apps.transfers.enums import ReasonForDecision, State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Item
from apps.transfers.services import answering, granting, reviewing
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import approve, endorse
from tests.concurrency.cases import (
    BATTERIES,
    MONDAY,
    TUESDAY,
    acts_of,
    books_agree,
    doing,
    kinds_of,
    logs_are_complete,
)
from tests.concurrency.together import LONG, at_once, in_step, without_row_locks
from tests.concurrency.turns import until_somebody_waits
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = Decimal(150)
BOARDS = {"operator": "O-SC1", "items": {"900-045-49": "100"}}
SCRAP = {"operator": "O-CQ1", "items": {"900-052-31": "100"}}


def room_for_one(world: World, operator: str) -> Permit:
    permit = Permit.objects.in_force_on(TUESDAY.date()).get(enterprise=world.enterprise(operator))
    state_limit(permit=permit, year=2026, limit_t=LIMIT, now=MONDAY)
    return permit


def asked_by_two(world: World) -> tuple[Application, Application]:
    """Chongqing's and Guizhou's letters lie with Sichuan."""
    cases = (world.filed(now=MONDAY, **BOARDS), world.filed(now=MONDAY, generator="G-GZ2", **BOARDS))
    for case, who in zip(cases, ("cq.handler", "gz.handler"), strict=True):
        endorse(application_id=case.pk, by=world.user(who), now=MONDAY)
    return cases


def decided_by_two(world: World) -> tuple[Application, Application]:
    """Sichuan decides alone; Guizhou decides because Chongqing agreed to a shorter period."""
    alone = world.filed(now=MONDAY, **BATTERIES | SCRAP)
    case = world.filed(now=MONDAY, generator="G-GZ1", **SCRAP)
    endorse(application_id=case.pk, by=world.user("gz.handler"), now=MONDAY)
    shorter = {"until": case.requested_until.replace(month=6, day=30), "reasons": "下半年检修。"}
    return alone, consent(application_id=case.pk, by=world.user("cq.handler"), now=MONDAY, **shorter)


def takes_the_year_first(monkeypatch: pytest.MonkeyPatch, first: Application) -> None:
    """Both find room in their plans; ``first`` has the permit's year and goes on when the other waits for it."""
    has_it, both_planned = threading.Event(), threading.Barrier(2)
    plan_grant, lock_permit_year = granting.plan_grant, granting.lock_permit_year
    planner = threading.local()

    def plan(act, *arguments):
        planned = plan_grant(act, *arguments)
        planner.is_first = act.application.pk == first.pk
        both_planned.wait(LONG)
        return planned

    def lock(**named):
        if not planner.is_first:
            has_it.wait(LONG)
            return lock_permit_year(**named)
        year = lock_permit_year(**named)
        has_it.set()
        until_somebody_waits()
        return year

    for module in (granting, answering, reviewing):
        monkeypatch.setattr(module, "plan_grant", plan)
    monkeypatch.setattr(granting, "lock_permit_year", lock)


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_consents_the_second_goes_to_the_decision_of_its_origin(real_world, monkeypatch, first):
    cases = asked_by_two(real_world)
    permit = room_for_one(real_world, "O-SC1")
    takes_the_year_first(monkeypatch, cases[first])
    people = [real_world.user("sc.handler"), real_world.user("sc.signatory")]
    answers = at_once(*(doing(consent, case, by) for case, by in zip(cases, people, strict=True)))

    won, lost = answers[first], answers[1 - first]
    assert (won.state, lost.state) == (State.APPROVED, State.DECISION)
    assert lost.decision_because == ReasonForDecision.CAPACITY
    obstacle = lost.log.get(act="consent").details["obstacle"]
    assert f"{LIMIT:.4f} 吨" in obstacle
    assert permit.number in obstacle
    assert (kinds_of(won).count("approval"), kinds_of(lost).count("approval")) == (1, 0)
    held = {case.pk: (case.items.get().entry.held_t, case.items.get().entry.used_t) for case in cases}
    assert (held[won.pk], held[lost.pk]) == ((0, 100), (100, 0))
    assert PermitYear.objects.get(permit=permit, year=2026).taken_t == 100
    assert books_agree()
    assert logs_are_complete()


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_approvals_the_second_is_refused_and_nothing_has_changed(real_world, monkeypatch, first):
    cases = decided_by_two(real_world)
    permit = room_for_one(real_world, "O-CQ1")
    before = [(case.state, acts_of(case), kinds_of(case)) for case in cases]
    takes_the_year_first(monkeypatch, cases[first])
    people = [real_world.user("sc.handler"), real_world.user("gz.handler")]
    answers = at_once(*(doing(approve, case, by) for case, by in zip(cases, people, strict=True)))

    won, lost, loser = answers[first], answers[1 - first], cases[1 - first]
    assert won.state == State.APPROVED
    assert isinstance(lost, Refused)
    assert lost.code == "approve.capacity"
    assert f"{LIMIT:.4f} 吨" in lost.sentence
    loser = Application.objects.get(pk=loser.pk)
    assert (loser.state, acts_of(loser), kinds_of(loser)) == before[1 - first]
    assert loser.items.get().entry.held_t == 100
    assert PermitYear.objects.get(permit=permit, year=2026).taken_t == 100
    assert books_agree()
    assert logs_are_complete()


def test_control_reading_then_writing_without_the_lock_approves_more_than_the_permit_bears(real_world, monkeypatch):
    """Each writes the sum that it read plus its own: the CHECK sees nothing, the movements know better."""
    cases = asked_by_two(real_world)
    permit = room_for_one(real_world, "O-SC1")
    without_row_locks(monkeypatch)
    in_step(monkeypatch, capacity, "_standing", 2)  # both have read that nothing is taken
    people = [real_world.user("sc.handler"), real_world.user("sc.signatory")]
    answers = at_once(*(doing(consent, case, by) for case, by in zip(cases, people, strict=True)))
    assert [answer.state for answer in answers] == [State.APPROVED, State.APPROVED]
    approved = sum(Item.objects.filter(application__in=cases).values_list("approved_t", flat=True))
    assert approved > PermitYear.objects.get(permit=permit, year=2026).limit_t
    assert reconcile_capacity() != []
