"""Who sees what, said once more and otherwise than the code says it: from the demo's own register of people."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.conf import settings

from apps.organisations.models import User
from apps.transfers.models import Application
from tests.transfers.world import World

PROVINCIAL = {"handler", "section_head", "signatory", "bureau_head", "whitelist_admin"}


def people() -> list[dict[str, str]]:
    path = Path(settings.BASE_DIR) / "fixtures" / "demo" / "demo_people.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def area_of(case: Application) -> str:
    """In Chongqing the district, elsewhere the prefecture in which the generator stands."""
    county = case.generator.division_id
    return county if county.startswith("50") else f"{county[:4]}00"


def may_see(person: dict[str, str], case: Application, names: dict[int, str]) -> bool:
    """docs/rules.md §9, row by row; ``names`` are the demo's names of enterprises by key."""
    role, party, is_draft = person["role"], person["party"], case.state == "draft"
    if role in {"filer", "viewer"}:
        return names[case.generator_id] == party
    if is_draft or role == "system_admin":
        return False
    if role == "operator_staff":
        return names.get(case.operator_id or 0) == party
    if role == "local_officer":
        return case.route == "general" and area_of(case) == party
    return role == "auditor" or (role in PROVINCIAL and party in {case.origin.short, case.destination.short})


def check_sight(
    world: World, cases: list[Application], persons: Iterable[tuple[dict[str, str], User]], today: date
) -> None:
    names = {enterprise.pk: name for name, enterprise in world.parties.enterprises.items()}
    for person, user in persons:
        seen = set(Application.objects.visible_to(user, today).values_list("pk", flat=True))
        rightly = {case.pk for case in cases if may_see(person, case, names)}
        assert seen == rightly, f"{person['username']} sees {seen - rightly}, misses {rightly - seen}"
