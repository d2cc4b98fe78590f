"""The case as its papers tell it, read from the rows that the act leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from apps.catalogue.enums import DivisionLevel, PaperKind
from apps.catalogue.models import Division, Province
from apps.catalogue.reading import Wastes, requirements, wastes
from apps.deadlines.workdays import local_day
from apps.organisations.enums import GeneratorKind, PermitKind
from apps.organisations.models import Enterprise, Permit
from apps.organisations.reading import Bureaus, bureaus
from apps.transfers.enums import Route
from apps.transfers.models import Application, CorrectionPoint, Item, LocalOpinion, QuotaClaim, Reply
from apps.transfers.rules.papers.facts import (
    EditionFacts,
    EntryFacts,
    ItemFacts,
    OpinionFacts,
    PartyFacts,
    PermitFacts,
    PointFacts,
)
from apps.transfers.services.locking import load_attached, load_items, load_parties
from apps.whitelists.models import Edition, WhitelistEntry

ZERO = Decimal(0)
NAMES_PERMIT = frozenset({PaperKind.LETTER, PaperKind.APPROVAL, PaperKind.REPLY_AGREE})
NAMES_METHODS = frozenset({PaperKind.RECEIPT, PaperKind.LETTER})
NAMES_NO_ENTRY = frozenset({PaperKind.RECEIPT, PaperKind.ACCEPTANCE, PaperKind.CORRECTION})


@dataclass(frozen=True, slots=True)
class Related:
    """What the application points at; of a filed one nothing is missing (a CHECK sees to it)."""

    generator: Enterprise
    operator: Enterprise
    origin: Province
    destination: Province
    edition: Edition | None
    bureaus: Bureaus


def related_of(application: Application, stamp: str) -> Related:
    """Parties, provinces, edition and bureaus, read at most once an act. Raises ValueError for a draft."""
    load_parties(application, stamp)
    if application.operator is None or application.destination is None:
        raise ValueError("a draft gets no papers")
    return Related(
        application.generator,
        application.operator,
        application.origin,
        application.destination,
        application.edition,
        bureaus(stamp),
    )


def case_of(application: Application, related: Related, kinds: frozenset[PaperKind], stamp: str) -> dict[str, Any]:
    """Fields of CaseFacts that do not depend on the paper's date."""
    items = tuple(load_items(application))
    submitted_on = local_day(application.submitted_at or application.changed_at)
    entries = _entries(items) if kinds - NAMES_NO_ENTRY else ()
    edition = related.edition
    return {
        "number": application.number or "",
        "route": application.route,
        "consent_mode": application.consent_mode,
        "generator": _party(related.generator, related.origin, related.bureaus),
        "operator": _party(related.operator, related.destination, related.bureaus, full_place=True),
        "government": related.origin.government,
        "court": related.origin.court,
        "items": _items(items, application, kinds, stamp),
        "requested_from": application.requested_from or submitted_on,
        "requested_until": application.requested_until or submitted_on,
        "submitted_on": submitted_on,
        "received_on": application.received_on,
        "accepted_on": application.accepted_on,
        "corrected": application.correction_requested_on is not None and application.round > 1,
        "decided_on": application.decided_on,
        "valid_from": application.valid_from,
        "valid_until": application.valid_until,
        "is_transport_exempt": application.is_transport_exempt,
        "is_due_provisional": application.is_due_provisional,
        "warnings": tuple(application.warnings),
        "edition": EditionFacts(edition.name, edition.origin_letter_no, edition.destination_letter_no)
        if edition
        else None,
        "entries": entries,
        "permit": _permit(application, related.operator) if kinds & NAMES_PERMIT else None,
        "points": _points(application) if PaperKind.CORRECTION in kinds else (),
        "materials": _materials(application, stamp) if PaperKind.RECEIPT in kinds else (),
        **(_general(application, related, items) if _is_general_letter(application, kinds) else {}),
        "reply_reasons": _reply_reasons(application, items) if PaperKind.APPROVAL in kinds else "",
        "granted_over_t": _granted_over(application) if PaperKind.REPLY_AGREE in kinds else ZERO,
    }


def _entries(items: Iterable[Item]) -> tuple[EntryFacts, ...]:
    keys = {item.entry_id for item in items if item.entry_id}
    rows = WhitelistEntry.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "number") if keys else ()
    return tuple(EntryFacts(key, number) for key, number in rows)


def _party(enterprise: Enterprise, province: Province, bureaus: Bureaus, *, full_place: bool = False) -> PartyFacts:
    return PartyFacts(
        name=enterprise.name,
        uscc=enterprise.uscc,
        place=_place(enterprise.division, with_province=full_place),
        address=enterprise.address,
        legal_representative=enterprise.legal_representative,
        local_bureau=_local_bureau(enterprise.division, province, bureaus),
        is_collector=enterprise.generator_kind == GeneratorKind.COLLECTOR,
    )


def _place(division: Division, *, with_province: bool) -> str:
    """遂宁市船山区; a county right below its province (大足区) gets the province's name only among other provinces."""
    parent = division.parent
    if division.level != DivisionLevel.COUNTY or parent is None:
        return division.name
    if parent.level == DivisionLevel.PROVINCE and not with_province:
        return division.name
    return f"{parent.name}{division.name}"


