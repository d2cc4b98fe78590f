"""Tables of parties and people."""

from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from apps.catalogue.models import Division, InForceQuerySet, Province
from apps.catalogue.pinyin import InitialsField
from apps.organisations.enums import (
    BUREAU_ROLES,
    ENTERPRISE_ROLES,
    BureauLevel,
    CapacityMovementKind,
    GeneratorKind,
    PermitKind,
    PermitStatus,
    Role,
)

ZERO_T = Decimal("0.0000")
PARTY_FITS_ROLE = (
    Q(role__in=ENTERPRISE_ROLES, enterprise__isnull=False, bureau__isnull=True)
    | Q(role__in=BUREAU_ROLES, enterprise__isnull=True, bureau__isnull=False)
    | Q(role__in=(Role.SYSTEM_ADMIN, Role.AUDITOR), enterprise__isnull=True, bureau__isnull=True)
)


def tonnes(verbose_name: str, **options: Any) -> models.DecimalField:
    """A column of tonnes: exact, four decimals, up to ten thousand million."""
    return models.DecimalField(verbose_name, max_digits=14, decimal_places=4, **options)


class User(AbstractUser):
    """A person. What they may do follows from their memberships, never from Django's groups."""

    display_name = models.CharField("姓名", max_length=30)
    phone = models.CharField("电话", max_length=30, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_address_once",
                violation_error_message="该电子邮箱已用于另一个账号。",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username


class Enterprise(models.Model):
    """A generator, an operator, or both."""

    name = models.CharField("单位名称", max_length=100, unique=True)
    initials = InitialsField(source="name", db_index=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    division = models.ForeignKey(Division, models.PROTECT, verbose_name="所在区划")
    province = models.ForeignKey(Province, models.PROTECT, related_name="enterprises", verbose_name="省份")
    address = models.CharField("地址", max_length=200, blank=True)
    legal_representative = models.CharField("法定代表人", max_length=30, blank=True)
    contact_name = models.CharField("联系人", max_length=30, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    is_operator = models.BooleanField("经营单位", default=False)
    generator_kind = models.CharField("移出人类型", max_length=10, choices=GeneratorKind, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = verbose_name_plural = "单位"
        constraints = [
            models.CheckConstraint(
                condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="enterprise_uscc_form",
                violation_error_message="统一社会信用代码应为十八位，不含 I、O、S、V、Z。",
            ),
            models.CheckConstraint(
                condition=Q(is_operator=True) | ~Q(generator_kind=""),
                name="enterprise_is_generator_or_operator",
                violation_error_message="单位须为移出人或接受人，至少其一。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Bureau(models.Model):
    """An ecology bureau: one provincial bureau a province, local bureaus for the opinion of the general procedure."""

    level = models.CharField("层级", max_length=12, choices=BureauLevel)
    division = models.ForeignKey(Division, models.PROTECT, verbose_name="辖区")
    province = models.ForeignKey(Province, models.PROTECT, related_name="bureaus", verbose_name="省份")
    name = models.CharField("全称", max_length=60, unique=True)
    short_name = models.CharField("简称", max_length=30)
    abbreviation = models.CharField("机关代字", max_length=6, blank=True, help_text="例：渝环")
    self_term = models.CharField("自称", max_length=4, default="我局")
    polite_term = models.CharField("对称", max_length=4, default="贵局")
    contact_name = models.CharField("联系人", max_length=30, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)

    class Meta:
        ordering = ["level", "division_id"]
        verbose_name = verbose_name_plural = "生态环境主管部门"
        constraints = [
            models.UniqueConstraint(
                fields=["province"], condition=Q(level="provincial"), name="bureau_one_provincial_a_province"
            ),
            models.UniqueConstraint(
                fields=["division"], condition=Q(level="local"), name="bureau_one_local_a_division"
            ),
            models.CheckConstraint(
                condition=~Q(level="provincial") | ~Q(abbreviation=""),
                name="bureau_provincial_has_abbreviation",
                violation_error_message="省级机关须有机关代字。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(InForceQuerySet):
    """Reading words of memberships."""


class Membership(models.Model):
    """One role of one person for one party, with its days."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name="用户")
    role = models.CharField("角色", max_length=20, choices=Role)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, verbose_name="单位")
    bureau = models.ForeignKey(Bureau, models.PROTECT, null=True, blank=True, verbose_name="机关")
    valid_from = models.DateField("自")
    valid_until = models.DateField("至", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["user_id", "role"]
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            models.CheckConstraint(
                condition=PARTY_FITS_ROLE,
                name="membership_party_fits_role",
                violation_error_message="企业角色须选单位，机关角色须选机关，其他角色两者都不选。",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="membership_days_in_order",
                violation_error_message="任职止日不得早于起日。",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "enterprise", "bureau", "valid_from"],
                name="membership_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


class DeputyQuerySet(InForceQuerySet):
    """Reading words of deputies."""


class Deputy(models.Model):
    """Who stands in (AB角) for an absent colleague of the same bureau, from the first to the last day.

    The deputy may do the colleague's steps of the sign-off chain; what they did is recorded as 代.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="deputies", verbose_name="机关")
    person = models.ForeignKey(User, models.PROTECT, related_name="deputies", verbose_name="被代理人")
    deputy = models.ForeignKey(User, models.PROTECT, related_name="stands_in_for", verbose_name="代理人")
    valid_from = models.DateField("自")
    valid_until = models.DateField("至")
    named_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="指定人")
    named_at = models.DateTimeField("指定时间")

    objects = DeputyQuerySet.as_manager()

    class Meta:
        ordering = ["bureau_id", "valid_from", "pk"]
        verbose_name = verbose_name_plural = "代理（AB角）"
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=F("deputy")),
                name="deputy_is_another",
                violation_error_message="本人不能代理本人。",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="deputy_days_in_order",
                violation_error_message="代理止日不得早于起日。",
            ),
            models.UniqueConstraint(fields=["bureau", "person", "deputy", "valid_from"], name="deputy_once"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} 代 {self.person}"


class PermitQuerySet(InForceQuerySet):
    """Reading words of permits."""

    def in_force_on_any(self, *days: date) -> Self:
        """Permits in term on at least one of the days."""
        in_term = Q()
        for day in set(days):
            in_term |= Q(valid_from__lte=day, valid_until__gte=day)
        return self.filter(in_term)

    def with_lines(self) -> Self:
        """Permits with their lines, in one query more."""
        return self.prefetch_related("lines")


class Permit(models.Model):
    """A permit for dealing with hazardous waste. Its status changes by a document with a date (PermitStatusChange)."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="permits", verbose_name="单位")
    number = models.CharField("许可证编号", max_length=40)
    kind = models.CharField("类型", max_length=15, choices=PermitKind)
    valid_from = models.DateField("有效期自")
    valid_until = models.DateField("有效期至")
    status = models.CharField("状态", max_length=10, choices=PermitStatus, default=PermitStatus.VALID)

    objects = PermitQuerySet.as_manager()

    class Meta:
        ordering = ["enterprise_id", "valid_from"]
        verbose_name = verbose_name_plural = "危险废物经营许可证"
        constraints = [
            models.UniqueConstraint(fields=["number", "valid_from"], name="permit_number_once_a_term"),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="permit_term_in_order",
                violation_error_message="许可证有效期止日不得早于起日。",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PermitLine(models.Model):
    """What a permit allows: a waste code by a method up to so many tonnes a year."""

    permit = models.ForeignKey(Permit, models.CASCADE, related_name="lines", verbose_name="许可证")
    waste_code = models.CharField("废物代码", max_length=10)
    method = models.CharField("利用处置方式", max_length=4, blank=True, help_text="收集许可证为空")
    capacity_t = tonnes("年经营规模（吨）")

    class Meta:
        ordering = ["permit_id", "waste_code", "method"]
        verbose_name = verbose_name_plural = "许可经营内容"
        constraints = [
            models.UniqueConstraint(fields=["permit", "waste_code", "method"], name="permit_line_once"),
            models.CheckConstraint(
                condition=Q(capacity_t__gt=0),
                name="permit_line_capacity_positive",
                violation_error_message="年经营规模须大于零。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.waste_code} {self.method} {self.capacity_t}"


class PermitStatusChange(models.Model):
    """Why a permit's status is what it is: document number and date (append-only)."""

    permit = models.ForeignKey(Permit, models.PROTECT, related_name="status_changes", verbose_name="许可证")
    status = models.CharField("状态", max_length=10, choices=PermitStatus)
    document_no = models.CharField("文号", max_length=60)
    effective_on = models.DateField("生效日期")
    reason = models.TextField("理由", blank=True)
    recorded_at = models.DateTimeField("记录时间")
    recorded_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, verbose_name="记录人")

    class Meta:
        ordering = ["permit_id", "effective_on", "pk"]
        verbose_name = verbose_name_plural = "许可证状态变更"

    def __str__(self) -> str:
        return f"{self.permit} {self.get_status_display()} {self.effective_on}"


class PermitYear(models.Model):
    """Capacity of one permit in one calendar year of decision, all routes (docs/rules.md §12)."""

    permit = models.ForeignKey(Permit, models.PROTECT, related_name="years", verbose_name="许可证")
    year = models.PositiveSmallIntegerField("年度")
    limit_t = tonnes("上限（吨）")
    limit_is_stated = models.BooleanField("上限由接受地明示", default=False)
    approved_t = tonnes("已批准（吨）", default=ZERO_T)
    restored_t = tonnes("已恢复（吨）", default=ZERO_T)

    class Meta:
        ordering = ["permit_id", "year"]
        verbose_name = verbose_name_plural = "许可证年度能力"
        constraints = [
            models.UniqueConstraint(fields=["permit", "year"], name="permit_year_once"),
            models.CheckConstraint(
                condition=Q(approved_t__gte=0, restored_t__gte=0, restored_t__lte=F("approved_t")),
                name="permit_year_sums_in_order",
            ),
            models.CheckConstraint(
                condition=Q(approved_t__lte=F("limit_t") + F("restored_t")),
                name="permit_year_within_limit",
                violation_error_message="接受人本年度已批准数量将超过许可能力上限。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.permit} {self.year}"

    @property
    def taken_t(self) -> Decimal:
        """Tonnes approved and not restored."""
        return self.approved_t - self.restored_t


class CapacityMovement(models.Model):
    """Append-only: what an approval took of a permit's year and what came back."""

    permit_year = models.ForeignKey(PermitYear, models.PROTECT, related_name="movements", verbose_name="年度能力")
    kind = models.CharField("类型", max_length=10, choices=CapacityMovementKind)
    reference = models.CharField("来源编号", max_length=64)
    round = models.PositiveSmallIntegerField("轮次")
    amount_t = tonnes("吨")
    occurred_at = models.DateTimeField("时间")

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "能力变动"
        constraints = [
            models.UniqueConstraint(
                fields=["permit_year", "reference", "round", "kind"], name="capacity_movement_once"
            ),
            models.CheckConstraint(condition=Q(amount_t__gt=0), name="capacity_movement_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}/{self.round} {self.kind} {self.amount_t}"


class ManagementPlan(models.Model):
    """The yearly management plan (危险废物管理计划) of a generator."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="plans", verbose_name="单位")
    year = models.PositiveSmallIntegerField("年度")

    class Meta:
        ordering = ["enterprise_id", "year"]
        verbose_name = verbose_name_plural = "危险废物管理计划"
        constraints = [models.UniqueConstraint(fields=["enterprise", "year"], name="management_plan_once_a_year")]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year}"


class ManagementPlanLine(models.Model):
    """Tonnes of a code that a plan foresees to be transferred in its year."""

    plan = models.ForeignKey(ManagementPlan, models.CASCADE, related_name="lines", verbose_name="计划")
    waste_code = models.CharField("废物代码", max_length=10)
    planned_t = tonnes("计划转移量（吨）")

    class Meta:
        ordering = ["plan_id", "waste_code"]
        verbose_name = verbose_name_plural = "管理计划明细"
        constraints = [
            models.UniqueConstraint(fields=["plan", "waste_code"], name="management_plan_line_once"),
            models.CheckConstraint(condition=Q(planned_t__gt=0), name="management_plan_line_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.waste_code} {self.planned_t}"
