"""Levels of use: told once a crossing, to both administrators and to whoever asked while preparing a draft."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import transaction

from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import QuotaAlert, QuotaWatch
from apps.transfers.services.alerting import sweep_alerts, unwatch_entry, watch_entry
from apps.transfers.services.drafts import DraftForm, delete_draft, save_draft
from apps.transfers.services.filing import submit, withdraw
from apps.whitelists.models import ListEvent, WhitelistEntry
from apps.whitelists.services.ledger import adjust, hold, release
from tests.transfers.world import World, at, demo_world

NOW = at("2026-01-05")


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The database of this module: its world is built once, and rolled back after the last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def built(db: None) -> World:
    return demo_world()


@pytest.fixture
def world(built: World) -> Iterator[World]:
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)


@pytest.fixture
def entry(world: World) -> WhitelistEntry:
    """Suining's circuit boards from Chongqing: 3,000 t, nothing taken yet."""
    return world.entry("O-SC1", "900-045-49", "CQ")


def take_up(entry: WhitelistEntry, share: str, name: str = "CASE-1") -> None:
    hold(amounts={entry.pk: entry.quota_t * Decimal(share)}, reference=name, round=1, occurred_at=NOW, now=NOW)


def give_back(entry: WhitelistEntry, share: str, name: str) -> None:
    release(amounts={entry.pk: entry.quota_t * Decimal(share)}, reference=name, round=1, occurred_at=NOW, now=NOW)


def told(entry: WhitelistEntry) -> list[int]:
    return [event.details["level"] for event in ListEvent.objects.filter(kind="alerted", entry=entry)]


def test_below_the_first_level_nobody_hears(entry: WhitelistEntry) -> None:
    take_up(entry, "0.7999")
    assert sweep_alerts(now=NOW) == 0
    assert told(entry) == []


def test_each_level_once_with_the_figures(world: World, entry: WhitelistEntry) -> None:
    for number, share in enumerate(("0.8", "0.05", "0.05", "0.1")):
        take_up(entry, share, f"CASE-{number}")
        sweep_alerts(now=NOW)
        sweep_alerts(now=NOW)
    assert told(entry) == [80, 90, 100]
    event = ListEvent.objects.filter(entry=entry).earliest("pk")
    assert f"核定 {entry.quota_t:.4f} 吨" in event.sentence
    assert f"余 {entry.quota_t / 5:.4f} 吨" in event.sentence
    assert (event.actor, event.actor_name) == (None, "系统时钟")
    named = event.recipients.values_list("bureau__province", "role", "enterprise")
    assert sorted(named) == [("500000", "whitelist_admin", None), ("510000", "whitelist_admin", None)]


def test_what_is_not_used_up_is_never_told_as_the_whole(entry: WhitelistEntry) -> None:
    take_up(entry, "0.99999")
    sweep_alerts(now=NOW)
    sentence = ListEvent.objects.get(entry=entry).sentence
    assert "用量达到 90％" in sentence
    assert "合计占 99.9％" in sentence


def test_several_levels_at_once_are_one_event(entry: WhitelistEntry) -> None:
    take_up(entry, "1")
    assert sweep_alerts(now=NOW) == 1
    assert told(entry) == [100]
    assert list(QuotaAlert.objects.filter(entry=entry).values_list("level", flat=True)) == [80, 90, 100]


def test_falling_below_arms_it_again(entry: WhitelistEntry) -> None:
    for name, share in (("CASE-1", "0.65"), ("CASE-2", "0.2"), ("CASE-3", "0.1")):
        take_up(entry, share, name)
    sweep_alerts(now=NOW)
    give_back(entry, "0.1", "CASE-3")  # 85 %: the first level goes on standing
    assert sweep_alerts(now=NOW) == 0
    take_up(entry, "0.05", "CASE-4")
    sweep_alerts(now=NOW)
    give_back(entry, "0.2", "CASE-2")
    sweep_alerts(now=NOW)
    assert not QuotaAlert.objects.filter(entry=entry, cleared_at__isnull=True).exists()
    take_up(entry, "0.1", "CASE-5")
    sweep_alerts(now=NOW)
    assert told(entry) == [90, 90, 80]


