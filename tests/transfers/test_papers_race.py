"""Numbers of papers when many decide at once: real transactions, with a control that shows what the lock is for."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from apps.catalogue.enums import PaperKind
from apps.catalogue.services.loading import load_reference
from apps.transfers.models import Paper, PaperCounter
from tests.transfers.paper_cases import Case, at

THREADS = 20
DAY = date(2026, 1, 7)
FAILING = 4

pytestmark = pytest.mark.django_db(transaction=True)


class ActFailsError(Exception):
    """Something after the papers went wrong: the whole act is rolled back."""


def at_once(work, cases):
    """Run `work(n, case)` for all cases in threads that start together; what each gave or raised."""
    start = threading.Barrier(len(cases))

    def run(numbered):
        start.wait(timeout=30)
        try:
            return work(*numbered)
        except (ActFailsError, IntegrityError) as failure:
            return failure
        finally:
            connection.close()

    with ThreadPoolExecutor(len(cases)) as pool:
        return list(pool.map(run, enumerate(cases)))


def cases():
    load_reference()
    return [Case(route="general") for _ in range(THREADS)]


def test_numbers_are_gapless_when_twenty_decide_at_once():
    def decide(n, case):
        """Two series in opposite orders (a deadlock, were they locked in that order); every fourth act fails."""
        kinds = [PaperKind.LETTER, PaperKind.APPROVAL][:: 1 if n % 2 else -1]
        with transaction.atomic():
            case.freeze(*((kind, "origin", {}) for kind in kinds), on=DAY)
            if n % FAILING == 0:
                raise ActFailsError

    at_once(decide, cases())
    kept = THREADS - THREADS // FAILING
    for kind in (PaperKind.LETTER, PaperKind.APPROVAL):
        papers = Paper.objects.filter(kind=kind)
        assert sorted(paper.serial for paper in papers) == list(range(1, kept + 1))
    assert set(PaperCounter.objects.values_list("last", flat=True)) == {kept}


def test_control_without_the_counter_all_but_one_collide():
    """The same crowd with max() + 1 in place of the locked counter: this race does race."""
    everybody_has_read = threading.Barrier(THREADS)
    template = cases()
    template[0].one(PaperKind.APPROVAL, on=DAY)

    def decide(n, case):
        with transaction.atomic():
            last = Paper.objects.filter(kind=PaperKind.APPROVAL, bureau=case.origin).aggregate(last=Max("serial"))[
                "last"
            ]
            everybody_has_read.wait(timeout=30)
            return Paper.objects.create(
                application=case.application,
                round=1,
                kind=PaperKind.APPROVAL,
                bureau=case.origin,
                series="decision",
                year=2026,
                serial=last + 1,
                number=f"渝环危转〔2026〕{last + 1}号",
                dated_on=DAY,
                law="L1",
                title="",
                addressee="",
                content=[],
                frozen_at=at(DAY),
            )

    outcomes = at_once(decide, template)
    assert sum(isinstance(outcome, Paper) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == THREADS - 1


def test_the_first_two_papers_of_a_year_are_not_both_number_one():
    at_once(lambda _, case: case.one(PaperKind.ACCEPTANCE, on=DAY), cases())
    assert sorted(Paper.objects.values_list("serial", flat=True)) == list(range(1, THREADS + 1))


def test_later_numbers_never_bear_earlier_days_whoever_comes_first():
    def decide(n, case):
        """Clocks of two servers that disagree about the day around midnight."""
        return case.one(PaperKind.ACCEPTANCE, on=date(2026, 1, 7 + n % 2))

    at_once(decide, cases())
    days = list(Paper.objects.order_by("serial").values_list("dated_on", flat=True))
    assert days == sorted(days)
    assert set(days) <= {date(2026, 1, 7), date(2026, 1, 8)}
