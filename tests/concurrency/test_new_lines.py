"""Two adjustments that would make the same line are confirmed at once: one makes it, the other is told of it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError

from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Adjustment, WhitelistEntry
from apps.whitelists.services import adjusting
from apps.whitelists.services.adjusting import confirm_adjustment, propose_adjustment
from apps.whitelists.services.ledger import reconcile
from apps.whitelists.services.lines import LineForm
from tests.concurrency.together import at_once, in_step, without_row_locks
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("2026-03-02")
CODE = "900-023-29"


def confirming(world: World) -> list[Callable[[], Adjustment]]:
    """The second side confirms both proposals of the first, made from two lines of one list."""
    operator = world.enterprise("O-SC2")
    method = operator.permits.latest("valid_from").lines.get(waste_code=CODE).method
    line = LineForm(operator_id=operator.pk, waste_codes=(CODE,), method=method, quota_t=Decimal(5))
    proposer, answerer = world.user("sc.whitelist_admin"), world.user("cq.whitelist_admin")
    words = {"letter_no": "川环函〔2026〕41号", "reason": "检修", "change_t": Decimal(-5), "new_line": line}

    def confirm(entry: WhitelistEntry) -> Callable[[], Adjustment]:
        row = propose_adjustment(entry_id=entry.pk, by=proposer, now=NOW, **words)
        return lambda: confirm_adjustment(adjustment_id=row.pk, by=answerer, now=NOW, letter_no="渝1号")

    entries = world.entry("O-SC1", "900-045-49", "CQ").edition.entries.order_by("pk")
    return [confirm(entry) for entry in entries[:2]]


def refusals(answers: list[object]) -> list[Exception]:
    return [answer for answer in answers if isinstance(answer, Exception)]


def made() -> int:
    return WhitelistEntry.objects.filter(waste_codes=[CODE], edition__origin="500000", quota_t=5).count()


def test_of_two_who_make_the_same_line_one_does(real_world: World) -> None:
    (refusal,) = refusals(at_once(*confirming(real_world)))
    assert isinstance(refusal, WhitelistError)
    assert (refusal.code, "重复列入" in refusal.sentence) == ("adjustment.not_covered", True)
    assert (made(), reconcile()) == (1, [])


def test_control_without_the_lock_a_key_of_the_table_stops_the_one_without_a_sentence(
    real_world: World, monkeypatch
) -> None:
    works = confirming(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, adjusting, "refuse_what_is_not_covered", 2)
    (refusal,) = refusals(at_once(*works))
    assert isinstance(refusal, IntegrityError)
    assert "whitelist_entry_number_once" in str(refusal)