def test_a_larger_quota_lowers_the_level(entry: WhitelistEntry) -> None:
    take_up(entry, "0.8")
    sweep_alerts(now=NOW)
    adjust(entry_id=entry.pk, change_t=entry.quota_t, reference="adjustment:1", occurred_at=NOW, now=NOW)
    sweep_alerts(now=NOW)
    assert not QuotaAlert.objects.filter(entry=entry, cleared_at__isnull=True).exists()


def test_a_list_that_is_not_in_force_tells_nothing(entry: WhitelistEntry) -> None:
    take_up(entry, "1")
    assert sweep_alerts(now=at("2025-12-31", "23:59")) == 0
    assert sweep_alerts(now=at("2026-12-31", "23:59")) == 1
    assert sweep_alerts(now=at("2027-01-01", "00:00")) == 0
    assert not QuotaAlert.objects.filter(cleared_at__isnull=True).exists()


def test_who_prepares_a_draft_is_told_when_they_asked(world: World, entry: WhitelistEntry) -> None:
    filer, draft = world.filer_of("G-CQ1"), world.draft(now=NOW)
    for _ in range(2):
        watch_entry(application_id=draft.pk, entry_id=entry.pk, by=filer, now=NOW)
    take_up(entry, "0.8")
    sweep_alerts(now=NOW)
    event = ListEvent.objects.get(entry=entry)
    assert list(event.recipients.filter(enterprise__isnull=False).values_list("enterprise", flat=True)) == [
        draft.generator_id
    ]
    unwatch_entry(application_id=draft.pk, entry_id=entry.pk, by=filer, now=NOW)
    take_up(entry, "0.1", "CASE-2")
    sweep_alerts(now=NOW)
    assert not ListEvent.objects.latest("pk").recipients.filter(enterprise__isnull=False).exists()


def test_a_draft_that_turned_elsewhere_is_not_told(world: World, entry: WhitelistEntry) -> None:
    filer, draft = world.filer_of("G-CQ1"), world.draft(now=NOW)
    watch_entry(application_id=draft.pk, entry_id=entry.pk, by=filer, now=NOW)
    other = DraftForm(operator_id=world.enterprise("O-YN2").pk)
    save_draft(application_id=draft.pk, by=filer, now=NOW, version=draft.version, form=other)
    take_up(entry, "0.8")
    sweep_alerts(now=NOW)
    assert not ListEvent.objects.get(entry=entry).recipients.filter(enterprise__isnull=False).exists()


@pytest.mark.parametrize("end", ["filed", "deleted"])
def test_a_watch_ends_with_its_draft(world: World, entry: WhitelistEntry, end: str) -> None:
    filer, draft = world.filer_of("G-CQ1"), world.draft(now=NOW)
    watch_entry(application_id=draft.pk, entry_id=entry.pk, by=filer, now=NOW)
    if end == "filed":
        submit(application_id=draft.pk, by=filer, now=NOW, seen_route="fast_track")
        withdraw(application_id=draft.pk, by=filer, now=NOW, reason="改由他人处置")
        with pytest.raises(Refused):
            watch_entry(application_id=draft.pk, entry_id=entry.pk, by=filer, now=NOW)
    else:
        delete_draft(application_id=draft.pk, by=filer, now=NOW)
    take_up(entry, "0.8")
    sweep_alerts(now=NOW)
    assert not ListEvent.objects.get(entry=entry).recipients.filter(enterprise__isnull=False).exists()
    assert not QuotaWatch.objects.exists()


def test_only_ones_own_draft_and_its_own_entries(world: World, entry: WhitelistEntry) -> None:
    draft, other = world.draft(now=NOW), world.entry("O-YN1", "900-052-31", "CQ")
    with pytest.raises(NotFound):
        watch_entry(application_id=draft.pk, entry_id=entry.pk, by=world.filer_of("G-CQ2"), now=NOW)
    with pytest.raises(Refused) as refused:
        watch_entry(application_id=draft.pk, entry_id=other.pk, by=world.filer_of("G-CQ1"), now=NOW)
    assert refused.value.code == "watch.other_entry"
