"""Suspensions: who may, by which document, whom they reach, and their lifting."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from apps.organisations.models import User
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Bar, ListEvent
from apps.whitelists.services.suspending import lift, suspend_edition, suspend_entry, suspend_operator
from tests.transfers.world import World, at
from tests.whitelists.factories import administrator

NOW, TODAY = at("2026-03-02"), date(2026, 3, 2)
PAPER = {"document_no": "川环罚〔2026〕3号", "reason": "超许可范围贮存"}
LIFTED = {"document_no": "川环函〔2026〕90号", "reason": "整改到位"}


def suspended(world: World, by: User | None = None, **given: object) -> Bar:
    operator = world.enterprise("O-SC1")
    asked = {"waste_code": "", "from_on": TODAY, **PAPER, **given}
    return suspend_operator(operator_id=operator.pk, by=by or administrator("510000"), now=NOW, **asked)


def test_an_operators_own_province_suspends_it_and_both_sides_and_the_operator_are_told(world: World) -> None:
    bar = suspended(world)
    assert (bar.province_id, bar.operator, bar.is_in_force_on(TODAY)) == ("510000", world.enterprise("O-SC1"), True)
    event = ListEvent.objects.get(reference=f"bar:{bar.pk}")
    assert PAPER["document_no"] in event.sentence
    assert PAPER["reason"] in event.sentence
    told = set(event.recipients.values_list("bureau__province", "enterprise"))
    assert {("500000", None), ("510000", None), (None, world.enterprise("O-SC1").pk)} <= told


@pytest.mark.parametrize("provinces", [("500000",), (), ("520000",)])
def test_no_other_province_suspends_an_operator(world: World, provinces: tuple[str, ...]) -> None:
    with pytest.raises(ListNotAllowed):
        suspended(world, administrator(*provinces))


def test_either_side_suspends_an_entry_but_nobody_who_stands_for_both(world: World) -> None:
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    asked = {"entry_id": entry.pk, "now": NOW, "from_on": TODAY, **PAPER}
    for provinces in (("500000", "510000"), ("520000",)):
        with pytest.raises(ListNotAllowed):
            suspend_entry(by=administrator(*provinces), **asked)
    bar = suspend_entry(by=administrator("500000"), **asked)
    with pytest.raises(ListNotAllowed):
        lift(bar_id=bar.pk, by=administrator("510000"), now=NOW, lifted_on=TODAY, **LIFTED)
    assert lift(bar_id=bar.pk, by=administrator("500000"), now=NOW, lifted_on=TODAY, **LIFTED).lifted_on == TODAY


def test_a_whole_list_is_suspended_until_lifted_by_a_document(world: World) -> None:
    edition = world.entry("O-SC1", "900-045-49", "CQ").edition
    by = administrator("510000")
    bar = suspend_edition(edition_id=edition.pk, by=by, now=NOW, from_on=date(2026, 3, 9), **PAPER)
    assert not bar.is_in_force_on(TODAY)
    with pytest.raises(WhitelistError, match="2026-03-09") as refused:
        lift(bar_id=bar.pk, by=by, now=NOW, lifted_on=TODAY, **LIFTED)
    assert refused.value.code == "bar.past"
    lift(bar_id=bar.pk, by=by, now=NOW, lifted_on=date(2026, 4, 1), **LIFTED)
    with pytest.raises(WhitelistError) as refused:
        lift(bar_id=bar.pk, by=by, now=NOW, lifted_on=date(2026, 4, 2), **LIFTED)
    assert refused.value.code == "bar.lifted"
    assert ListEvent.objects.filter(reference=f"bar:{bar.pk}", kind="lifted").count() == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"document_no": " "}, "bar.document"),
        ({"reason": ""}, "bar.reason"),
        ({"from_on": date(2026, 3, 1)}, "bar.past"),
        ({"waste_code": "900"}, "bar.code"),
    ],
)
def test_what_a_suspension_must_say(world: World, given: dict[str, object], code: str) -> None:
    with pytest.raises(WhitelistError) as refused:
        suspended(world, **given)
    assert refused.value.code == code
    assert not Bar.objects.exists()


def test_what_is_suspended_is_not_suspended_again_but_one_code_of_it_may_be(world: World) -> None:
    suspended(world)
    with pytest.raises(WhitelistError, match="无须重复暂停"):
        suspended(world)
    assert suspended(world, waste_code="900-045-49").waste_code == "900-045-49"


def test_what_is_not_there_is_not_found(world: World) -> None:
    by = administrator("510000")
    for verb, key in ((suspend_entry, "entry_id"), (suspend_edition, "edition_id")):
        with pytest.raises(ListNotFound):
            verb(**{key: 0}, by=by, now=NOW, from_on=TODAY, **PAPER)
    with pytest.raises(ListNotFound):
        lift(bar_id=0, by=by, now=NOW, lifted_on=TODAY, **LIFTED)


def test_the_table_keeps_no_lifting_without_its_document(world: World) -> None:
    bar = suspended(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bar.objects.filter(pk=bar.pk).update(lifted_on=TODAY, lift_document_no="川环函〔2026〕90号")
