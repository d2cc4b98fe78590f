"""Gathers the facts of an application and has the rules check them (docs/rules.md §6). Reads only, takes no lock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.catalogue.kept import read_version
from apps.catalogue.reading import Places, Requirements, Wastes, places, requirements, wastes
from apps.catalogue.rules import is_identified_unlisted
from apps.catalogue.services.exempting import exempt_in_transport
from apps.deadlines.services import open_clocks
from apps.deadlines.workdays import DueDay, WorkCalendar, add_working_days, local_day
from apps.organisations.enums import GeneratorKind, PermitKind, PermitStatus
from apps.organisations.models import Enterprise
from apps.organisations.rules import FOUR_PLACES
from apps.transfers.enums import OPEN_STATES, ClockKind, Route, State
from apps.transfers.models import Application, Item, LocalOpinion, QuotaClaim
from apps.transfers.rules.check import check
from apps.transfers.rules.facts import (
    CapacityFacts,
    CheckFacts,
    ContractFacts,
    EntryFacts,
    ItemFacts,
    MaterialFacts,
    PartyFacts,
    PermitFacts,
)
from apps.transfers.rules.findings import CheckResult
from apps.transfers.services._check_reading import CaseRows, PermitRow, read_case_rows
from apps.transfers.services.alternatives import alternatives_for
from apps.transfers.services.limits import Limits, read_limits
from apps.transfers.services.locking import load_attached, load_items, load_parties
from apps.whitelists.models import Bar, Edition, WhitelistEntry
from apps.whitelists.reading import Lists as KeptLists
from apps.whitelists.reading import lists as kept_lists
from apps.whitelists.services.editions import matching_entry

ZERO = Decimal(0)
# An operator may be approved a fifth more than its permit's capacity in a year, unless the destination says otherwise.
LIMIT_FACTOR = Decimal("1.2")


@dataclass(frozen=True, slots=True)
class Known:
    """The reference rows of the moment: nothing of them is asked for again."""

    places: Places
    wastes: Wastes
    requirements: Requirements
    lists: KeptLists
    limits: Limits


def _known(stamp: str) -> Known:
    stamp = stamp or read_version()
    return Known(places(stamp), wastes(stamp), requirements(stamp), kept_lists(stamp), read_limits(stamp))


@dataclass(frozen=True, slots=True)
class Lists:
    """The edition of the pair on the first day, its entries of this operator, and what is barred today."""

    edition: Edition | None
    entries: list[WhitelistEntry]
    bars: list[Bar]
    own_t: dict[int, Decimal]


def check_application(*, application: Application, today: date, calendar: WorkCalendar) -> CheckResult:
    """Every finding, the route, claims, latest finish and alternatives, were it filed on ``today``."""
    load_parties(application, calendar.stamp)
    known = _known(calendar.stamp)
    items = load_items(application)
    lists = _lists(application, today, known)
    matched = {
        item.position: matching_entry(
            entries=lists.entries,
            operator_id=application.operator_id or 0,
            waste_code=item.waste_code,
            method=item.method,
        )
        for item in items
    }
    finishes = _finishes(application, known.limits, today, calendar)
    facts = _facts(application, items, matched, lists, today, finishes, known)
    result = check(facts)
    alternatives = alternatives_for(application, items, result, today=today, places=known.places, lists=known.lists)
    return check(
        facts,
        alternatives=alternatives,
        edition_id=lists.edition.pk if lists.edition else None,
        consent_mode=lists.edition.consent_mode if lists.edition else "",
    )


def _facts(
    application: Application,
    items: Sequence[Item],
    matched: dict[int, WhitelistEntry | None],
    lists: Lists,
    today: date,
    finishes: dict[str, DueDay],
    known: Known,
) -> CheckFacts:
    first = application.requested_from or today
    year = first.year
    generator, operator = application.generator, application.operator
    is_collector = generator.generator_kind == GeneratorKind.COLLECTOR
    codes = {item.waste_code for item in items if item.waste_code}
    rows = read_case_rows(application=application, codes=codes, today=today, first=first)
    application.__dict__["_attached"] = set(rows.materials)
    return CheckFacts(
        today=today,
        first_filed_on=_first_filed_on(application, today),
        generator=_party(generator),
        generator_is_collector=is_collector,
        generator_permits=_permit_facts(rows.permits_of(generator.pk) if is_collector else ()),
        operator=_party(operator) if operator else None,
        operator_permits=_permit_facts(rows.permits_of(application.operator_id)),
        operator_bar=next((_told(bar, operator.name) for bar in lists.bars if _bars_operator(bar, operator)), "")
        if operator
        else "",
        items=_items(application, items, matched, lists, (today, first), rows, known.wastes),
        requested_from=application.requested_from,
        requested_until=application.requested_until,
        materials=_materials(application, items, known.requirements),
        capacity=_capacity(rows.permits_of(application.operator_id), today),
        has_plan=rows.planned_t is not None,
        plan_year=year,
        is_neighbour=application.destination_id is not None
        and known.places.are_neighbours(application.origin_id, application.destination_id),
        has_transit=rows.has_transit,
        has_edition=lists.edition is not None,
        finish_by_route=finishes,
        contract=ContractFacts(application.contract_sender, application.contract_receiver, application.contract_until),
    )


def _first_filed_on(application: Application, today: date) -> date:
    """A resubmission may keep the first day it asked for: a correction must not force a later one."""
    return local_day(application.submitted_at) if application.submitted_at else today


def _party(enterprise: Enterprise) -> PartyFacts:
    province = enterprise.province
    return PartyFacts(enterprise.name, province.pk, str(province), province.is_participating)


def _permit_facts(permits: Iterable[PermitRow]) -> tuple[PermitFacts, ...]:
    return tuple(
        PermitFacts(
            number=permit.number,
            is_collection=permit.kind == PermitKind.COLLECTION,
            status=permit.status,
            status_word=permit.status_word,
            valid_from=permit.valid_from,
            valid_until=permit.valid_until,
            lines=frozenset((code, method) for code, method, _ in permit.lines),
        )
        for permit in permits
    )


def _lists(application: Application, today: date, known: Known) -> Lists:
    first = application.requested_from or today
    if application.operator_id is None or application.destination_id is None:
        return Lists(None, [], [], {})
    edition = known.lists.in_force(first, origin_id=application.origin_id, destination_id=application.destination_id)
    entries = list(edition.entries.filter(operator=application.operator_id)) if edition else []
    mine = {entry.pk for entry in entries}
    bars = [
        bar
        for bar in known.lists.bars_on(today)
        if bar.operator_id == application.operator_id
        or bar.entry_id in mine
        or (edition is not None and bar.edition_id == edition.pk)
    ]
    # A hold of this very application counts as free when it is checked again (resubmission).
    held = {claim.entry_id: claim.within_t for claim in _own_claims(application)}
    return Lists(edition, entries, bars, held)


def _own_claims(application: Application) -> Iterable[QuotaClaim]:
    if application.state not in OPEN_STATES:
        return ()
    return QuotaClaim.objects.filter(application=application.pk, round=application.round, released_at__isnull=True)


def _items(
    application: Application,
    items: Sequence[Item],
    matched: dict[int, WhitelistEntry | None],
    lists: Lists,
    days: tuple[date, date],
    rows: CaseRows,
    wastes: Wastes,
) -> tuple[ItemFacts, ...]:
    codes = {item.waste_code for item in items if item.waste_code}
    catalogued = [wastes.known_on(day, codes) for day in days]
    methods = wastes.methods
    exempt = exempt_in_transport({item.waste_code for item in items if item.is_transport_exempt}, days[0])
    return tuple(
        ItemFacts(
            position=item.position,
            waste_code=item.waste_code,
            method=item.method,
            amount_t=item.amount_t,
            is_catalogued_at_filing=item.waste_code in catalogued[0],
            is_catalogued_at_start=item.waste_code in catalogued[-1],
            method_exists=item.method in methods,
            method_is_disposal=item.method in methods and methods[item.method].is_disposal,
            entry=_entry(matched[item.position], lists),
            bar=_code_bar(item, application, lists),
            planned_t=(rows.planned_t or {}).get(item.waste_code),
            approved_before_t=rows.approved_t.get(item.waste_code, ZERO),
            contracted_t=item.contracted_t,
            is_transport_exempt=item.is_transport_exempt,
            may_be_transport_exempt=item.waste_code in exempt,
        )
        for item in items
    )


def _entry(entry: WhitelistEntry | None, lists: Lists) -> EntryFacts | None:
    if entry is None or lists.edition is None:
        return None
    label = f"{lists.edition.name}第{entry.number}号条目"
    bar = next((_told(bar, label) for bar in lists.bars if bar.entry_id == entry.pk), "")
    bar = bar or next((_told(bar, lists.edition.name) for bar in lists.bars if bar.edition_id), "")
    own = lists.own_t.get(entry.pk, ZERO)
    return EntryFacts(
        entry.pk, label, entry.number, entry.quota_t, entry.held_t - own, entry.used_t, entry.available_t + own, bar
    )


def _bars_operator(bar: Bar, operator: Enterprise) -> bool:
    return bar.operator_id == operator.pk and not bar.waste_code


def _code_bar(item: Item, application: Application, lists: Lists) -> str:
    for bar in lists.bars:
        if bar.operator_id == application.operator_id and bar.waste_code and bar.waste_code == item.waste_code:
            return _told(bar, f"该接受人的 {item.waste_code}")
    return ""


def _told(bar: Bar, what: str) -> str:
    return f"{what}自 {bar.from_on} 起暂停（{bar.document_no}：{bar.reason}），暂停期间不能提交。"


def _materials(
    application: Application, items: Sequence[Item], requirements: Requirements
) -> tuple[MaterialFacts, ...]:
    needed = requirements.of_province(application.origin_id)
    there = load_attached(application)
    identified = any(is_identified_unlisted(item.waste_code) for item in items)
    return tuple(
        MaterialFacts(row.code, row.name, row.code in there)
        for row in needed
        if identified or not row.only_identified_waste
    )


def _capacity(permits: Iterable[PermitRow], today: date) -> CapacityFacts | None:
    permit = next(
        (one for one in permits if one.status == PermitStatus.VALID and one.valid_from <= today <= one.valid_until),
        None,
    )
    if permit is None:
        return None
    capacity = sum((capacity_t for _, _, capacity_t in permit.lines), ZERO)
    limit = (capacity * LIMIT_FACTOR).quantize(FOUR_PLACES) if permit.limit_t is None else permit.limit_t
    return CapacityFacts(today.year, capacity, limit, permit.taken_t)


def _finishes(application: Application, limits: Limits, today: date, calendar: WorkCalendar) -> dict[str, DueDay]:
    """Were it filed today. What is left of a stopped whole goes on, and an opinion that was given stands (§8)."""
    is_corrected = application.state == State.CORRECTION
    needed = application.origin.local_opinion_required and not (
        is_corrected and LocalOpinion.objects.filter(application=application).exists()
    )
    days = {route: limits.total_days(route, with_local_opinion=needed) for route in Route}
    if is_corrected and application.route == Route.FAST_TRACK:
        whole = open_clocks(application.number or "").filter(kind=ClockKind.WHOLE).first()
        if whole is not None and whole.left_days is not None:
            days[Route.FAST_TRACK] = whole.left_days
    return {route: add_working_days(today, days[route], calendar) for route in Route}
