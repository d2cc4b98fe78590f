"""What the lists of a year promise of one operator, and the lock that makes the sum of them one question.

Lists of different pairs have no row in common but their operators': whoever is about to raise an operator's tonnes
holds that row, and only then adds up what other lists give. Of two at once the second sees what the first made.
"""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum

from apps.organisations.models import Enterprise
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Edition, WhitelistEntry


def lock_operators(*, ids: Iterable[int]) -> None:
    """Lock the operators in primary-key order, after the list and before its entries. Needs a transaction.

    What points at an operator (lines, permits, cases) is written meanwhile as ever.
    """
    rows = Enterprise.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    list(rows.values_list("pk", flat=True))


def promised_elsewhere(*, edition: Edition, operators: Iterable[int]) -> dict[int, Decimal]:
    """Tonnes by operator on the other confirmed editions that begin in the same calendar year.

    Holds until the transaction ends only for operators that it has locked.
    """
    rows = (
        WhitelistEntry.objects.filter(
            operator__in=set(operators),
            edition__status=EditionStatus.CONFIRMED,
            edition__begins_on__year=edition.begins_on.year,
        )
        .exclude(edition=edition.pk)
        .order_by("operator_id")
        .values_list("operator_id")
        .annotate(total=Sum("quota_t"))
    )
    return dict(rows)
