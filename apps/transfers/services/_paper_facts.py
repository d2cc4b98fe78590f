"""The facts of papers, gathered in few queries: this runs in every act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from apps.catalogue.enums import PaperKind
from apps.catalogue.kept import read_version
from apps.catalogue.models import LawPeriod, PaperLaw, Province, TransportDepartment
from apps.catalogue.reading import places, requirements
from apps.organisations.models import Bureau
from apps.organisations.reading import Bureaus
from apps.transfers.models import Application, Paper
from apps.transfers.rules.papers.composing import situation_of
from apps.transfers.rules.papers.facts import BureauFacts, CaseFacts, LawFacts, PaperFacts, PaperRef
from apps.transfers.services._paper_case import case_of, related_of

REVOKING = frozenset({PaperKind.WITHDRAWAL, PaperKind.ANNULMENT, PaperKind.CANCELLATION})
NAMES_TRANSIT = REVOKING | {PaperKind.LETTER, PaperKind.APPROVAL, PaperKind.PAUSE, PaperKind.PAUSE_LIFTED}
CITES_NOTHING = frozenset({PaperKind.RECEIPT, PaperKind.ACCEPTANCE, PaperKind.CORRECTION, PaperKind.LETTER})


@dataclass(slots=True)
class World:
    """What was read for the papers of one act; ``case`` is the same for all of them but for names by date."""

    application: Application
    origin: Province
    destination: Province
    transit: tuple[Province, ...]
    bureaus: Bureaus
    departments: tuple[TransportDepartment, ...]
    periods: tuple[LawPeriod, ...]
    laws: Mapping[tuple[str, str], PaperLaw]
    case: Mapping[str, Any]
    earlier: dict[str, list[PaperRef]] = field(default_factory=dict)

    def add(self, kind: PaperKind, ref: PaperRef) -> None:
        """A paper just composed may be cited by the next one."""
        self.earlier.setdefault(kind, []).append(ref)

    def facts(
        self, *, kind: PaperKind, bureau: Bureau, number: str, dated_on: date, details: Mapping[str, Any]
    ) -> PaperFacts:
        """Facts of one paper of that kind, number and date: names and law are those of the date."""
        case = CaseFacts(
            origin=self._bureau(self.origin, dated_on),
            destination=self._bureau(self.destination, dated_on),
            transit=tuple(self._bureau(province, dated_on) for province in self.transit),
            **self.case,
        )
        return PaperFacts(
            kind=kind,
            number=number,
            dated_on=dated_on,
            issuer=_bureau_facts(bureau),
            law=self._law(kind, dated_on),
            case=case,
            details=details,
            earlier={kind: tuple(refs) for kind, refs in self.earlier.items()},
        )

    def _bureau(self, province: Province, day: date) -> BureauFacts:
        name = province.division.name
        transport = next(
            (department.name for department in self.departments if _is_name_on(department, province, day)),
            f"{name}交通运输主管部门",
        )
        if bureau := self.bureaus.provincial.get(province.pk):
            return _bureau_facts(bureau, province=name, transport=transport)
        return BureauFacts(name=f"{name}生态环境主管部门", province=name, transport=transport)

    def _law(self, kind: PaperKind, day: date) -> LawFacts:
        periods = [one for one in self.periods if one.valid_from <= day]
        if not periods:
            return LawFacts()
        period = periods[-1]
        situation = situation_of(
            kind, route=self.application.route, has_letter=bool(self.earlier.get(PaperKind.LETTER))
        )
        law = self.laws.get((kind, situation)) or self.laws.get((kind, ""))
        return LawFacts(
            key=period.key,
            upper_law=period.upper_law,
            measures_full=period.measures_full,
            measures_short=period.measures_short,
            manifest_measures=period.manifest_measures,
            measures_articles=law.measures_articles if law else "",
            licence_articles=law.licence_articles if law else "",
        )


def _is_name_on(department: TransportDepartment, province: Province, day: date) -> bool:
    until = department.valid_until
    return department.province_id == province.pk and department.valid_from <= day and (until is None or until >= day)


def _bureau_facts(bureau: Bureau, *, province: str = "", transport: str = "") -> BureauFacts:
    return BureauFacts(
        name=bureau.name,
        self_term=bureau.self_term,
        polite_term=bureau.polite_term,
        contact_name=bureau.contact_name,
        contact_phone=bureau.contact_phone,
        province=province,
        transport=transport,
    )


def read_world(application: Application, kinds: frozenset[PaperKind], stamp: str = "") -> World:
    """Read what papers of these kinds need; the application's own fields are taken as they stand in memory.

    Raises ValueError for a draft, which gets no papers.
    """
    stamp = stamp or read_version()
    known = places(stamp)
    through = application.transit.values_list("pk", flat=True) if kinds & NAMES_TRANSIT else ()
    transit = tuple(known.provinces[key] for key in through)
    related = related_of(application, stamp)
    cited = requirements(stamp)
    return World(
        application=application,
        origin=related.origin,
        destination=related.destination,
        transit=transit,
        bureaus=related.bureaus,
        departments=known.departments,
        periods=cited.periods,
        laws=cited.laws,
        case=case_of(application, related, kinds, stamp),
        earlier=_earlier(application) if kinds - CITES_NOTHING else {},
    )


def _earlier(application: Application) -> dict[str, list[PaperRef]]:
    """Papers that stand; a recalled one can't be cited any more."""
    refs: dict[str, list[PaperRef]] = {}
    rows = Paper.objects.filter(application=application, voided_at__isnull=True).order_by("pk")
    for kind, number, dated_on in rows.values_list("kind", "number", "dated_on"):
        refs.setdefault(kind, []).append(PaperRef(number, dated_on))
    return refs
