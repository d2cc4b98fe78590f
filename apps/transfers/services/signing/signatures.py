"""The signature: the transition fires, in the same transaction, through the very service that acts directly."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.organisations.models import User
from apps.organisations.services.deputies import Holder
from apps.transfers.enums import PreparationState, SigningKind
from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import Application, Preparation
from apps.transfers.services.chains import Signature, signed
from apps.transfers.services.signing.firing import fire
from apps.transfers.services.signing.opening import (
    holder_for,
    keep,
    note_step,
    opened,
    require_waiting,
    seen_by,
)
from apps.transfers.services.signing.preparing import checked_remark

MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of several: the case as it is now, or why it was refused."""

    preparation: Preparation
    application: Application | None = None
    refused: Refused | None = None


def sign(*, preparation_id: int, by: User, now: datetime, revision: int, remark: str = "") -> Application:
    """Sign what was prepared: the act happens now, in the signer's name; the log names everybody of the chain.

    ``revision`` is what the signer read. Raises NotFound, NotAllowed, Refused ``preparation.…`` (signed, sent back,
    changed or void meanwhile; not reviewed yet) and what the act's service raises; then nothing is signed.
    """
    told = checked_remark(remark)
    with transaction.atomic():
        act, preparation = opened(preparation_id=preparation_id, by=by, now=now)
        require_waiting(preparation, revision)
        if not preparation.waits_for_signature:
            raise Refused("preparation.unreviewed", "该拟办尚未审核，不能签发。")
        holder = holder_for(preparation, by, act)
        signature = Signature(preparation.application_id, preparation.act, _told(preparation, holder))
        with signed(signature):
            application = fire(
                name=preparation.act,
                application_id=preparation.application_id,
                by=by,
                now=now,
                payload=preparation.payload,
            )
        preparation.state, preparation.waits_for = PreparationState.SIGNED, ""
        preparation.signatory, preparation.signed_at = by, now
        keep(preparation, ["state", "waits_for", "signatory", "signed_at"])
        note_step(preparation=preparation, kind=SigningKind.SIGNED, by=by, now=now, remark=told, holder=holder)
    return application


def sign_several(*, chosen: Iterable[tuple[int, int]], by: User, now: datetime) -> list[Outcome]:
    """Sign each of ``chosen`` (key, revision) in a transaction of its own; what is refused leaves the others signed.

    Only what is on fast track without findings and has not changed since: everything else is to be read by itself.
    """
    wanted = dict(list(chosen)[:MOST_AT_ONCE])
    rows = seen_by(by, now).filter(pk__in=wanted).select_related("application__generator", "application__operator")
    return [_one_of_several(row, wanted[row.pk], by, now) for row in rows.order_by("pk")]


def _one_of_several(preparation: Preparation, revision: int, by: User, now: datetime) -> Outcome:
    if not preparation.is_clean and preparation.is_live:
        return Outcome(
            preparation, refused=Refused("batch.unclean", "该件有提示事项或者不属名单内直接审批，请单独核对。")
        )
    try:
        application = sign(preparation_id=preparation.pk, by=by, now=now, revision=revision)
    except NotFound as error:
        return Outcome(preparation, refused=error)
    except Refused as error:
        return Outcome(preparation, refused=error)
    return Outcome(preparation, application=application)


def _told(preparation: Preparation, holder: Holder) -> dict[str, str]:
    """Who prepared, reviewed and signed, as the log keeps it."""
    steps = {step.kind: step for step in preparation.steps.select_related("by", "instead_of")}
    told = {"handler": str(preparation.handler), "signatory": holder.told}
    reviewed = steps.get(SigningKind.REVIEWED)
    if preparation.reviewer_id and reviewed is not None:
        told["reviewer"] = Holder(reviewed.by, holder.role, reviewed.instead_of).told
    return told
