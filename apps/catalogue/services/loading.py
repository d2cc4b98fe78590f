"""Loads the reference data of the fixtures. Running it again changes nothing that an administrator has set since.

What only a new file can change (divisions, codes of 2021, methods, articles) is brought to the state of the file; what the
house may change in the admin (provinces' settings, names with dates, materials, law periods) is only added.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.catalogue.enums import DivisionLevel
from apps.catalogue.models import (
    CatalogueEdition,
    DisposalMethod,
    Division,
    Exemption,
    LawPeriod,
    PaperLaw,
    Province,
    RequiredMaterial,
    TransportDepartment,
    WasteCategory,
    WasteCode,
)

FIRST_EDITION = "国家危险废物名录（2021年版）"
FIRST_EDITION_FROM = date(2021, 1, 1)


@dataclass(frozen=True, slots=True)
class LoadedPart:
    """One part of the reference data and the number of its rows now in the database."""

    name: str
    rows: int


def fixtures_folder() -> Path:
    """Folder of the fixtures, beside the apps."""
    return settings.BASE_DIR / "fixtures"


def read_fixture(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file of ours, by column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def load_reference(*, announce: Callable[[LoadedPart], None] | None = None) -> list[LoadedPart]:
    """Load divisions, catalogue, methods and law from the fixtures; all or nothing. `announce` hears of each part."""
    catalogue, law = fixtures_folder() / "catalogue", fixtures_folder() / "law"
    parts = []
    for part in _load_parts(catalogue, law):
        parts.append(part)
        if announce is not None:
            announce(part)
    return parts


def _load_parts(catalogue: Path, law: Path) -> Iterator[LoadedPart]:
    yield _load_divisions(catalogue / "divisions.csv", catalogue / "seats.csv")
    yield _load_provinces(catalogue / "provinces.csv", catalogue / "neighbours.csv")
    yield _load_categories(catalogue / "categories.csv")
    edition, _ = CatalogueEdition.objects.get_or_create(name=FIRST_EDITION, defaults={"valid_from": FIRST_EDITION_FROM})
    yield _load_codes(catalogue / "codes_2021.csv", edition)
    yield _load_exemptions(catalogue / "exemptions_2021.csv", edition)
    yield _load_methods(catalogue / "methods.csv")
    yield _load_law_periods(law / "periods.csv")
    yield _load_paper_law(law / "paper_law.csv")
    yield _load_transport_departments(law / "transport_departments.csv")
    yield _load_required_materials(law / "required_materials.csv")


def _load_divisions(path: Path, seats_path: Path) -> LoadedPart:
    seats = {row["code"]: row for row in read_fixture(seats_path)}
    divisions = [
        Division(
            code=row["code"],
            name=row["name"],
            level=row["level"],
            parent_id=row["parent_code"] or None,
            longitude=Decimal(seats[row["code"]]["longitude"]),
            latitude=Decimal(seats[row["code"]]["latitude"]),
        )
        for row in read_fixture(path)
    ]
    Division.objects.bulk_create(
        divisions,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent", "longitude", "latitude"],
    )
    return LoadedPart("行政区划", Division.objects.count())


def _load_provinces(path: Path, neighbours_path: Path) -> LoadedPart:
    provinces = [
        Province(
            division_id=row["code"],
            short=row["short"],
            abbreviation=row["abbreviation"],
            is_participating=row["is_participating"] == "1",
            government=row["government"],
            local_opinion_level=DivisionLevel(row["local_opinion_level"]),
        )
        for row in read_fixture(path)
    ]
    Province.objects.bulk_create(provinces, ignore_conflicts=True)
    borders = Province.neighbours.through
    pairs = [(row["one"], row["other"]) for row in read_fixture(neighbours_path)]
    borders.objects.bulk_create(
        [
            borders(from_province_id=one, to_province_id=other)
            for pair in pairs
            for one, other in (pair, reversed(pair))
        ],
        ignore_conflicts=True,
    )
    return LoadedPart("省份", Province.objects.count())


def _load_categories(path: Path) -> LoadedPart:
    WasteCategory.objects.bulk_create(
        [WasteCategory(code=row["category_code"], name=row["category_name"]) for row in read_fixture(path)],
        ignore_conflicts=True,
    )
    return LoadedPart("废物类别", WasteCategory.objects.count())


def _load_codes(path: Path, edition: CatalogueEdition) -> LoadedPart:
    codes = [
        WasteCode(
            edition=edition,
            code=row["waste_code"],
            category_id=row["category_code"],
            industry=row["industry"],
            description=row["description"],
            hazard_properties=row["hazard_properties"],
        )
        for row in read_fixture(path)
    ]
    WasteCode.objects.bulk_create(
        codes,
        update_conflicts=True,
        unique_fields=["edition", "code"],
        update_fields=["category", "industry", "description", "hazard_properties", "initials"],
    )
    return LoadedPart(f"废物代码（{edition.name}）", edition.codes.count())


def _load_exemptions(path: Path, edition: CatalogueEdition) -> LoadedPart:
    columns = ("number", "category_or_code", "waste", "stage", "condition", "content")
    wanted = [
        (
            int(row["no"]),
            row["category_or_code"],
            row["waste"],
            row["exempt_stage"],
            row["condition"],
            row["exempt_content"],
        )
        for row in read_fixture(path)
    ]
    present = edition.exemptions.order_by("pk")
    if list(present.values_list(*columns)) != wanted:
        present.delete()
        Exemption.objects.bulk_create(
            [Exemption(edition=edition, **dict(zip(columns, row, strict=True))) for row in wanted]
        )
    return LoadedPart("豁免管理清单", len(wanted))


def _load_methods(path: Path) -> LoadedPart:
    DisposalMethod.objects.bulk_create(
        [DisposalMethod(code=row["code"], group=row["group"], name=row["name"]) for row in read_fixture(path)],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["group", "name", "initials"],
    )
    return LoadedPart("利用处置方式", DisposalMethod.objects.count())


def _load_law_periods(path: Path) -> LoadedPart:
    LawPeriod.objects.bulk_create(
        [
            LawPeriod(
                key=row["key"],
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_until=_day_or_open(row["valid_until"]),
                upper_law=row["upper_law"],
                measures_full=row["measures_full"],
                measures_short=row["measures_short"],
                manifest_measures=row["manifest_measures"],
            )
            for row in read_fixture(path)
        ],
        ignore_conflicts=True,
    )
    return LoadedPart("法律依据时期", LawPeriod.objects.count())


def _load_paper_law(path: Path) -> LoadedPart:
    PaperLaw.objects.bulk_create(
        [PaperLaw(**row) for row in read_fixture(path)],
        update_conflicts=True,
        unique_fields=["kind", "situation"],
        update_fields=["measures_articles", "licence_articles"],
    )
    return LoadedPart("文书引用条款", PaperLaw.objects.count())


def _load_transport_departments(path: Path) -> LoadedPart:
    TransportDepartment.objects.bulk_create(
        [
            TransportDepartment(
                province_id=row["province"],
                name=row["name"],
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_until=_day_or_open(row["valid_until"]),
            )
            for row in read_fixture(path)
        ],
        ignore_conflicts=True,
    )
    return LoadedPart("交通运输主管部门", TransportDepartment.objects.count())


def _load_required_materials(path: Path) -> LoadedPart:
    RequiredMaterial.objects.bulk_create(
        [
            RequiredMaterial(
                code=row["code"],
                name=row["name"],
                province_id=row["province"] or None,
                only_identified_waste=row["only_identified_waste"] == "1",
                position=int(row["position"]),
            )
            for row in read_fixture(path)
        ],
        ignore_conflicts=True,
    )
    return LoadedPart("申请材料", RequiredMaterial.objects.count())


def _day_or_open(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
