"""Two at one list: beginning it, confirming it, changing what is confirmed; each with its control."""

import threading
from datetime import date

import pytest

from apps.whitelists.enums import ConsentMode
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Edition, EditionLine, WhitelistEntry
from apps.whitelists.services import editions, lines, negotiating
from apps.whitelists.services.editions import open_edition
from apps.whitelists.services.ledger import reconcile
from apps.whitelists.services.lines import change_line
from apps.whitelists.services.negotiating import confirm, counter
from tests.catalogue.factories import province
from tests.concurrency.together import LONG, at_once, in_step, without_row_locks
from tests.concurrency.turns import until_somebody_waits
from tests.transfers.world import World
from tests.whitelists.negotiation import BOARDS, NOW, OIL, Table, proposed

pytestmark = pytest.mark.django_db(transaction=True)
HERE = {"seen_round": 1, "now": NOW}


def codes(answers: list[object]) -> list[str]:
    """Codes of who was refused; anything else that went wrong is none."""
    failures = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(failure, WhitelistError) for failure in failures), failures
    return [failure.code for failure in failures]


def confirming(table: Table, letter: str = "渝1号"):
    return lambda: confirm(edition_id=table.edition.pk, letter_no=letter, by=table.origin, **HERE)


def beginning(world: World):
    by = world.user("sc.whitelist_admin")
    period = {"begins_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}
    pair = {"origin": province("CQ"), "destination": province("SC")}

    def begin(name: str) -> Edition:
        return open_edition(**pair, **period, consent_mode=ConsentMode.JOINT, by=by, now=NOW, name=name)

    return [lambda: begin("甲"), lambda: begin("乙")]


def test_two_who_begin_the_same_list_begin_one(real_world: World, monkeypatch) -> None:
    in_step(monkeypatch, editions, "_refuse_period", 2)
    assert codes(at_once(*beginning(real_world))) == ["edition.standing"]
    assert Edition.objects.filter(status="draft").count() == 1


def test_control_without_the_lock_both_begin_one(real_world: World, monkeypatch) -> None:
    without_row_locks(monkeypatch)
    in_step(monkeypatch, editions, "_refuse_second", 2)
    assert codes(at_once(*beginning(real_world))) == []
    assert Edition.objects.filter(status="draft").count() == 2


def test_of_two_who_confirm_at_once_one_does(real_world: World) -> None:
    table = proposed(real_world)
    assert codes(at_once(confirming(table), confirming(table, "渝2号"))) == ["edition.moved"]
    assert WhitelistEntry.objects.filter(edition=table.edition).count() == 2
    assert reconcile() == []


def test_confirming_and_countering_at_once_one_does(real_world: World) -> None:
    table = proposed(real_world)
    say_no = {"edition_id": table.edition.pk, "by": table.origin, **HERE}
    answers = at_once(confirming(table), lambda: counter(**say_no, remark="不同意"))
    assert codes(answers) == ["edition.moved"]
    is_confirmed = table.now().status == "confirmed"
    assert table.now().rounds.count() == (1 if is_confirmed else 2)
    assert WhitelistEntry.objects.filter(edition=table.edition).exists() == is_confirmed


def test_control_without_the_lock_a_confirmed_list_was_countered_too(real_world: World, monkeypatch) -> None:
    table = proposed(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, negotiating, "changes_of_turn", 2)  # both saw that nothing had moved
    say_no = {"edition_id": table.edition.pk, "by": table.origin, **HERE}
    assert codes(at_once(confirming(table), lambda: counter(**say_no, remark="不同意"))) == []
    assert table.now().rounds.count() == 2
    assert WhitelistEntry.objects.filter(edition=table.edition).exists()


def changing(table: Table, monkeypatch, *, waits: bool):
    """A line is changed by who has read it before, while the other confirms."""
    line = table.line(BOARDS)
    is_read, original = threading.Event(), lines._line_as_seen

    def read_and_meet(*arguments: object) -> EditionLine:
        found = original(*arguments)
        is_read.set()
        if waits:
            until_somebody_waits()
        return found

    monkeypatch.setattr(lines, "_line_as_seen", read_and_meet)
    key = {"edition_id": table.edition.pk, "line_id": line.pk, "seen": line.revision}
    form = table.form(BOARDS, "1")
    return is_read, lambda: change_line(**key, form=form, by=table.origin, now=NOW)


def test_what_is_confirmed_is_not_changed_meanwhile(real_world: World, monkeypatch) -> None:
    """Whoever changes a line holds the list: confirming waits, and then sees that it isn't what was proposed."""
    table = proposed(real_world)
    is_read, change = changing(table, monkeypatch, waits=True)

    def confirm_after() -> object:
        is_read.wait(LONG)
        return confirming(table)()

    assert codes(at_once(change, confirm_after)) == ["edition.lines_changed"]
    assert table.now().status == "proposed"


def test_control_without_the_lock_a_line_of_a_confirmed_list_is_written(real_world: World, monkeypatch) -> None:
    table = proposed(real_world)
    without_row_locks(monkeypatch)
    is_read, change = changing(table, monkeypatch, waits=False)
    is_done, save = threading.Event(), EditionLine.save
    monkeypatch.setattr(EditionLine, "save", lambda row, **named: (is_done.wait(LONG), save(row, **named)))

    def confirm_after() -> object:
        is_read.wait(LONG)
        try:
            return confirming(table)()
        finally:
            is_done.set()

    assert codes(at_once(change, confirm_after)) == []
    assert (table.now().status, EditionLine.objects.filter(edition=table.edition).exists()) == ("confirmed", True)


def only(world: World, of: tuple[str, str, str]) -> Table:
    """A list of one line that the destination has proposed."""
    table = Table(world)
    table.add(of, "3000")
    table.propose()
    return table


def test_two_lists_of_overlapping_periods_are_not_both_confirmed(real_world: World, monkeypatch) -> None:
    """Of different operators, neither sees the other before both are checked: the constraint is the last word."""
    first = only(real_world, BOARDS)
    of_first = Edition.objects.filter(pk=first.edition.pk)
    of_first.update(name="上一份", begins_on=date(2028, 1, 1), ends_on=date(2028, 12, 31))
    second = only(real_world, OIL)
    of_first.update(begins_on=date(2027, 7, 1), ends_on=date(2028, 6, 30))
    in_step(monkeypatch, negotiating, "make_entries", 2)
    assert codes(at_once(confirming(first), confirming(second))) == ["edition.invalid"]
    in_force = Edition.objects.confirmed().filter(begins_on__year=2027)
    assert in_force.count() == 1
    assert reconcile() == []
