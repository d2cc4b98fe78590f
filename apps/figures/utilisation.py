"""How far the lists are used: sums of their entries, what was really shipped, what is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import NullIf

from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.models.numbers import by_number

ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Use:
    """Tonnes of an entry or of many together. ``shipped_t`` is part of ``used_t``: over-quota allowances don't count."""

    quota_t: Decimal = ZERO
    held_t: Decimal = ZERO
    used_t: Decimal = ZERO
    shipped_t: Decimal = ZERO

    @property
    def taken_t(self) -> Decimal:
        return self.held_t + self.used_t

    @property
    def free_t(self) -> Decimal:
        return self.quota_t - self.taken_t

    @property
    def waiting_t(self) -> Decimal:
        """Approved and not shipped yet."""
        return max(self.used_t - self.shipped_t, ZERO)

    @property
    def share(self) -> Decimal | None:
        """Hundredths of the quota that are approved or held; None where there is no quota."""
        return self.taken_t / self.quota_t * HUNDRED if self.quota_t else None

    def __add__(self, other: "Use") -> "Use":
        return Use(
            self.quota_t + other.quota_t,
            self.held_t + other.held_t,
            self.used_t + other.used_t,
            self.shipped_t + other.shipped_t,
        )


@dataclass(frozen=True, slots=True)
class ListUse:
    """A list with the sums of its entries."""

    edition: Edition
    entries: int
    use: Use


def lists_of_year(year: int) -> QuerySet[Edition]:
    """Confirmed lists with a day in the year, provinces at hand."""
    rows = Edition.objects.confirmed().filter(begins_on__lte=date(year, 12, 31), ends_on__gte=date(year, 1, 1))
    return rows.select_related("origin__division", "destination__division")


def use_of_lists(editions: Iterable[Edition]) -> list[ListUse]:
    """Each list with its sums, in the given order. Two queries, however many entries."""
    listed = list(editions)
    keys = [edition.pk for edition in listed]
    rows = (
        WhitelistEntry.objects.filter(edition__in=keys)
        .order_by()
        .values("edition")
        .annotate(entries=Count("pk"), quota=Sum("quota_t"), held=Sum("held_t"), used=Sum("used_t"))
    )
    sums = {row["edition"]: row for row in rows}
    shipped = _shipped("entry.edition_id", "entry.edition_id", keys)
    return [_list_use(edition, sums.get(edition.pk), shipped.get(edition.pk, ZERO)) for edition in listed]


def _list_use(edition: Edition, sums: Any, shipped_t: Decimal) -> ListUse:
    if sums is None:
        return ListUse(edition, 0, Use())
    return ListUse(edition, int(sums["entries"]), Use(sums["quota"], sums["held"], sums["used"], shipped_t))


def entries_by_share(edition: Edition) -> QuerySet[WhitelistEntry]:
    """Its entries with ``share`` (0 to 1, empty without quota), the fullest first."""
    share = (F("held_t") + F("used_t")) / NullIf(F("quota_t"), ZERO)
    rows = WhitelistEntry.objects.filter(edition=edition).select_related("operator")
    return rows.annotate(share=share).order_by(F("share").desc(nulls_last=True), by_number())


def use_of_entries(entries: Sequence[WhitelistEntry]) -> dict[int, Use]:
    """The use of each entry of a page, by its key. One query."""
    shipped = _shipped("entry.id", "entry.id", [entry.pk for entry in entries])
    return {entry.pk: Use(entry.quota_t, entry.held_t, entry.used_t, shipped.get(entry.pk, ZERO)) for entry in entries}


# What was shipped of a case on an entry, at most what was approved of it within the quota: the rest is over quota,
# and what is shipped counts for the part within first (docs/rules.md §7).
SHIPPED = """
    SELECT {group}, sum(least(sent.amount_t, coalesce((
        SELECT claim.approved_within_t FROM transfers_quotaclaim AS claim
        WHERE claim.application_id = sent.application_id AND claim.entry_id = sent.entry_id
          AND claim.approved_within_t IS NOT NULL
        ORDER BY claim.round DESC LIMIT 1), 0)))
    FROM (
        SELECT item.application_id, item.entry_id, sum(shipment.amount_t) AS amount_t
        FROM whitelists_whitelistentry AS entry
        JOIN transfers_item AS item ON item.entry_id = entry.id
        JOIN transfers_shipment AS shipment ON shipment.item_id = item.id
        WHERE {among} = ANY(%s)
        GROUP BY item.application_id, item.entry_id
    ) AS sent JOIN whitelists_whitelistentry AS entry ON entry.id = sent.entry_id
    GROUP BY {group}
"""


def _shipped(group: str, among: str, keys: Sequence[int]) -> dict[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(SHIPPED.format(group=group, among=among), [list(keys)])
        return dict(cursor.fetchall())
