"""A list's spreadsheet, with the case in which each service is called."""

from collections.abc import Callable
from datetime import date

from apps.whitelists.models import Edition, LineImport
from apps.whitelists.services.carrying import carry_over
from apps.whitelists.services.handing_in import begin_import, discard_import, load_import, state_of
from apps.whitelists.services.importing import check_import
from tests.transfers.world import World, at

Call = Callable[[], object]
NOW = at("2026-01-05")
PERIOD = {"begins_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}


def drafted(world: World) -> Edition:
    source = Edition.objects.get(origin__short="SC", destination__short="CQ", begins_on=date(2026, 1, 1))
    return carry_over(edition_id=source.pk, by=world.user("cq.whitelist_admin"), now=NOW, **PERIOD)


def content(edition: Edition, quota: str) -> bytes:
    """The list's own lines, the first with other tonnes and the last left out."""
    lines = list(edition.lines.select_related("operator").order_by("number"))[:-1]
    rows = [
        f"{line.number},{line.operator.name},{line.wastes},{line.method},{quota if place == 0 else line.quota_t}"
        for place, line in enumerate(lines)
    ]
    return "\n".join(["条目号,接受人,废物代码,方式,数量", *rows]).encode()


def handed_in(world: World, quota: str = "12.5") -> LineImport:
    edition, by = drafted(world), world.user("cq.whitelist_admin")
    return begin_import(edition_id=edition.pk, name="x.csv", content=content(edition, quota), by=by, now=NOW)


def handing_in(world: World) -> Call:
    edition, by = drafted(world), world.user("cq.whitelist_admin")
    file = content(edition, "12.5")
    begin_import(edition_id=edition.pk, name="y.csv", content=content(edition, "13"), by=by, now=NOW)
    return lambda: begin_import(edition_id=edition.pk, name="x.csv", content=file, by=by, now=NOW)


def loading(world: World) -> Call:
    row, by = handed_in(world), world.user("cq.whitelist_admin")
    check_import(import_id=row.pk, now=NOW)
    seen = state_of(list(row.edition.lines.all()))
    return lambda: load_import(import_id=row.pk, seen=seen, by=by, now=NOW)


def discarding(world: World) -> Call:
    row, by = handed_in(world), world.user("cq.whitelist_admin")
    return lambda: discard_import(import_id=row.pk, by=by, now=NOW)


SHEETS: dict[str, Callable[[World], Call]] = {
    "begin_import": handing_in,
    "load_import": loading,
    "discard_import": discarding,
}
