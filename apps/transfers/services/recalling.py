"""Recalling a signed act within some minutes (docs/rules.md §4, recall): its movements, clocks and papers are undone.

What was committed is restored and held anew under the next round: the ledger is append-only, and somebody may have
taken the tonnes meanwhile; then the recall is refused. Papers of the act keep their numbers, marked 作废.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from apps.deadlines.enums import EventKind
from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.services import end_clock, reopen_clock
from apps.organisations.enums import CapacityMovementKind
from apps.organisations.models import CapacityMovement, User
from apps.organisations.services.capacity import restore_capacity
from apps.transfers.enums import State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Item, LogRow, Paper, QuotaClaim, Reply
from apps.transfers.rules.findings import Claim
from apps.transfers.services.acting import acting
from apps.transfers.services.acts import Act
from apps.transfers.services.claims import hold_claims
from apps.whitelists.errors import QuotaExceeded
from apps.whitelists.services.ledger import restore

ZERO = Decimal(0)
ENDED = (State.APPROVED, State.REJECTED)


def recall(*, application_id: int, by: User, now: datetime, reason: str = "") -> Application:
    """Take back the act that one signed a moment ago, as long as nothing followed and nothing was delivered.

    Raises NotFound, NotAllowed, Refused ``recall.too_late``, ``recall.tonnes_gone``.
    """
    with acting(application_id=application_id, name="recall", by=by, now=now) as act:
        application, from_state = act.application, act.application.state
        row = application.log.get(position=application.log_length)
        _refuse_shared_moment(application, row)
        if from_state in ENDED:
            _undo_decision(act, from_state)
        _undo_answer(act, row)
        _undo_acceptance(act, row)
        _undo_clocks(act, row)
        application.recall()
        Paper.objects.filter(application=application, position=row.position).update(voided_at=now)
        act.reason = reason.strip()
        act.details.update(recalled=row.act, position=row.position)
    return act.application


def _refuse_shared_moment(application: Application, row: LogRow) -> None:
    """Clocks are told apart by the moment of the act that started or ended them: two acts in one can't be."""
    if application.log.filter(position=row.position - 1, occurred_at=row.occurred_at).exists():
        raise Refused("recall.too_late", "该行为与前一办理行为发生在同一时刻，不能收回。")


def _undo_decision(act: Act, from_state: str) -> None:
    """Give back what the approval took, then hold the same claims under the next round."""
    application = act.application
    claims = list(QuotaClaim.objects.filter(application=application, round=application.round).order_by("entry_id"))
    if from_state == State.APPROVED:
        _restore_capacity(act)
        amounts = {claim.entry_id: claim.approved_within_t or ZERO for claim in claims}
        restore(
            amounts={pk: amount for pk, amount in amounts.items() if amount},
            reference=act.reference,
            round=application.round,
            occurred_at=act.at,
            now=act.now,
        )
    application.round += 1
    try:
        hold_claims(act, [Claim(claim.entry_id, claim.within_t, claim.over_t) for claim in claims])
    except QuotaExceeded as error:
        raise Refused("recall.tonnes_gone", f"余量已被其他申请占用，不能收回：{error.sentence}") from error
    _keep_granted(application, claims)
    application.decided_on = application.valid_from = application.valid_until = None
    application.reasons = ""
    Item.objects.filter(application=application).update(approved_t=None)


def _restore_capacity(act: Act) -> None:
    taken = CapacityMovement.objects.select_related("permit_year").get(
        reference=act.reference, round=act.application.round, kind=CapacityMovementKind.APPROVE
    )
    restore_capacity(
        permit_year=taken.permit_year,
        reference=act.reference,
        round=act.application.round,
        amount_t=taken.amount_t,
        now=act.now,
    )


def _keep_granted(application: Application, old: Iterable[QuotaClaim]) -> None:
    """What the destination granted of the excess stands when only the origin's decision is recalled."""
    for claim in old:
        QuotaClaim.objects.filter(application=application, round=application.round, entry=claim.entry_id).update(
            granted_over_t=claim.granted_over_t
        )


def _undo_answer(act: Act, row: LogRow) -> None:
    """A recalled consent, objection or 逾期未复: the reply is void and the destination may answer again."""
    application = act.application
    # A reply given in an earlier round of this very letter counts for the decision that is made under the next one.
    standing = Reply.objects.filter(application=application, round=row.round, voided_at__isnull=True)
    if row.act in {"consent", "object", "take_back"}:
        standing.update(voided_at=act.now)
        application.answer = ""
        application.decision_because = ""
        Item.objects.filter(application=application).update(consented_t=None)
        QuotaClaim.objects.filter(application=application, round=application.round).update(granted_over_t=None)
    elif application.round != row.round:
        standing.update(round=application.round)


def _undo_acceptance(act: Act, row: LogRow) -> None:
    """An acceptance that the act implied falls too; the day of receipt stands."""
    if "accepted" in row.details:
        act.application.accepted_on = None
        act.application.accepted_how = ""


def _undo_clocks(act: Act, row: LogRow) -> None:
    """End what the act started and let run on what it ended; a leader before the clock that follows it."""
    started = set(
        DeadlineEvent.objects.filter(
            deadline__reference=act.reference, kind=EventKind.STARTED, recorded_at=row.recorded_at
        ).values_list("deadline__kind", flat=True)
    )
    ended = Deadline.objects.filter(reference=act.reference, ended_at=row.occurred_at).order_by("follows", "pk")
    kinds = list(ended.values_list("kind", flat=True))
    for kind in started:
        end_clock(reference=act.reference, kind=kind, now=act.now)
    for kind in sorted(kinds, key=lambda kind: kind in _followers(act)):
        reopen_clock(reference=act.reference, kind=kind, now=act.now, calendar=act.calendar)


def _followers(act: Act) -> set[str]:
    return set(Deadline.objects.filter(reference=act.reference, follows__isnull=False).values_list("kind", flat=True))
