from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject

from apps.organisations.enums import Role
from apps.organisations.permissions import NOBODY, standing_of
from tests.catalogue.factories import province
from tests.organisations.factories import (
    BureauFactory,
    EnterpriseFactory,
    MembershipFactory,
    UserFactory,
    member,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 5)


def test_visitors_and_closed_accounts_have_no_standing():
    closed = member(Role.FILER, EnterpriseFactory())
    closed.is_active = False
    assert standing_of(AnonymousUser(), TODAY) == NOBODY
    assert standing_of(closed, TODAY) == NOBODY
    assert standing_of(UserFactory(is_superuser=True), TODAY) == NOBODY


def test_a_filer_stands_for_the_own_enterprise_only():
    one, other = EnterpriseFactory(), EnterpriseFactory()
    user = member(Role.FILER, one)
    MembershipFactory(user=user, viewer=True, enterprise=other)
    standing = standing_of(user, TODAY)
    assert standing.enterprises() == {one.pk, other.pk}
    assert standing.enterprises(Role.FILER) == {one.pk}
    assert standing.enterprises(Role.HANDLER) == frozenset()
    assert not standing.provinces()
    assert standing.roles == {Role.FILER, Role.VIEWER}


def test_a_bureau_role_stands_for_its_province():
    bureau = BureauFactory(province=province("SC"))
    standing = standing_of(member(Role.HANDLER, bureau), TODAY)
    assert standing.provinces() == {"510000"}
    assert standing.provinces(Role.HANDLER, Role.SIGNATORY) == {"510000"}
    assert standing.provinces(Role.SIGNATORY) == frozenset()
    assert standing.provincial_bureaus(Role.HANDLER) == {bureau.pk}
    assert not standing.enterprises()
    assert not standing.local_divisions()


def test_a_local_officer_stands_for_divisions_and_for_no_province():
    bureau = BureauFactory(province=province("SC"), local=True)
    standing = standing_of(member(Role.LOCAL_OFFICER, bureau), TODAY)
    assert standing.local_divisions() == {"510900"}
    assert standing.local_bureaus() == {bureau.pk}
    assert not standing.provinces()
    assert not standing.provincial_bureaus()


def test_auditor_and_system_administrator():
    assert standing_of(member(Role.AUDITOR), TODAY).is_auditor
    administrator = standing_of(member(Role.SYSTEM_ADMIN), TODAY)
    assert administrator.is_system_admin
    assert not administrator.is_auditor


def test_a_membership_holds_on_its_first_and_last_day_and_on_no_other():
    user = member(Role.FILER, EnterpriseFactory(), valid_from=date(2026, 1, 5), valid_until=date(2026, 1, 9))
    days = [date(2026, 1, 4), date(2026, 1, 5), date(2026, 1, 9), date(2026, 1, 10)]
    assert [bool(standing_of(user, day).roles) for day in days] == [False, True, True, False]


def test_one_query_a_day_and_person(django_assert_num_queries):
    user = member(Role.HANDLER, BureauFactory())
    with django_assert_num_queries(1):
        standing_of(user, TODAY)
        assert standing_of(user, TODAY).provinces() == {"500000"}
    with django_assert_num_queries(1):
        standing_of(user, date(2026, 1, 6))


def test_the_lazy_user_of_a_request_is_a_user():
    user = member(Role.FILER, EnterpriseFactory())
    assert standing_of(SimpleLazyObject(lambda: user), TODAY).roles == {Role.FILER}
