"""The notice that shipments may go on (恢复转移告知书): once nothing pauses the approval any more."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from apps.catalogue.enums import PaperKind
from apps.transfers.models import Application, Item
from apps.transfers.services.acts import Act

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)


def order_going_on(act: Act, *, reason: str, source: str = "", is_own: bool = False) -> date | None:
    """Order the notice; the day from which shipments may go on, None while an undated pause remains."""
    application = act.application
    others = list(application.pauses_on(act.on).values_list("until_on", flat=True))
    if None in others:
        return None
    # What another pause still holds until a day goes on the day after.
    resumed_on = max([act.on, *(until + ONE_DAY for until in others if until)])
    act.order_paper(
        PaperKind.PAUSE_LIFTED,
        application.origin_id,
        reason=reason,
        source=source,
        is_own=is_own,
        resumed_on=resumed_on,
        unshipped_t=unshipped_t(application),
    )
    return resumed_on


def unshipped_t(application: Application) -> Decimal:
    """Tonnes approved and not recorded as shipped."""
    shipped = Coalesce(Sum("shipments__amount_t"), ZERO)
    rows = Item.objects.filter(application=application, approved_t__gt=0).annotate(left=F("approved_t") - shipped)
    return sum(rows.order_by().values_list("left", flat=True), ZERO)
