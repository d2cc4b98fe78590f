"""Two at one desk: taking a case on, answering one question, splitting one draft; each with its control."""

import threading

import pytest

from apps.transfers.errors import Refused
from apps.transfers.models import Application, CaseHandler, Supplement
from apps.transfers.services import noting, splitting, supplementing
from apps.transfers.services.noting import take_on
from apps.transfers.services.reviewing import accept
from apps.transfers.services.splitting import split_and_submit
from apps.transfers.services.supplementing import answer_supplement, ask_supplement
from tests.concurrency.cases import MONDAY, acts_of, books_agree, doing, logs_are_complete, meet_before_the_lock
from tests.concurrency.together import LONG, at_once, in_step, without_row_locks
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SPLIT = "quota|fast_track|over_quota|1=3000.0000|1=100.0000"
ANSWERS = ("吨袋内衬防渗膜。", "改用铁桶。")


def the_loser(answers: list[object]) -> Refused:
    """The one who was refused in a sentence; everybody else got through."""
    (lost,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(lost, Refused), lost
    return lost


def sentences(answers: list[object]) -> list[str]:
    return [answer.code for answer in answers if isinstance(answer, Refused)]


def taking_on(world: World, case: Application, **more: object) -> list[object]:
    return at_once(
        *(doing(take_on, case, world.user(name), **more) for name in ("cq.handler", "cq.section_head")),
    )


def taken(world: World) -> tuple[Application, int]:
    """A case that somebody takes care of already."""
    case, before = world.filed(now=MONDAY), world.user("cq.signatory")
    take_on(application_id=case.pk, by=before, now=MONDAY)
    return case, before.pk


def test_of_two_who_take_a_case_on_one_does(real_world: World, monkeypatch) -> None:
    case = real_world.filed(now=MONDAY)
    in_step(monkeypatch, noting, "_own_bureau", 2)  # both saw that it is nobody's
    lost = the_loser(taking_on(real_world, case))
    assert lost.code == "handler.taken"
    assert str(CaseHandler.objects.get().handler) in lost.sentence


def test_of_two_who_take_it_over_from_a_third_one_does(real_world: World, monkeypatch) -> None:
    case, before = taken(real_world)
    in_step(monkeypatch, noting, "_own_bureau", 2)
    lost = the_loser(taking_on(real_world, case, instead_of=before))
    assert lost.code == "handler.taken"
    assert str(CaseHandler.objects.get().handler) in lost.sentence


def test_control_without_the_lock_both_believe_that_they_took_it_over(real_world: World, monkeypatch) -> None:
    case, before = taken(real_world)
    without_row_locks(monkeypatch)
    both_have_read, save = threading.Barrier(2), CaseHandler.save
    monkeypatch.setattr(CaseHandler, "save", lambda row, **named: (both_have_read.wait(LONG), save(row, **named)))
    answers = taking_on(real_world, case, instead_of=before)
    assert not [answer for answer in answers if isinstance(answer, Exception)]


def asked(world: World) -> tuple[Application, Supplement]:
    case, handler = world.filed(now=MONDAY), world.user("cq.handler")
    accept(application_id=case.pk, by=handler, now=MONDAY)
    return case, ask_supplement(application_id=case.pk, by=handler, now=MONDAY, question="包装怎样防渗？")


def answering(world: World, case: Application, question: Supplement) -> list[object]:
    filer = world.filer_of("G-CQ1")
    return at_once(
        *(doing(answer_supplement, case, filer, supplement_id=question.pk, answer=told) for told in ANSWERS),
    )


def test_of_two_answers_to_one_question_one_stands(real_world: World, monkeypatch) -> None:
    case, question = asked(real_world)
    meet_before_the_lock(monkeypatch, 2)
    answers = answering(real_world, case, question)
    assert the_loser(answers).code == "supplement.answered"
    stood = ANSWERS[next(place for place, answer in enumerate(answers) if isinstance(answer, Supplement))]
    assert Supplement.objects.get().answer == stood
    assert acts_of(case) == ["submit", "accept", "ask_supplement", "answer_supplement"]
    assert logs_are_complete()


def test_control_without_the_lock_both_answers_find_the_question_open(real_world: World, monkeypatch) -> None:
    case, question = asked(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, supplementing, "_open_question", 2)
    assert sentences(answering(real_world, case, question)) == []


def splitting_twice(world: World, draft: Application) -> list[object]:
    filer = world.filer_of("G-CQ1")
    return at_once(*(doing(split_and_submit, draft, filer, now=MONDAY, seen=SPLIT) for _ in range(2)))


def test_a_double_click_splits_a_draft_once(real_world: World, monkeypatch) -> None:
    draft = real_world.draft(now=MONDAY, items={"900-045-49": "3100"})
    meet_before_the_lock(monkeypatch, 2)
    assert the_loser(splitting_twice(real_world, draft)).code == "state.moved"
    halves = Application.objects.order_by("pk")
    assert [half.route for half in halves] == ["fast_track", "over_quota"]
    assert [str(half.items.get().amount_t) for half in halves] == ["3000.0000", "100.0000"]
    assert books_agree()
    assert logs_are_complete()


def test_control_without_the_lock_both_clicks_split(real_world: World, monkeypatch) -> None:
    draft = real_world.draft(now=MONDAY, items={"900-045-49": "3100"})
    without_row_locks(monkeypatch)
    in_step(monkeypatch, splitting, "split", 2)  # both have found a draft and how to split it
    assert sentences(splitting_twice(real_world, draft)) == []
