"""The catalogue as this process keeps it: what every page and every act names, without asking for it again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from apps.catalogue.kept import Kept
from apps.catalogue.models import (
    CatalogueEdition,
    DisposalMethod,
    Division,
    LawPeriod,
    PaperLaw,
    Province,
    RequiredMaterial,
    TransportDepartment,
    WasteCategory,
    WasteCode,
)
from apps.catalogue.rules import category_of, is_identified_unlisted


@dataclass(frozen=True, slots=True)
class Places:
    """Divisions and provinces by code, each with its parent or its division at hand."""

    divisions: dict[str, Division]
    provinces: dict[str, Province]
    neighbours: frozenset[tuple[str, str]]
    departments: tuple[TransportDepartment, ...]

    def are_neighbours(self, one: str, other: str) -> bool:
        return (one, other) in self.neighbours


@dataclass(frozen=True, slots=True)
class Wastes:
    """Codes of every edition of the catalogue, categories and methods."""

    editions: tuple[CatalogueEdition, ...]
    lines: dict[tuple[int, str], WasteCode]
    categories: dict[str, WasteCategory]
    methods: dict[str, DisposalMethod]

    def edition_on(self, day: date) -> CatalogueEdition | None:
        """The edition in force on the day."""
        return next((one for one in self.editions if _holds(one, day)), None)

    def line_on(self, day: date, code: str) -> WasteCode | None:
        """The catalogue's line of the code on the day."""
        edition = self.edition_on(day)
        return self.lines.get((edition.pk, code)) if edition else None

    def known_on(self, day: date, codes: Iterable[str]) -> set[str]:
        """Those of the codes that the edition in force lists; identified, unlisted waste needs its category only."""
        return {
            code
            for code in codes
            if self.line_on(day, code) or (is_identified_unlisted(code) and category_of(code) in self.categories)
        }


@dataclass(frozen=True, slots=True)
class Requirements:
    """What an application must carry and what its papers cite."""

    materials: tuple[RequiredMaterial, ...]
    periods: tuple[LawPeriod, ...]
    laws: dict[tuple[str, str], PaperLaw]

    def of_province(self, code: str) -> list[RequiredMaterial]:
        """Those of article 22 and what the origin province adds, in order."""
        return [one for one in self.materials if one.province_id in {None, code}]


def _holds(row: CatalogueEdition, day: date) -> bool:
    return row.valid_from <= day and (row.valid_until is None or row.valid_until >= day)


def _places() -> Places:
    divisions = {division.pk: division for division in Division.objects.all()}
    for division in divisions.values():
        if division.parent_id:
            division.parent = divisions[division.parent_id]
    provinces = {province.pk: province for province in Province.objects.all()}
    for province in provinces.values():
        province.division = divisions[province.division_id]
    neighbours = Province.neighbours.through.objects.values_list("from_province_id", "to_province_id")
    return Places(divisions, provinces, frozenset(neighbours), tuple(TransportDepartment.objects.all()))


def _wastes() -> Wastes:
    return Wastes(
        tuple(CatalogueEdition.objects.all()),
        {(line.edition_id, line.code): line for line in WasteCode.objects.all()},
        {category.pk: category for category in WasteCategory.objects.all()},
        {method.pk: method for method in DisposalMethod.objects.all()},
    )


def _requirements() -> Requirements:
    return Requirements(
        tuple(RequiredMaterial.objects.order_by("position", "code")),
        tuple(LawPeriod.objects.order_by("valid_from")),
        {(law.kind, law.situation): law for law in PaperLaw.objects.all()},
    )


places = Kept(_places)
wastes = Kept(_wastes)
requirements = Kept(_requirements)
