"""What a suspension touches: filed cases by the entries of their items, drafts by those that filing would find.

Reads only. One reckoning for the sweep that pauses approvals, for telling senders, and for the page that shows it all
before anything is suspended.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.organisations.models import Enterprise
from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.models import Application, Item
from apps.whitelists.models import Bar, Edition, WhitelistEntry
from apps.whitelists.services.editions import matching_entry

ZERO = Decimal(0)
# Code and method.
Waste = tuple[str, str]
COLUMNS = ("application_id", "application__generator_id", "application__operator_id", "waste_code", "method")


@dataclass(frozen=True, slots=True)
class Touched:
    """An item as far as suspensions ask: whose, which waste by which method, on which entry of which list."""

    application_id: int
    generator_id: int
    operator_id: int | None
    waste_code: str
    method: str
    entry_id: int | None
    edition_id: int | None


@dataclass(frozen=True, slots=True)
class TouchedCases:
    """Keys of what a suspension touches: drafts, open cases, and approvals in force with tonnes left to ship."""

    drafts: frozenset[int]
    open: frozenset[int]
    approved: frozenset[int]


def touches(bar: Bar, item: Touched) -> bool:
    """Whether the suspension (saved or not) is of the item's entry, its list, its operator, or that one's waste."""
    if bar.operator_id is not None:
        return bar.operator_id == item.operator_id and bar.waste_code in {"", item.waste_code}
    if bar.entry_id is not None:
        return bar.entry_id == item.entry_id
    return bar.edition_id == item.edition_id


def cases_touched(*, bar: Bar, day: date) -> TouchedCases:
    """What the suspension (saved or not) touches as of the day."""
    return TouchedCases(
        *(
            frozenset(item.application_id for item in items if touches(bar, item))
            for items in (_draft_items([bar]), _open_items([bar]), unshipped_items(bars=[bar], day=day))
        )
    )


def senders_touched(*, bars: Collection[Bar], day: date) -> dict[int, set[int]]:
    """By suspension the senders (enterprises) of what it touches as of the day."""
    found: dict[int, set[int]] = defaultdict(set)
    for item in _under_way(bars, day):
        for bar in bars:
            if touches(bar, item):
                found[bar.pk].add(item.generator_id)
    return dict(found)


def senders_sending(*, operator: Enterprise, wastes: Collection[Waste], day: date) -> set[int]:
    """Senders (enterprises) with something under way to the operator as of the day that is one of the wastes."""
    items = _under_way([Bar(operator=operator)], day)
    return {item.generator_id for item in items if (item.waste_code, item.method) in wastes}


def unshipped_items(
    *, bars: Collection[Bar], day: date, operators: Collection[int] = (), application: Application | None = None
) -> Iterator[Touched]:
    """Items of approvals in force with tonnes left that the suspensions may touch, or that go to the operators.

    Items may come twice.
    """
    left = (
        Item.objects.filter(is_in_force(day, application), approved_t__gt=0)
        .annotate(shipped_t=Coalesce(Sum("shipments__amount_t"), ZERO))
        .filter(approved_t__gt=F("shipped_t"))
    )
    return _filed(left, bars, operators)


def is_in_force(day: date, application: Application | None = None) -> Q:
    """Of what belongs to a case: an approval by which something may still be shipped on the day."""
    wanted = Q(
        application__state=State.APPROVED,
        application__valid_until__gte=day,
        application__declared_complete_at__isnull=True,
    )
    return wanted & Q(application=application.pk) if application else wanted


def _under_way(bars: Collection[Bar], day: date) -> Iterator[Touched]:
    """Drafts, open cases and approvals with tonnes left that the suspensions may touch."""
    return chain(_draft_items(bars), _open_items(bars), unshipped_items(bars=bars, day=day))


def _open_items(bars: Collection[Bar]) -> Iterator[Touched]:
    return _filed(Item.objects.filter(application__state__in=OPEN_STATES), bars)


def _filed(rows: QuerySet[Item], bars: Collection[Bar], operators: Collection[int] = ()) -> Iterator[Touched]:
    """Asked for by operators and by lines apart: one question with an "or" over both would read every item there is."""
    keys = {*operators, *(bar.operator_id for bar in bars if bar.operator_id)}
    listed = Q(pk__in=[bar.entry_id for bar in bars if bar.entry_id])
    listed |= Q(edition__in=[bar.edition_id for bar in bars if bar.edition_id])
    scopes = []
    if keys:
        scopes.append(Q(application__operator__in=keys))
    if any(bar.operator_id is None for bar in bars):
        entries = WhitelistEntry.objects.filter(listed).order_by().values_list("pk", flat=True)
        scopes.append(Q(entry__in=list(entries)))
    for scope in scopes:
        found = rows.filter(scope).order_by().values_list(*COLUMNS, "entry_id", "entry__edition_id")
        yield from (Touched(*row) for row in found)


def _draft_items(bars: Collection[Bar]) -> Iterator[Touched]:
    """A draft's item has no entry yet: the one that its filing would find."""
    editions = Edition.objects.filter(pk__in={key for bar in bars if (key := _edition_of(bar))}).in_bulk()
    entries = _entries_beside(bars, editions)
    operators = {bar.operator_id for bar in bars if bar.operator_id} | {operator for _, operator in entries}
    places = ("application__origin_id", "application__destination_id", "application__requested_from")
    rows = Item.objects.filter(application__state=State.DRAFT, application__operator__in=operators).order_by()
    for row in rows.values_list(*COLUMNS, *places):
        case, generator, operator, code, method, origin, destination, first = row
        found = None
        for edition in editions.values():
            if (edition.origin_id, edition.destination_id) == (origin, destination) and _may_begin(edition, first):
                own = entries.get((edition.pk, operator), ())
                found = matching_entry(entries=own, operator_id=operator, waste_code=code, method=method) or found
        at = (found.pk, found.edition_id) if found else (None, None)
        yield Touched(case, generator, operator, code, method, *at)


def _may_begin(edition: Edition, first: date | None) -> bool:
    return first is None or edition.begins_on <= first <= edition.ends_on


def _edition_of(bar: Bar) -> int | None:
    return bar.entry.edition_id if bar.entry is not None else bar.edition_id


def _entries_beside(bars: Iterable[Bar], editions: Collection[int]) -> dict[tuple[int, int], list[WhitelistEntry]]:
    """By list and operator the lines that are suspended, and those among which a draft's item would find one of them."""
    found: dict[tuple[int, int], list[WhitelistEntry]] = defaultdict(list)
    if editions:
        scope = Q(edition__in=[bar.edition_id for bar in bars if bar.edition_id])
        for bar in bars:
            if bar.entry is not None:
                scope |= Q(edition=bar.entry.edition_id, operator=bar.entry.operator_id)
        for entry in WhitelistEntry.objects.filter(scope).order_by("pk"):
            found[entry.edition_id, entry.operator_id].append(entry)
    return found
