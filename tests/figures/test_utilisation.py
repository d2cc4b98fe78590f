"""Sums of lists and entries; what was shipped counts for the part within the quota, and never beyond it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apps.figures.heat import heat_map
from apps.figures.own_year import own_year
from apps.figures.run_out import run_out_of_entries, soonest_run_outs
from apps.figures.utilisation import Use, entries_by_share, lists_of_year, use_of_entries, use_of_lists
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import approve, endorse
from apps.transfers.services.shipping import record_shipment
from apps.whitelists.models import WhitelistEntry
from tests.transfers.world import World, at, demo_world

SHIPPED = ["2200", "700", "150"]


@pytest.fixture
def world(db: None, settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return demo_world()


@pytest.fixture
def entry(world: World) -> WhitelistEntry:
    """3,000 t, of which 3,100 are approved (100 over quota) and 3,050 shipped."""
    case = world.filed(now=at("2026-01-05"), route="over_quota", items={"900-045-49": "3100"})
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"))
    approve(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-08"))
    for number, tonnes in enumerate(SHIPPED, start=1):
        record_shipment(
            application_id=case.pk,
            by=world.user("dazu.filer"),
            now=at("2026-01-09"),
            item_id=case.items.get().pk,
            manifest_no=f"2026500100{number:04d}",
            amount_t=Decimal(tonnes),
            shipped_on=date(2026, 1, 9),
            carrier_name="示例危货运输有限公司",
        )
    return world.entry("O-SC1", "900-045-49", "CQ")


def test_every_figure_of_a_year(world: World, entry: WhitelistEntry) -> None:
    everything = Use(Decimal(3000), Decimal(0), Decimal(3000), Decimal(3000))
    assert use_of_entries([entry])[entry.pk] == everything
    lists = {one.edition.pk: one for one in use_of_lists(lists_of_year(2026))}
    assert len(lists) == 12
    own = lists[entry.edition_id]
    assert (own.use.quota_t, own.use.used_t, own.use.shipped_t) == (9120, 3000, 3000)
    assert (own.entries, own.use.free_t) == (3, 6120)
    cell = heat_map(date(2026, 1, 9), origin_id="500000").cells["HW49", "510000"]
    assert (cell.used_t, cell.share) == (3000, 100)
    assert heat_map(date(2027, 1, 1)).cells == {}
    assert entries_by_share(own.edition)[0].pk == entry.pk
    # The sender's own year knows the part over quota, too.
    mine = own_year([world.enterprise("G-CQ1").pk], year=2026)[world.enterprise("G-CQ1").pk, "900-045-49"]
    assert (mine.approved_t, mine.shipped_t) == (3100, 3050)


def test_the_list_of_soonest_says_what_the_page_of_the_list_says(world: World) -> None:
    case = world.filed(now=at("2026-01-05"), items={"900-045-49": "2000"})
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"))
    entry = WhitelistEntry.objects.select_related("edition").get(pk=world.entry("O-SC1", "900-045-49", "CQ").pk)
    today = date(2026, 1, 31)
    found, count = soonest_run_outs([entry.edition_id], today=today, limit=10)
    assert count == 1
    assert found[0].entry == entry
    assert found[0].run_out == run_out_of_entries([entry], today=today)[entry.pk]
    # 2,000 t in 31 days, 1,000 t left: 15 days.
    assert found[0].run_out.on == date(2026, 2, 15)
    assert soonest_run_outs([entry.edition_id], today=date(2026, 6, 1), limit=10) == ([], 0)
