from datetime import date

import pytest
from django.db import IntegrityError, transaction

from apps.organisations.enums import Role
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Membership
from apps.organisations.services.people import appoint
from tests.organisations.factories import BureauFactory, EnterpriseFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 1)


def refused(code):
    return pytest.raises(OrganisationError, check=lambda refusal: refusal.code == code and refusal.sentence[-1] == "。")


def test_appoint():
    user, bureau = UserFactory(), BureauFactory()
    appoint(user=user, role=Role.HANDLER, bureau=bureau, valid_from=FIRST, valid_until=date(2026, 6, 30))
    appoint(user=user, role=Role.HANDLER, bureau=bureau, valid_from=date(2026, 7, 1))
    appoint(user=user, role=Role.SECTION_HEAD, bureau=bureau, valid_from=FIRST)
    appoint(user=UserFactory(), role=Role.AUDITOR, valid_from=FIRST)
    assert Membership.objects.count() == 4


def test_the_same_role_twice_on_a_day_is_refused():
    user, enterprise = UserFactory(), EnterpriseFactory()
    appoint(user=user, role=Role.FILER, enterprise=enterprise, valid_from=FIRST)
    with refused("membership.overlap"):
        appoint(user=user, role=Role.FILER, enterprise=enterprise, valid_from=date(2027, 1, 1))
    with refused("membership.overlap"):
        appoint(user=user, role=Role.FILER, enterprise=enterprise, valid_from=date(2025, 1, 1), valid_until=FIRST)


@pytest.mark.parametrize(
    ("role", "party", "code"),
    [
        (Role.FILER, "nobody", "membership.party"),
        (Role.FILER, "bureau", "membership.party"),
        (Role.HANDLER, "enterprise", "membership.party"),
        (Role.AUDITOR, "bureau", "membership.party"),
        (Role.SYSTEM_ADMIN, "enterprise", "membership.party"),
        (Role.HANDLER, "local", "membership.level"),
        (Role.LOCAL_OFFICER, "bureau", "membership.level"),
        (Role.OPERATOR_STAFF, "enterprise", "membership.side"),
        (Role.FILER, "operator", "membership.side"),
    ],
)
def test_a_role_needs_its_party(role, party, code):
    parties = {
        "nobody": dict,
        "bureau": lambda: {"bureau": BureauFactory()},
        "local": lambda: {"bureau": BureauFactory(local=True)},
        "enterprise": lambda: {"enterprise": EnterpriseFactory()},
        "operator": lambda: {"enterprise": EnterpriseFactory(operator=True)},
    }
    with refused(code):
        appoint(user=UserFactory(), role=role, valid_from=FIRST, **parties[party]())
    assert not Membership.objects.exists()


def test_a_term_that_ends_before_it_begins():
    with refused("membership.term"):
        appoint(user=UserFactory(), role=Role.AUDITOR, valid_from=FIRST, valid_until=date(2025, 12, 31))


def test_the_database_refuses_a_role_without_its_party():
    with pytest.raises(IntegrityError, match="membership_party_fits_role"), transaction.atomic():
        MembershipFactory(role=Role.HANDLER)
    with pytest.raises(IntegrityError, match="membership_days_in_order"), transaction.atomic():
        MembershipFactory(valid_until=date(2019, 1, 1))
