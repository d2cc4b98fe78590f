"""The fictional lists of the demo: the editions of 2021 and 2026 of twelve ordered pairs."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from apps.catalogue.models import Province
from apps.deadlines.workdays import ZONE
from apps.organisations.models import Enterprise
from apps.whitelists.enums import ConsentMode
from apps.whitelists.models import Edition
from apps.whitelists.services.editions import enter_agreed_list
from apps.whitelists.services.lines import LineForm

# Sichuan and Chongqing keep the manner of their agreement of 2020; every other pair decides together.
PRIOR_PAIRS = {("SC", "CQ")}
BUREAU_MARKS = {"CQ": "渝环", "SC": "川环", "GZ": "黔环", "YN": "云环"}


@dataclass(frozen=True, slots=True)
class Pair:
    """An ordered pair of provinces in a year, by the file's short codes."""

    year: int
    origin: str
    destination: str


@transaction.atomic
def load_demo_lists(*, path: Path, enterprises: Mapping[str, Enterprise]) -> int:
    """Make the editions that aren't there yet, each confirmed in the December before; gives how many were made.

    Everything goes through the services; ``enterprises`` are the demo's operators by the file's names (O-CQ1).
    """
    with (path / "demo_world.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "entry"]
    by_pair: dict[Pair, list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        by_pair[Pair(int(row["year"]), row["origin"], row["destination"])].append(row)
    provinces = {province.short: province for province in Province.objects.select_related("division")}
    made = 0
    for serial, (pair, lines) in enumerate(by_pair.items(), start=1):
        name = _name(pair, provinces)
        if not Edition.objects.filter(name=name).exists():
            _make(pair, name, lines, provinces, enterprises, serial)
            made += 1
    return made


def _make(
    pair: Pair,
    name: str,
    lines: list[Mapping[str, str]],
    provinces: Mapping[str, Province],
    enterprises: Mapping[str, Enterprise],
    serial: int,
) -> None:
    now = datetime.combine(date(pair.year - 1, 12, 20), time(10), tzinfo=ZONE)
    prior = (pair.origin, pair.destination) in PRIOR_PAIRS
    enter_agreed_list(
        name=name,
        origin=provinces[pair.origin],
        destination=provinces[pair.destination],
        begins_on=date(pair.year, 1, 1),
        ends_on=date(pair.year, 12, 31),
        consent_mode=ConsentMode.PRIOR if prior else ConsentMode.JOINT,
        lines=[_line(row, enterprises) for row in lines],
        origin_letter_no=_letter(pair.origin, pair.year, serial),
        destination_letter_no=_letter(pair.destination, pair.year, serial),
        now=now,
    )


def _line(row: Mapping[str, str], enterprises: Mapping[str, Enterprise]) -> LineForm:
    listed = row["code"]
    by_category = listed.startswith("HW")
    return LineForm(
        operator_id=enterprises[row["operator"]].pk,
        waste_codes=() if by_category else (listed,),
        category_id=listed if by_category else "",
        method=row["method"],
        quota_t=Decimal(row["tonnes"]),
    )


def _name(pair: Pair, provinces: Mapping[str, Province]) -> str:
    origin, destination = provinces[pair.origin].abbreviation, provinces[pair.destination].abbreviation
    both = "".join(sorted((origin, destination), key="川渝黔云滇贵".index))
    return f"{pair.year}年度{both}危险废物跨省市转移“白名单”（{origin}移{destination}）"


def _letter(short: str, year: int, serial: int) -> str:
    """An invented number of a confirmation letter, of the series 环函 of the December before."""
    return f"{BUREAU_MARKS[short]}函〔{year - 1}〕{1200 + serial}号"
