"""Passing a prepared act on: reviewing it, or sending it back to its handler with a remark."""

from datetime import datetime

from django.db import transaction

from apps.organisations.models import User
from apps.transfers.enums import PreparationState, SigningKind
from apps.transfers.errors import Refused
from apps.transfers.models import Preparation
from apps.transfers.rules.signing import next_step
from apps.transfers.services.signing.knowing import is_clean, known_of
from apps.transfers.services.signing.opening import holder_for, keep, note_step, opened, require_waiting
from apps.transfers.services.signing.preparing import checked_remark

REVIEWED = 2


def review(*, preparation_id: int, by: User, now: datetime, revision: int, remark: str = "") -> Preparation:
    """Agree to what was prepared and pass it on for the signature; ``revision`` is what the reviewer read.

    Raises NotFound, NotAllowed, Refused ``preparation.…`` (reviewed, signed, sent back, changed or void meanwhile).
    """
    told = checked_remark(remark)
    with transaction.atomic():
        act, preparation = opened(preparation_id=preparation_id, by=by, now=now)
        require_waiting(preparation, revision)
        if preparation.waits_for_signature:
            raise Refused("preparation.reviewed", "该拟办已审核，正待签发，请刷新页面。")
        holder = holder_for(preparation, by, act)
        known = known_of(application=act.application, today=act.on, calendar=act.calendar)
        preparation.state, preparation.reviewer, preparation.reviewed_at = PreparationState.REVIEWED, by, now
        preparation.waits_for = next_step(preparation.roles, REVIEWED)
        preparation.facts, preparation.is_clean = (
            known,
            is_clean(act.application, preparation.act, preparation.payload, known),
        )
        keep(preparation, ["state", "reviewer", "reviewed_at", "waits_for", "facts", "is_clean"])
        note_step(preparation=preparation, kind=SigningKind.REVIEWED, by=by, now=now, remark=told, holder=holder)
    return preparation


def send_back(*, preparation_id: int, by: User, now: datetime, revision: int, remark: str) -> Preparation:
    """Send it back to the handler, who changes and prepares it again; whoever may do the waiting step may.

    Raises NotFound, NotAllowed, Refused ``remark.missing``, ``preparation.…``.
    """
    told = checked_remark(remark)
    if not told:
        raise Refused("remark.missing", "请写明退回的理由，经办人将据此修改。", field="remark")
    with transaction.atomic():
        act, preparation = opened(preparation_id=preparation_id, by=by, now=now)
        require_waiting(preparation, revision)
        holder = holder_for(preparation, by, act)
        preparation.state, preparation.waits_for = PreparationState.SENT_BACK, ""
        preparation.reviewer = preparation.reviewed_at = None
        keep(preparation, ["state", "waits_for", "reviewer", "reviewed_at"])
        note_step(preparation=preparation, kind=SigningKind.SENT_BACK, by=by, now=now, remark=told, holder=holder)
    return preparation
