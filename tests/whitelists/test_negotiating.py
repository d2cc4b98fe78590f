"""From draft to confirmed list, round by round; who may do what; what is told to whom."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.organisations.enums import Role
from apps.organisations.models import Bureau, Membership
from apps.organisations.permissions import standing_of
from apps.whitelists.enums import ConsentMode, EditionStatus
from apps.whitelists.errors import FindingsStand, ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, ListEvent, WhitelistEntry
from apps.whitelists.services.editions import enter_agreed_list, open_edition
from apps.whitelists.services.ledger import reconcile
from apps.whitelists.services.lines import LineForm, change_line, reset_lines, restore_line
from apps.whitelists.services.negotiating import abandon, changes_between, changes_of_turn, propose
from tests.catalogue.factories import province
from tests.organisations.factories import member
from tests.transfers.world import World, at
from tests.whitelists.negotiation import BOARDS, NOW, OIL, TUBES, Table, proposed


def refused(work, *arguments, **named):
    with pytest.raises(WhitelistError) as refusal:
        work(*arguments, **named)
    return refusal.value


def rounds(table: Table) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    return [
        (one.kind, [(line.number, str(int(line.quota_t)), line.is_struck) for line in one.lines.all()])
        for one in table.now().rounds.all()
    ]


def told(table: Table, user) -> list[str]:
    return [
        event.kind for event in ListEvent.objects.filter(edition=table.edition).told_to(standing_of(user, NOW.date()))
    ]


def test_a_december(world: World) -> None:
    table = proposed(world)
    assert table.now().status == EditionStatus.PROPOSED
    table.change(BOARDS, "2500", by=table.origin)
    table.strike(OIL, by=table.origin)
    table.add(TUBES, "100", by=table.origin)
    assert table.counter(remark="油类今年不再外运。").status == EditionStatus.COUNTERED
    table.change(BOARDS, "2700", by=table.destination)
    table.propose(remark="线路板以 2700 吨为宜。")
    made = table.confirm()
    assert (made.status, made.confirmed_at) == (EditionStatus.CONFIRMED, NOW)
    assert (made.origin_letter_no, made.destination_letter_no) == ("渝环函〔2026〕80号", "川环函〔2026〕90号")
    assert rounds(table) == [
        ("proposed", [("01", "3000", False), ("02", "6000", False)]),
        ("countered", [("01", "2500", False), ("02", "6000", True), ("03", "100", False)]),
        ("proposed", [("01", "2700", False), ("02", "6000", True), ("03", "100", False)]),
    ]
    entries = WhitelistEntry.objects.filter(edition=made).order_by("number")
    assert [(entry.number, str(int(entry.quota_t))) for entry in entries] == [("01", "2700"), ("03", "100")]
    assert reconcile() == []
    assert not made.lines.exists()
    assert told(table, table.origin) == ["proposed", "proposed"]
    assert told(table, table.destination) == ["countered", "confirmed"]
    assert told(table, world.user("gz.whitelist_admin")) == []
    in_force = Edition.objects.in_force_on(date(2027, 1, 1)).of_pair(
        origin_id=made.origin_id, destination_id=made.destination_id
    )
    assert in_force.get() == made


def test_what_a_round_changed_is_told_line_by_line(world: World) -> None:
    table = proposed(world)
    table.change(BOARDS, "2500", by=table.origin)
    table.strike(OIL, by=table.origin)
    table.add(TUBES, "100", by=table.origin)
    turn = changes_of_turn(table.now())
    kinds = [(change.kind, change.line.number, change.difference_t) for change in turn.changes]
    assert kinds == [
        ("added", "03", Decimal(100)),
        ("dropped", "02", Decimal(-6000)),
        ("down", "01", Decimal(-500)),
    ]
    table.counter()
    first, second = table.now().rounds.order_by("position")
    assert changes_between(first, second).after_t == Decimal(2600)
    assert changes_between(None, first).counts["added"] == 2


@pytest.mark.parametrize("who", ["cq.whitelist_admin", "sc.handler", "gz.whitelist_admin", "auditor"])
def test_only_the_destinations_administrator_begins_a_list(world: World, who: str) -> None:
    begun = {"origin": province("CQ"), "destination": province("SC"), "consent_mode": ConsentMode.JOINT}
    period = {"begins_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}
    assert refused(open_edition, **begun, **period, by=world.user(who), now=NOW).code == "not_allowed"


@pytest.mark.parametrize(
    ("begins", "ends", "code"),
    [
        ("2026-01-01", "2026-11-30", "edition.period"),
        ("2027-01-01", "2028-01-02", "edition.period"),
        ("2026-07-01", "2027-06-30", "edition.standing"),
        ("2027-12-31", "2027-01-01", "edition.invalid"),
    ],
)
def test_a_period_that_cannot_be(world: World, begins: str, ends: str, code: str) -> None:
    begun = {"origin": province("CQ"), "destination": province("SC"), "consent_mode": ConsentMode.JOINT}
    period = {"begins_on": date.fromisoformat(begins), "ends_on": date.fromisoformat(ends)}
    assert refused(open_edition, **begun, **period, by=world.user("sc.whitelist_admin"), now=NOW).code == code


def test_one_negotiation_of_a_pair_and_period_at_a_time(world: World) -> None:
    table = Table(world)
    assert refused(Table, world).code == "edition.standing"
    abandon(edition_id=table.edition.pk, seen_round=0, reason="改期", by=table.destination, now=NOW)
    assert Table(world).edition.name == f"{table.edition.name}第2稿"


def test_the_draft_is_its_sides_own(world: World) -> None:
    table = Table(world)
    assert isinstance(refused(table.add, BOARDS, "1", by=table.origin), ListNotFound)
    assert isinstance(refused(table.confirm), ListNotFound)
    line = table.add(BOARDS, "3000")
    table.propose()
    form = table.form(BOARDS, "1")
    key = {"edition_id": table.edition.pk, "line_id": line.pk, "seen": line.revision, "form": form, "now": NOW}
    assert isinstance(refused(change_line, **key, by=table.destination), ListNotAllowed)
    assert isinstance(refused(change_line, **key, by=world.user("cq.handler")), ListNotAllowed)
    assert isinstance(refused(change_line, **key, by=world.user("gz.whitelist_admin")), ListNotFound)
    assert isinstance(refused(table.confirm, by=table.destination), ListNotAllowed)
    assert isinstance(refused(table.counter, by=table.destination, remark="x"), ListNotAllowed)


def test_whoever_stands_for_both_sides_does_nothing(world: World) -> None:
    table = proposed(world)
    member(Role.WHITELIST_ADMIN, Bureau.objects.get(province__short="SC", level="provincial"), user=table.origin)
    both = world.user("cq.whitelist_admin")
    assert isinstance(refused(table.confirm, by=both), ListNotAllowed)
    assert isinstance(refused(table.counter, by=both, remark="x"), ListNotAllowed)


def test_who_went_over_to_the_other_bureau_does_not_answer_themselves(world: World) -> None:
    table = proposed(world)
    Membership.objects.filter(user=table.destination).update(valid_until=NOW.date() - timedelta(days=1))
    member(Role.WHITELIST_ADMIN, Bureau.objects.get(province__short="CQ", level="provincial"), user=table.destination)
    moved = world.user("sc.whitelist_admin")
    assert isinstance(refused(table.confirm, by=moved), ListNotAllowed)
    assert isinstance(refused(table.counter, by=moved, remark="x"), ListNotAllowed)
    assert table.confirm().status == EditionStatus.CONFIRMED


def test_a_tab_that_was_read_earlier_overwrites_nothing(world: World) -> None:
    table = Table(world)
    line = table.add(BOARDS, "3000")
    table.change(BOARDS, "2000", by=table.destination)
    form = table.form(BOARDS, "9")
    stale = {"edition_id": table.edition.pk, "line_id": line.pk, "seen": 1, "by": table.destination, "now": NOW}
    refusal = refused(change_line, **stale, form=form)
    assert (refusal.code, "2000.0000 吨" in refusal.sentence) == ("line.moved", True)
    table.strike(BOARDS, by=table.destination)
    assert refused(restore_line, **stale).code == "line.moved"
    line = table.line(BOARDS)
    restored = restore_line(**stale | {"seen": line.revision})
    assert (restored.is_struck, restored.quota_t) == (False, Decimal(2000))


def test_the_same_line_twice_is_refused_and_saving_without_a_change_is_none(world: World) -> None:
    table = Table(world)
    table.add(BOARDS, "3000")
    assert refused(table.add, BOARDS, "1").code == "line.twice"
    assert table.change(BOARDS, "3000", by=table.destination).revision == 1


def test_acts_name_the_round_that_was_read(world: World) -> None:
    table = proposed(world)
    refusal = refused(table.propose, seen_round=0)
    assert (refusal.code, "已提出" in refusal.sentence) == ("edition.moved", True)
    table.counter(remark="请说明来源。")
    assert refused(table.confirm).code == "edition.moved"
    table.propose()
    assert refused(table.confirm, seen_round=1).code == "edition.moved"
    assert table.confirm().status == EditionStatus.CONFIRMED
    assert refused(table.confirm).code == "edition.moved"


def test_what_was_changed_is_countered_or_put_back_but_not_confirmed(world: World) -> None:
    table = proposed(world)
    table.change(BOARDS, "1", by=table.origin)
    refusal = refused(table.confirm)
    assert (refusal.code, "第01号条目" in refusal.sentence) == ("edition.lines_changed", True)
    assert reset_lines(edition_id=table.edition.pk, by=table.origin, now=NOW) == 1
    assert table.confirm().entries.get(number="01").quota_t == Decimal(3000)


def test_a_counter_says_something(world: World) -> None:
    table = proposed(world)
    assert refused(table.counter).code == "counter.nothing"
    assert refused(reset_lines, edition_id=table.edition.pk, by=table.destination, now=NOW).code == "not_allowed"


@pytest.mark.parametrize(("what", "code"), [({"letter_no": " "}, "edition.letter"), ({}, "edition.empty")])
def test_nothing_is_proposed_without_lines_or_letter(world: World, what: dict, code: str) -> None:
    table = Table(world)
    if what:
        table.add(BOARDS, "1")
    assert refused(table.propose, **what).code == code


def test_what_nobody_saw_and_was_struck_again_leaves_no_trace(world: World) -> None:
    table = Table(world)
    table.add(BOARDS, "1")
    table.add(OIL, "2")
    table.strike(OIL, by=table.destination)
    table.propose()
    assert rounds(table) == [("proposed", [("01", "1", False)])]


def test_what_blocks_is_refused_and_a_warning_is_known_first(world: World) -> None:
    table = Table(world)
    table.add(("O-SC1", "900-214-08", "R9"), "10")
    blocked = refused(table.propose, knows_warnings=True)
    assert isinstance(blocked, FindingsStand)
    assert (blocked.code, blocked.is_blocking) == ("edition.findings", True)
    table = Table.__new__(Table)
    table.world, table.edition = world, Edition.objects.get(status="draft")
    table.edition.lines.all().delete()
    capacity = sum(line.capacity_t for line in world.enterprise("O-SC2").permits.latest("valid_from").lines.all())
    table.add(OIL, str(capacity + 1))
    warned = refused(table.propose)
    assert (warned.code, table.now().status) == ("edition.warnings", EditionStatus.DRAFT)
    assert table.propose(knows_warnings=True).status == EditionStatus.PROPOSED
    assert refused(table.confirm).code == "edition.warnings"


def test_either_side_gives_up_what_was_proposed_with_a_reason(world: World) -> None:
    table = proposed(world)
    gone = {"edition_id": table.edition.pk, "seen_round": 1, "now": NOW}
    assert refused(abandon, **gone, reason=" ", by=table.origin).code == "edition.reason"
    assert abandon(**gone, reason="改为半年一期", by=table.origin).status == EditionStatus.ABANDONED
    assert told(table, table.destination) == ["abandoned"]
    assert refused(propose, **gone, letter_no="x", by=table.destination).code == "edition.moved"


def test_a_list_whose_period_is_over_is_not_confirmed(world: World) -> None:
    table = proposed(world)
    assert refused(table.confirm, now=at("2028-01-03")).code == "edition.over"


def test_statements_do_not_grow_with_the_lines(world: World, django_assert_max_num_queries) -> None:
    """Confirming and entering write their lines through the same bulk path."""
    operator = world.enterprise("O-SC1").pk

    def enter(year: int, count: int) -> int:
        forms = [LineForm(operator, "R4", Decimal(1), (f"{number:03d}-001-49",)) for number in range(count)]
        with django_assert_max_num_queries(60) as counted:
            made = enter_agreed_list(
                name=f"{year}",
                origin=province("CQ"),
                destination=province("SC"),
                begins_on=date(year, 1, 1),
                ends_on=date(year, 12, 31),
                consent_mode=ConsentMode.JOINT,
                lines=forms,
                origin_letter_no="渝1号",
                destination_letter_no="川1号",
                now=NOW,
            )
        assert made.entries.count() == count
        return len(counted.captured_queries)

    enter(2028, 1)
    assert enter(2029, 2) == enter(2030, 700)
