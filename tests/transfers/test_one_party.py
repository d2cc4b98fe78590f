"""Nobody acts for two parties of one case: not at once (permissions), and not one after the other (the log)."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.organisations.enums import Role
from apps.organisations.models import Bureau, Membership, User
from apps.transfers.enums import State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, LogRow, SignoffChain
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import accept, endorse
from apps.transfers.services.signing.preparing import prepare
from apps.transfers.services.signing.signatures import sign
from tests.organisations.factories import MembershipFactory
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db
MON, TUE, WED = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")


def bureau(short: str) -> Bureau:
    return Bureau.objects.get(level="provincial", province__short=short)


def moves(user: User, short: str, role: Role = Role.HANDLER) -> User:
    """From Wednesday on in another bureau, and nowhere else."""
    Membership.objects.filter(user=user).update(valid_until=TUE.date())
    MembershipFactory(user=user, role=role, enterprise=None, bureau=bureau(short), valid_from=WED.date())
    return User.objects.get(pk=user.pk)


def refused(verb, **arguments: object) -> Refused:
    with pytest.raises(Refused) as caught, transaction.atomic():
        verb(**arguments)
    return caught.value


@pytest.fixture
def endorsed(world: World) -> Application:
    """Chongqing's handler has asked Sichuan."""
    case = world.filed(now=MON)
    return endorse(application_id=case.pk, by=world.user("cq.handler"), now=TUE)


def test_who_went_over_to_the_other_bureau_does_not_answer_themselves(world: World, endorsed: Application) -> None:
    moved = moves(world.user("cq.handler"), "SC")
    refusal = refused(consent, application_id=endorsed.pk, by=moved, now=WED)
    assert (refusal.code, "由他人办理" in refusal.sentence) == ("one_party", True)
    assert Application.objects.get(pk=endorsed.pk).state == State.DESTINATION_REVIEW
    assert LogRow.objects.filter(application=endorsed).count() == 2
    # A colleague does, and who moved acts on every other case of the bureau.
    assert consent(application_id=endorsed.pk, by=world.user("sc.handler"), now=WED).state == State.APPROVED
    other = endorse(application_id=world.filed(now=MON).pk, by=world.user("cq.signatory"), now=TUE)
    assert consent(application_id=other.pk, by=moved, now=WED).state == State.APPROVED


def test_nor_does_a_filer_who_became_a_handler(world: World) -> None:
    case = world.filed(now=MON)
    filer = moves(world.filer_of("G-CQ1"), "CQ")
    assert refused(accept, application_id=case.pk, by=filer, now=WED).code == "one_party"


def test_a_step_of_a_chain_counts_as_an_act(world: World) -> None:
    for short in ("CQ", "SC"):
        SignoffChain.objects.create(bureau=bureau(short), roles=[Role.HANDLER, Role.SIGNATORY])
    case, handler = world.filed(now=MON), world.user("cq.handler")
    waiting = prepare(application_id=case.pk, name="endorse", by=handler, now=TUE, arguments={})
    sign(preparation_id=waiting.pk, by=world.user("cq.signatory"), now=TUE, revision=waiting.revision)
    moved = moves(handler, "SC")
    prepares = {"application_id": case.pk, "name": "consent", "now": WED, "arguments": {}}
    assert refused(prepare, by=moved, **prepares).code == "one_party"
    assert prepare(by=world.user("sc.handler"), **prepares).waits_for == Role.SIGNATORY


def test_the_same_party_acts_as_often_as_it_likes(world: World, endorsed: Application) -> None:
    rows = LogRow.objects.filter(application=endorsed, act="endorse").values()[0]
    del rows["id"]
    again = LogRow(**rows | {"position": 3, "act": "accept"})
    again.save(force_insert=True)
    elsewhere = LogRow(**rows | {"position": 4, "bureau_id": bureau("SC").pk})
    with pytest.raises(IntegrityError, match="代表两方"), transaction.atomic():
        elsewhere.save(force_insert=True)


def test_control_without_the_tables_own_refusal_nothing_stops_them(world: World, endorsed: Application) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE transfers_logrow DISABLE TRIGGER log_row_of_one_party")
    moved = moves(world.user("cq.handler"), "SC")
    assert consent(application_id=endorsed.pk, by=moved, now=WED).state == State.APPROVED
