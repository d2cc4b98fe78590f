"""The ledger: each verb, its replay, its refusals; the CHECK and the trigger as the last word."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

from apps.whitelists.errors import QuotaExceeded, WhitelistError
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from apps.whitelists.services import ledger
from tests.whitelists.factories import NOW, make_edition, make_entry, make_operator

pytestmark = pytest.mark.django_db
REF = "2026-50-51-00001"


def move(verb, amounts, *, reference=REF, round=1):
    """Call a verb of the ledger with tonnes as text by entry."""
    return verb(
        amounts={entry.pk: Decimal(amount) for entry, amount in amounts.items()},
        reference=reference,
        round=round,
        occurred_at=NOW,
        now=NOW,
    )


def columns(entry):
    """Quota, held and used tonnes as stored."""
    row = WhitelistEntry.objects.get(pk=entry.pk)
    return tuple(int(column) for column in (row.quota_t, row.held_t, row.used_t))


def refused(verb, amounts, **round_):
    with pytest.raises(WhitelistError) as refusal:
        move(verb, amounts, **round_)
    return refusal.value


def test_each_verb_moves_its_columns_and_leaves_its_movement():
    entry = make_entry(quota="100")
    told = [columns(entry)]
    for verb, amount in ((ledger.hold, "60"), (ledger.commit, "50"), (ledger.release, "10"), (ledger.restore, "20")):
        (movement,) = move(verb, {entry: amount})
        assert (movement.entry_id, movement.reference, movement.round) == (entry.pk, REF, 1)
        assert (movement.amount_t, movement.occurred_at, movement.recorded_at) == (Decimal(amount), NOW, NOW)
        told.append(columns(entry))
    assert told == [(100, 0, 0), (100, 60, 0), (100, 10, 50), (100, 0, 50), (100, 0, 30)]
    kinds = list(QuotaMovement.objects.filter(entry=entry).values_list("kind", flat=True))
    assert kinds == ["adjust", "hold", "commit", "release", "restore"]
    assert ledger.reconcile() == []


def test_a_repeated_message_changes_nothing_and_gives_the_movement_that_stands():
    entry = make_entry()
    for verb in (ledger.hold, ledger.commit, ledger.restore):
        (first,) = move(verb, {entry: "40"})
        before = columns(entry)
        (again,) = move(verb, {entry: "40"})
        assert again.pk == first.pk
        assert columns(entry) == before
    other = make_entry()
    move(ledger.hold, {other: "40"})
    (first,) = move(ledger.release, {other: "40"})
    (again,) = move(ledger.release, {other: "40"})
    assert (again.pk, columns(other)) == (first.pk, (100, 0, 0))


def test_a_replay_is_recognised_before_the_balance_is_looked_at():
    entry = make_entry(quota="100")
    (first,) = move(ledger.hold, {entry: "100"})
    assert columns(entry) == (100, 100, 0)
    (again,) = move(ledger.hold, {entry: "100"})
    assert again.pk == first.pk


def test_a_repeated_adjustment_counts_once():
    entry = make_entry(quota="100")
    change = {"entry_id": entry.pk, "change_t": Decimal(-30), "reference": "调整 1", "occurred_at": NOW, "now": NOW}
    assert ledger.adjust(**change).pk == ledger.adjust(**change).pk
    assert columns(entry) == (70, 0, 0)


@pytest.mark.parametrize("verb", [ledger.hold, ledger.release, ledger.commit, ledger.restore])
def test_a_replay_with_another_amount_is_refused(verb):
    entry = make_entry()
    move(ledger.hold, {entry: "40"})
    if verb is ledger.restore:
        move(ledger.commit, {entry: "20"})
    if verb is not ledger.hold:
        move(verb, {entry: "10"})
    before = columns(entry)
    refusal = refused(verb, {entry: "11"})
    assert refusal.code == "ledger.replay_differs"
    assert "11.0000" in refusal.sentence
    assert columns(entry) == before


def test_another_round_is_another_movement():
    entry = make_entry()
    move(ledger.hold, {entry: "40"}, round=1)
    move(ledger.release, {entry: "40"}, round=1)
    move(ledger.hold, {entry: "25"}, round=2)
    assert columns(entry) == (100, 25, 0)
    assert refused(ledger.release, {entry: "1"}, round=1).code == "ledger.replay_differs"


def test_too_much_is_refused_with_all_the_figures():
    entry = make_entry(quota="35.5")
    move(ledger.hold, {entry: "15.5"})
    refusal = refused(ledger.hold, {entry: "35.5"}, reference="2026-50-51-00002")
    assert isinstance(refusal, QuotaExceeded)
    assert (refusal.code, refusal.shortfalls[0].over_t) == ("quota.exceeded", Decimal("15.5"))
    assert "剩余 20.0000 吨，本次申请 35.5000 吨，超出 15.5000 吨" in refusal.sentence


@pytest.mark.parametrize(
    ("verb", "before", "asked", "code"),
    [
        (ledger.release, {}, "0.0001", "ledger.not_held"),
        (ledger.release, {ledger.hold: "40"}, "40.0001", "ledger.not_held"),
        (ledger.release, {ledger.hold: "40", ledger.commit: "30"}, "10.0001", "ledger.not_held"),
        (ledger.commit, {}, "0.0001", "ledger.not_held"),
        (ledger.commit, {ledger.hold: "40"}, "40.0001", "ledger.not_held"),
        (ledger.commit, {ledger.hold: "40", ledger.release: "30"}, "10.0001", "ledger.not_held"),
        (ledger.restore, {ledger.hold: "40"}, "0.0001", "ledger.not_used"),
        (ledger.restore, {ledger.hold: "40", ledger.commit: "30"}, "30.0001", "ledger.not_used"),
    ],
)
def test_nobody_gives_back_or_uses_more_than_the_round_has(verb, before, asked, code):
    entry = make_entry()
    move(ledger.hold, {entry: "50"}, reference="another")
    move(ledger.commit, {entry: "50"}, reference="another")
    for earlier, amount in before.items():
        move(earlier, {entry: amount})
    columns_before = columns(entry)
    assert refused(verb, {entry: asked}).code == code
    assert columns(entry) == columns_before


@pytest.mark.parametrize("verb", [ledger.hold, ledger.release, ledger.commit, ledger.restore])
@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_movement_is_positive(verb, amount):
    assert refused(verb, {make_entry(): amount}).code == "ledger.not_positive"


@pytest.mark.parametrize("amount", ["0.00005", "NaN", "Infinity", "10000000000"])
@pytest.mark.parametrize("verb", [ledger.hold, ledger.release, ledger.commit, ledger.restore])
def test_a_figure_that_the_columns_cannot_take_is_refused(verb, amount):
    assert refused(verb, {make_entry(): amount}).code == "ledger.inexact"


@pytest.mark.parametrize(
    ("change", "code"),
    [("0", "ledger.not_positive"), ("0.00001", "ledger.inexact"), ("9999999999.9999", "quota.above_most")],
)
def test_an_adjustment_that_is_none_or_too_much_is_refused(change, code):
    entry = make_entry(quota="100")
    with pytest.raises(WhitelistError) as refusal:
        ledger.adjust(entry_id=entry.pk, change_t=Decimal(change), reference="调整 1", occurred_at=NOW, now=NOW)
    assert (refusal.value.code, columns(entry)) == (code, (100, 0, 0))


def test_the_quota_is_never_cut_below_what_is_taken():
    entry = make_entry(quota="100")
    move(ledger.hold, {entry: "60"})
    move(ledger.commit, {entry: "40"})
    cut = {"entry_id": entry.pk, "occurred_at": NOW, "now": NOW}
    with pytest.raises(WhitelistError) as refusal:
        ledger.adjust(change_t=Decimal("-40.0001"), reference="调整 1", **cut)
    assert refusal.value.code == "quota.below_taken"
    assert "60.0000" in refusal.value.sentence
    assert columns(entry) == (100, 20, 40)
    ledger.adjust(change_t=Decimal(-40), reference="调整 2", **cut)
    assert columns(entry) == (60, 20, 40)


def test_several_entries_move_all_or_none():
    edition, operator = make_edition(), make_operator()
    plenty = make_entry(edition, number="01", operator=operator)
    little = make_entry(edition, number="02", operator=operator, codes=("900-049-50",), quota="10")
    none = make_entry(edition, number="03", operator=operator, codes=("900-023-29",), quota="5")
    refusal = refused(ledger.hold, {plenty: "50", little: "11", none: "6"})
    assert [short.label[-5:] for short in refusal.shortfalls] == ["02号条目", "03号条目"]
    assert [columns(entry)[1] for entry in (plenty, little, none)] == [0, 0, 0]
    assert not QuotaMovement.objects.filter(reference=REF).exists()
    move(ledger.hold, {plenty: "50", little: "10", none: "5"})
    assert [columns(entry)[1] for entry in (plenty, little, none)] == [50, 10, 5]


def test_a_message_partly_delivered_before_moves_only_the_rest():
    edition, operator = make_edition(), make_operator()
    one = make_entry(edition, number="01", operator=operator)
    other = make_entry(edition, number="02", operator=operator, codes=("900-049-50",))
    move(ledger.hold, {one: "50"})
    assert len(move(ledger.hold, {one: "50", other: "20"})) == 2
    assert (columns(one)[1], columns(other)[1]) == (50, 20)


def test_nothing_asked_moves_nothing_and_an_unknown_entry_is_refused():
    assert move(ledger.hold, {}) == []
    entry = make_entry()
    with pytest.raises(WhitelistError) as refusal:
        ledger.hold(amounts={entry.pk + 999: Decimal(1)}, reference=REF, round=1, occurred_at=NOW, now=NOW)
    assert refusal.value.code == "entry.unknown"


@pytest.mark.parametrize(
    "change",
    [{"held_t": F("quota_t") + 1}, {"used_t": F("quota_t") + 1}, {"held_t": -1}, {"used_t": -1}, {"quota_t": 59}],
)
def test_the_check_is_the_last_word_whatever_writes(change):
    entry = make_entry(quota="100")
    move(ledger.hold, {entry: "60"})
    with pytest.raises(IntegrityError, match="whitelist_entry_within_quota"), transaction.atomic():
        WhitelistEntry.objects.filter(pk=entry.pk).update(**change)
    assert columns(entry) == (100, 60, 0)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_movements_are_append_only(change):
    entry = make_entry()
    (movement,) = move(ledger.hold, {entry: "60"})
    row = QuotaMovement.objects.filter(pk=movement.pk)
    with pytest.raises(DatabaseError, match="只能追加"), transaction.atomic():
        row.update(amount_t=1) if change == "update" else row.delete()
    assert row.get().amount_t == 60


def test_the_database_refuses_a_second_movement_of_one_key_and_a_wrong_sign():
    entry = make_entry()
    key = {"entry": entry, "reference": REF, "round": 1, "kind": "hold", "occurred_at": NOW, "recorded_at": NOW}
    QuotaMovement.objects.create(amount_t=1, **key)
    with pytest.raises(IntegrityError, match="quota_movement_once"), transaction.atomic():
        QuotaMovement.objects.create(amount_t=1, **key)
    with pytest.raises(IntegrityError, match="quota_movement_amount_sign"), transaction.atomic():
        QuotaMovement.objects.create(amount_t=-1, **key | {"round": 2})
