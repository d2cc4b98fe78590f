"""A move to a line that is made by confirming it: what one line loses the new one gains, and nothing else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from apps.figures.history import list_on
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Adjustment, WhitelistEntry
from apps.whitelists.services import ledger
from apps.whitelists.services.adjusting import confirm_adjustment, decline_adjustment, propose_adjustment
from apps.whitelists.services.lines import LineForm
from tests.transfers.world import World, at

NOW = at("2026-03-02")


def listed(world: World) -> WhitelistEntry:
    return world.entry("O-SC1", "900-045-49", "CQ")


def form(world: World, **given: object) -> LineForm:
    """Meishan's permit covers it, and no list names it."""
    values = {"operator_id": world.enterprise("O-SC2").pk, "waste_codes": ("900-023-29",), "method": "R9"}
    return LineForm(**{**values, "quota_t": Decimal(1), **given})


def proposed(world: World, change: str = "-30", **given: object) -> Adjustment:
    by = world.user("sc.whitelist_admin")
    return propose_adjustment(
        entry_id=listed(world).pk,
        change_t=Decimal(change),
        letter_no="川环函〔2026〕41号",
        reason="检修延期",
        new_line=form(world, **given),
        by=by,
        now=NOW,
    )


def confirmed(world: World, row: Adjustment) -> Adjustment:
    by = world.user("cq.whitelist_admin")
    return confirm_adjustment(adjustment_id=row.pk, by=by, now=NOW, letter_no="渝环函〔2026〕17号")


def total(entry: WhitelistEntry) -> Decimal:
    return WhitelistEntry.objects.filter(edition=entry.edition).aggregate(t=Sum("quota_t"))["t"]


def method_of(world: World) -> str:
    permit = world.enterprise("O-SC2").permits.latest("valid_from")
    return permit.lines.get(waste_code="900-023-29").method


def test_confirming_makes_the_line_and_moves_the_tonnes(world: World) -> None:
    entry, before = listed(world), total(listed(world))
    row = proposed(world, method=method_of(world))
    assert entry.edition.entries.count() == 3
    assert total(entry) == before
    made = confirmed(world, row).target
    assert (made.number, made.operator, made.waste_codes) == ("04", world.enterprise("O-SC2"), ["900-023-29"])
    assert (WhitelistEntry.objects.get(pk=made.pk).quota_t, total(entry)) == (30, before)
    movements = ledger.QuotaMovement.objects.filter(reference=row.reference)
    assert sum(one.amount_t for one in movements) == 0
    assert ledger.reconcile() == []
    told = set(entry.edition.events.get(kind="adjustment_confirmed").recipients.values_list("enterprise", flat=True))
    assert made.operator_id in told
    pair = {"origin_id": "500000", "destination_id": "510000", "today": NOW.date()}
    days = [len(list_on(**pair, day=NOW.date() - timedelta(days=ago)).entries) for ago in (1, 0)]
    assert days == [3, 4]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"operator_id": 0}, "line.operator"),
        ({"waste_codes": ("900-23-29",)}, "line.wastes"),
        ({"waste_codes": ()}, "line.wastes"),
        ({"method": "R99"}, "line.method"),
        ({"waste_codes": ("900-045-49",)}, "adjustment.not_covered"),
        ({"change": "30"}, "adjustment.target"),
    ],
)
def test_what_a_new_line_must_be(world: World, given: dict[str, object], code: str) -> None:
    with pytest.raises(WhitelistError) as refused:
        proposed(world, **{"method": method_of(world), **given})
    assert refused.value.code == code
    assert not Adjustment.objects.exists()


def test_what_is_listed_already_is_no_new_line_neither_then_nor_meanwhile(world: World) -> None:
    first = proposed(world, method=method_of(world))
    other = listed(world).edition.entries.get(operator=world.enterprise("O-SC2"))
    second = propose_adjustment(
        entry_id=other.pk,
        change_t=Decimal(-5),
        letter_no="川环函〔2026〕42号",
        reason="检修延期",
        new_line=form(world, method=method_of(world)),
        by=world.user("sc.whitelist_admin"),
        now=NOW,
    )
    confirmed(world, first)
    with pytest.raises(WhitelistError, match="重复列入") as refused, transaction.atomic():
        confirmed(world, second)
    assert refused.value.code == "adjustment.not_covered"
    assert WhitelistEntry.objects.get(pk=other.pk).quota_t == other.quota_t
    world.enterprise("O-SC2").permits.update(status="suspended")
    decline_adjustment(adjustment_id=second.pk, by=world.user("cq.whitelist_admin"), now=NOW, reason="已有同样条目")
    with pytest.raises(WhitelistError, match="暂扣"):
        proposed(world, waste_codes=("900-249-08",), method=method_of(world))


def test_the_table_keeps_no_half_a_line(world: World) -> None:
    row = proposed(world, method=method_of(world))
    for half in ({"new_method": ""}, {"new_waste_codes": []}, {"new_operator": None}, {"target": row.entry_id + 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Adjustment.objects.filter(pk=row.pk).update(**half)
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=row.pk).update(
            status="confirmed", answer_letter_no="渝1号", ended_at=NOW, ended_by=row.proposed_by
        )
