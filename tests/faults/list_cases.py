"""The services of the negotiation with the case in which each is called."""

from collections.abc import Callable
from datetime import date

from apps.whitelists.enums import ConsentMode
from apps.whitelists.services.editions import enter_agreed_list, open_edition
from apps.whitelists.services.lines import add_line, change_line, reset_lines, restore_line, strike_line
from apps.whitelists.services.negotiating import abandon, confirm, counter, propose
from tests.catalogue.factories import province
from tests.transfers.world import World
from tests.whitelists.negotiation import BOARDS, NOW, OIL, Table, proposed

Call = Callable[[], object]
NEXT_YEAR = {"begins_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31), "consent_mode": ConsentMode.JOINT}


def opening(world: World) -> Call:
    by = world.user("sc.whitelist_admin")
    pair = {"origin": province("CQ"), "destination": province("SC")}
    return lambda: open_edition(**pair, **NEXT_YEAR, by=by, now=NOW)


def entering(world: World) -> Call:
    pair = {"origin": province("CQ"), "destination": province("SC")}
    letters = {"origin_letter_no": "渝1号", "destination_letter_no": "川1号"}
    lines = [Table.form(_at(world), BOARDS, "10"), Table.form(_at(world), OIL, "20")]
    return lambda: enter_agreed_list(name="2027", **pair, **NEXT_YEAR, **letters, lines=lines, now=NOW)


def _at(world: World) -> Table:
    """A table with nothing on it yet: only its words are wanted."""
    table = Table.__new__(Table)
    table.world = world
    return table


def drafted(world: World) -> Table:
    table = Table(world)
    table.add(BOARDS, "3000")
    table.add(OIL, "6000")
    return table


def on_line(service: Callable, *, is_struck: bool = False, **more: object) -> Callable[[World], Call]:
    def prepare(world: World) -> Call:
        table = drafted(world)
        line = table.strike(BOARDS, by=table.destination) if is_struck else table.line(BOARDS)
        key = {"edition_id": table.edition.pk, "line_id": line.pk, "seen": line.revision}
        form = {"form": table.form(BOARDS, "2")} if service is change_line else {}
        return lambda: service(**key, **form, **more, by=table.destination, now=NOW)

    return prepare


def adding(world: World) -> Call:
    table = Table(world)
    form = table.form(BOARDS, "3000")
    return lambda: add_line(edition_id=table.edition.pk, form=form, by=table.destination, now=NOW)


def resetting(world: World) -> Call:
    table = proposed(world)
    table.change(BOARDS, "1", by=table.origin)
    return lambda: reset_lines(edition_id=table.edition.pk, by=table.origin, now=NOW)


def proposing(world: World) -> Call:
    table = drafted(world)
    table.strike(OIL, by=table.destination)
    key = {"edition_id": table.edition.pk, "seen_round": 0, "by": table.destination, "now": NOW}
    return lambda: propose(**key, letter_no="川1号")


def answering(service: Callable, **words: object) -> Callable[[World], Call]:
    def prepare(world: World) -> Call:
        table = proposed(world)
        key = {"edition_id": table.edition.pk, "seen_round": 1, "by": table.origin, "now": NOW}
        return lambda: service(**key, **words)

    return prepare


LISTS: dict[str, Callable[[World], Call]] = {
    "open_edition": opening,
    "enter_agreed_list": entering,
    "add_line": adding,
    "change_line": on_line(change_line),
    "strike_line": on_line(strike_line),
    "restore_line": on_line(restore_line, is_struck=True),
    "reset_lines": resetting,
    "propose": proposing,
    "counter": answering(counter, remark="请说明来源"),
    "confirm": answering(confirm, letter_no="渝1号"),
    "abandon": answering(abandon, reason="改期"),
}