def _local_bureau(division: Division, province: Province, bureaus: Bureaus) -> str:
    """The local bureau of the place itself, else of its prefecture; if none is kept, the name by its area."""
    parent = division.parent
    for area in (division, parent):
        if area is not None and area.pk in bureaus.local:
            return bureaus.local[area.pk].name
    if parent is not None and parent.level == DivisionLevel.PREFECTURE:
        own_level = province.local_opinion_level == DivisionLevel.COUNTY
        return f"{division.name if own_level else parent.name}生态环境局"
    return "" if division.level == DivisionLevel.PROVINCE else f"{division.name}生态环境局"


def _items(
    items: tuple[Item, ...], application: Application, kinds: frozenset[PaperKind], stamp: str
) -> tuple[ItemFacts, ...]:
    known = wastes(stamp)
    methods = known.methods if kinds & NAMES_METHODS else {}
    hazards = _hazards(items, application, known) if PaperKind.LETTER in kinds else {}
    return tuple(
        ItemFacts(
            position=item.position,
            name=item.waste_name or item.waste_code,
            category=f"HW{item.waste_code[-2:]}",
            code=item.waste_code,
            hazards=item.hazard_properties or hazards.get(item.waste_code, ""),
            form=item.get_form_display() if item.form else "",
            packaging=item.packaging,
            method=item.method,
            method_name=methods[item.method].name if item.method in methods else "",
            asked_t=item.amount_t or ZERO,
            consented_t=item.consented_t,
            approved_t=item.approved_t,
            entry_id=item.entry_id,
        )
        for item in items
    )


def _hazards(items: tuple[Item, ...], application: Application, known: Wastes) -> dict[str, str]:
    """Hazards as the catalogue has them, for items on which nobody wrote any."""
    day = application.received_on or local_day(application.changed_at)
    codes = {item.waste_code for item in items if not item.hazard_properties}
    return {code: line.hazard_properties for code in codes if (line := known.line_on(day, code))}


def _permit(application: Application, operator: Enterprise) -> PermitFacts | None:
    """The operator's permit on the first day of the approval or of the period asked for, the comprehensive one first."""
    first = application.valid_from or application.requested_from
    permits = list(Permit.objects.filter(enterprise=operator).order_by("valid_from"))
    in_term = [one for one in permits if first is None or one.valid_from <= first <= one.valid_until]
    best = sorted(in_term or permits, key=lambda one: (one.kind == PermitKind.COMPREHENSIVE, one.valid_from))
    return PermitFacts(best[-1].number, best[-1].valid_until) if best else None


def _points(application: Application) -> tuple[PointFacts, ...]:
    points = CorrectionPoint.objects.filter(application=application).order_by("position")
    return tuple(PointFacts(point.subject, point.problem, point.demand) for point in points)


def _materials(application: Application, stamp: str) -> tuple[str, ...]:
    """Names of what is attached, in the order in which the law asks for it."""
    attached, known = load_attached(application), requirements(stamp).of_province(application.origin_id)
    return tuple({row.code: row.name for row in known if row.code in attached}.values())


def _is_general_letter(application: Application, kinds: frozenset[PaperKind]) -> bool:
    return application.route == Route.GENERAL and PaperKind.LETTER in kinds


def _general(application: Application, related: Related, items: tuple[Item, ...]) -> dict[str, Any]:
    opinion = LocalOpinion.objects.filter(application=application).select_related("bureau").first()
    told = None
    if opinion is not None:
        bureau = opinion.bureau.name if opinion.bureau else ""
        name = bureau or _local_bureau(related.generator.division, related.origin, related.bureaus)
        told = OpinionFacts(name, opinion.agrees, opinion.text)
    return {"opinion": told, "is_operator_listed": _is_listed(application, items)}


def _is_listed(application: Application, items: tuple[Item, ...]) -> bool:
    """Whether any line of the list in force on the first day asked for names the operator."""
    if any(item.entry_id for item in items) or application.requested_from is None:
        return True
    editions = Edition.objects.in_force_on(application.requested_from).filter(
        origin=application.origin_id, destination=application.destination_id
    )
    return WhitelistEntry.objects.filter(edition__in=editions, operator=application.operator_id).exists()


def _granted_over(application: Application) -> Decimal:
    """The one-off excess that this round was granted, over all entries (docs/rules.md §7)."""
    if application.route != Route.OVER_QUOTA:
        return ZERO
    claims = QuotaClaim.objects.filter(application=application, round=application.round)
    return claims.aggregate(total=Sum("granted_over_t"))["total"] or ZERO


def _reply_reasons(application: Application, items: tuple[Item, ...]) -> str:
    """Why the destination consented to fewer tonnes: the person who gets less must read it."""
    if all(item.consented_t is None or item.consented_t == item.amount_t for item in items):
        return ""
    replies = Reply.objects.filter(application=application, round=application.round, voided_at__isnull=True)
    return replies.values_list("reasons", flat=True).first() or ""
