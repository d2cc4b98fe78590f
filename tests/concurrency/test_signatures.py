"""Two who sign, or sign and send back, at once: one does, the other is told who; without the lock both go on."""

from collections.abc import Callable

import pytest

from apps.organisations.models import Bureau
from apps.transfers.errors import Refused
from apps.transfers.models import Application, LogRow, Preparation, SigningStep, SignoffChain
from apps.transfers.services import acting
from apps.transfers.services.filing import withdraw
from apps.transfers.services.signing import preparing, signatures
from apps.transfers.services.signing.passing import review, send_back
from apps.transfers.services.signing.preparing import prepare
from apps.transfers.services.signing.signatures import sign
from tests.concurrency.cases import BATTERIES, MONDAY, TUESDAY, acts_of, books_agree, doing, logs_are_complete
from tests.concurrency.together import at_once, in_step, without_row_locks
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def reviewed(world: World) -> Preparation:
    bureau = Bureau.objects.get(level="provincial", province__short="SC")
    SignoffChain.objects.create(bureau=bureau, roles=["handler", "section_head", "signatory"])
    case = world.filed(now=MONDAY, **BATTERIES)
    waiting = prepare(application_id=case.pk, name="approve", by=world.user("sc.handler"), now=MONDAY, arguments={})
    return review(preparation_id=waiting.pk, by=world.user("sc.section_head"), now=MONDAY, revision=1)


def step(verb, waiting: Preparation, by, **more):
    return lambda: verb(preparation_id=waiting.pk, by=by, now=TUESDAY, revision=1, **more)


def meet(monkeypatch) -> None:
    """Both are inside their transactions and neither has locked the case yet."""
    in_step(monkeypatch, acting, "read_steady_calendar", 2)


def test_a_double_click_signs_once(real_world: World, monkeypatch) -> None:
    waiting = reviewed(real_world)
    meet(monkeypatch)
    signatory = [real_world.user("sc.signatory") for _ in range(2)]
    answers = at_once(*(step(sign, waiting, one) for one in signatory))
    (lost,) = [answer for answer in answers if not isinstance(answer, Application)]
    assert isinstance(lost, Refused)
    assert (lost.code, "魏立言 已于 2026-01-06 10:00 签发" in lost.sentence) == ("preparation.signed", True)
    assert acts_of(waiting.application) == ["submit", "approve"]
    assert SigningStep.objects.filter(preparation=waiting, kind="signed").count() == 1
    assert books_agree()
    assert logs_are_complete()


@pytest.mark.parametrize("other", ["sign", "send_back", "withdraw"])
def test_two_people_at_once(real_world: World, monkeypatch, other: str) -> None:
    waiting = reviewed(real_world)
    head = real_world.user("sc.bureau_head")
    second = {
        "sign": step(sign, waiting, head),
        "send_back": step(send_back, waiting, head, remark="再核"),
        "withdraw": doing(withdraw, waiting.application, real_world.user("chengdu.filer"), reason="不转了。"),
    }[other]
    meet(monkeypatch)
    answers = at_once(step(sign, waiting, real_world.user("sc.signatory")), second)
    (lost,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(lost, Refused)
    winner = {0: "魏立言", 1: "彭若水" if other == "withdraw" else "陶守正"}[1 - answers.index(lost)]
    assert winner in lost.sentence
    kept = Preparation.objects.get(pk=waiting.pk)
    state = Application.objects.get(pk=waiting.application_id).state
    assert (kept.state == "signed") == (state == "approved")
    assert LogRow.objects.filter(application=waiting.application).count() == (1 if kept.state == "sent_back" else 2)
    assert books_agree()
    assert logs_are_complete()


def test_control_without_locks_both_believe_that_they_sign(real_world: World, monkeypatch) -> None:
    waiting = reviewed(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, signatures, "require_waiting", 2)  # both have found it waiting
    people = [real_world.user("sc.signatory"), real_world.user("sc.bureau_head")]
    answers = at_once(*(step(sign, waiting, one) for one in people))
    assert not [one for one in answers if isinstance(one, Refused) and one.code.startswith("preparation.")]


def to_prepare(world: World) -> list[Callable[[], object]]:
    """Two of one bureau, each about to prepare the same act on one case."""
    bureau = Bureau.objects.get(level="provincial", province__short="SC")
    SignoffChain.objects.create(bureau=bureau, roles=["handler", "signatory"])
    case = world.filed(now=MONDAY, **BATTERIES)
    people = [world.user(name) for name in ("sc.handler", "sc.section_head")]
    return [doing(prepare, case, one, name="approve", arguments={}) for one in people]


def test_two_who_prepare_the_same(real_world: World, monkeypatch) -> None:
    works = to_prepare(real_world)
    meet(monkeypatch)
    (lost,) = [answer for answer in at_once(*works) if isinstance(answer, Exception)]
    assert lost.code == "preparation.waiting"
    assert Preparation.objects.count() == 1


def test_control_without_locks_both_find_nothing_prepared(real_world: World, monkeypatch) -> None:
    """Then only the table's own rule keeps the second out. (A rehearsal writes the case, which is a lock as well.)"""
    works = to_prepare(real_world)
    without_row_locks(monkeypatch)
    monkeypatch.setattr(preparing, "rehearse", lambda **_: None)
    in_step(monkeypatch, preparing, "_standing", 2)
    (lost,) = [answer for answer in at_once(*works) if isinstance(answer, Exception)]
    assert lost.code == "preparation.people"
    assert Preparation.objects.count() == 1
