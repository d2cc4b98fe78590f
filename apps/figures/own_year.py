"""What an enterprise was approved and shipped in a year, by code: beside what it declares for the next."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from apps.transfers.enums import State
from apps.transfers.models import Item, Shipment

ZERO = Decimal(0)


@dataclass(slots=True)
class OwnYear:
    """Approved by decisions of the year (what was taken back aside), shipped on days of the year."""

    approved_t: Decimal = ZERO
    shipped_t: Decimal = ZERO


def own_year(enterprise_ids: Iterable[int], *, year: int) -> dict[tuple[int, str], OwnYear]:
    """By enterprise and waste code. Two queries."""
    found: dict[tuple[int, str], OwnYear] = defaultdict(OwnYear)
    days = (date(year, 1, 1), date(year, 12, 31))
    keys = list(enterprise_ids)
    approved = Item.objects.filter(
        application__generator__in=keys,
        application__decided_on__range=days,
        application__state__in=[State.APPROVED, State.CLOSED],
    )
    rows = approved.order_by().values_list("application__generator", "waste_code").annotate(t=Sum("approved_t"))
    for enterprise, code, amount in rows:
        found[enterprise, code].approved_t = amount or ZERO
    shipped = Shipment.objects.filter(application__generator__in=keys, shipped_on__range=days)
    sent = shipped.order_by().values_list("application__generator", "item__waste_code").annotate(t=Sum("amount_t"))
    for enterprise, code, amount in sent:
        found[enterprise, code].shipped_t = amount
    return found
