"""What stays inside a bureau: notes and who takes care of a case."""

import pytest
from django.db import DatabaseError, transaction

from apps.transfers.enums import NoteKind
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, BureauNote, CaseHandler
from apps.transfers.services.noting import take_on, write_note
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db
NOW = at("2026-01-06")


@pytest.fixture
def case(world: World) -> Application:
    return world.filed(now=at("2026-01-05"))


def note(world: World, case: Application, by: str = "cq.handler", **changes) -> BureauNote:
    words = {"kind": NoteKind.INTERNAL, "text": "合同页码不清，先电话核实。", **changes}
    return write_note(application_id=case.pk, by=world.user(by), now=NOW, **words)


def test_a_note_belongs_to_the_writers_bureau(world, case):
    own, other = note(world, case), note(world, case, "sc.handler")
    assert (own.bureau, other.bureau) == (world.parties.bureaus["CQ"], world.parties.bureaus["SC"])
    chongqing = frozenset({own.bureau_id})
    assert list(BureauNote.objects.inside(chongqing)) == [own]


def test_a_note_leaves_no_trace_in_the_case(world, case):
    before = Application.objects.values().get(pk=case.pk), case.log.count(), case.papers.count()
    note(world, case)
    take_on(application_id=case.pk, by=world.user("cq.handler"), now=NOW)
    assert before == (Application.objects.values().get(pk=case.pk), case.log.count(), case.papers.count())


def test_a_telephone_call_names_with_whom(world, case):
    with pytest.raises(Refused, match="与谁通话") as refused:
        note(world, case, kind=NoteKind.TELEPHONE)
    assert refused.value.code == "note.counterpart"
    call = note(world, case, kind=NoteKind.TELEPHONE, counterpart=" 川小蓉 ")
    assert call.counterpart == "川小蓉"
    assert note(world, case, counterpart="不属于内部记事").counterpart == ""


@pytest.mark.parametrize(("text", "code"), [(" 　\n", "note.empty"), ("长" * 4001, "note.long")])
def test_a_note_says_something_and_not_too_much(world, case, text, code):
    with pytest.raises(Refused) as refused:
        note(world, case, text=text)
    assert refused.value.code == code


@pytest.mark.parametrize("who", ["dazu.filer", "suining.operator", "auditor", "cq.whitelist_admin"])
def test_nobody_else_writes_one(world, case, who):
    with pytest.raises(NotAllowed):
        note(world, case, who)


@pytest.mark.parametrize("who", ["gz.handler", "dazu.local", "admin", "jiulongpo.filer"])
def test_for_strangers_there_is_no_case(world, case, who):
    with pytest.raises(NotFound):
        note(world, case, who)


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_a_note_is_never_changed(world, case, verb):
    kept = note(world, case)
    rows = BureauNote.objects.filter(pk=kept.pk)
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic():
        rows.update(text="另一说法") if verb == "update" else rows.delete()
    assert BureauNote.objects.get().text == kept.text


def test_of_two_who_take_a_case_on_the_second_is_told(world, case):
    take_on(application_id=case.pk, by=world.user("cq.handler"), now=NOW)
    with pytest.raises(Refused, match="已由施春生承办") as refused:
        take_on(application_id=case.pk, by=world.user("cq.signatory"), now=NOW)
    assert refused.value.code == "handler.taken"
    assert CaseHandler.objects.get().handler.username == "cq.handler"


def test_whoever_saw_the_other_may_take_over(world, case):
    first = take_on(application_id=case.pk, by=world.user("cq.handler"), now=NOW)
    again = take_on(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-07"))
    assert again.taken_at == first.taken_at
    take_on(application_id=case.pk, by=world.user("cq.signatory"), now=NOW, instead_of=first.handler_id)
    take_on(application_id=case.pk, by=world.user("sc.handler"), now=NOW)
    assert sorted(CaseHandler.objects.values_list("handler__username", flat=True)) == ["cq.signatory", "sc.handler"]


def test_the_local_bureau_keeps_its_own(world):
    general = world.filed(
        now=at("2026-01-05"),
        route="general",
        generator="G-SC2",
        operator="O-CQ2",
        items={"900-451-13": "30"},
        method="R15",
    )
    assert note(world, general, "mianyang.local").bureau.level == "local"
