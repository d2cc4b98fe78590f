"""Two acts that exclude each other, in both orders: the first stands, the other is told who was there before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from apps.transfers.enums import RevocationKind
from apps.transfers.errors import Refused
from apps.transfers.models import Application, LogRow, Paper, Shipment
from apps.transfers.services import acting
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.ending import revoke
from apps.transfers.services.filing import withdraw
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import Point, approve, endorse, request_correction
from apps.transfers.services.shipping import record_shipment
from tests.concurrency.cases import (
    BATTERIES,
    MONDAY,
    TUESDAY,
    acts_of,
    books_agree,
    doing,
    kinds_of,
    logs_are_complete,
)
from tests.concurrency.together import at_once, in_step, without_row_locks
from tests.concurrency.turns import locks_first
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db(transaction=True)

JUST_NOW, A_LITTLE_LATER = at("2026-01-06", "09:55"), at("2026-01-06", "09:56")
POINT = Point("委托合同", "未盖章", "请补盖公章")


def prior(world: World) -> Application:
    """Sichuan decides alone."""
    return world.filed(now=MONDAY, **BATTERIES)


def just_endorsed(world: World) -> Application:
    """The letter lies with Sichuan; Chongqing's handler may still take it back."""
    return endorse(application_id=world.filed(now=MONDAY).pk, by=world.user("cq.handler"), now=JUST_NOW)


def just_approved(world: World) -> Application:
    """In force since Sichuan's consent, which its handler may still take back."""
    return consent(application_id=just_endorsed(world).pk, by=world.user("sc.handler"), now=A_LITTLE_LATER)


def ship(*, application_id: int, **named: object) -> Shipment:
    item = Application.objects.get(pk=application_id).items.get()
    return record_shipment(
        application_id=application_id,
        item_id=item.pk,
        manifest_no="20265001000001",
        amount_t=Decimal(20),
        shipped_on=date(2026, 1, 6),
        carrier_name="示例危货运输有限公司",
        **named,
    )


@dataclass(frozen=True)
class Side:
    """Who does what, and how the case stands when it was the first: state, tonnes held and used, papers voided."""

    who: str
    verb: Callable[..., object]
    stands: tuple[str, int, int, int]
    refused: str = "state.moved"  # when it came second
    words: Mapping[str, object] = field(default_factory=dict)

    def act(self, world: World, case: Application) -> Callable[[], object]:
        return doing(self.verb, case, world.user(self.who), TUESDAY, **self.words)


ASKS = Side("sc.handler", request_correction, ("correction", 300, 0, 0), words={"points": [POINT]})
APPROVES = Side("sc.signatory", approve, ("approved", 0, 300, 0))
WITHDRAWS = Side("dazu.filer", withdraw, ("withdrawn", 0, 0, 0), words={"reason": "不转了。"})
CONSENTS = Side("sc.handler", consent, ("approved", 0, 120, 0))
OBJECTS = Side("sc.handler", object_to, ("decision", 120, 0, 0), words={"reasons": "没有余力。"})
# The letter with the notice of acceptance; then the reply with the approval. Whoever acted on them ended the signer's
# right to recall: not allowed any more, and told why.
TAKES_THE_LETTER_BACK = Side("cq.handler", recall, ("origin_review", 120, 0, 2), refused="not_allowed")
TAKES_CONSENT_BACK = Side("sc.handler", recall, ("destination_review", 120, 0, 2), refused="not_allowed")
REVOKES = Side(
    "cq.signatory",
    revoke,
    ("revoked", 0, 0, 0),
    words={"kind": RevocationKind.ANNULMENT, "reasons": "批准有误。"},
)
SHIPS = Side("dazu.filer", ship, ("approved", 0, 120, 0))

PAIRS = {
    "correction, approval": (prior, ASKS, APPROVES),
    "withdrawal, consent": (just_endorsed, WITHDRAWS, CONSENTS),
    "recall, objection": (just_endorsed, TAKES_THE_LETTER_BACK, OBJECTS),
    "recall, consent": (just_endorsed, TAKES_THE_LETTER_BACK, CONSENTS),
    "recall, revocation": (just_approved, TAKES_CONSENT_BACK, REVOKES),
    "recall, shipment": (just_approved, TAKES_CONSENT_BACK, SHIPS),
}
pairs = pytest.mark.parametrize("pair", PAIRS)


@pairs
@pytest.mark.parametrize("first", [0, 1])
def test_the_first_stands_and_the_second_is_told(real_world, monkeypatch, pair, first):
    prepare, *sides = PAIRS[pair]
    case = prepare(real_world)
    acts, papers = acts_of(case), kinds_of(case)
    winner, loser = sides[first], sides[1 - first]
    locks_first(monkeypatch, real_world.user(winner.who))
    answers = at_once(*(side.act(real_world, case) for side in sides))

    won, lost = answers[first], answers[1 - first]
    assert isinstance(won, (Application, Shipment))
    assert isinstance(lost, Refused)
    case = Application.objects.get(pk=case.pk)
    assert lost.code == loser.refused
    assert f"现为“{case.get_state_display()}”" in lost.sentence
    assert f"（{real_world.user(winner.who)} {TUESDAY:%Y-%m-%d %H:%M} 办理）" in lost.sentence

    entry = case.items.get().entry
    voided = Paper.objects.filter(application=case, voided_at__isnull=False).count()
    assert (case.state, entry.held_t, entry.used_t, voided) == winner.stands
    assert acts_of(case)[:-1] == acts
    assert LogRow.objects.filter(application=case).last().actor == real_world.user(winner.who)
    assert kinds_of(case)[: len(papers)] == papers
    assert Shipment.objects.count() == (winner is SHIPS)
    assert books_agree()
    assert logs_are_complete()


@pairs
def test_control_without_locks_nobody_is_told(real_world, monkeypatch, pair):
    """Both find the case where they expect it; what then stops one of them, if anything, is a key, not a sentence."""
    prepare, *sides = PAIRS[pair]
    case = prepare(real_world)
    without_row_locks(monkeypatch)
    in_step(monkeypatch, acting, "run_due_clocks", 2)
    answers = at_once(*(side.act(real_world, case) for side in sides))
    told = [answer for answer in answers if isinstance(answer, Refused)]
    both_believe_it = all(isinstance(answer, (Application, Shipment)) for answer in answers)
    a_trace = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refused)]
    assert not told
    assert both_believe_it or a_trace
