"""Asking the applicant about less, their answer, and what the decision's log row tells of it."""

from datetime import date
from decimal import Decimal

import pytest

from apps.transfers.enums import State
from apps.transfers.errors import NotAllowed, Refused
from apps.transfers.models import Application, LogRow
from apps.transfers.services.reducing import answer_reduction, ask_reduction
from apps.transfers.services.reviewing import approve
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db
MON, TUE, WED = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")


@pytest.fixture
def case(world: World) -> Application:
    """Sichuan decides alone about 300 t."""
    return world.filed(now=MON, generator="G-SC1", operator="O-CQ1", items={"900-052-31": "300"})


def ask(world: World, case: Application, amount: str = "250", until: date | None = None):
    amounts = {case.items.get().pk: Decimal(amount)}
    return ask_reduction(
        application_id=case.pk, by=world.user("sc.handler"), now=TUE, amounts=amounts, until=until, reasons="能力有限"
    )


def answered(world: World, case: Application, *, agrees: bool) -> None:
    answer_reduction(application_id=case.pk, by=world.user("chengdu.filer"), now=TUE, agrees=agrees, text="知悉")


def approved_told(world: World, case: Application, amount: str, until: date | None = None) -> str | None:
    amounts = {case.items.get().pk: Decimal(amount)}
    approve(application_id=case.pk, by=world.user("sc.handler"), now=WED, amounts=amounts, until=until)
    return LogRow.objects.get(application=case, act="approve").details.get("reduction")


def test_the_consent_to_less_is_recorded_and_stops_no_clock(world: World, case: Application) -> None:
    due = Application.objects.get(pk=case.pk).due_at
    ask(world, case)
    answered(world, case, agrees=True)
    kept = Application.objects.get(pk=case.pk)
    assert (kept.state, kept.due_at) == (State.ORIGIN_REVIEW, due)
    assert approved_told(world, case, "250") == "agreed"
    row = LogRow.objects.get(act="answer_reduction")
    assert (row.reason, row.details, str(row.enterprise)) == ("知悉", {"agrees": True}, str(case.generator))


@pytest.mark.parametrize(
    ("amount", "until", "told"),
    [
        ("250", None, "agreed"),
        ("260", None, "agreed"),
        ("249.9999", None, "not_asked"),
        ("250", date(2026, 6, 30), "agreed"),
        ("250", date(2026, 6, 29), "not_asked"),
        ("300", None, None),
    ],
)
def test_what_was_agreed_to_covers_no_more_than_it_said(world: World, case: Application, amount, until, told) -> None:
    ask(world, case, until=date(2026, 6, 30))
    answered(world, case, agrees=True)
    assert approved_told(world, case, amount, until) == told


def test_without_an_answer_or_against_it_the_origin_may_still_decide(world: World, case: Application) -> None:
    ask(world, case)
    assert approved_told(world, case, "250") == "unanswered"


def test_a_no_is_told(world: World, case: Application) -> None:
    ask(world, case)
    answered(world, case, agrees=False)
    assert approved_told(world, case, "250") == "declined"


def test_nobody_was_asked(world: World, case: Application) -> None:
    assert approved_told(world, case, "250") == "not_asked"


@pytest.mark.parametrize(
    ("amount", "until", "code"),
    [
        ("300", None, "reduction.nothing"),
        ("300", date(2026, 12, 31), "reduction.nothing"),
        ("300.0001", None, "amount.more"),
        ("-1", None, "amount.more"),
        ("0", None, "amount.nothing"),
        ("250", date(2027, 1, 1), "until.later"),
    ],
)
def test_a_question_of_no_less_is_refused(world: World, case: Application, amount, until, code) -> None:
    with pytest.raises(Refused) as refused:
        ask(world, case, amount, until)
    assert refused.value.code == code
    assert not case.reductions.exists()


def test_one_question_at_a_time_answered_once_by_the_filer(world: World, case: Application) -> None:
    ask(world, case)
    with pytest.raises(Refused) as second:
        ask(world, case, "200")
    assert second.value.code == "reduction.open"
    with pytest.raises(NotAllowed):
        answer_reduction(application_id=case.pk, by=world.user("chengdu.viewer"), now=TUE, agrees=True)
    answered(world, case, agrees=True)
    with pytest.raises(Refused) as again:
        answered(world, case, agrees=False)
    assert again.value.code == "reduction.none"
    ask(world, case, "200")
