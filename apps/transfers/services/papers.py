"""Freezing papers: number, date, law and words in the transaction of the act that they record.

A number is taken from the counter of bureau, series and year. The counter's row stays locked until the act commits:
it is the last lock that a transaction takes, and a rolled-back act gives its numbers back, so there are no gaps.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from apps.catalogue.enums import PaperKind, PaperSeries
from apps.deadlines.workdays import local_day
from apps.organisations.models import Bureau
from apps.transfers.models import Application, Paper
from apps.transfers.rules.papers.composing import compose
from apps.transfers.rules.papers.facts import PaperRef
from apps.transfers.rules.papers.numbers import SERIES, written_number
from apps.transfers.services._paper_facts import World, read_world

Key = tuple[int, str, int]

# One statement creates the row or locks the one that stands: two first papers of a year can't both be number 1.
# Rows are locked in the order in which they are given.
TAKE_NUMBERS = """
    INSERT INTO transfers_papercounter AS counter (bureau_id, series, year, last, last_dated_on)
    SELECT * FROM unnest(%s::bigint[], %s::varchar[], %s::smallint[], %s::integer[], %s::date[])
    ON CONFLICT (bureau_id, series, year) DO UPDATE
    SET last = counter.last + excluded.last,
        last_dated_on = greatest(counter.last_dated_on, excluded.last_dated_on)
    RETURNING bureau_id, series, year, last, last_dated_on
"""


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """A paper to be frozen: its kind, the provincial bureau that issues it, what its act adds (per kind).

    ``position`` is the log row of the act: what is recalled with that act is void. ``corrects``: of an erratum.
    """

    kind: PaperKind
    bureau: Bureau
    details: Mapping[str, Any] = field(default_factory=dict)
    position: int = 0
    corrects: Paper | None = None


@dataclass(slots=True)
class _Numbers:
    """The numbers taken from one counter and the day that they bear."""

    next_serial: int
    dated_on: date

    def take(self) -> int:
        serial = self.next_serial
        self.next_serial += 1
        return serial


def freeze_papers(
    *, application: Application, orders: Sequence[PaperOrder], now: datetime, stamp: str = ""
) -> list[Paper]:
    """Number, date, compose and keep the papers of an act, in the given order; needs the act's transaction.

    Dated on the day of ``now`` (Asia/Shanghai), never before the last number of the same series and year. A later
    paper may cite an earlier one of the same call. Raises nothing of its own: what isn't known is left out.
    """
    today = local_day(now)
    world = read_world(application, frozenset(order.kind for order in orders), stamp)
    numbers = _take_numbers(orders, today)
    papers: list[Paper] = []
    for order in orders:
        paper = _frozen(world, order, numbers.get(_key(order, today)), now)
        world.add(order.kind, PaperRef(paper.number, paper.dated_on))
        papers.append(paper)
    return Paper.objects.bulk_create(papers)


def _key(order: PaperOrder, today: date) -> Key:
    return order.bureau.pk, SERIES[order.kind].value, today.year


def _take_numbers(orders: Iterable[PaperOrder], today: date) -> dict[Key, _Numbers]:
    """As many numbers of each counter as there are papers for it; counters are locked in key order."""
    wanted = Counter(_key(order, today) for order in orders if SERIES[order.kind] != PaperSeries.NONE)
    if not wanted:
        return {}
    keys = sorted(wanted)
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBERS, [*columns, [wanted[key] for key in keys], [today] * len(keys)])
        taken = cursor.fetchall()
    return {
        (bureau_id, series, year): _Numbers(last - wanted[bureau_id, series, year] + 1, dated_on)
        for bureau_id, series, year, last, dated_on in taken
    }


def _frozen(world: World, order: PaperOrder, numbers: _Numbers | None, now: datetime) -> Paper:
    application, series = world.application, SERIES[order.kind]
    if numbers is None:
        dated_on, serial, number = local_day(now), None, application.number or ""
    else:
        dated_on, serial = numbers.dated_on, numbers.take()
        number = written_number(
            abbreviation=order.bureau.abbreviation, series=series, year=dated_on.year, serial=serial
        )
    facts = world.facts(kind=order.kind, bureau=order.bureau, number=number, dated_on=dated_on, details=order.details)
    text = compose(facts)
    return Paper(
        application=application,
        round=application.round,
        kind=order.kind,
        bureau=order.bureau,
        series=series,
        year=dated_on.year,
        serial=serial,
        number=number,
        dated_on=dated_on,
        law=facts.law.key,
        title=text.title,
        addressee=text.addressee,
        content=list(text.blocks),
        copies=list(text.copies),
        frozen_at=now,
        position=order.position,
        corrects=order.corrects,
    )
