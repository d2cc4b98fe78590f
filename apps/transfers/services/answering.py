"""What the destination does: it answers the origin, never the applicant."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from apps.catalogue.columns import save_columns
from apps.catalogue.enums import PaperKind
from apps.organisations.models import User
from apps.transfers.enums import Answer, ReasonForDecision, Route, State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Item, Reply
from apps.transfers.permissions import Clock
from apps.transfers.rules.tonnes import is_recordable
from apps.transfers.services import stages
from apps.transfers.services.acting import acting
from apps.transfers.services.acts import Act
from apps.transfers.services.claims import live_claims
from apps.transfers.services.granting import Obstacle, asked, grant, order_approval, plan_grant
from apps.transfers.services.locking import load_items
from apps.transfers.services.reviewing import reasons_of

ZERO = Decimal(0)


def consent(
    *,
    application_id: int,
    by: User,
    now: datetime,
    amounts: Mapping[int, Decimal] | None = None,
    until: date | None = None,
    reasons: str = "",
) -> Application:
    """Consent, to everything or to fewer tonnes (by item) or a shorter period, then with reasons.

    On fast track an unchanged consent puts the origin's conditional decision into effect at once; where permit,
    suspension, validity or capacity forbid that, the consent stands and the case goes to the origin's decision.
    Raises NotFound, NotAllowed, Refused ``amount.more``, ``amount.nothing``, ``until.later``, ``reasons.missing``.
    """
    with acting(application_id=application_id, name="consent", by=by, now=now) as act:
        agreed, shorter = _agreed(act, amounts), _shorter(act, until)
        partial = agreed != asked(act)
        answer = Answer.PARTIAL if partial else Answer.CONSENT
        told = reasons_of(reasons) if partial or shorter else reasons.strip()
        _keep(act, answer, agreed, shorter, told)
        act.order_paper(PaperKind.REPLY_AGREE, act.application.destination_id or "", until=shorter, reasons=told)
        because = _take_effect(act, agreed, changed=partial or shorter is not None)
        outcome = State.DECISION if because else State.APPROVED
        act.application.consent(outcome=outcome, answer=answer)
        act.application.decision_because = because or ""
        if because:
            stages.enter_decision(act)
        act.reason = told
    return act.application


def object_to(*, application_id: int, by: User, now: datetime, reasons: str) -> Application:
    """Answer the origin that the destination does not agree; the origin can then only reject (order 23, art. 25).

    Raises NotFound, NotAllowed, Refused ``reasons.missing``.
    """
    told = reasons_of(reasons)
    with acting(application_id=application_id, name="object", by=by, now=now) as act:
        Reply.objects.create(
            application=act.application,
            round=act.application.round,
            answer=Answer.OBJECTION,
            reasons=told,
            given_by=by,
            given_at=now,
        )
        act.application.object()
        stages.enter_decision(act)
        act.reason = told
        act.order_paper(PaperKind.REPLY_REFUSE, act.application.destination_id or "", reasons=told)
    return act.application


def _agreed(act: Act, amounts: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
    wanted = asked(act)
    agreed = {**wanted, **(amounts or {})}
    if set(agreed) != set(wanted):
        raise Refused("item.unknown", "明细不属于本申请。")
    for key, amount in agreed.items():
        if not is_recordable(amount) or not ZERO <= amount <= wanted[key]:
            raise Refused("amount.more", f"同意数量须在 0 与 {wanted[key]:.4f} 吨之间，最多四位小数。", field="amounts")
    if not sum(agreed.values(), ZERO):
        raise Refused("amount.nothing", "同意数量合计为零：请改为不同意接受。", field="amounts")
    return agreed


def _shorter(act: Act, until: date | None) -> date | None:
    """A shorter period than asked for, or None when the destination leaves it as it is."""
    application = act.application
    if until is None or until == application.requested_until:
        return None
    if application.requested_until is None or until > application.requested_until:
        raise Refused("until.later", f"同意期限不得晚于申请期限 {application.requested_until}。", field="until")
    earliest = max(act.on, application.requested_from or act.on)
    if until < earliest:
        raise Refused("until.past", f"同意期限 {until} 早于可以开始转移的 {earliest}。", field="until")
    return until


def _keep(act: Act, answer: Answer, agreed: Mapping[int, Decimal], until: date | None, reasons: str) -> None:
    application = act.application
    Reply.objects.create(
        application=application,
        round=application.round,
        answer=answer,
        until=until,
        reasons=reasons,
        given_by=None if isinstance(act.by, Clock) else act.by,
        given_at=act.now,
    )
    items = load_items(application)
    for item in items:
        item.consented_t = agreed[item.pk]
    save_columns(items, "consented_t")
    if application.route == Route.OVER_QUOTA:
        _grant_over(application, items)


def _grant_over(application: Application, items: list[Item]) -> None:
    """The one-off allowance is granted to exactly the excess of what was consented to (docs/rules.md §7)."""
    agreed: dict[int, Decimal] = {}
    for item in items:
        if item.entry_id:
            agreed[item.entry_id] = agreed.get(item.entry_id, ZERO) + (item.consented_t or ZERO)
    claims = live_claims(application)
    for claim in claims:
        claim.granted_over_t = min(max(agreed.get(claim.entry_id, ZERO) - claim.within_t, ZERO), claim.over_t)
    save_columns(claims, "granted_over_t")


def _take_effect(act: Act, agreed: Mapping[int, Decimal], *, changed: bool) -> ReasonForDecision | None:
    """Grant the conditional decision of a fast track; the reason when the origin must decide instead."""
    if changed:
        return ReasonForDecision.CHANGED
    if act.application.route != Route.FAST_TRACK:
        return ReasonForDecision.ROUTE
    planned = plan_grant(act, agreed, None)
    obstacle = planned if isinstance(planned, Obstacle) else grant(act, planned)
    if obstacle is not None:
        act.details["obstacle"] = obstacle.sentence
        return obstacle.because
    order_approval(act, with_notice=False)
    return None
