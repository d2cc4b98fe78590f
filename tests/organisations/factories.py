"""Factories of parties and people. Every USCC has a valid check character."""

from datetime import date
from decimal import Decimal

import factory
from stdnum.cn import uscc

from apps.catalogue.models import Division
from apps.organisations.enums import BureauLevel, GeneratorKind, PermitKind, PermitStatus, Role
from apps.organisations.models import (
    Bureau,
    Enterprise,
    ManagementPlan,
    ManagementPlanLine,
    Membership,
    Permit,
    PermitLine,
    User,
)
from tests.catalogue.factories import county, prefecture, province

PASSWORD = "correct-horse-battery"
ABBREVIATIONS = {"CQ": "渝环", "SC": "川环", "GZ": "黔环", "YN": "云环"}


def make_uscc(serial: int, division: str = "500111") -> str:
    """A fictional but valid unified social credit code."""
    body = f"91{division}MADEM{serial % 10000:04d}"
    return body + uscc.calc_check_digit(body)


def _place_of(own: "factory.builder.Resolver") -> Division:
    short = own.province.short
    return county(short) if short in ABBREVIATIONS else own.province.division


class EnterpriseFactory(factory.django.DjangoModelFactory):
    """A generator in Dazu unless told otherwise: `operator=True`, `collector=True`, `province=province("SC")`."""

    class Meta:
        model = Enterprise

    class Params:
        operator = factory.Trait(
            name=factory.Sequence(lambda n: f"示范经营单位{n:04d}"), is_operator=True, generator_kind=""
        )
        collector = factory.Trait(
            name=factory.Sequence(lambda n: f"示例收集单位{n:04d}"), generator_kind=GeneratorKind.COLLECTOR
        )

    name = factory.Sequence(lambda n: f"示例产废单位{n:04d}")
    province = factory.LazyFunction(lambda: province("CQ"))
    division = factory.LazyAttribute(_place_of)
    uscc = factory.LazyAttributeSequence(lambda o, n: make_uscc(n, o.division.code))
    address = "示例路1号"
    legal_representative = "示例人"
    contact_name = "示例联系人"
    contact_phone = "000-00000000"
    generator_kind = GeneratorKind.PRODUCER
    is_operator = False


class PermitFactory(factory.django.DjangoModelFactory):
    """A comprehensive permit of 15,000 t/year of 900-045-49 by R4.

    `PermitFactory(lines=[("900-052-31", "R4", "60000")])` gives other lines; `collection=True` a collector's
    permit, whose lines name no method.
    """

    class Meta:
        model = Permit
        skip_postgeneration_save = True

    class Params:
        collection = factory.Trait(
            kind=PermitKind.COLLECTION,
            enterprise=factory.SubFactory(EnterpriseFactory, collector=True),
        )
        suspended = factory.Trait(status=PermitStatus.SUSPENDED)

    enterprise = factory.SubFactory(
        EnterpriseFactory, operator=True, province=factory.LazyFunction(lambda: province("SC"))
    )
    number = factory.Sequence(lambda n: f"示危第{n:06d}号")
    kind = PermitKind.COMPREHENSIVE
    valid_from = date(2025, 3, 1)
    valid_until = date(2030, 2, 28)

    @factory.post_generation
    def lines(self, create, extracted, **_):
        if not create:
            return
        if extracted is None:
            extracted = (
                [("900-052-31", "", "60000")] if self.kind == PermitKind.COLLECTION else [("900-045-49", "R4", "15000")]
            )
        for code, method, capacity in extracted:
            PermitLine.objects.create(permit=self, waste_code=code, method=method, capacity_t=Decimal(capacity))


