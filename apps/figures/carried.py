"""What stands beside the lines of a list when the next one is drafted from it: its use, and declared demand."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from apps.catalogue.rules import category_of, is_waste_code
from apps.figures.utilisation import Use, use_of_entries
from apps.whitelists.models import Demand, Edition, WhitelistEntry
from apps.whitelists.models.demand import days_of_period

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CarriedLine:
    """An entry with its use; ``named_t`` is demand that names this operator, ``open_t`` the code's that names none."""

    entry: WhitelistEntry
    use: Use
    named_t: Decimal
    open_t: Decimal


def carried_lines(
    entries: Sequence[WhitelistEntry], *, edition: Edition, begins_on: date, ends_on: date
) -> list[CarriedLine]:
    """Each entry with its figures (tonnes) and the demand of the period to come. Two queries.

    Demand counts whole when its own period meets the next list's; what names no operator stands beside every
    line that could take it, so it must not be added up.
    """
    uses = use_of_entries(entries)
    named, free = _demand(edition, begins_on, ends_on)
    return [CarriedLine(entry, uses[entry.pk], _named(entry, named), _matching(entry, free)) for entry in entries]


NamedKey = tuple[int, str, str]


def _demand(
    edition: Edition, begins_on: date, ends_on: date
) -> tuple[dict[NamedKey, Decimal], dict[tuple[str, str], Decimal]]:
    """Tonnes by (operator, code, method), and without operator by (code, method)."""
    rows = Demand.objects.filter(
        Q(destination=edition.destination_id) | Q(destination__isnull=True, operator__isnull=True),
        origin=edition.origin_id,
        year__gte=begins_on.year,
        year__lte=ends_on.year,
        withdrawn_at__isnull=True,
    ).values_list("year", "part", "operator_id", "waste_code", "method", "amount_t")
    named: dict[NamedKey, Decimal] = defaultdict(Decimal)
    free: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for year, part, operator, code, method, amount in rows:
        first, last = days_of_period(year, part)
        if first > ends_on or last < begins_on:
            continue
        if not operator:
            free[code, method] += amount
        else:
            named[operator, code, method] += amount
    return named, free


def _named(entry: WhitelistEntry, named: dict[NamedKey, Decimal]) -> Decimal:
    own = {
        (code, method): amount for (operator, code, method), amount in named.items() if operator == entry.operator_id
    }
    return _matching(entry, own)


def _matching(entry: WhitelistEntry, demand: dict[tuple[str, str], Decimal]) -> Decimal:
    return sum(
        (amount for (code, method), amount in demand.items() if method in {"", entry.method} and _lists(entry, code)),
        ZERO,
    )


def _lists(entry: WhitelistEntry, code: str) -> bool:
    if entry.category_id:
        return is_waste_code(code) and category_of(code) == entry.category_id
    return code in entry.waste_codes
