"""What comes back to the list when an approval ends (docs/rules.md §§4, 7)."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Sum

from apps.organisations.enums import CapacityMovementKind
from apps.organisations.models import CapacityMovement
from apps.organisations.services.capacity import restore_capacity
from apps.transfers.enums import Route
from apps.transfers.models import QuotaClaim
from apps.transfers.services.acts import Act
from apps.whitelists.services.ledger import restore

ZERO = Decimal(0)


def settle_balance(act: Act) -> str:
    """Restore approved − recorded, if the filer declared the transfer complete and every shipment is confirmed.

    Otherwise nothing is restored and the case is flagged for the origin to settle. Gives the sentence for the log.
    """
    application = act.application
    unconfirmed = application.shipments.filter(confirmed_at__isnull=True).exists()
    if application.declared_complete_at is None or unconfirmed:
        why = "尚有转移记录未经接受人确认" if unconfirmed else "移出人未申报执行完毕"
        application.settlement_flag = f"{why}，未转移的数量没有恢复，待移出地核销。"
        return f"有效期满终结；{application.settlement_flag}"
    back = restore_unshipped(act)
    return f"有效期满终结；未转移的 {back:.4f} 吨已恢复。"


def restore_unshipped(act: Act) -> Decimal:
    """Give approved − recorded back to the entries and to the permit's year; gives the tonnes not shipped.

    Of an over-quota approval the one-off allowance lapses first: only the rest returns to the list.
    """
    application = act.application
    shipped = dict(application.shipments.values_list("item").annotate(total=Sum("amount_t")).order_by())
    unshipped: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for item in application.items.all():
        left = (item.approved_t or ZERO) - shipped.get(item.pk, ZERO)
        unshipped[item.entry_id if application.route != Route.GENERAL else None] += left
    total = sum(unshipped.values(), ZERO)
    if total:
        _restore_capacity(act, total)
    claims = QuotaClaim.objects.filter(application=application, round=application.round)
    amounts = {
        claim.entry_id: max(unshipped[claim.entry_id] - (claim.approved_over_t or ZERO), ZERO) for claim in claims
    }
    restore(
        amounts={pk: amount for pk, amount in amounts.items() if amount},
        reference=act.reference,
        round=application.round,
        occurred_at=act.at,
        now=act.now,
    )
    return total


def _restore_capacity(act: Act, total: Decimal) -> None:
    taken = CapacityMovement.objects.select_related("permit_year").get(
        reference=act.reference, round=act.application.round, kind=CapacityMovementKind.APPROVE
    )
    restore_capacity(
        permit_year=taken.permit_year,
        reference=act.reference,
        round=act.application.round,
        amount_t=total,
        now=act.now,
    )
