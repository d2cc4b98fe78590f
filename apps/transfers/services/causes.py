"""What pauses approvals by itself: a suspension on the lists (Bar), or an operator's permit that is not valid any more.

Reads only. One reckoning serves the sweep over all approvals, an act on one, and the pages.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from apps.catalogue.kept import read_version
from apps.organisations.enums import PermitStatus
from apps.organisations.models import Permit
from apps.transfers.enums import PauseSource, State
from apps.transfers.models import Application, Item, Pause
from apps.whitelists.models import Bar, WhitelistEntry
from apps.whitelists.reading import lists

ZERO = Decimal(0)
# What the clock follows, by the key of its row.
Ref = tuple[PauseSource, int]
Waste = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Touched:
    """An item as far as suspensions ask: whose, which waste by which method, on which entry of which list."""

    application_id: int
    operator_id: int | None
    waste_code: str
    method: str
    entry_id: int | None
    edition_id: int | None


def written(ref: Ref) -> str:
    """The reference as a pause keeps it: bar:12."""
    source, key = ref
    return f"{source.value}:{key}"


def touches(bar: Bar, item: Touched) -> bool:
    """Whether the suspension is of the item's entry, its list, its operator, or that operator's waste."""
    if bar.operator_id is not None:
        return bar.operator_id == item.operator_id and bar.waste_code in {"", item.waste_code}
    if bar.entry_id is not None:
        return bar.entry_id == item.entry_id
    return bar.edition_id == item.edition_id


def bars_of(
    *, application: Application, items: Iterable[Item], day: date, stamp: str = "", with_coming: bool = False
) -> list[Bar]:
    """Suspensions on the day that touch a filed case with these items; the rows are kept, not to be changed.

    ``with_coming``: also those that will begin, unless they were lifted before that.
    """
    kept = lists(stamp or read_version()).bars
    bars = [bar for bar in kept if bar.is_in_force_on(max(day, bar.from_on) if with_coming else day)]
    entries = {item.entry_id for item in items if item.entry_id}
    if not bars or not application.operator_id:
        return []
    listed = dict(WhitelistEntry.objects.filter(pk__in=entries).values_list("pk", "edition")) if entries else {}
    touched = [
        Touched(
            application.pk,
            application.operator_id,
            item.waste_code,
            item.method,
            item.entry_id,
            listed.get(item.entry_id or 0),
        )
        for item in items
    ]
    return [bar for bar in bars if any(touches(bar, item) for item in touched)]


def lost_permits(permits: Iterable[Permit], wastes: Collection[Waste]) -> list[Permit]:
    """Of an operator's permits in term those that are not valid and without which a waste is not covered."""
    lines = {permit: {(line.waste_code, line.method) for line in permit.lines.all()} for permit in permits}
    covered = {waste for permit, own in lines.items() if permit.status == PermitStatus.VALID for waste in own}
    missing = set(wastes) - covered
    return [permit for permit, own in lines.items() if permit.status != PermitStatus.VALID and own & missing]


def lost_permits_of(*, application: Application, items: Iterable[Item], day: date) -> list[Permit]:
    """Permits without which the operator of the case may not receive its wastes on the day."""
    operator_id = application.operator_id or 0
    permits = failing_permits(day=day, operator_id=operator_id).get(operator_id, [])
    return lost_permits(permits, {(item.waste_code, item.method) for item in items})


def wanted_pauses(*, day: date, application: Application | None = None) -> dict[int, set[Ref]]:
    """By application, what ought to pause it on the day: of all approvals in force, or of one."""
    bars = lists(read_version()).bars_on(day)
    operator_id = application.operator_id if application else None
    permits = failing_permits(day=day, operator_id=operator_id)
    if not bars and not permits:
        return {}
    items = _unshipped(day=day, application=application, bars=bars, operators=permits)
    wanted: dict[int, set[Ref]] = defaultdict(set)
    for item in items:
        wanted[item.application_id] |= {(PauseSource.BAR, bar.pk) for bar in bars if touches(bar, item)}
        for permit in lost_permits(permits.get(item.operator_id or 0, ()), {(item.waste_code, item.method)}):
            wanted[item.application_id].add((PauseSource.PERMIT, permit.pk))
    return {key: refs for key, refs in wanted.items() if refs}


def standing_pauses(*, day: date, application: Application | None = None) -> dict[int, set[Ref]]:
    """By application, what the clock holds open of approvals that are in force on the day."""
    rows = Pause.objects.filter(_in_force(day, application), until_on__isnull=True)
    standing: dict[int, set[Ref]] = defaultdict(set)
    for key, reference in rows.exclude(source=PauseSource.MANUAL).values_list("application", "reference"):
        standing[key].add(ref_of(reference))
    return dict(standing)


def ref_of(reference: str) -> Ref:
    """The other way round: bar:12 is (bar, 12)."""
    source, _, key = reference.partition(":")
    return PauseSource(source), int(key)


def failing_permits(*, day: date, operator_id: int | None = None) -> Mapping[int, list[Permit]]:
    """Permits in term on the day of operators of which at least one is not valid, with their lines."""
    in_term = Permit.objects.in_force_on(day)
    if operator_id is not None:
        in_term = in_term.filter(enterprise=operator_id)
    operators = set(in_term.exclude(status=PermitStatus.VALID).values_list("enterprise", flat=True))
    found: dict[int, list[Permit]] = defaultdict(list)
    if operators:
        for permit in in_term.filter(enterprise__in=operators).with_lines().order_by("pk"):
            found[permit.enterprise_id].append(permit)
    return found


def _in_force(day: date, application: Application | None) -> Q:
    """Approvals by which something may still be shipped on the day."""
    wanted = Q(
        application__state=State.APPROVED,
        application__valid_until__gte=day,
        application__declared_complete_at__isnull=True,
    )
    return wanted & Q(application=application.pk) if application else wanted


def _unshipped(
    *, day: date, application: Application | None, bars: Iterable[Bar], operators: Collection[int]
) -> Iterator[Touched]:
    """Items of approvals in force with tonnes left, as far as a suspension or a permit may touch them.

    Asked for by operators and by lines apart: one question with an "or" over both would read every item there is.
    """
    by = list(bars)
    listed = Q(pk__in=[bar.entry_id for bar in by if bar.entry_id])
    listed |= Q(edition__in=[bar.edition_id for bar in by if bar.edition_id])
    of_operators = Q(application__operator__in={*operators, *(bar.operator_id for bar in by if bar.operator_id)})
    of_lines = Q(entry__in=list(WhitelistEntry.objects.filter(listed).order_by().values_list("pk", flat=True)))
    left = (
        Item.objects.filter(_in_force(day, application), approved_t__gt=0)
        .annotate(shipped_t=Coalesce(Sum("shipments__amount_t"), ZERO))
        .filter(approved_t__gt=F("shipped_t"))
        .order_by()
    )
    columns = ("application_id", "application__operator_id", "waste_code", "method", "entry_id", "entry__edition_id")
    for scope in (of_operators, of_lines):
        yield from (Touched(*row) for row in left.filter(scope).values_list(*columns))
