"""The fictional parties of the demo: bureaus, enterprises, permits, plans and the accounts of their people.

Everything here is synthetic. Running it again adds what is missing and changes nothing.
"""

import base64
import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.catalogue.models import Division, Province
from apps.organisations.enums import SECOND_STEP_ROLES, BureauLevel, GeneratorKind, PermitKind, Role
from apps.organisations.models import Bureau, Enterprise, ManagementPlan, Membership, Permit, User
from apps.organisations.services.parties import LineInput, register_enterprise, register_permit, register_plan
from apps.organisations.services.people import appoint, grant_administration

Row = Mapping[str, str]

# The demo tells the year 2021 too: its people were there before it began.
IN_OFFICE_SINCE = date(2020, 1, 1)
COLLECTED_CODE = "900-052-31"
COLLECTED_T = Decimal(60_000)
# Of 2021 plans foresaw half as much again as was moved; for 2026 everything that the lists of the province offer.
PLAN_MARGIN_2021 = Decimal("1.5")
CODES_OF_CATEGORY = {"HW48": ("321-004-48", "321-021-48")}
_EARLIER_TERM = re.compile(r"前证(\d{4}-\d{2}-\d{2})至(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class DemoParties:
    """The demo's parties by the identifiers of its files.

    Enterprises by 'O-SC1' or 'G-CQ1', provincial bureaus by 'CQ', local bureaus by division code, users by username.
    """

    enterprises: Mapping[str, Enterprise]
    bureaus: Mapping[str, Bureau]
    local_bureaus: Mapping[str, Bureau]
    users: Mapping[str, User]


@transaction.atomic
def load_demo_parties(*, path: Path, password: str) -> DemoParties:
    """Create the demo's parties and accounts from the folder `path`; all accounts get `password`.

    Needs the reference data. For development and demonstration only: the caller sees to that.
    """
    world = _rows(path / "demo_world.csv")
    bureaus, local_bureaus = _bureaus(_rows(path / "demo_bureaus.csv"))
    enterprises = _enterprises(world)
    _permits(world, enterprises)
    _plans(world, enterprises)
    users = _people(_rows(path / "demo_people.csv"), {**bureaus, **local_bureaus}, enterprises, password)
    return DemoParties(enterprises, bureaus, local_bureaus, users)


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _bureaus(rows: Iterable[Row]) -> tuple[dict[str, Bureau], dict[str, Bureau]]:
    provinces = {province.pk: province for province in Province.objects.all()}
    provincial: dict[str, Bureau] = {}
    local: dict[str, Bureau] = {}
    for row in rows:
        province = provinces[f"{row['division'][:2]}0000"]
        columns = ("level", "short_name", "abbreviation", "self_term", "polite_term", "contact_name", "contact_phone")
        bureau, _ = Bureau.objects.get_or_create(
            name=row["name"],
            defaults={column: row[column] for column in columns}
            | {"division_id": row["division"], "province": province},
        )
        if bureau.level == BureauLevel.PROVINCIAL:
            provincial[province.short] = bureau
        else:
            local[row["division"]] = bureau
    return provincial, local


def _enterprises(world: Iterable[Row]) -> dict[str, Enterprise]:
    present = {enterprise.uscc: enterprise for enterprise in Enterprise.objects.select_related("division", "province")}
    rows = [row for row in world if row["kind"] in {"operator", "generator"}]
    divisions = Division.objects.in_bulk([row["county_code"] for row in rows])
    return {
        row["id"]: present.get(row["uscc"]) or _register_enterprise(row, divisions[row["county_code"]]) for row in rows
    }


def _register_enterprise(row: Row, division: Division) -> Enterprise:
    is_operator = row["kind"] == "operator"
    kind = GeneratorKind.COLLECTOR if row["note"].startswith("收集单位") else GeneratorKind.PRODUCER
    return register_enterprise(
        name=row["name"],
        uscc=row["uscc"],
        division=division,
        is_operator=is_operator,
        generator_kind="" if is_operator else kind,
        address=f"{row['place']}示范工业园（虚构）",
        legal_representative="示例人",
        contact_name="示例联系人",
        contact_phone="000-00000000",
    )


def _permits(world: Iterable[Row], enterprises: Mapping[str, Enterprise]) -> None:
    lines: dict[str, list[LineInput]] = defaultdict(list)
    for row in world:
        if row["kind"] == "permit_line":
            lines[row["operator"]].append(LineInput(row["code"], row["method"], Decimal(row["tonnes"])))
    present = set(Permit.objects.values_list("number", "valid_from"))
    for row in world:
        if not row["permit_no"]:
            continue
        is_collection = row["permit_type"] == "收集"
        for valid_from, valid_until in _terms(row):
            if (row["permit_no"], valid_from) in present:
                continue
            register_permit(
                enterprise=enterprises[row["id"]],
                number=row["permit_no"],
                kind=PermitKind.COLLECTION if is_collection else PermitKind.COMPREHENSIVE,
                valid_from=valid_from,
                valid_until=valid_until,
                lines=[LineInput(COLLECTED_CODE, "", COLLECTED_T)] if is_collection else lines[row["id"]],
            )


def _terms(row: Row) -> list[tuple[date, date]]:
    terms = [(row["valid_from"], row["valid_to"])]
    earlier = _EARLIER_TERM.search(row["note"])
    if earlier is not None:
        terms.insert(0, (earlier[1], earlier[2]))
    return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in terms]


