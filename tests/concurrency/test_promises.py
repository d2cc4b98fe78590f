"""Two lists of different pairs promise one operator tonnes in the same instant: together they stay within 120 %.

The lists have no row in common but the operator's; whoever adds its tonnes up holds that row. O-SC1's permit bears
15,500 t a year, so that 18,600 t may be promised; the lists of 2026 don't count in 2027.
"""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import OperationalError, transaction
from django.db.models import Sum

from apps.whitelists.errors import FindingsStand, WhitelistError
from apps.whitelists.models import WhitelistEntry
from apps.whitelists.services import adjusting, negotiating, proposing
from apps.whitelists.services.adjusting import confirm_adjustment, propose_adjustment
from apps.whitelists.services.ledger import reconcile
from apps.whitelists.services.lines import LineForm
from apps.whitelists.services.negotiating import confirm
from apps.whitelists.services.promises import lock_operators
from apps.whitelists.services.suspending import suspend_operator
from tests.concurrency.cases import books_agree, filing
from tests.concurrency.together import LONG, at_once, in_step
from tests.concurrency.turns import until_somebody_waits
from tests.transfers.world import World
from tests.whitelists.negotiation import BOARDS, NOW, OIL, TUBES, Table, proposed

pytestmark = pytest.mark.django_db(transaction=True)
MOST = Decimal(18600)
Work = Callable[[], object]


def confirming(table: Table) -> Work:
    words = {"letter_no": "渝1号", "knows_warnings": True}
    return lambda: confirm(edition_id=table.edition.pk, seen_round=1, by=table.origin, now=NOW, **words)


def two_lists(world: World) -> list[Work]:
    """Each alone is within the permit."""
    return [confirming(proposed(world, of, boards="12000")) for of in ("CQ", "GZ")]


def growing(world: World, of: str) -> Work:
    """A list confirmed with 6,000 t, and 5,000 t more that its other side is about to confirm: together 17,000 t."""
    table = proposed(world, of, boards="6000")
    confirming(table)()
    entry = table.edition.entries.get(waste_codes=[BOARDS[1]])
    return answering(table, entry, change_t=Decimal(5000))


def moving(world: World, of: str, *, is_new: bool) -> Work:
    """5,000 t of O-SC2's line to a line of O-SC1's that stands there, or to one that is made."""
    table = Table(world, of)
    table.add(OIL, "9000")
    table.add(TUBES if is_new else BOARDS, "6000")
    table.propose(knows_warnings=True)
    confirming(table)()
    oil = table.edition.entries.get(waste_codes=[OIL[1]])
    if not is_new:
        target = table.edition.entries.get(waste_codes=[BOARDS[1]])
        return answering(table, oil, change_t=Decimal(-5000), target_id=target.pk)
    _, code, method = BOARDS
    operator_id = world.enterprise("O-SC1").pk
    line = LineForm(operator_id=operator_id, waste_codes=(code,), method=method, quota_t=Decimal(5000))
    return answering(table, oil, change_t=Decimal(-5000), new_line=line)


def answering(table: Table, entry: WhitelistEntry, **words: object) -> Work:
    row = propose_adjustment(
        entry_id=entry.pk, by=table.destination, now=NOW, letter_no="川2号", reason="增产", **words
    )
    return lambda: confirm_adjustment(adjustment_id=row.pk, by=table.origin, now=NOW, letter_no="渝2号")


def promised(world: World) -> Decimal:
    mine = WhitelistEntry.objects.filter(edition__begins_on__year=2027, edition__status="confirmed")
    return mine.filter(operator=world.enterprise("O-SC1")).aggregate(t=Sum("quota_t"))["t"]


def refusals(answers: list[object]) -> list[Exception]:
    return [answer for answer in answers if isinstance(answer, Exception)]


def test_of_two_lists_that_together_promise_too_much_one_is_confirmed(real_world: World) -> None:
    (refusal,) = refusals(at_once(*two_lists(real_world)))
    assert isinstance(refusal, FindingsStand)
    assert any("其他已确认名单 12000.0000 吨" in told and "超过许可规模 120%" in told for told in refusal.told)
    assert (promised(real_world), reconcile()) == (12000, [])


