"""Asking the applicant whether they agree to fewer tonnes or a shorter period (核减), and their answer.

The origin may approve less than was asked for; whoever gets less can appeal. The question before it records whether the
applicant agreed: the decision's log row tells so, and the signatory sees it. It stops no clock, and no answer binds the
origin.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from apps.organisations.models import User
from apps.transfers.errors import Refused
from apps.transfers.models import Application, ReductionRequest
from apps.transfers.rules.tonnes import is_recordable
from apps.transfers.services.acting import attending
from apps.transfers.services.granting import consented
from apps.transfers.services.reviewing import reasons_of

ZERO = Decimal(0)
LONGEST_TEXT = 4000


def ask_reduction(
    *,
    application_id: int,
    by: User,
    now: datetime,
    amounts: Mapping[int, Decimal],
    until: date | None,
    reasons: str,
) -> ReductionRequest:
    """Ask the applicant about approving ``amounts`` (tonnes by item) until ``until`` instead of what they asked for.

    Raises NotFound, NotAllowed, Refused ``amount.more``, ``amount.nothing``, ``until.later``, ``reduction.nothing``
    (it is no less than what may be approved), ``reduction.open`` (one waits for its answer), ``reasons.missing``.
    """
    told = reasons_of(reasons)
    with attending(application_id=application_id, name="ask_reduction", by=by, now=now) as act:
        application = act.application
        if application.reductions.filter(answered_at__isnull=True).exists():
            raise Refused("reduction.open", "已有一次核减征询尚未答复。")
        _check(consented(act), amounts, until, application)
        request = ReductionRequest.objects.create(
            application=application,
            round=application.round,
            amounts={str(key): f"{amount:.4f}" for key, amount in amounts.items()},
            until=until,
            reasons=told,
            asked_by=by,
            asked_at=now,
        )
        act.reason = told
        act.details.update(amounts=request.amounts, until=until.isoformat() if until else None)
    return request


def answer_reduction(*, application_id: int, by: User, now: datetime, agrees: bool, text: str = "") -> ReductionRequest:
    """Answer the question that waits: agree or not, with words or without; once.

    Raises NotFound, NotAllowed, Refused ``reduction.none``, ``reasons.long``.
    """
    told = text.strip()
    if len(told) > LONGEST_TEXT:
        raise Refused("reasons.long", f"意见最多 {LONGEST_TEXT} 字，现有 {len(told)} 字。", field="text")
    with attending(application_id=application_id, name="answer_reduction", by=by, now=now) as act:
        waiting = act.application.reductions.filter(answered_at__isnull=True).first()
        if waiting is None:
            raise Refused("reduction.none", "没有待答复的核减征询。")
        waiting.agrees, waiting.answer, waiting.answered_by, waiting.answered_at = agrees, told, by, now
        waiting.save(update_fields=["agrees", "answer", "answered_by", "answered_at"])
        act.reason = told or ("同意核减。" if agrees else "不同意核减。")
        act.details.update(agrees=agrees)
    return waiting


def _check(
    allowed: Mapping[int, Decimal], amounts: Mapping[int, Decimal], until: date | None, application: Application
) -> None:
    if set(amounts) != set(allowed):
        raise Refused("item.unknown", "明细不属于本申请。")
    for key, amount in amounts.items():
        if not is_recordable(amount) or not ZERO <= amount <= allowed[key]:
            raise Refused("amount.more", f"数量须在 0 与 {allowed[key]:.4f} 吨之间，最多四位小数。", field="amounts")
    if not sum(amounts.values(), ZERO):
        raise Refused("amount.nothing", "数量合计为零：请改为不予批准。", field="amounts")
    latest = application.requested_until
    if until is not None and latest is not None and until > latest:
        raise Refused("until.later", f"期限不得晚于申请期限 {latest}。", field="until")
    if dict(amounts) == dict(allowed) and (until is None or until == latest):
        raise Refused("reduction.nothing", "数量和期限都没有减少，无须征询。")
