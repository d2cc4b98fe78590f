"""Factories of reference data. Rows that exist in reality are got or created, so they go well with `reference`."""

from datetime import date
from decimal import Decimal

import factory

from apps.catalogue.enums import DivisionLevel
from apps.catalogue.models import (
    CatalogueEdition,
    DisposalMethod,
    Division,
    LawPeriod,
    Province,
    RequiredMaterial,
    WasteCategory,
    WasteCode,
)

# short: code, name, abbreviation, government, longitude, latitude
FOUR = {
    "CQ": ("500000", "重庆市", "渝", "重庆市人民政府", "106.551643", "29.562849"),
    "SC": ("510000", "四川省", "川", "四川省人民政府", "104.075809", "30.651239"),
    "GZ": ("520000", "贵州省", "黔", "贵州省人民政府", "106.705460", "26.600328"),
    "YN": ("530000", "云南省", "滇", "云南省人民政府", "102.709372", "25.046432"),
}
NEIGHBOURS = (("SC", "CQ"), ("SC", "GZ"), ("SC", "YN"), ("CQ", "GZ"), ("GZ", "YN"))
# One prefecture (none in Chongqing) and one county of each province.
PLACES = {
    "CQ": (("500111", "大足区", "county", "105.721733", "29.707032"),),
    "SC": (
        ("510900", "遂宁市", "prefecture", "105.592803", "30.532920"),
        ("510903", "船山区", "county", "105.568297", "30.525475"),
    ),
    "GZ": (
        ("520500", "毕节市", "prefecture", "105.291702", "27.283908"),
        ("520502", "七星关区", "county", "105.305103", "27.298458"),
    ),
    "YN": (
        ("532500", "红河哈尼族彝族自治州", "prefecture", "103.374873", "23.363245"),
        ("532501", "个旧市", "county", "103.160034", "23.359121"),
    ),
}


class DivisionFactory(factory.django.DjangoModelFactory):
    """A province-level division that exists nowhere; give level and parent for others."""

    class Meta:
        model = Division
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: str(910000 + n))
    name = factory.LazyAttribute(lambda o: f"示例区划{o.code}")
    level = DivisionLevel.PROVINCE
    parent = None
    longitude = Decimal("106.500000")
    latitude = Decimal("29.500000")


class ProvinceFactory(factory.django.DjangoModelFactory):
    """A province; ProvinceFactory(chongqing=True) and so on give the real four (or use `province("CQ")`)."""

    class Meta:
        model = Province
        django_get_or_create = ("division",)

    class Params:
        chongqing = factory.Trait(real="CQ")
        sichuan = factory.Trait(real="SC")
        guizhou = factory.Trait(real="GZ")
        yunnan = factory.Trait(real="YN")
        outside = factory.Trait(is_participating=False)
        real = ""

    division = factory.LazyAttribute(lambda o: _division_of(o.real) if o.real else DivisionFactory())
    short = factory.LazyAttributeSequence(lambda o, n: o.real or f"{chr(65 + n // 10 % 26)}{n % 10}")
    abbreviation = factory.LazyAttributeSequence(lambda o, n: FOUR[o.real][2] if o.real else chr(0x3500 + n))
    government = factory.LazyAttribute(lambda o: f"{o.division.name}人民政府")
    is_participating = True
    local_opinion_level = factory.LazyAttribute(
        lambda o: DivisionLevel.COUNTY if o.real == "CQ" else DivisionLevel.PREFECTURE
    )


def _division_of(short: str) -> Division:
    code, name, _, _, longitude, latitude = FOUR[short]
    return DivisionFactory(code=code, name=name, longitude=Decimal(longitude), latitude=Decimal(latitude))


def province(short: str) -> Province:
    """One of the real four by its letters: CQ, SC, GZ, YN."""
    return ProvinceFactory(real=short)


def four_provinces() -> dict[str, Province]:
    """The real four by their letters, with the borders they share (Chongqing and Yunnan share none)."""
    provinces = {short: province(short) for short in FOUR}
    for one, other in NEIGHBOURS:
        provinces[one].neighbours.add(provinces[other])
    return provinces


def county(short: str) -> Division:
    """A real county of one of the four (Dazu, Chuanshan, Qixingguan, Gejiu) with its prefecture above it."""
    parent = province(short).division
    for code, name, level, longitude, latitude in PLACES[short]:
        parent = DivisionFactory(
            code=code, name=name, level=level, parent=parent, longitude=Decimal(longitude), latitude=Decimal(latitude)
        )
    return parent


def prefecture(short: str) -> Division:
    """The division whose local bureau gives the opinion: the county's prefecture, in Chongqing the district itself."""
    place = county(short)
    return place if short == "CQ" else place.parent


class CatalogueEditionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CatalogueEdition
        django_get_or_create = ("name",)

    name = "国家危险废物名录（2021年版）"
    valid_from = date(2021, 1, 1)
    valid_until = None


class WasteCategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WasteCategory
        django_get_or_create = ("code",)

    code = "HW49"
    name = factory.LazyAttribute(lambda o: {"HW49": "其他废物", "HW31": "含铅废物"}.get(o.code, f"{o.code}类废物"))


class WasteCodeFactory(factory.django.DjangoModelFactory):
    """A code of the 2021 edition; its category follows from its last two digits."""

    class Meta:
        model = WasteCode
        django_get_or_create = ("edition", "code")

    class Params:
        lead_battery = factory.Trait(code="900-052-31", description="废铅蓄电池")
        lamp = factory.Trait(code="900-023-29", description="废含汞荧光灯管")

    edition = factory.SubFactory(CatalogueEditionFactory)
    code = "900-045-49"
    category = factory.LazyAttribute(lambda o: WasteCategoryFactory(code=f"HW{o.code[-2:]}"))
    industry = "非特定行业"
    description = "废电路板"
    hazard_properties = "T"


class DisposalMethodFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DisposalMethod
        django_get_or_create = ("code",)

    code = "R4"
    group = "利用"
    name = "再循环/再利用金属和金属化合物"


class RequiredMaterialFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RequiredMaterial
        django_get_or_create = ("code", "province")

    code = "contract"
    name = "委托合同、协议或者意向书"
    province = None


class LawPeriodFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LawPeriod
        django_get_or_create = ("key",)

    key = "L1"
    valid_from = date(2022, 1, 1)
    valid_until = date(2026, 8, 14)
    upper_law = "《中华人民共和国固体废物污染环境防治法》第八十二条第二款"
    measures_full = "《危险废物转移管理办法》（生态环境部、公安部、交通运输部令第23号）"
    measures_short = "《危险废物转移管理办法》"
