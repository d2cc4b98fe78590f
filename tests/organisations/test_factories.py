"""The factories are what every other test stands on."""

import pytest
from stdnum.cn import uscc

from apps.organisations.enums import GeneratorKind, PermitKind, Role
from tests.catalogue.factories import ProvinceFactory, WasteCodeFactory, county, four_provinces, province
from tests.organisations.factories import (
    BureauFactory,
    EnterpriseFactory,
    MembershipFactory,
    PermitFactory,
    PlanFactory,
    member,
)

pytestmark = pytest.mark.django_db


def test_every_uscc_is_valid_and_different():
    numbers = {EnterpriseFactory().uscc for _ in range(30)}
    assert len(numbers) == 30
    assert all(uscc.is_valid(number) for number in numbers)


def test_enterprise_traits():
    assert EnterpriseFactory(operator=True).is_operator
    assert EnterpriseFactory(collector=True).generator_kind == GeneratorKind.COLLECTOR
    there = EnterpriseFactory(province=province("YN"))
    assert (there.division.name, there.division.parent.parent) == ("个旧市", there.province.division)


def test_provinces_are_got_or_created():
    assert ProvinceFactory(chongqing=True) == province("CQ")
    assert ProvinceFactory().pk != ProvinceFactory().pk
    four = four_provinces()
    assert four["YN"] not in four["CQ"].neighbours.all()
    assert four["SC"].neighbours.count() == 3
    assert county("CQ") == county("CQ")


def test_permits_and_plans_have_lines():
    assert [str(line) for line in PermitFactory().lines.all()] == ["900-045-49 R4 15000.0000"]
    collection = PermitFactory(collection=True)
    assert (collection.kind, collection.lines.get().method) == (PermitKind.COLLECTION, "")
    assert PermitFactory(lines=[("900-052-31", "R4", "1"), ("384-004-31", "R4", "2")]).lines.count() == 2
    assert PlanFactory().lines.get().waste_code == "900-045-49"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.FILER])
def test_every_role_has_a_trait(role):
    assert MembershipFactory(**{role: True}).role == role


def test_bureaus():
    assert str(BureauFactory(province=province("SC"))) == "四川省生态环境厅"
    assert str(BureauFactory(province=province("SC"), local=True)) == "遂宁市生态环境局"
    assert str(BureauFactory(local=True)) == "大足区生态环境局"
    handler = member(Role.HANDLER, BureauFactory())
    assert handler.memberships.get().bureau == BureauFactory()
    assert WasteCodeFactory(lead_battery=True).category.name == "含铅废物"
