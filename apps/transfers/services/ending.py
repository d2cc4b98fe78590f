"""How an approval ends before or after its validity: revoked, declared complete and closed, settled."""

from datetime import datetime

from apps.catalogue.enums import PaperKind
from apps.deadlines.services import end_all_clocks
from apps.organisations.models import User
from apps.transfers.enums import RevocationKind
from apps.transfers.errors import Refused
from apps.transfers.models import Application
from apps.transfers.services.acting import acting, attending
from apps.transfers.services.closing import restore_unshipped
from apps.transfers.services.reviewing import reasons_of

PAPERS = {
    RevocationKind.WITHDRAWAL: PaperKind.WITHDRAWAL,
    RevocationKind.ANNULMENT: PaperKind.ANNULMENT,
    RevocationKind.CANCELLATION: PaperKind.CANCELLATION,
}


def revoke(*, application_id: int, by: User, now: datetime, kind: RevocationKind, reasons: str) -> Application:
    """Revoke an approval: 撤回 (facts changed), 撤销 (wrongly granted) or 注销 (ended); what was not shipped returns.

    Raises NotFound, NotAllowed, Refused ``reasons.missing``.
    """
    told = reasons_of(reasons)
    with acting(application_id=application_id, name="revoke", by=by, now=now) as act:
        act.application.revoke(kind=kind, reasons=told)
        act.details["restored_t"] = str(restore_unshipped(act))
        end_all_clocks(reference=act.reference, now=now)
        act.reason = told
        act.order_paper(PAPERS[kind], act.application.origin_id, reasons=told)
    return act.application


def declare_complete(*, application_id: int, by: User, now: datetime) -> Application:
    """The filer declares that nothing more will be shipped; the clock closes the case after its validity.

    Raises NotFound, NotAllowed, Refused ``complete.already``.
    """
    with attending(application_id=application_id, name="declare_complete", by=by, now=now) as act:
        if act.application.declared_complete_at is not None:
            raise Refused("complete.already", "已经申报执行完毕。")
        act.application.declared_complete_at = now
    return act.application


def close(*, application_id: int, by: User, now: datetime) -> Application:
    """The filer declares the transfer complete and closes it, when every shipment is confirmed; the rest returns.

    Raises NotFound, NotAllowed, Refused ``close.unconfirmed``.
    """
    with acting(application_id=application_id, name="close", by=by, now=now) as act:
        application = act.application
        waiting = application.shipments.filter(confirmed_at__isnull=True).count()
        if waiting:
            raise Refused("close.unconfirmed", f"尚有 {waiting} 条转移记录未经接受人确认，不能终结。")
        application.declared_complete_at = application.declared_complete_at or now
        application.close()
        act.details["restored_t"] = str(restore_unshipped(act))
        end_all_clocks(reference=act.reference, now=now)
    return act.application


def settle_flagged(*, application_id: int, by: User, now: datetime, reasons: str) -> Application:
    """The origin settles, once and with reasons, what the clock closed without restoring anything.

    Raises NotFound, NotAllowed, Refused ``settle.nothing``, ``reasons.missing``.
    """
    told = reasons_of(reasons)
    with attending(application_id=application_id, name="settle", by=by, now=now) as act:
        if not act.application.settlement_flag:
            raise Refused("settle.nothing", "该申请没有待核销的数量。")
        act.details["restored_t"] = str(restore_unshipped(act))
        act.application.settlement_flag = ""
        act.reason = told
    return act.application