def test_control_without_the_lock_both_are_and_the_operator_is_promised_too_much(real_world, monkeypatch) -> None:
    works = two_lists(real_world)
    monkeypatch.setattr(negotiating, "lock_operators", lambda **_: None)
    in_step(monkeypatch, proposing, "promised_elsewhere", 2)  # each finds that nothing else is promised
    assert refusals(at_once(*works)) == []
    assert promised(real_world) == 24000 > MOST


def confirmation_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The confirmation holds the operator; only then the adjustment asks for it, and has to wait."""
    is_held = threading.Event()

    def hold(*, ids: set[int]) -> None:
        lock_operators(ids=ids)
        is_held.set()
        until_somebody_waits()

    def ask(*, ids: set[int]) -> None:
        is_held.wait(LONG)
        lock_operators(ids=ids)

    monkeypatch.setattr(negotiating, "lock_operators", hold)
    monkeypatch.setattr(adjusting, "lock_operators", ask)


DOORS: dict[str, Callable[[World, str], Work]] = {
    "more tonnes": growing,
    "tonnes moved to its line": lambda world, of: moving(world, of, is_new=False),
    "tonnes moved to a new line": lambda world, of: moving(world, of, is_new=True),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_an_adjustment_waits_for_the_other_list_and_counts_it(real_world: World, monkeypatch, door) -> None:
    confirmation = confirming(proposed(real_world, "GZ", boards="12000"))
    adjustment = door(real_world, "CQ")
    confirmation_first(monkeypatch)
    (refusal,) = refusals(at_once(confirmation, adjustment))
    assert isinstance(refusal, WhitelistError)
    assert (refusal.code, "其他已确认名单 12000.0000 吨" in refusal.sentence) == ("adjustment.not_covered", True)
    assert promised(real_world) <= MOST
    assert reconcile() == []


def test_control_an_adjustment_that_does_not_ask_for_the_lock_promises_too_much(real_world, monkeypatch) -> None:
    works = [confirming(proposed(real_world, "GZ", boards="12000")), growing(real_world, "CQ")]
    monkeypatch.setattr(adjusting, "lock_operators", lambda **_: None)
    in_step(monkeypatch, proposing, "promised_elsewhere", 2)
    assert refusals(at_once(*works)) == []
    assert promised(real_world) == 23000 > MOST


def test_confirming_adjusting_filing_and_suspending_at_once_nobody_waits_in_a_circle(real_world: World) -> None:
    """All on the same two operators, which the two lists name in opposite order."""
    world = real_world
    lists = [proposed(world, "CQ", "3000", "3000"), Table(world, "GZ")]
    for of in (OIL, BOARDS):
        lists[1].add(of, "3000")
    lists[1].propose()
    drafts = [world.draft(now=NOW) for _ in range(3)]
    works = [
        *map(confirming, lists),
        moving(world, "YN", is_new=True),
        more_this_year(world),
        *(filing(world, draft, now=NOW) for draft in drafts),
        suspending(world, "O-SC2"),
    ]
    assert refusals(at_once(*works)) == []
    assert promised(world) == 3000 + 3000 + 6000 + 5000
    assert books_agree()


def more_this_year(world: World) -> Work:
    """The line that the filings hold their tonnes on."""
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    table = Table.__new__(Table)
    table.world, table.of = world, "CQ"
    return answering(table, entry, change_t=Decimal(10))


def suspending(world: World, operator: str) -> Work:
    words = {"document_no": "川环罚〔2026〕3号", "from_on": date(2026, 12, 1), "reason": "超许可范围贮存"}
    key = {"operator_id": world.enterprise(operator).pk, "waste_code": ""}
    return lambda: suspend_operator(**key, by=world.user("sc.whitelist_admin"), now=NOW, **words)


def test_control_operators_locked_as_the_lists_name_them_wait_in_a_circle(real_world: World) -> None:
    one, other = (real_world.enterprise(name).pk for name in ("O-SC1", "O-SC2"))
    both_have_one = threading.Barrier(2)

    def lock_as_named(*ids: int) -> str:
        with transaction.atomic():
            for number, key in enumerate(ids):
                lock_operators(ids=[key])
                if number == 0:
                    both_have_one.wait(LONG)
            return "both"

    answers = at_once(lambda: lock_as_named(one, other), lambda: lock_as_named(other, one))
    (failure,) = [answer for answer in answers if answer != "both"]
    assert isinstance(failure, OperationalError)
    assert "deadlock detected" in str(failure)
