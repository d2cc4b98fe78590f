"""An adjustment confirmed while somebody files on the shrinking line, twice at once, or while it is taken back."""

import threading
from collections.abc import Callable
from decimal import Decimal
from types import ModuleType

import pytest
from django.db import IntegrityError

from apps.transfers.errors import RouteChanged
from apps.transfers.services import filing
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Adjustment, ListEvent
from apps.whitelists.services import adjusting, ledger
from apps.whitelists.services.adjusting import confirm_adjustment, propose_adjustment, take_adjustment_back
from tests.concurrency.cases import MONDAY, books_agree
from tests.concurrency.cases import filing as filing_it
from tests.concurrency.together import LONG, at_once, in_step, without_row_locks
from tests.concurrency.turns import after_it, until_somebody_waits
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)

# Of 3000 t a hundred remain.
CUT = Decimal(-2900)


def proposed(world: World) -> Adjustment:
    entry, by = world.entry("O-SC1", "900-045-49", "CQ"), world.user("sc.whitelist_admin")
    words = {"letter_no": "川环函〔2026〕41号", "reason": "检修"}
    return propose_adjustment(entry_id=entry.pk, change_t=CUT, by=by, now=MONDAY, **words)


def confirming(world: World, row: Adjustment, letter_no: str = "渝环函〔2026〕17号") -> Callable[[], Adjustment]:
    by = world.user("cq.whitelist_admin")
    return lambda: confirm_adjustment(adjustment_id=row.pk, by=by, now=MONDAY, letter_no=letter_no)


def codes(answers: list[object]) -> list[str]:
    """Codes of who was refused in a sentence; anything else that went wrong fails the test."""
    failures = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(failure, WhitelistError | RouteChanged) for failure in failures), failures
    return [failure.code for failure in failures]


@pytest.mark.parametrize(
    ("module", "refused", "figures"),
    [(adjusting, "route.changed", (100, 0)), (filing, "quota.below_taken", (3000, 120))],
    ids=["the cut comes first", "the filing comes first"],
)
def test_a_line_is_cut_or_filed_on_and_the_other_is_told(real_world, monkeypatch, module, refused, figures):
    """Both have found room; whoever locks the line first wins, the other asks again under the lock."""
    row, draft = proposed(real_world), real_world.draft(now=MONDAY)
    other = filing if module is adjusting else adjusting
    has_it = threading.Event()
    before_it(monkeypatch, other, "lock_entries", lambda: has_it.wait(LONG))
    after_it(monkeypatch, module, "lock_entries", lambda: (has_it.set(), until_somebody_waits()))
    assert codes(at_once(confirming(real_world, row), filing_it(real_world, draft))) == [refused]
    entry = real_world.entry("O-SC1", "900-045-49", "CQ")
    assert (entry.quota_t, entry.held_t) == figures
    assert books_agree()


def test_control_without_locks_the_databases_check_stops_the_one_without_a_sentence(real_world, monkeypatch):
    row, draft = proposed(real_world), real_world.draft(now=MONDAY)
    without_row_locks(monkeypatch)
    both_have_read = threading.Barrier(2)  # 3000 t, none taken
    for module in (ledger, filing):
        after_it(monkeypatch, module, "lock_entries", once(lambda: both_have_read.wait(LONG)))
    answers = at_once(confirming(real_world, row), filing_it(real_world, draft))
    (failure,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(failure, IntegrityError)
    assert "whitelist_entry_within_quota" in str(failure)


def test_of_two_who_confirm_at_once_one_does(real_world):
    row = proposed(real_world)
    answers = at_once(confirming(real_world, row), confirming(real_world, row, "渝环函〔2026〕18号"))
    assert codes(answers) == ["adjustment.moved"]
    assert told(row) == ["adjustment_confirmed"]
    assert row.entry.movements.filter(reference=row.reference).count() == 1
    assert books_agree()


def test_control_without_the_lock_both_confirm_it_and_the_second_letter_stands(real_world, monkeypatch):
    row = proposed(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, adjusting, "_refuse_moved", 2)
    answers = at_once(confirming(real_world, row), confirming(real_world, row, "渝环函〔2026〕18号"))
    # Neither is told of the other: a key of the ledger stops the one, or both have told everybody.
    failures = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(failure) for failure in failures] == [IntegrityError] or len(told(row)) == 2


def test_confirmed_or_taken_back_never_both(real_world):
    row = proposed(real_world)
    assert codes(at_once(confirming(real_world, row), taking_back(row))) == ["adjustment.moved"]
    left = Adjustment.objects.get(pk=row.pk)
    assert left.entry.quota_t == (100 if left.status == "confirmed" else 3000)
    assert len(told(row)) == 1
    assert books_agree()


def test_control_without_the_lock_what_moved_tonnes_is_taken_back(real_world, monkeypatch):
    row = proposed(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, adjusting, "_refuse_moved", 2)
    assert codes(at_once(confirming(real_world, row), taking_back(row))) == []
    assert sorted(told(row)) == ["adjustment_confirmed", "adjustment_taken_back"]


def once(work: Callable[[], object]) -> Callable[[], object]:
    done: list[None] = []
    return lambda: None if done else (done.append(None), work())


def before_it(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, first: Callable[[], object]) -> None:
    original = getattr(module, name)
    monkeypatch.setattr(module, name, lambda **named: (first(), original(**named))[1])


def taking_back(row: Adjustment) -> Callable[[], Adjustment]:
    return lambda: take_adjustment_back(adjustment_id=row.pk, by=row.proposed_by, now=MONDAY)


def told(row: Adjustment) -> list[str]:
    """What the other side was told after the proposal."""
    rows = ListEvent.objects.filter(reference=row.reference).exclude(kind="adjustment_proposed")
    return list(rows.order_by("pk").values_list("kind", flat=True))
