"""What pauses approvals by itself: a suspension on the lists (Bar), or an operator's permit that is not valid any more.

Reads only. One reckoning serves the sweep over all approvals, an act on one, and the pages.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from apps.catalogue.kept import read_version
from apps.organisations.enums import PermitStatus
from apps.organisations.models import Permit, PermitLine
from apps.transfers.enums import PauseSource
from apps.transfers.models import Application, Item, Pause
from apps.transfers.services.touching import Touched, Waste, is_in_force, touches, unshipped_items
from apps.whitelists.models import Bar, WhitelistEntry
from apps.whitelists.reading import lists

# What the clock follows, by the key of its row.
Ref = tuple[PauseSource, int]


def written(ref: Ref) -> str:
    """The reference as a pause keeps it: bar:12."""
    source, key = ref
    return f"{source.value}:{key}"


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
            application.generator_id,
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


def wastes_resting_on(*, permit: Permit, day: date) -> set[Waste]:
    """Wastes that the operator may receive on the day by this permit, when it is valid, and by no other valid one."""
    of_operator = PermitLine.objects.filter(
        permit__in=Permit.objects.in_force_on(day).filter(enterprise=permit.enterprise_id)
    )
    covered = of_operator.filter(permit__status=PermitStatus.VALID).exclude(permit=permit)
    own = of_operator.filter(permit=permit).order_by().values_list("waste_code", "method")
    return set(own) - set(covered.order_by().values_list("waste_code", "method"))


def wanted_pauses(*, day: date, application: Application | None = None) -> dict[int, set[Ref]]:
    """By application, what ought to pause it on the day: of all approvals in force, or of one."""
    bars = lists(read_version()).bars_on(day)
    operator_id = application.operator_id if application else None
    permits = failing_permits(day=day, operator_id=operator_id)
    if not bars and not permits:
        return {}
    items = unshipped_items(bars=bars, day=day, operators=permits, application=application)
    wanted: dict[int, set[Ref]] = defaultdict(set)
    for item in items:
        wanted[item.application_id] |= {(PauseSource.BAR, bar.pk) for bar in bars if touches(bar, item)}
        for permit in lost_permits(permits.get(item.operator_id or 0, ()), {(item.waste_code, item.method)}):
            wanted[item.application_id].add((PauseSource.PERMIT, permit.pk))
    return {key: refs for key, refs in wanted.items() if refs}


def standing_pauses(*, day: date, application: Application | None = None) -> dict[int, set[Ref]]:
    """By application, what the clock holds open of approvals that are in force on the day."""
    rows = Pause.objects.filter(is_in_force(day, application), until_on__isnull=True)
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
