"""Numbers of papers when twenty decide at once through the services: no gap, no double; counting instead collides."""

from collections import Counter
from threading import Barrier

import pytest
from django.db import IntegrityError
from django.db.models import Max

from apps.catalogue.enums import PaperSeries
from apps.transfers.models import Application, Paper, PaperCounter
from apps.transfers.rules.papers.numbers import SERIES
from apps.transfers.services import acting, papers
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import approve, endorse
from tests.concurrency.cases import BATTERIES, MONDAY, books_agree, doing, logs_are_complete
from tests.concurrency.together import LONG, at_once, in_step
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)

DECIDERS = 20
FAILING = 5


class FailsLateError(Exception):
    """The act breaks after its papers were numbered: all of it is rolled back."""


def filed(world: World, count: int = DECIDERS) -> list[Application]:
    return [world.filed(items={"900-045-49": "10"}, now=MONDAY) for _ in range(count)]


def are_gapless() -> bool:
    """Every series of every bureau: 1, 2, 3 … to what its counter says, in the order of their days."""
    for counter in PaperCounter.objects.all():
        mine = Paper.objects.filter(bureau=counter.bureau_id, series=counter.series, year=counter.year)
        numbered = list(mine.order_by("serial").values_list("serial", "dated_on"))
        if [serial for serial, _ in numbered] != list(range(1, counter.last + 1)):
            return False
        if [day for _, day in numbered] != sorted(day for _, day in numbered):
            return False
    return not Paper.objects.exclude(series=PaperSeries.NONE).filter(serial=None).exists()


def counted() -> dict[tuple[str, str], int]:
    return {(row.bureau.province_id, row.series): row.last for row in PaperCounter.objects.select_related("bureau")}


def test_twenty_of_one_bureau_decide_at_once_and_some_of_their_acts_break(real_world, monkeypatch):
    """Ten approve alone, ten consent to another bureau's letters; of each ten two break after their papers."""
    alone = [real_world.filed(**BATTERIES | {"items": {"900-052-31": "10"}}, now=MONDAY) for _ in range(10)]
    asked = filed(real_world, 10)
    for case in asked:
        endorse(application_id=case.pk, by=real_world.user("cq.handler"), now=MONDAY)
    works = [
        *(doing(approve, case, real_world.user("sc.signatory")) for case in alone),
        *(doing(consent, case, real_world.user("sc.handler")) for case in asked),
    ]
    breaking = {case.pk for case in [*alone, *asked][::FAILING]}
    settle = acting.settle

    def settle_and_break(act):
        settle(act)
        if act.application.pk in breaking:
            raise FailsLateError

    monkeypatch.setattr(acting, "settle", settle_and_break)
    answers = at_once(*works)
    assert Counter(type(answer) for answer in answers) == {Application: 16, FailsLateError: 4}
    assert are_gapless()
    # Sichuan: eight acceptances, decisions and notices of its own, eight replies; Chongqing: ten letters before.
    assert counted() == {
        ("510000", PaperSeries.ACCEPTANCE): 8,
        ("510000", PaperSeries.DECISION): 8,
        ("510000", PaperSeries.LETTER): 16,
        ("500000", PaperSeries.ACCEPTANCE): 10,
        ("500000", PaperSeries.LETTER): 10,
        ("500000", PaperSeries.DECISION): 8,
    }
    assert books_agree()
    assert logs_are_complete()


def test_twenty_who_come_to_their_numbers_at_the_same_moment_get_one_each(real_world, monkeypatch):
    """The crowd of the control, with the counter."""
    handler, cases = real_world.user("cq.handler"), filed(real_world)
    in_step(monkeypatch, papers, "read_world", DECIDERS)
    answers = at_once(*(doing(endorse, case, handler) for case in cases))
    assert Counter(type(answer) for answer in answers) == {Application: DECIDERS}
    assert are_gapless()
    assert counted() == {("500000", PaperSeries.ACCEPTANCE): DECIDERS, ("500000", PaperSeries.LETTER): DECIDERS}


def test_control_counting_the_papers_gives_twenty_the_same_number(real_world, monkeypatch):
    handler, cases = real_world.user("cq.handler"), filed(real_world)
    all_have_counted = Barrier(DECIDERS)

    def count(orders, today):
        numbers = {}
        for order in orders:
            series = SERIES[order.kind]
            last = Paper.objects.filter(bureau=order.bureau, series=series).aggregate(last=Max("serial"))["last"] or 0
            numbers[order.bureau.pk, series.value, today.year] = papers._Numbers(last + 1, today)
        all_have_counted.wait(LONG)
        return numbers

    monkeypatch.setattr(papers, "_take_numbers", count)
    answers = at_once(*(doing(endorse, case, handler) for case in cases))
    assert Counter(type(answer) for answer in answers) == {Application: 1, IntegrityError: DECIDERS - 1}
