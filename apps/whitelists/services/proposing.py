"""Gathers what the lines of a list are checked against and has the rules look (docs/rules.md §12). Reads only.

The number of statements does not grow with the lines.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from apps.catalogue.kept import read_version
from apps.catalogue.reading import places, wastes
from apps.organisations.models import Enterprise, Permit, PermitYear
from apps.whitelists.models import Edition, ListedLine
from apps.whitelists.reading import lists
from apps.whitelists.rules.proposing import (
    BarFacts,
    Findings,
    LineFacts,
    ListFacts,
    OperatorFacts,
    PermitFacts,
    find,
)
from apps.whitelists.services.promises import promised_elsewhere

ZERO = Decimal(0)


def findings_of(*, lines: Iterable[ListedLine], edition: Edition, today: date) -> Findings:
    """What speaks against proposing these lines (saved or not; struck ones don't count) as the edition's list.

    An edition counts in the calendar year in which it begins. Suspensions are looked for on the first day, or
    ``today`` when that is later.
    """
    counted = [_facts_of(line) for line in lines if not line.is_struck]
    version = read_version()
    known = wastes(version)
    codes = {code for line in counted for code in line.waste_codes}
    operators = {line.operator_id for line in counted}
    day = max(edition.begins_on, today)
    bars = tuple(
        BarFacts(bar.operator_id, bar.waste_code, bar.document_no, bar.from_on)
        for bar in lists(version).bars_on(day)
        if bar.operator_id in operators
    )
    return find(
        counted,
        ListFacts(
            destination_id=edition.destination_id,
            destination_name=str(places(version).provinces[edition.destination_id]),
            begins_on=edition.begins_on,
            ends_on=edition.ends_on,
            operators=_operators(operators, edition),
            known_codes=frozenset(known.known_on(edition.begins_on, codes)),
            categories=frozenset(known.categories),
            methods=frozenset(known.methods),
            bars=bars,
        ),
    )


def _facts_of(line: ListedLine) -> LineFacts:
    return LineFacts(
        number=line.number,
        operator_id=line.operator_id,
        waste_codes=tuple(line.waste_codes),
        category=line.category_id or "",
        method=line.method,
        quota_t=line.quota_t,
    )


def _operators(keys: set[int], edition: Edition) -> dict[int, OperatorFacts]:
    permits = _permits(keys, edition)
    elsewhere = promised_elsewhere(edition=edition, operators=keys)
    rows = Enterprise.objects.filter(pk__in=keys).values_list("pk", "name", "province_id", "is_operator")
    return {
        key: OperatorFacts(name, province, is_operator, tuple(permits[key]), elsewhere.get(key, ZERO))
        for key, name, province, is_operator in rows
    }


def _permits(keys: set[int], edition: Edition) -> dict[int, list[PermitFacts]]:
    """Permits in term on some day of the period, by operator."""
    found = Permit.objects.filter(
        enterprise__in=keys, valid_from__lte=edition.ends_on, valid_until__gte=edition.begins_on
    ).with_lines()
    stated = dict(
        PermitYear.objects.filter(
            permit__enterprise__in=keys, year=edition.begins_on.year, limit_is_stated=True
        ).values_list("permit_id", "limit_t")
    )
    by_operator: dict[int, list[PermitFacts]] = defaultdict(list)
    for permit in found.order_by("enterprise_id", "valid_from"):
        lines = permit.lines.all()
        by_operator[permit.enterprise_id].append(
            PermitFacts(
                number=permit.number,
                status=permit.status,
                valid_from=permit.valid_from,
                valid_until=permit.valid_until,
                allowed=frozenset((line.waste_code, line.method) for line in lines),
                capacity_t=sum((line.capacity_t for line in lines), ZERO),
                stated_t=stated.get(permit.pk),
            )
        )
    return by_operator
