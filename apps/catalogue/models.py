"""Tables of the reference data. Rows come from fixtures and imports only."""

from datetime import date
from typing import Self
from uuid import uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast

from apps.catalogue.enums import DivisionLevel, PaperKind
from apps.catalogue.pinyin import InitialsField
from apps.catalogue.rules import category_of


class DateRange(Func):
    """The half-open PostgreSQL range from the first day to the day after the last one."""

    function = "daterange"
    output_field = DateRangeField()


def days_of(first: str, last: str) -> DateRange:
    """Range of days with both ends inside; an empty last day means open-ended."""
    return DateRange(F(first), F(last), Value("[]"))


def just(key: str) -> Func:
    """One-point range of a numeric key: equality for an exclusion constraint without the btree_gist extension."""
    number = Cast(F(key), models.BigIntegerField())
    return Func(number, number, Value("[]"), function="int8range", output_field=IntegerRangeField())


class InForceQuerySet(models.QuerySet):
    """Rows with a first and a last day, both inside; an empty last day means open-ended."""

    def in_force_on(self, day: date) -> Self:
        """Rows whose days contain `day`."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class ExemptionQuerySet(models.QuerySet):
    """Reading words of the exemption list."""

    def in_transport_of(self, code: str) -> Self:
        """Lines that free `code`, by itself or by its category, in transport; their condition must be met."""
        # A line may name several codes in one cell.
        return self.filter(Q(category_or_code__contains=code) | Q(category_or_code=category_of(code)), stage="运输")


class PaperLawQuerySet(models.QuerySet["PaperLaw"]):
    """Reading words of the articles."""

    def for_paper(self, kind: str, situation: str = "") -> "PaperLaw | None":
        """Articles of one kind of paper: those of the situation, else the general ones, else None."""
        return self.filter(kind=kind, situation__in={"", situation}).order_by("-situation").first()


class ReferenceStamp(models.Model):
    """The version of all reference rows, one row; only triggers write it (``kept.py``)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    stamp = models.UUIDField("版本标记", default=uuid4, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "参考数据版本"

    def __str__(self) -> str:
        return str(self.stamp)


class Division(models.Model):
    """An administrative division (GB/T 2260) with the seat of its government."""

    code = models.CharField("区划代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=12, choices=DivisionLevel)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "行政区划"
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[1-9][0-9]{5}$"),
                name="division_code_six_digits",
                violation_error_message="区划代码应为六位数字。",
            ),
            models.CheckConstraint(
                condition=Q(level="province", parent__isnull=True) | (~Q(level="province") & Q(parent__isnull=False)),
                name="division_only_provinces_have_no_parent",
                violation_error_message="省级以外的区划必须有上级区划。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Province(models.Model):
    """A province as a party of the agreement, with what it may set for itself."""

    division = models.OneToOneField(Division, models.PROTECT, primary_key=True, verbose_name="区划")
    short = models.CharField("代号", max_length=2, unique=True, help_text="例：CQ")
    abbreviation = models.CharField("简称", max_length=1, unique=True, help_text="例：渝")
    is_participating = models.BooleanField("参加合作机制", default=False)
    neighbours = models.ManyToManyField("self", verbose_name="接壤省份", blank=True)
    government = models.CharField("省级人民政府", max_length=40, help_text="行政复议机关")
    court = models.CharField("管辖法院", max_length=40, default="有管辖权的人民法院")
    local_opinion_required = models.BooleanField("一般程序须有属地意见", default=True)
    local_opinion_level = models.CharField(
        "属地意见层级", max_length=12, choices=DivisionLevel, default=DivisionLevel.PREFECTURE
    )
    accepts_clean_filings_at_once = models.BooleanField("名单内无问题申请即时受理", default=False)

    class Meta:
        ordering = ["division_id"]
        verbose_name = verbose_name_plural = "省份"

    def __str__(self) -> str:
        return self.division.name

    @property
    def digits(self) -> str:
        """The two digits that stand for the province in application and manifest numbers."""
        return self.division_id[:2]


class TransportDepartment(models.Model):
    """Name of a province's transport department, by date: departments are renamed, papers are not."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="transport_departments")
    name = models.CharField("名称", max_length=60)
    valid_from = models.DateField("自")
    valid_until = models.DateField("至", null=True, blank=True)

    objects = InForceQuerySet.as_manager()

    class Meta:
        ordering = ["province_id", "valid_from"]
        verbose_name = verbose_name_plural = "交通运输主管部门"
        constraints = [
            ExclusionConstraint(
                name="transport_department_one_name_a_day",
                expressions=[
                    (just("province"), RangeOperators.EQUAL),
                    (days_of("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return self.name


class RequiredMaterial(models.Model):
    """A material that an application must carry (order 23, art. 22): everywhere, or added by an origin province."""

    code = models.SlugField("代码", max_length=30)
    name = models.CharField("名称", max_length=60)
    province = models.ForeignKey(Province, models.PROTECT, null=True, blank=True, verbose_name="移出地（空为各省）")
    only_identified_waste = models.BooleanField("仅鉴别废物（900-000-NN）需要", default=False)
    position = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        ordering = ["position", "code"]
        verbose_name = verbose_name_plural = "申请材料"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "province"], name="required_material_once_a_province", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class CatalogueEdition(models.Model):
    """An edition of the national catalogue of hazardous wastes."""

    name = models.CharField("名称", max_length=40, unique=True)
    valid_from = models.DateField("施行日期")
    valid_until = models.DateField("废止前一日", null=True, blank=True)

    objects = InForceQuerySet.as_manager()

    class Meta:
        ordering = ["valid_from"]
        verbose_name = verbose_name_plural = "危险废物名录版本"
        constraints = [
            ExclusionConstraint(
                name="catalogue_editions_do_not_overlap",
                expressions=[(days_of("valid_from", "valid_until"), RangeOperators.OVERLAPS)],
                violation_error_message="名录版本的施行期间不得重叠。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class WasteCategory(models.Model):
    """A category (HW49) of the catalogue; it is the same in all editions."""

    code = models.CharField("类别代码", max_length=4, primary_key=True)
    name = models.CharField("类别名称", max_length=60)

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "废物类别"
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^HW[0-9]{2}$"), name="waste_category_code_form")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class WasteCode(models.Model):
    """A line of one catalogue edition. Other tables name the code by its text: a code outlives its edition."""

    edition = models.ForeignKey(CatalogueEdition, models.PROTECT, related_name="codes", verbose_name="版本")
    code = models.CharField("废物代码", max_length=10)
    category = models.ForeignKey(WasteCategory, models.PROTECT, related_name="codes", verbose_name="类别")
    industry = models.CharField("行业来源", max_length=60)
    description = models.TextField("危险废物")
    hazard_properties = models.CharField("危险特性", max_length=20)
    initials = InitialsField(source="description")

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "废物代码"
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="waste_code_once_an_edition"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{3}-[0-9]{3}-[0-9]{2}$"),
                name="waste_code_form",
                violation_error_message="废物代码应形如 900-045-49。",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Exemption(models.Model):
    """A line of the exemption list of an edition: under its condition one stage is not managed as hazardous."""

    edition = models.ForeignKey(CatalogueEdition, models.PROTECT, related_name="exemptions")
    number = models.PositiveSmallIntegerField("序号")
    category_or_code = models.CharField("类别或代码", max_length=60)
    waste = models.TextField("危险废物")
    stage = models.CharField("豁免环节", max_length=40)
    condition = models.TextField("豁免条件", blank=True)
    content = models.TextField("豁免内容", blank=True)

    objects = ExemptionQuerySet.as_manager()

    class Meta:
        ordering = ["edition_id", "number", "pk"]
        verbose_name = verbose_name_plural = "豁免管理清单"

    def __str__(self) -> str:
        return f"{self.number} {self.category_or_code} {self.stage}"


class DisposalMethod(models.Model):
    """A way of using or disposing of waste (R4, D10, C1)."""

    code = models.CharField("代码", max_length=4, primary_key=True)
    group = models.CharField("类", max_length=10)
    name = models.CharField("名称", max_length=60)
    initials = InitialsField(source="name")

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "利用处置方式"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_disposal(self) -> bool:
        """D methods and cement kilns (C1) count as disposal for the nearby principle (order 23, art. 3)."""
        return self.code.startswith("D") or self.code == "C1"


class LawPeriod(models.Model):
    """Which law a paper cites, by the paper's own date (docs/papers.md §0: L0, L1, L2)."""

    key = models.CharField("键", max_length=4, primary_key=True)
    valid_from = models.DateField("自")
    valid_until = models.DateField("至", null=True, blank=True)
    upper_law = models.CharField("上位法", max_length=120)
    measures_full = models.CharField("办法（全称）", max_length=120, blank=True)
    measures_short = models.CharField("办法（简称）", max_length=60, blank=True)
    manifest_measures = models.CharField("联单依据", max_length=120, blank=True)

    objects = InForceQuerySet.as_manager()

    class Meta:
        ordering = ["valid_from"]
        verbose_name = verbose_name_plural = "法律依据时期"
        constraints = [
            ExclusionConstraint(
                name="law_periods_do_not_overlap",
                expressions=[(days_of("valid_from", "valid_until"), RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return self.key


class PaperLaw(models.Model):
    """Articles that one kind of paper cites; empty measures articles in a period without the measures (L0)."""

    kind = models.CharField("文种", max_length=20, choices=PaperKind)
    situation = models.CharField("情形", max_length=20, blank=True, help_text="whitelisted、review、after_letter")
    measures_articles = models.CharField("办法条款", max_length=60, blank=True)
    licence_articles = models.CharField("行政许可法条款", max_length=80, blank=True)

    objects = PaperLawQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "situation"]
        verbose_name = verbose_name_plural = "文书引用条款"
        constraints = [
            models.UniqueConstraint(fields=["kind", "situation"], name="paper_law_once_a_kind_and_situation")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.situation}"
