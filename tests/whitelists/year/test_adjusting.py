"""Adjustments: who proposes and who answers, what they may not cut, and that both movements come or none."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.organisations.enums import Role
from apps.organisations.models import Bureau, Membership, User
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Adjustment, ListEvent, WhitelistEntry
from apps.whitelists.services import ledger
from apps.whitelists.services.adjusting import (
    confirm_adjustment,
    decline_adjustment,
    propose_adjustment,
    take_adjustment_back,
)
from tests.organisations.factories import member
from tests.transfers.world import World, at
from tests.whitelists.factories import administrator

NOW = at("2026-03-02")
CQ, SC = "500000", "510000"


def listed(world: World) -> WhitelistEntry:
    return world.entry("O-SC1", "900-045-49", "CQ")


def another(entry: WhitelistEntry) -> WhitelistEntry:
    return entry.edition.entries.exclude(pk=entry.pk).earliest("pk")


def proposed(entry: WhitelistEntry, change: str, **given: object) -> Adjustment:
    asked = {"letter_no": "川环函〔2026〕41号", "reason": "检修延期", "by": administrator(SC), "now": NOW, **given}
    return propose_adjustment(entry_id=entry.pk, change_t=Decimal(change), **asked)


def confirmed(row: Adjustment, by: User | None = None) -> Adjustment:
    by = by or administrator(CQ)
    return confirm_adjustment(adjustment_id=row.pk, by=by, now=NOW, letter_no="渝环函〔2026〕17号")


def quota(entry: WhitelistEntry) -> Decimal:
    return WhitelistEntry.objects.get(pk=entry.pk).quota_t


def test_a_quota_changes_when_the_other_side_confirms_by_its_letter(world: World) -> None:
    entry = listed(world)
    row = proposed(entry, "25.5")
    assert quota(entry) == entry.quota_t
    assert confirmed(row).status == "confirmed"
    assert quota(entry) == entry.quota_t + Decimal("25.5")
    assert entry.movements.get(reference=row.reference).kind == "adjust"
    told = {
        kind: set(event.recipients.values_list("bureau__province", "enterprise"))
        for event in ListEvent.objects.filter(reference=row.reference)
        for kind in [event.kind]
    }
    assert told == {
        "adjustment_proposed": {(CQ, None)},
        "adjustment_confirmed": {(SC, None), (None, entry.operator_id)},
    }


def test_a_move_takes_from_one_line_what_it_gives_to_another(world: World) -> None:
    entry = listed(world)
    target = another(entry)
    confirmed(proposed(entry, "-30", target_id=target.pk))
    assert (quota(entry), quota(target)) == (entry.quota_t - 30, target.quota_t + 30)
    assert ledger.reconcile() == []


def test_a_line_grows_by_no_more_than_the_permit_bears_neither_then_nor_meanwhile(world: World) -> None:
    entry = listed(world)
    with pytest.raises(WhitelistError) as refused:
        proposed(entry, "9000000")
    assert refused.value.code == "adjustment.not_covered"
    assert "120%" in refused.value.sentence
    row = proposed(entry, "25")
    entry.operator.permits.update(status="suspended")
    with pytest.raises(WhitelistError) as refused, transaction.atomic():
        confirmed(row)
    assert refused.value.code == "adjustment.not_covered"
    assert "暂扣" in refused.value.sentence
    assert quota(entry) == entry.quota_t
    # Less may always be agreed on.
    take_adjustment_back(adjustment_id=row.pk, by=row.proposed_by, now=NOW)
    assert confirmed(proposed(entry, "-25")).status == "confirmed"


def test_nobody_cuts_what_is_taken_neither_then_nor_meanwhile(world: World) -> None:
    entry = listed(world)
    target = another(entry)
    with pytest.raises(WhitelistError) as refused:
        proposed(entry, str(-entry.quota_t - 1))
    assert refused.value.code == "quota.below_taken"
    row = proposed(entry, "-30", target_id=target.pk)
    all_left = {"amounts": {entry.pk: entry.available_t}, "reference": "2026-50-51-00001", "round": 1}
    ledger.hold(**all_left, occurred_at=NOW, now=NOW)
    with pytest.raises(WhitelistError) as refused, transaction.atomic():
        confirmed(row)
    assert refused.value.code == "quota.below_taken"
    assert (quota(entry), quota(target)) == (entry.quota_t, target.quota_t)
    assert Adjustment.objects.get(pk=row.pk).status == "open"


def test_each_side_does_its_own(world: World) -> None:
    entry = listed(world)
    for by in (administrator(), administrator("520000"), administrator(CQ, SC)):
        with pytest.raises(ListNotAllowed):
            proposed(entry, "5", by=by)
    row = proposed(entry, "5")
    for by in (administrator(SC), administrator(CQ, SC), administrator("520000")):
        with pytest.raises(ListNotAllowed):
            confirmed(row, by)
        with pytest.raises(ListNotAllowed):
            decline_adjustment(adjustment_id=row.pk, by=by, now=NOW, reason="不同意")
    with pytest.raises(ListNotAllowed):
        take_adjustment_back(adjustment_id=row.pk, by=administrator(CQ), now=NOW)


@pytest.mark.parametrize("ends", ["declined", "taken_back"])
def test_what_has_ended_is_not_confirmed_and_makes_room_for_the_next(world: World, ends: str) -> None:
    entry = listed(world)
    row = proposed(entry, "5")
    with pytest.raises(WhitelistError) as refused:
        proposed(entry, "6")
    assert refused.value.code == "adjustment.open"
    if ends == "declined":
        decline_adjustment(adjustment_id=row.pk, by=administrator(CQ), now=NOW, reason="能力不足")
    else:
        take_adjustment_back(adjustment_id=row.pk, by=administrator(SC), now=NOW)
    with pytest.raises(WhitelistError) as refused:
        confirmed(row)
    assert refused.value.code == "adjustment.moved"
    assert quota(entry) == entry.quota_t
    assert proposed(entry, "6").status == "open"


@pytest.mark.parametrize(
    ("change", "given", "code"),
    [
        ("0", {}, "adjustment.figure"),
        ("1.00001", {}, "adjustment.figure"),
        ("1", {"letter_no": " "}, "adjustment.letter"),
        ("1", {"reason": ""}, "adjustment.reason"),
        ("-1", {"target_id": 0}, "adjustment.target"),
        ("1", {"now": at("2027-03-02")}, "adjustment.ended"),
    ],
)
def test_what_a_proposal_must_say(world: World, change: str, given: dict[str, object], code: str) -> None:
    with pytest.raises(WhitelistError) as refused:
        proposed(listed(world), change, **given)
    assert refused.value.code == code


def test_who_went_over_to_the_other_bureau_does_not_answer_themselves(world: World) -> None:
    row = proposed(listed(world), "-10")
    Membership.objects.filter(user=row.proposed_by).update(valid_until=NOW.date() - timedelta(days=1))
    member(Role.WHITELIST_ADMIN, Bureau.objects.get(province=CQ, level="provincial"), user=row.proposed_by)
    moved = User.objects.get(pk=row.proposed_by_id)
    with pytest.raises(ListNotAllowed):
        confirmed(row, by=moved)
    with pytest.raises(ListNotAllowed):
        decline_adjustment(adjustment_id=row.pk, by=moved, now=NOW, reason="不同意")
    assert confirmed(row).status == "confirmed"


def test_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(ListNotFound):
        take_adjustment_back(adjustment_id=0, by=administrator(SC), now=NOW)


def test_the_table_confirms_nothing_without_both_letters(world: World) -> None:
    row = proposed(listed(world), "5")
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=row.pk).update(status="confirmed", ended_at=NOW, ended_by=row.proposed_by)