class BureauFactory(factory.django.DjangoModelFactory):
    """The provincial bureau of a province (got or created); `local=True` gives the local bureau of its county's area."""

    class Meta:
        model = Bureau
        django_get_or_create = ("name",)

    class Params:
        local = factory.Trait(
            level=BureauLevel.LOCAL,
            division=factory.LazyAttribute(lambda o: prefecture(o.province.short)),
            abbreviation="",
        )

    level = BureauLevel.PROVINCIAL
    province = factory.LazyFunction(lambda: province("CQ"))
    division = factory.LazyAttribute(lambda o: o.province.division)
    short_name = factory.LazyAttribute(
        lambda o: o.division.name + ("生态环境厅" if o.division.name.endswith("省") else "生态环境局")
    )
    name = factory.LazyAttribute(lambda o: o.short_name)
    abbreviation = factory.LazyAttribute(lambda o: ABBREVIATIONS.get(o.province.short, "示环"))
    self_term = factory.LazyAttribute(lambda o: "我厅" if o.name.endswith("厅") else "我局")
    polite_term = factory.LazyAttribute(lambda o: "贵厅" if o.name.endswith("厅") else "贵局")
    contact_name = "示例联系人"
    contact_phone = "000-00000000"


class UserFactory(factory.django.DjangoModelFactory):
    """A person without any role; signs in with PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n:04d}")
    display_name = factory.Sequence(lambda n: f"示例人员{n:04d}")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(factory.django.DjangoModelFactory):
    """A filer of a generator unless told otherwise.

    Traits by role: `viewer`, `operator_staff`, `local_officer`, `handler`, `section_head`, `signatory`,
    `bureau_head`, `whitelist_admin`, `system_admin`, `auditor`; give `enterprise` or `bureau` to choose the party.
    """

    class Meta:
        model = Membership

    class Params:
        viewer = factory.Trait(role=Role.VIEWER)
        operator_staff = factory.Trait(
            role=Role.OPERATOR_STAFF, enterprise=factory.SubFactory(EnterpriseFactory, operator=True)
        )
        local_officer = factory.Trait(
            role=Role.LOCAL_OFFICER, enterprise=None, bureau=factory.SubFactory(BureauFactory, local=True)
        )
        handler = factory.Trait(role=Role.HANDLER, enterprise=None, bureau=factory.SubFactory(BureauFactory))
        section_head = factory.Trait(role=Role.SECTION_HEAD, enterprise=None, bureau=factory.SubFactory(BureauFactory))
        signatory = factory.Trait(role=Role.SIGNATORY, enterprise=None, bureau=factory.SubFactory(BureauFactory))
        bureau_head = factory.Trait(role=Role.BUREAU_HEAD, enterprise=None, bureau=factory.SubFactory(BureauFactory))
        whitelist_admin = factory.Trait(
            role=Role.WHITELIST_ADMIN, enterprise=None, bureau=factory.SubFactory(BureauFactory)
        )
        system_admin = factory.Trait(role=Role.SYSTEM_ADMIN, enterprise=None)
        auditor = factory.Trait(role=Role.AUDITOR, enterprise=None)

    user = factory.SubFactory(UserFactory)
    role = Role.FILER
    enterprise = factory.SubFactory(EnterpriseFactory)
    bureau = None
    valid_from = date(2020, 1, 1)
    valid_until = None


def member(role: Role, party: Enterprise | Bureau | None = None, **fields: object) -> User:
    """A new user who holds `role` for `party` since 2020."""
    enterprise = party if isinstance(party, Enterprise) else None
    bureau = party if isinstance(party, Bureau) else None
    return MembershipFactory(role=role, enterprise=enterprise, bureau=bureau, **fields).user


class PlanFactory(factory.django.DjangoModelFactory):
    """The plan of 2026 with 5,000 t of 900-045-49; `lines=[("900-052-31", "40000")]` gives others."""

    class Meta:
        model = ManagementPlan
        django_get_or_create = ("enterprise", "year")
        skip_postgeneration_save = True

    enterprise = factory.SubFactory(EnterpriseFactory)
    year = 2026

    @factory.post_generation
    def lines(self, create, extracted, **_):
        if not create:
            return
        for code, planned in [("900-045-49", "5000")] if extracted is None else extracted:
            ManagementPlanLine.objects.get_or_create(
                plan=self, waste_code=code, defaults={"planned_t": Decimal(planned)}
            )
