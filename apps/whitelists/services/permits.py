"""A permit's status changed by its province's list administrator, and told to whoever lists the operator."""

from datetime import date, datetime

from django.db import transaction

from apps.deadlines.workdays import local_day
from apps.organisations.enums import PermitStatus, Role
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Permit, PermitStatusChange, User
from apps.organisations.permissions import standing_of
from apps.organisations.services.parties import change_permit_status
from apps.whitelists.enums import EventKind
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.services.events import Told, record
from apps.whitelists.services.suspending import administrators_listing
from apps.whitelists.services.turns import bureau_of


@transaction.atomic
def record_permit_status(
    *,
    permit_id: int,
    status: PermitStatus,
    document_no: str,
    effective_on: date,
    reason: str,
    by: User,
    now: datetime,
) -> PermitStatusChange:
    """Record that an operator's permit was withheld (暂扣), revoked, cancelled or is valid again, by its document.

    The administrator of the operator's province does. Both sides of every list that names the operator, and the
    operator, are told. Raises ListNotFound, ListNotAllowed, WhitelistError ``permit.reason`` and what
    ``change_permit_status`` refuses, by its codes.
    """
    permit = Permit.objects.select_related("enterprise").filter(pk=permit_id, enterprise__is_operator=True).first()
    if permit is None:
        raise ListNotFound
    operator, today = permit.enterprise, local_day(now)
    if operator.province_id not in standing_of(by, today).provinces(Role.WHITELIST_ADMIN):
        raise ListNotAllowed("变更许可证状态")
    if not reason.strip():
        raise WhitelistError("permit.reason", "请填写理由。", field="reason")
    before = permit.get_status_display()
    try:
        change = change_permit_status(
            permit=permit,
            status=status,
            document_no=document_no,
            effective_on=effective_on,
            reason=reason.strip(),
            by=by,
            now=now,
        )
    except OrganisationError as refused:
        raise WhitelistError(refused.code, refused.sentence, field=refused.field) from refused
    words = f"自 {effective_on} 起由“{before}”变更为“{change.get_status_display()}”"
    record(
        kind=EventKind.PERMIT_STATUS,
        sentence=f"{operator.name}的许可证 {permit.number} {words}（{change.document_no}：{change.reason.rstrip('。')}）。",
        told=[*administrators_listing(operator, today), Told(enterprise_id=operator.pk)],
        by=by,
        at=now,
        now=now,
        bureau=bureau_of(operator.province_id),
        operator=operator,
        reference=f"permit:{permit.pk}",
        details={"permit": permit.pk, "status": change.status, "effective_on": str(effective_on)},
    )
    return change
