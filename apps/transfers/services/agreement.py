"""What the applicant said to getting less than was asked for; readings only."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from apps.transfers.models import Application


def standing_on(application: Application, *, amounts: Mapping[int, Decimal], until: date | None) -> str:
    """What the applicant said to approving so much until then: agreed, declined, unanswered or not_asked."""
    last = application.reductions.filter(round=application.round).last()
    if last is None:
        return "not_asked"
    if last.agrees is None:
        return "unanswered"
    if not last.agrees:
        return "declined"
    agreed = {int(key): Decimal(amount) for key, amount in last.amounts.items()}
    is_less_again = any(amount < agreed.get(key, amount) for key, amount in amounts.items())
    is_shorter_again = until is not None and last.until is not None and until < last.until
    return "not_asked" if is_less_again or is_shorter_again else "agreed"
