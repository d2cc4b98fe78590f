"""What a list said on a past day: tonnes of that evening, suspensions of that day, what changed since."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.figures.history import HistoryRefused, changes, entries_on, first_day, list_on
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import endorse
from apps.whitelists.models import Bar, Edition, WhitelistEntry
from apps.whitelists.services.ledger import adjust, adjust_all
from tests.transfers.conftest import world
from tests.transfers.world import World, at

__all__ = ["world"]
pytestmark = pytest.mark.django_db
PAIR = {"origin_id": "500000", "destination_id": "510000"}
TODAY = date(2026, 11, 23)
TABLES = ("900-045-49", "R4")


def said(day: str):
    return list_on(**PAIR, day=date.fromisoformat(day), today=TODAY)


def line(day: str):
    return next(entry for entry in said(day).entries if (entry.wastes, entry.method) == TABLES)


def figures(day: str) -> tuple[Decimal, ...]:
    entry = line(day)
    return entry.quota_t, entry.held_t, entry.used_t, entry.free_t


def test_each_evening_has_its_own_tonnes(world: World) -> None:
    case = world.filed(now=at("2026-01-05", "23:59"), items={"900-045-49": "120"})
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-08"))
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    adjust(
        entry_id=entry.pk,
        change_t=Decimal(-500),
        reference="adjustment:1",
        occurred_at=at("2026-06-01"),
        now=at("2026-06-01"),
    )
    assert figures("2026-01-04") == (3000, 0, 0, 3000)
    assert figures("2026-01-05") == (3000, 120, 0, 2880)
    assert figures("2026-01-07") == (3000, 120, 0, 2880)
    assert figures("2026-01-08") == (3000, 0, 120, 2880)
    assert figures("2026-06-01") == (2500, 0, 120, 2380)
    # Today's evening is what the columns say.
    for told in said("2026-11-23").entries:
        row = WhitelistEntry.objects.get(pk=told.entry_id)
        assert (told.quota_t, told.held_t, told.used_t) == (row.quota_t, row.held_t, row.used_t)
    (change,) = changes(said("2026-01-04"), said("2026-11-23"))
    assert (change.kind, change.change_t, change.line.wastes) == ("down", -500, "900-045-49")


def test_what_happens_at_midnight_happened_on_the_day_that_ends(world: World) -> None:
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    midnight = at("2026-03-02", "00:00")
    adjust(entry_id=entry.pk, change_t=Decimal(7), reference="a:1", occurred_at=midnight, now=midnight)
    assert [line(day).quota_t for day in ("2026-02-28", "2026-03-01", "2026-03-02")] == [3000, 3007, 3007]


def test_before_any_list_there_was_none_and_tomorrow_is_refused(world: World) -> None:
    assert said("2020-12-31").edition is None
    assert first_day(**PAIR) == date(2021, 1, 1)
    assert said("2021-07-01").edition.begins_on == date(2021, 1, 1)
    with pytest.raises(HistoryRefused, match="2026-11-24 尚未到来") as refused:
        said("2026-11-24")
    assert refused.value.code == "history.future"


def test_two_years_lists_differ_by_operator_waste_and_method(world: World) -> None:
    before, after = said("2021-12-31"), said("2026-01-01")
    told = changes(before, after)
    assert {one.kind for one in told} <= {"added", "dropped", "up", "down"}
    assert sum(one.change_t for one in told) == after.quota_t - before.quota_t
    assert changes(after, after) == []


def test_a_list_said_nothing_before_it_was_confirmed(world: World) -> None:
    edition = said("2026-01-04").edition
    late = at("2026-01-10")
    Edition.objects.filter(pk=edition.pk).update(confirmed_at=late)
    assert said("2026-01-09").edition is None
    assert said("2026-01-10").edition == edition


def test_suspensions_of_that_day_and_of_no_other_list(world: World) -> None:
    def bar(**scope: object) -> Bar:
        days = {"from_on": date(2026, 3, 1), "lifted_on": date(2026, 4, 1), "recorded_at": at("2026-03-01")}
        return Bar.objects.create(reason="违法行为", document_no="川环罚〔2026〕1号", **days, **scope)

    of_entry = bar(entry=world.entry("O-SC1", "900-045-49", "CQ"))
    of_operator = bar(operator=world.enterprise("O-SC1"))
    bar(operator=world.enterprise("O-GZ1"))
    assert said("2026-03-01").bars == [of_entry, of_operator]
    assert said("2026-04-01").bars == []
    assert said("2026-02-28").bars == []


def test_many_entries_cost_no_more_statements(world: World) -> None:
    edition = said("2026-01-04").edition

    def statements() -> int:
        with CaptureQueriesContext(connection) as sent:
            list_on(**PAIR, day=date(2026, 3, 1), today=TODAY)
        return len(sent)

    few = statements()
    operator = world.enterprise("O-SC2")
    made = WhitelistEntry.objects.bulk_create(
        WhitelistEntry(edition=edition, number=f"x{n}", operator=operator, waste_codes=["900-041-49"], method="R4")
        for n in range(30)
    )
    adjust_all(
        changes={one.pk: Decimal(1) for one in made},
        reference="名单",
        occurred_at=at("2026-01-05"),
        now=at("2026-01-05"),
    )
    assert statements() == few <= 4
    assert len(entries_on(edition_id=edition.pk, day=TODAY)) > 30
