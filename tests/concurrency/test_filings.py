"""Simultaneous filings on one entry with too little left for all."""

from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from apps.deadlines.services import ClockRefused
from apps.transfers.errors import Refused, RouteChanged
from apps.transfers.models import Application, NumberCounter
from apps.transfers.services import filing as filing_services
from apps.whitelists.enums import MovementKind
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from tests.concurrency.cases import MONDAY, acts_of, books_agree, filing, logs_are_complete
from tests.concurrency.together import LONG, at_once, in_step, without_row_locks
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)

QUOTA = Decimal(3000)


def drafts_of(world: World, count: int, amount: str) -> list[Application]:
    return [world.draft(items={"900-045-49": amount}, now=MONDAY) for _ in range(count)]


@pytest.mark.parametrize(("count", "amount", "winners"), [(2, "2000", 1), (16, "400", 7)])
def test_exactly_those_win_who_fit_and_the_others_are_told_what_is_left(
    real_world, monkeypatch, count, amount, winners
):
    drafts = drafts_of(real_world, count, amount)
    in_step(monkeypatch, filing_services, "check_application", count)  # each has seen room for itself
    answers = at_once(*(filing(real_world, draft) for draft in drafts))

    filed = [answer for answer in answers if isinstance(answer, Application)]
    told = [answer for answer in answers if not isinstance(answer, Application)]
    held = winners * Decimal(amount)
    assert (len(filed), {type(answer) for answer in told}) == (winners, {RouteChanged})
    for refusal in told:
        assert refusal.code == "route.changed"
        assert f"剩余 {QUOTA - held:.4f} 吨，本次申请 {Decimal(amount):.4f} 吨" in refusal.sentence

    entry = real_world.entry("O-SC1", "900-045-49", "CQ")
    assert (entry.quota_t, entry.held_t, entry.used_t) == (QUOTA, held, 0)
    numbers = sorted(case.number for case in filed)
    assert numbers == sorted(set(numbers))
    moved = QuotaMovement.objects.filter(entry=entry, kind=MovementKind.HOLD)
    assert sorted(moved.values_list("reference", flat=True)) == numbers
    assert [acts_of(case) for case in filed] == [["submit"]] * winners
    losers = Application.objects.exclude(pk__in=[case.pk for case in filed])
    assert set(losers.values_list("state", "number", "log_length", "claims")) == {("draft", None, 0, None)}
    assert books_agree()
    assert logs_are_complete()


def test_control_without_locks_the_loser_meets_the_databases_check_and_no_sentence(real_world, monkeypatch):
    drafts = drafts_of(real_world, 2, "2000")
    without_row_locks(monkeypatch)
    monkeypatch.setattr(filing_services, "next_number", lambda act: f"2026-50-51-{act.application.pk:05d}")
    in_step(monkeypatch, filing_services, "lock_entries", 2)  # both have read that 3000 t are left
    answers = at_once(*(filing(real_world, draft) for draft in drafts))
    (failure,) = [answer for answer in answers if not isinstance(answer, Application)]
    assert isinstance(failure, IntegrityError)
    assert "whitelist_entry_within_quota" in str(failure)


def test_control_reading_then_writing_without_lock_promises_more_than_there_is(real_world):
    entry, amount = real_world.entry("O-SC1", "900-045-49", "CQ"), Decimal(2000)
    both_have_read = Barrier(2)

    def hold_carelessly(reference):
        with transaction.atomic():
            row = WhitelistEntry.objects.get(pk=entry.pk)
            both_have_read.wait(LONG)
            if amount > row.available_t:
                return None
            row.held_t += amount
            row.save(update_fields=["held_t"])
            return QuotaMovement.objects.create(
                entry=row,
                kind=MovementKind.HOLD,
                reference=reference,
                round=1,
                amount_t=amount,
                occurred_at=MONDAY,
                recorded_at=MONDAY,
            )

    promised = at_once(lambda: hold_carelessly("A"), lambda: hold_carelessly("B"))
    assert sum(movement.amount_t for movement in promised if movement) > QUOTA
    assert not books_agree()


def test_control_without_the_counters_lock_two_get_one_number(real_world, monkeypatch):
    drafts = drafts_of(real_world, 2, "100")
    without_row_locks(monkeypatch)
    at_once(filing(real_world, real_world.draft(items={"900-045-49": "1"}, now=MONDAY)))  # the year's row exists
    counter = NumberCounter.objects.get(year=2026, origin_id="500000", destination_id="510000")
    both_have_read = Barrier(2)

    def next_number(act):
        last = NumberCounter.objects.get(pk=counter.pk).last
        both_have_read.wait(LONG)
        NumberCounter.objects.filter(pk=counter.pk).update(last=last + 1)
        return f"2026-50-51-{last + 1:05d}"

    monkeypatch.setattr(filing_services, "next_number", next_number)
    answers = at_once(*(filing(real_world, draft) for draft in drafts))
    (failure,) = [answer for answer in answers if not isinstance(answer, Application)]
    # The first thing that names the number: another's clock under it, or the number itself.
    assert isinstance(failure, (ClockRefused, IntegrityError))
    assert not isinstance(failure, Refused)
