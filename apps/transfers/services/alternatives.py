"""Where else an item could go: listed operators with enough left, the nearest first (docs/rules.md §6). Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q

from apps.catalogue.models import Division
from apps.catalogue.reading import Places
from apps.catalogue.rules import category_of, distance_km, is_waste_code
from apps.organisations.enums import PermitStatus
from apps.organisations.models import Enterprise, Permit
from apps.transfers.models import Application, Item
from apps.transfers.rules.findings import Alternative, CheckResult
from apps.whitelists.models import Bar, WhitelistEntry
from apps.whitelists.reading import Lists

MOST = 5
OF_THE_OPERATOR = frozenset({"barred.operator", "permit.none", "permit.status"})


@dataclass(frozen=True, slots=True)
class Line:
    """What of an entry matters here."""

    entry_id: int
    edition_id: int
    operator_id: int
    waste_codes: Sequence[str]
    category_id: str | None
    method: str
    available_t: Decimal

    def lists(self, waste_code: str) -> bool:
        return waste_code in self.waste_codes or self.category_id == category_of(waste_code)


def alternatives_for(
    application: Application, items: Sequence[Item], result: CheckResult, *, today: date, places: Places, lists: Lists
) -> tuple[Alternative, ...]:
    """For what fails 9 or 10, or whose operator may not receive it now: at most five for each item, by distance."""
    wanted = _wanting(application, items, result)
    if not wanted:
        return ()
    first = application.requested_from or today
    lines = _lines(application, wanted, [edition.pk for edition in lists.on(first, origin_id=application.origin_id)])
    bars = lists.bars_on(today)
    covered = _covered({line.operator_id for line in lines}, {item.waste_code for item in wanted}, {today, first})
    fitting = [
        (item, line)
        for item in wanted
        for line in lines
        if line.available_t >= (item.amount_t or 0)
        and (line.operator_id, item.waste_code, line.method) in covered
        and line.lists(item.waste_code)
        and not _is_barred(line, item.waste_code, bars)
    ]
    operators = _operators({line.operator_id for _, line in fitting})
    here = application.generator.division
    far = {pk: _distance(here, places.divisions[division]) for pk, (_, division) in operators.items()}
    return tuple(
        Alternative(
            item=item.position,
            entry_id=line.entry_id,
            operator_id=line.operator_id,
            operator_name=operators[line.operator_id][0],
            place=places.divisions[operators[line.operator_id][1]].name,
            method=line.method,
            available_t=line.available_t,
            distance_km=far[line.operator_id],
        )
        for item in wanted
        for line in _nearest([line for one, line in fitting if one is item], far, operators)
    )


def _wanting(application: Application, items: Sequence[Item], result: CheckResult) -> list[Item]:
    short = {claim.entry_id for claim in result.claims if claim.over_t}
    wanting = {finding.item for finding in result.findings if finding.check in {8, 9, 10}}
    # No operator yet, one that is suspended, or one without a permit that is valid: whatever it was to receive.
    if not application.operator_id or any(finding.code in OF_THE_OPERATOR for finding in result.findings):
        wanting |= {item.position for item in items}
    # Items on one entry exceed it together: any of them may go elsewhere.
    wanting |= {position for position, entry_id in result.entry_by_item.items() if entry_id in short}
    return [item for item in items if item.position in wanting and is_waste_code(item.waste_code) and item.amount_t]


def _lines(application: Application, wanted: Sequence[Item], editions: Sequence[int]) -> list[Line]:
    codes = {item.waste_code for item in wanted}
    least = min(item.amount_t for item in wanted if item.amount_t)
    rows = (
        WhitelistEntry.objects.filter(
            Q(waste_codes__overlap=sorted(codes)) | Q(category__in={category_of(code) for code in codes}),
            edition__in=editions,
            quota_t__gte=least + F("held_t") + F("used_t"),
        )
        .exclude(operator=application.operator_id)
        .order_by()
    )
    columns = rows.values_list(
        "pk", "edition_id", "operator_id", "waste_codes", "category_id", "method", "quota_t", "held_t", "used_t"
    )
    return [
        Line(pk, edition, operator, listed, category, method, quota_t - held_t - used_t)
        for pk, edition, operator, listed, category, method, quota_t, held_t, used_t in columns
    ]


def _is_barred(line: Line, waste_code: str, bars: Iterable[Bar]) -> bool:
    return any(
        bar.entry_id == line.entry_id
        or bar.edition_id == line.edition_id
        or (bar.operator_id == line.operator_id and bar.waste_code in {"", waste_code})
        for bar in bars
    )


def _covered(operators: set[int], codes: set[str], days: set[date]) -> set[tuple[int, str, str]]:
    """(operator, code, method) that a valid permit covers on every one of the days."""
    rows = Permit.objects.filter(
        enterprise__in=operators,
        status=PermitStatus.VALID,
        valid_from__lte=max(days),
        valid_until__gte=min(days),
        lines__waste_code__in=codes,
    ).order_by()
    terms = list(rows.values_list("enterprise", "lines__waste_code", "lines__method", "valid_from", "valid_until"))
    return set.intersection(
        *({(pk, code, method) for pk, code, method, since, until in terms if since <= day <= until} for day in days)
    )


def _operators(keys: set[int]) -> dict[int, tuple[str, str]]:
    """Name and division of each."""
    rows = Enterprise.objects.filter(pk__in=keys).order_by().values_list("pk", "name", "division_id")
    return {pk: (name, division) for pk, name, division in rows}


def _nearest(lines: Iterable[Line], far: Mapping[int, float], operators: Mapping[int, tuple[str, str]]) -> list[Line]:
    return sorted(lines, key=lambda line: (far[line.operator_id], operators[line.operator_id][0]))[:MOST]


def _distance(one: Division, other: Division) -> float:
    """As the crow flies between the two seats, km; 0 where a seat is not known would lie, so those come last."""
    if one.longitude is None or one.latitude is None or other.longitude is None or other.latitude is None:
        return float("inf")
    return distance_km(float(one.longitude), float(one.latitude), float(other.longitude), float(other.latitude))
