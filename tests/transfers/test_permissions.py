"""The permission table, driven: every act by everybody on a case in the state that the row names."""

import importlib
import inspect
import pkgutil
from datetime import date, timedelta

import pytest
from django.db import transaction

from apps.organisations.enums import Role
from apps.organisations.models import User
from apps.transfers import services
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application
from apps.transfers.services.attaching import detach
from apps.transfers.services.shipping import confirm_shipment, record_shipment
from tests.organisations.factories import MembershipFactory, UserFactory, member
from tests.transfers.permission_cases import ACTS, CASES, MONDAY, People, Scene, party
from tests.transfers.permission_table import NO, NOT_FOUND, OK, PEOPLE, TABLE, Row
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db


every_row = pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.act}-{row.case}")


def scene_of(world: World, row: Row) -> Scene:
    people = People(world)
    return Scene(world, people, CASES[row.case](world, people))


def outcome(scene: Scene, row: Row, by) -> str:
    """What the act gives this person; nothing of it stays."""
    try:
        with transaction.atomic():
            ACTS[row.act](scene, by, at(row.on))
            transaction.set_rollback(True)
    except NotFound:
        return NOT_FOUND
    except NotAllowed:
        return NO
    except Refused as refusal:
        return f"{refusal.code}: {refusal.sentence}"
    return OK


def party_of(row: Row) -> tuple[Role, str]:
    role, side = PEOPLE[min(row.may)]
    return role, side


# Who stands with a second party of the case beside the one that may act.
OTHER_PARTY = {
    "generator": (Role.HANDLER, "destination"),
    "operator": (Role.HANDLER, "origin"),
    "local": (Role.HANDLER, "origin"),
    "origin": (Role.HANDLER, "destination"),
    "destination": (Role.HANDLER, "origin"),
}


@every_row
def test_the_table(world, row):
    scene = scene_of(world, row)
    found = {name: outcome(scene, row, scene.people[name]) for name in PEOPLE}
    assert found == {name: row.expected(name) for name in PEOPLE}
    assert {name: as_signer(scene, row, by) for name, by in of_late(world, row).items()} == {
        "in office": OK,
        "ended yesterday": NOT_FOUND,
        "begins tomorrow": NOT_FOUND,
        # Before there is a case there are no parties of it.
        "for two parties": OK if row.case == "none" else NO,
    }


def of_late(world: World, row: Row) -> dict[str, User]:
    """People with the role that may act, but for a day or a second party."""
    role, side = party_of(row)
    today, day = date.fromisoformat(row.on), timedelta(days=1)
    two_parties = member(role, party(world, side))
    other_role, other_side = OTHER_PARTY[side]
    MembershipFactory(user=two_parties, role=other_role, enterprise=None, bureau=party(world, other_side))
    return {
        "in office": member(role, party(world, side)),
        "ended yesterday": member(role, party(world, side), valid_until=today - day),
        "begins tomorrow": member(role, party(world, side), valid_from=today + day),
        "for two parties": two_parties,
    }


def as_signer(scene: Scene, row: Row, by: User) -> str:
    """The outcome for one who signed the last act: without that nobody recalls."""
    if row.act == "recall":
        Application.objects.filter(pk=scene.pk).update(last_signer=by)
    return outcome(scene, row, by)


@pytest.mark.parametrize("act", ["create_draft", "submit", "accept", "consent"])
def test_a_membership_counts_on_its_first_and_on_its_last_day(world, act):
    row = next(row for row in TABLE if row.act == act)
    scene = scene_of(world, row)
    role, side = party_of(row)
    for period in ({"valid_until": row.on}, {"valid_from": row.on}):
        assert outcome(scene, row, member(role, party(world, side), **period)) == OK


def test_who_stands_with_a_party_and_a_stranger_still_acts(world):
    """Two memberships alone are no conflict: only two parties of one case are."""
    case = world.filed(now=MONDAY)
    row = next(row for row in TABLE if row.act == "accept")
    both = member(Role.HANDLER, party(world, "origin"))
    MembershipFactory(user=both, role=Role.HANDLER, enterprise=None, bureau=party(world, "third"))
    assert outcome(Scene(world, {}, case), row, both) == OK


@pytest.mark.parametrize("flag", [False, True])
def test_a_closed_account_has_no_role(world, flag):
    case = world.filed(now=MONDAY)
    row = next(row for row in TABLE if row.act == "accept")
    closed = UserFactory(is_active=False, is_superuser=flag)
    MembershipFactory(user=closed, role=Role.HANDLER, enterprise=None, bureau=party(world, "origin"))
    assert outcome(Scene(world, {}, case), row, closed) == NOT_FOUND


# These look something up in the case before they act; parts of other cases have their own test.
LOOKED_UP = {
    "deliver",
    "issue_erratum",
    "create_draft",
    "save_draft",
    "detach",
    "attach_to_answer",
    "detach_from_answer",
    "answer_supplement",
    "record_shipment",
    "confirm_shipment",
}


@pytest.mark.parametrize("row", [row for row in TABLE if row.act not in LOOKED_UP], ids=lambda row: row.act)
def test_what_does_not_exist_is_not_found(world, row):
    people = People(world)
    assert outcome(Scene(world, people, Application(pk=10**9)), row, people[min(row.may)]) == NOT_FOUND


def test_parts_of_another_case_are_not_found(world):
    people = People(world)
    mine, other = CASES["shipped"](world, people), world.filed(now=MONDAY)
    filer, staff = people["generator.filer"], people["operator.staff"]
    draft = world.draft(now=MONDAY)
    foreign = other.attachments.first()
    with pytest.raises(NotFound):
        detach(application_id=draft.pk, attachment_id=foreign.pk, by=filer, now=MONDAY)
    assert other.attachments.get(pk=foreign.pk).removed_at is None
    trip = {"manifest_no": "20265001000002", "amount_t": 1, "shipped_on": MONDAY.date(), "carrier_name": "示例"}
    with pytest.raises(NotFound):
        record_shipment(application_id=mine.pk, by=filer, now=MONDAY, item_id=other.items.get().pk, **trip)
    another = CASES["approved"](world, people)
    received = {"received_t": 1, "arrived_on": MONDAY.date()}
    with pytest.raises(NotFound):
        confirm_shipment(
            application_id=another.pk, shipment_id=mine.shipments.get().pk, by=staff, now=MONDAY, **received
        )


def public_acts() -> set[str]:
    """Every public service by which somebody acts; `acting`, `chains` and `locking` are the machinery.

    What is given an act under way is a part of the service that began it.
    """
    found = set()
    for module in pkgutil.iter_modules(services.__path__):
        if module.name in {"acting", "chains", "locking"} or module.name.startswith("_"):
            continue
        loaded = importlib.import_module(f"{services.__name__}.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            parameters = inspect.signature(function).parameters
            if own and "by" in parameters and "act" not in parameters:
                found.add(name)
    return found


def test_the_table_has_a_row_for_every_act():
    assert {row.act for row in TABLE} == public_acts() == set(ACTS)
    assert {row.case for row in TABLE} == set(CASES)


def test_the_table_has_every_role_for_own_and_other_parties():
    assert {role for role, _ in PEOPLE.values() if role} == set(Role)
    for role in Role:
        sides = {side for own, side in PEOPLE.values() if own == role}
        assert len(sides) >= 2 or sides == {""}
    assert all(row.may <= set(PEOPLE) and row.readers <= set(PEOPLE) for row in TABLE)
