"""Question and answer after acceptance: logged, read by all, and no clock stops for it."""

import pytest
from django.core.files.base import ContentFile

from apps.deadlines.models import Deadline
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, Supplement
from apps.transfers.services.answering import consent
from apps.transfers.services.filing import withdraw
from apps.transfers.services.reviewing import accept, endorse
from apps.transfers.services.supplementing import (
    answer_supplement,
    ask_supplement,
    attach_to_answer,
    detach_from_answer,
)
from tests.transfers.world import World, at

DAY0, DAY1, DAY2 = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")


@pytest.fixture
def case(world: World) -> Application:
    filed = world.filed(now=DAY0)
    return accept(application_id=filed.pk, by=world.user("cq.handler"), now=DAY1)


def ask(world: World, case: Application, by: str = "cq.handler", question: str = "包装怎样防渗？") -> Supplement:
    return ask_supplement(application_id=case.pk, by=world.user(by), now=DAY1, question=question)


def answer(world: World, case: Application, supplement: Supplement, by: str = "dazu.filer", text: str = "内衬防渗膜。"):
    return answer_supplement(
        application_id=case.pk, supplement_id=supplement.pk, by=world.user(by), now=DAY2, answer=text
    )


def put(world: World, case: Application, supplement: Supplement, by: str = "dazu.filer"):
    return attach_to_answer(
        application_id=case.pk,
        supplement_id=supplement.pk,
        by=world.user(by),
        now=DAY2,
        name="说明.pdf",
        content=ContentFile(b"%PDF-1.7"),
    )


def dues(case: Application) -> list[tuple]:
    return list(Deadline.objects.filter(reference=case.number).order_by("pk").values_list("kind", "status", "due_at"))


def test_asked_and_answered_in_the_log_and_no_clock_stops(world: World, case: Application) -> None:
    before = dues(case)
    supplement = ask(world, case, question="  包装怎样防渗？\r\n请附图。 ")
    put(world, case, supplement)
    answered = answer(world, case, supplement)
    assert (supplement.position, str(supplement.bureau)) == (1, "重庆市生态环境局")
    assert (answered.answer, answered.answered_at) == ("内衬防渗膜。", DAY2)
    assert [file.original_name for file in answered.files.all()] == ["说明.pdf"]
    asked, said = case.log.order_by("-position")[:2][::-1]
    assert (asked.act, asked.reason, asked.from_state == asked.to_state) == (
        "ask_supplement",
        supplement.question,
        True,
    )
    assert (said.act, said.reason, said.details) == ("answer_supplement", "内衬防渗膜。", {"supplement": 1, "files": 1})
    assert dues(case) == before
    assert Application.objects.get(pk=case.pk).state == "origin_review"


def test_before_acceptance_there_are_corrections(world: World) -> None:
    filed = world.filed(now=DAY0)
    with pytest.raises(Refused, match="尚未受理") as refused:
        ask(world, filed)
    assert refused.value.code == "supplement.not_accepted"
    assert not Supplement.objects.exists()


def test_the_bureau_that_holds_the_case_asks(world: World, case: Application) -> None:
    with pytest.raises(NotAllowed):
        ask(world, case, by="sc.handler")
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=DAY1)
    with pytest.raises(NotAllowed):
        ask(world, case)
    supplement = ask(world, case, by="sc.handler")
    assert str(supplement.bureau) == "四川省生态环境厅"


@pytest.mark.parametrize(
    ("question", "code"), [("", "supplement.empty"), (" \r\n", "supplement.empty"), ("问" * 4001, "supplement.long")]
)
def test_a_question_is_a_sentence(world: World, case: Application, question, code) -> None:
    with pytest.raises(Refused) as refused:
        ask(world, case, question=question)
    assert (refused.value.code, refused.value.field) == (code, "question")


def test_the_same_question_pressed_twice_is_one(world: World, case: Application) -> None:
    first = ask(world, case)
    with pytest.raises(Refused) as refused:
        ask(world, case)
    assert refused.value.code == "supplement.asked"
    answer(world, case, first)
    assert ask(world, case).position == 2


def test_an_answer_is_given_once(world: World, case: Application) -> None:
    supplement = ask(world, case)
    file = put(world, case, supplement)
    answer(world, case, supplement)
    for act in (lambda: answer(world, case, supplement, text="别的"), lambda: put(world, case, supplement)):
        with pytest.raises(Refused, match="第 1 问已经说明") as refused:
            act()
        assert refused.value.code == "supplement.answered"
    with pytest.raises(Refused):
        detach_from_answer(application_id=case.pk, attachment_id=file.pk, by=world.user("dazu.filer"), now=DAY2)
    assert Supplement.objects.get().answer == "内衬防渗膜。"


def test_a_file_is_taken_out_before_the_answer(world: World, case: Application) -> None:
    supplement = ask(world, case)
    file = put(world, case, supplement)
    detach_from_answer(application_id=case.pk, attachment_id=file.pk, by=world.user("dazu.filer"), now=DAY2)
    answer(world, case, supplement)
    assert case.log.order_by("-position").first().details["files"] == 0


def test_a_material_of_the_application_is_no_file_of_an_answer(world: World, case: Application) -> None:
    ask(world, case)
    with pytest.raises(NotFound):
        detach_from_answer(
            application_id=case.pk, attachment_id=case.attachments.first().pk, by=world.user("dazu.filer"), now=DAY2
        )


def test_parts_of_another_case_are_not_found(world: World, case: Application) -> None:
    other = accept(application_id=world.filed(now=DAY0).pk, by=world.user("cq.handler"), now=DAY1)
    supplement = ask(world, other)
    for act in (lambda: answer(world, case, supplement), lambda: put(world, case, supplement)):
        with pytest.raises((NotFound, Refused)) as refused:
            act()
        assert refused.value.code == "not_found"


def test_when_the_case_is_over_nobody_answers(world: World, case: Application) -> None:
    supplement = ask(world, case)
    withdraw(application_id=case.pk, by=world.user("dazu.filer"), now=DAY2, reason="不转了")
    for act in (lambda: answer(world, case, supplement), lambda: put(world, case, supplement)):
        with pytest.raises(Refused, match="申请人撤回") as refused:
            act()
        assert refused.value.code == "state.moved"


def test_a_decision_does_not_wait_for_an_answer(world: World, case: Application) -> None:
    ask(world, case)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=DAY1)
    done = consent(application_id=case.pk, by=world.user("sc.handler"), now=DAY2)
    assert done.state == "approved"
