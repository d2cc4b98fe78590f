"""What the list of a pair said on any past day, and what changed between two days.

The text of an entry never changes after confirmation; its tonnes are summed up from the ledger's movements that had
happened by the end of the day, so nothing has to be kept beside them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from apps.deadlines.workdays import end_of_day
from apps.organisations.models import Enterprise
from apps.whitelists.models import Bar, Edition
from apps.whitelists.models.rounds import LineKey
from apps.whitelists.rules.numbers import number_key

ZERO = Decimal(0)

# Entry by entry, so that each finds its few movements by the key's index however long the ledger is.
ENTRIES = """
    SELECT entry.id AS entry_id, entry.number, entry.operator_id, entry.waste_codes, entry.category_id, entry.method,
        moved.quota_t, moved.held_t, moved.used_t
    FROM whitelists_whitelistentry AS entry
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(amount_t) FILTER (WHERE kind = 'adjust'), 0) AS quota_t,
            coalesce(sum(CASE kind WHEN 'hold' THEN amount_t WHEN 'release' THEN -amount_t WHEN 'commit' THEN -amount_t
                ELSE 0 END), 0) AS held_t,
            coalesce(sum(CASE kind WHEN 'commit' THEN amount_t WHEN 'restore' THEN -amount_t ELSE 0 END), 0) AS used_t
        FROM whitelists_quotamovement AS movement
        WHERE movement.entry_id = entry.id AND movement.occurred_at <= %(end)s
        HAVING count(*) > 0 -- a line that was made later was not on it yet
    ) AS moved
    WHERE entry.edition_id = %(edition)s
"""


class HistoryRefused(Exception):
    """The day can't be told: ``code`` is stable, ``sentence`` for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True, slots=True)
class PastEntry:
    """An entry at the end of a day, in tonnes."""

    entry_id: int
    number: str
    operator_id: int
    operator: str
    uscc: str
    wastes: str
    method: str
    quota_t: Decimal
    held_t: Decimal
    used_t: Decimal
    key: LineKey

    @property
    def free_t(self) -> Decimal:
        return self.quota_t - self.held_t - self.used_t


@dataclass(frozen=True, slots=True)
class PastList:
    """The list of a pair at the end of a day; ``edition`` is None when there was none in force."""

    day: date
    edition: Edition | None = None
    entries: list[PastEntry] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)

    @property
    def quota_t(self) -> Decimal:
        return sum((entry.quota_t for entry in self.entries), ZERO)

    @property
    def held_t(self) -> Decimal:
        return sum((entry.held_t for entry in self.entries), ZERO)

    @property
    def used_t(self) -> Decimal:
        return sum((entry.used_t for entry in self.entries), ZERO)

    @property
    def free_t(self) -> Decimal:
        return self.quota_t - self.held_t - self.used_t


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a line between two days; ``before`` or ``after`` is None when it was not on that list."""

    before: PastEntry | None
    after: PastEntry | None

    @property
    def line(self) -> PastEntry:
        """The line by its words: they are the same on both days."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a change has one of them
        return found

    @property
    def change_t(self) -> Decimal:
        return (self.after.quota_t if self.after else ZERO) - (self.before.quota_t if self.before else ZERO)

    @property
    def kind(self) -> str:
        """added, dropped, up, down."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "dropped"
        return "up" if self.change_t > 0 else "down"


def list_on(*, origin_id: str, destination_id: str, day: date, today: date) -> PastList:
    """What the pair's list said at the end of ``day`` (today: by now). An empty one when none was in force.

    A list that was confirmed later than that day said nothing on it yet. Raises HistoryRefused ``history.future``.
    """
    if day > today:
        raise HistoryRefused("history.future", f"{day} 尚未到来，只能查询 {today} 及以前的名单。")
    pair = Edition.objects.of_pair(origin_id=origin_id, destination_id=destination_id)
    edition = (
        pair.in_force_on(day)
        .filter(confirmed_at__lt=end_of_day(day))
        .select_related("origin__division", "destination__division")
        .first()
    )
    if edition is None:
        return PastList(day)
    entries = entries_on(edition_id=edition.pk, day=day)
    return PastList(day, edition, entries, list(_bars(edition, entries, day)))


def entries_on(*, edition_id: int, day: date) -> list[PastEntry]:
    """The entries of a confirmed list with their tonnes at the end of the day; two statements."""
    with connection.cursor() as cursor:
        # What the clock does at 24:00 happened on the day that ends there.
        cursor.execute(ENTRIES, {"edition": edition_id, "end": end_of_day(day)})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    rows.sort(key=lambda row: number_key(row["number"]))
    operators = Enterprise.objects.only("name", "uscc").in_bulk({row["operator_id"] for row in rows})
    return [_entry(row, operators[row["operator_id"]]) for row in rows]


def changes(before: PastList, after: PastList) -> list[Change]:
    """What one list says otherwise than the other, line by line (operator, wastes, method), in the later one's order."""
    earlier = {entry.key: entry for entry in before.entries}
    later = {entry.key: entry for entry in after.entries}
    both = [Change(earlier.get(key), entry) for key, entry in later.items()]
    gone = [Change(entry, None) for key, entry in earlier.items() if key not in later]
    return [one for one in (*both, *gone) if one.before is None or one.after is None or one.change_t]


def first_day(*, origin_id: str, destination_id: str) -> date | None:
    """The first day of the pair's first confirmed list."""
    pair = Edition.objects.of_pair(origin_id=origin_id, destination_id=destination_id).confirmed()
    return pair.order_by("begins_on").values_list("begins_on", flat=True).first()


def _entry(row: dict[str, Any], operator: Enterprise) -> PastEntry:
    codes, category = row.pop("waste_codes"), row.pop("category_id")
    return PastEntry(
        **row,
        operator=operator.name,
        uscc=operator.uscc,
        wastes=category or "、".join(codes),
        key=(row["operator_id"], category or ",".join(sorted(codes)), row["method"]),
    )


def _bars(edition: Edition, entries: Iterable[PastEntry], day: date) -> QuerySet[Bar]:
    """Suspensions in force on the day of the list, its entries or its operators."""
    listed = list(entries)
    scope = Q(edition=edition) | Q(entry__edition=edition) | Q(operator__in={entry.operator_id for entry in listed})
    rows = Bar.objects.in_force_on(day).filter(scope).select_related("entry", "operator", "edition")
    return rows.order_by("from_on", "pk")