def _plans(world: Iterable[Row], enterprises: Mapping[str, Enterprise]) -> None:
    planned: dict[tuple[str, int], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in world:
        if row["kind"] == "flow":
            planned[row["generator"], 2021][row["code"]] += Decimal(row["tonnes"]) * PLAN_MARGIN_2021
        if row["kind"] == "entry" and row["year"] == "2026":
            for generator in _generators_of(row["origin"], row["code"], enterprises):
                for code in CODES_OF_CATEGORY.get(row["code"], (row["code"],)):
                    planned[generator, 2026][code] += Decimal(row["tonnes"])
    present = set(ManagementPlan.objects.values_list("enterprise_id", "year"))
    for (generator, year), lines in planned.items():
        enterprise = enterprises[generator]
        if (enterprise.pk, year) not in present:
            register_plan(enterprise=enterprise, year=year, lines=lines)


def _generators_of(origin: str, code: str, enterprises: Mapping[str, Enterprise]) -> list[str]:
    """Senders of a province that could have the waste: collectors only what their permit lets them collect."""
    return [
        key
        for key, enterprise in enterprises.items()
        if enterprise.province.short == origin
        and enterprise.generator_kind
        and (enterprise.generator_kind != GeneratorKind.COLLECTOR or code == COLLECTED_CODE)
    ]


def _people(
    rows: Iterable[Row], bureaus: Mapping[str, Bureau], enterprises: Mapping[str, Enterprise], password: str
) -> dict[str, User]:
    rows = list(rows)
    users = {user.username: user for user in User.objects.filter(username__in=[row["username"] for row in rows])}
    appointed = set(Membership.objects.filter(user__in=users.values()).values_list("user__username", "role"))
    # Hashing takes a tenth of a second and more; one password for all needs one hash.
    hashed = make_password(password) if len(users) < len(rows) else ""
    for row in rows:
        username, role = row["username"], Role(row["role"])
        if username not in users:
            users[username] = User.objects.create(
                username=username,
                display_name=row["display_name"],
                password=hashed,
                email=f"{username}@example.invalid",
            )
        if (username, role) not in appointed:
            appoint(
                user=users[username],
                role=role,
                enterprise=enterprises.get(row["party"]),
                bureau=bureaus.get(row["party"]),
                valid_from=IN_OFFICE_SINCE,
            )
            if role == Role.SYSTEM_ADMIN:
                grant_administration(user=users[username])
    _authenticators([users[row["username"]] for row in rows if Role(row["role"]) in SECOND_STEP_ROLES])
    return users


def _authenticators(users: Iterable[User]) -> None:
    """A fixed secret for everybody who needs a second step, so that the demo can show their codes."""
    users = list(users)
    there = set(Authenticator.objects.filter(user__in=users).values_list("user_id", flat=True))
    seal = get_adapter().encrypt
    Authenticator.objects.bulk_create(
        Authenticator(user=user, type=kind, data=data)
        for user in users
        if user.pk not in there
        for kind, data in (
            (Authenticator.Type.TOTP, {"secret": seal(demo_secret(user.username))}),
            (Authenticator.Type.RECOVERY_CODES, {"seed": seal(RecoveryCodes.generate_seed()), "used_mask": 0}),
        )
    )


def demo_secret(username: str) -> str:
    """The secret of a fictional person's authenticator; anybody can reckon it, production shows no codes."""
    return base64.b32encode(hashlib.sha1(f"demo {username}".encode(), usedforsecurity=False).digest()).decode()


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A line of the table of demo accounts: who signs in as what, for whom, where."""

    username: str
    role: str
    party: str
    province: str


def demo_accounts(*, path: Path) -> list[DemoAccount]:
    """The demo's accounts that exist, in the order of the file in the folder `path`."""
    order = {row["username"]: position for position, row in enumerate(_rows(path / "demo_people.csv"))}
    memberships = Membership.objects.filter(user__username__in=order).select_related(
        "user", "enterprise__province__division", "bureau__province__division"
    )
    accounts = []
    for membership in sorted(memberships, key=lambda membership: order[membership.user.username]):
        party = membership.enterprise or membership.bureau
        accounts.append(
            DemoAccount(
                username=membership.user.username,
                role=Role(membership.role).label,
                party=party.name if party else "—",
                province=str(party.province) if party else "—",
            )
        )
    return accounts
