"""Two who decide at once: one wins, the other is told who did what; without the lock neither is told."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from apps.transfers.enums import State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, LogRow, Reply
from apps.transfers.services import acting
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.filing import withdraw
from apps.transfers.services.reviewing import approve, endorse, reject
from tests.concurrency.cases import (
    BATTERIES,
    MONDAY,
    TUESDAY,
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


@dataclass(frozen=True)
class Side:
    who: str
    verb: Callable[..., Application]
    reasons: str = ""
    keyword: str = "reasons"

    def act(self, world: World, case: Application):
        more = {self.keyword: self.reasons} if self.reasons else {}
        return doing(self.verb, case, world.user(self.who), **more)


def prior(world: World) -> Application:
    """Sichuan decides alone."""
    return world.filed(now=MONDAY, **BATTERIES)


def received(world: World) -> Application:
    return world.filed(now=MONDAY)


def asked(world: World) -> Application:
    """The letter lies with Sichuan."""
    return endorse(application_id=received(world).pk, by=world.user("cq.handler"), now=MONDAY)


RACES = {
    "approve vs reject": (prior, Side("sc.handler", approve), Side("sc.signatory", reject, "材料不实。")),
    "reject vs reject": (prior, Side("sc.handler", reject, "理由一。"), Side("sc.signatory", reject, "理由二。")),
    "endorse vs reject": (received, Side("cq.handler", endorse), Side("cq.signatory", reject, "材料不实。")),
    "consent vs consent": (asked, Side("sc.handler", consent), Side("sc.signatory", consent)),
    "consent vs object": (asked, Side("sc.handler", consent), Side("sc.signatory", object_to, "没有余力。")),
    "approve vs withdraw": (prior, Side("sc.handler", approve), Side("chengdu.filer", withdraw, "不转了。", "reason")),
}
races = pytest.mark.parametrize("race", RACES)


@races
def test_one_wins_and_the_other_is_told_who_did_what(real_world, monkeypatch, race):
    prepare, one, other = RACES[race]
    case = prepare(real_world)
    before = acts_of(case)
    meet_before_the_lock(monkeypatch, 2)
    answers = at_once(one.act(real_world, case), other.act(real_world, case))

    (won,) = [answer for answer in answers if isinstance(answer, Application)]
    (lost,) = [answer for answer in answers if not isinstance(answer, Application)]
    assert isinstance(lost, Refused)
    assert lost.code == "state.moved"
    winner = (one, other)[answers.index(won)]
    assert str(real_world.user(winner.who)) in lost.sentence
    assert f"现为“{won.get_state_display()}”" in lost.sentence
    assert TUESDAY.strftime("%Y-%m-%d %H:%M") in lost.sentence

    case = Application.objects.get(pk=case.pk)
    assert (case.state, len(acts_of(case))) == (won.state, len(before) + 1)
    assert LogRow.objects.filter(application=case).last().actor == real_world.user(winner.who)
    assert Reply.objects.filter(application=case).count() <= 1
    assert len(kinds_of(case)) == len(set(kinds_of(case)))
    assert books_agree()
    assert logs_are_complete()


@races
def test_control_without_locks_both_go_on_and_nobody_is_told(real_world, monkeypatch, race):
    prepare, one, other = RACES[race]
    case = prepare(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, acting, "require", 2)  # both have found the case where they expect it
    answers = at_once(one.act(real_world, case), other.act(real_world, case))
    assert not [answer for answer in answers if isinstance(answer, Refused) and answer.code == "state.moved"]
    both_believe_it = all(isinstance(answer, Application) for answer in answers)
    a_trace = [answer for answer in answers if not isinstance(answer, (Application, Refused))]
    assert both_believe_it or a_trace


def test_sixteen_of_one_bureau_decide_once(real_world, monkeypatch):
    case = prior(real_world)
    people = ["sc.handler", "sc.section_head", "sc.signatory", "sc.bureau_head"] * 4
    meet_before_the_lock(monkeypatch, len(people))
    answers = at_once(*(doing(approve, case, real_world.user(name)) for name in people))
    assert sum(isinstance(answer, Application) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) and answer.code == "state.moved" for answer in answers) == 15
    assert Application.objects.get(pk=case.pk).state == State.APPROVED
    assert acts_of(case) == ["submit", "approve"]
    assert real_world.entry("O-CQ1", "900-052-31", "SC").used_t == 300
    assert books_agree()
