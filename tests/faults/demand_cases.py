"""Demand, alerts and what a draft asks to be told, with the case in which each is called."""

from collections.abc import Callable
from decimal import Decimal

from apps.transfers.services.alerting import raise_alert, unwatch_entry, watch_entry
from apps.whitelists.models import Demand
from apps.whitelists.services.demanding import Wanted, change_demand, copy_demand, declare_demand, withdraw_demand
from apps.whitelists.services.ledger import hold
from tests.transfers.world import World, at

Call = Callable[[], object]
LAST_YEAR, NOW = at("2025-11-20"), at("2026-11-23")
DAY0 = at("2026-01-05")
BOARDS = Wanted("900-045-49", Decimal(120))


def declared(world: World, year: int = 2027) -> Demand:
    return declare_demand(
        enterprise_id=world.enterprise("G-CQ1").pk,
        by=world.filer_of("G-CQ1"),
        now=NOW if year == NOW.year + 1 else LAST_YEAR,
        period=(year, "year"),
        wanted=BOARDS,
    )


def declaring(world: World) -> Call:
    filer, key = world.filer_of("G-CQ1"), world.enterprise("G-CQ1").pk
    return lambda: declare_demand(enterprise_id=key, by=filer, now=NOW, period=(2027, "year"), wanted=BOARDS)


def changing(world: World) -> Call:
    demand, filer = declared(world), world.filer_of("G-CQ1")
    more = Wanted("900-045-49", Decimal(130))
    return lambda: change_demand(demand_id=demand.pk, by=filer, now=NOW, version=1, wanted=more)


def withdrawing(world: World) -> Call:
    demand, filer = declared(world), world.filer_of("G-CQ1")
    return lambda: withdraw_demand(demand_id=demand.pk, by=filer, now=NOW)


def copying(world: World) -> Call:
    filer, key = world.filer_of("G-CQ1"), declared(world, 2026).enterprise_id
    return lambda: copy_demand(enterprise_id=key, by=filer, now=NOW, year=2027)


def watching(world: World) -> Call:
    draft, filer, entry = world.draft(now=DAY0), world.filer_of("G-CQ1"), world.entry("O-SC1", "900-045-49", "CQ")
    return lambda: watch_entry(application_id=draft.pk, entry_id=entry.pk, by=filer, now=DAY0)


def unwatching(world: World) -> Call:
    draft, filer, entry = world.draft(now=DAY0), world.filer_of("G-CQ1"), world.entry("O-SC1", "900-045-49", "CQ")
    watch_entry(application_id=draft.pk, entry_id=entry.pk, by=filer, now=DAY0)
    return lambda: unwatch_entry(application_id=draft.pk, entry_id=entry.pk, by=filer, now=DAY0)


def alerting(world: World) -> Call:
    draft, entry = world.draft(now=DAY0), world.entry("O-SC1", "900-045-49", "CQ")
    watch_entry(application_id=draft.pk, entry_id=entry.pk, by=world.filer_of("G-CQ1"), now=DAY0)
    hold(amounts={entry.pk: entry.quota_t}, reference="CASE-1", round=1, occurred_at=DAY0, now=DAY0)
    return lambda: raise_alert(entry_id=entry.pk, now=DAY0)


DEMAND: dict[str, Callable[[World], Call]] = {
    "declare_demand": declaring,
    "change_demand": changing,
    "withdraw_demand": withdrawing,
    "copy_demand": copying,
    "watch_entry": watching,
    "unwatch_entry": unwatching,
    "raise_alert": alerting,
}
