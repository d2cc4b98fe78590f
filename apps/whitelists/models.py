"""Tables of the lists and their ledger."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from apps.catalogue.models import Province, WasteCategory, days_of, just
from apps.organisations.models import ZERO_T as ZERO
from apps.organisations.models import Enterprise, User, tonnes
from apps.whitelists.enums import ConsentMode, EditionStatus, MovementKind


class EditionQuerySet(models.QuerySet):
    def confirmed(self) -> Self:
        return self.filter(status=EditionStatus.CONFIRMED)

    def in_force_on(self, day: date) -> Self:
        """In force, or confirmed and to begin: the confirmed edition whose period contains the day."""
        return self.confirmed().filter(begins_on__lte=day, ends_on__gte=day)

    def of_pair(self, *, origin_id: str, destination_id: str) -> Self:
        return self.filter(origin_id=origin_id, destination_id=destination_id)


class Edition(models.Model):
    """The list of one ordered pair of provinces for one period (名单（年度／期次）)."""

    name = models.CharField("名称", max_length=80, unique=True)
    origin = models.ForeignKey(Province, models.PROTECT, related_name="editions_out", verbose_name="移出地")
    destination = models.ForeignKey(Province, models.PROTECT, related_name="editions_in", verbose_name="接受地")
    begins_on = models.DateField("起")
    ends_on = models.DateField("止（含当日）")
    status = models.CharField("状态", max_length=10, choices=EditionStatus, default=EditionStatus.DRAFT)
    consent_mode = models.CharField("同意方式", max_length=6, choices=ConsentMode, default=ConsentMode.JOINT)
    limits_validity = models.BooleanField("批准有效期不超出本期", default=False)
    origin_letter_no = models.CharField("移出地确认函号", max_length=60, blank=True)
    destination_letter_no = models.CharField("接受地确认函号", max_length=60, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["begins_on", "origin_id", "destination_id"]
        verbose_name = verbose_name_plural = "名单期次"
        constraints = [
            ExclusionConstraint(
                name="confirmed_editions_of_a_pair_do_not_overlap",
                expressions=[
                    (just("origin"), RangeOperators.EQUAL),
                    (just("destination"), RangeOperators.EQUAL),
                    (days_of("begins_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="confirmed"),
                violation_error_message="同一移出地、接受地已有期间重叠的已确认名单。",
            ),
            models.CheckConstraint(
                condition=~Q(origin=F("destination")),
                name="edition_between_two_provinces",
                violation_error_message="移出地与接受地不能是同一省份。",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("begins_on")),
                name="edition_period_in_order",
                violation_error_message="名单止日不得早于起日。",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed")
                | (Q(confirmed_at__isnull=False) & ~Q(origin_letter_no="") & ~Q(destination_letter_no="")),
                name="edition_confirmed_with_both_letters",
                violation_error_message="确认名单须有双方确认函文号和确认时间。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WhitelistEntry(models.Model):
    """Operator × code(s) or category × method × quota. The columns are the ledger's sums; CHECK keeps them true.

    ``held_t + used_t <= quota_t`` holds in the database itself: no service can promise a tonne twice.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="entries", verbose_name="名单")
    number = models.CharField("条目号", max_length=8)
    operator = models.ForeignKey(Enterprise, models.PROTECT, related_name="entries", verbose_name="接受人")
    waste_codes = ArrayField(models.CharField(max_length=10), verbose_name="废物代码", default=list, blank=True)
    category = models.ForeignKey(WasteCategory, models.PROTECT, null=True, blank=True, verbose_name="废物类别")
    method = models.CharField("利用处置方式", max_length=4)
    quota_t = tonnes("核定（吨）", default=ZERO)
    held_t = tonnes("在办（吨）", default=ZERO)
    used_t = tonnes("已批准（吨）", default=ZERO)

    class Meta:
        ordering = ["edition_id", "number"]
        verbose_name = verbose_name_plural = "名单条目"
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="whitelist_entry_number_once"),
            models.CheckConstraint(
                condition=Q(held_t__gte=0, used_t__gte=0, quota_t__gte=F("held_t") + F("used_t")),
                name="whitelist_entry_within_quota",
                violation_error_message="在办与已批准之和超过条目核定数量。",
            ),
            models.CheckConstraint(
                condition=(Q(category__isnull=True) & ~Q(waste_codes=[])) | Q(category__isnull=False, waste_codes=[]),
                name="whitelist_entry_codes_or_category",
                violation_error_message="条目须列明废物代码或者废物类别，二者取一。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition} {self.number}号"

    @property
    def available_t(self) -> Decimal:
        return self.quota_t - self.held_t - self.used_t

    @property
    def wastes(self) -> str:
        """What the line lists, as people read it."""
        return self.category_id or "、".join(self.waste_codes)


class QuotaMovement(models.Model):
    """Append-only ledger of an entry (a trigger refuses UPDATE and DELETE).

    The key (entry, reference, round, kind) makes a repeated message a no-op. ``reference`` names any
    document: application, adjustment, edition.
    """

    entry = models.ForeignKey(WhitelistEntry, models.PROTECT, related_name="movements", verbose_name="条目")
    kind = models.CharField("类型", max_length=8, choices=MovementKind)
    reference = models.CharField("来源编号", max_length=64)
    round = models.PositiveSmallIntegerField("轮次")
    amount_t = tonnes("吨", help_text="调整核定可为负")
    occurred_at = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("记录时间")

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "数量变动"
        constraints = [
            models.UniqueConstraint(fields=["entry", "reference", "round", "kind"], name="quota_movement_once"),
            models.CheckConstraint(
                condition=Q(amount_t__gt=0) | (Q(kind="adjust") & ~Q(amount_t=0)),
                name="quota_movement_amount_sign",
                violation_error_message="变动数量须大于零（调整核定可为负，不为零）。",
            ),
        ]
        indexes = [models.Index(fields=["reference", "round"], name="quota_movement_reference")]

    def __str__(self) -> str:
        return f"{self.reference}/{self.round} {self.kind} {self.amount_t}"


class BarQuerySet(models.QuerySet):
    def in_force_on(self, day: date) -> Self:
        return self.filter(Q(lifted_on__isnull=True) | Q(lifted_on__gt=day), from_on__lte=day)


class Bar(models.Model):
    """A suspension (暂停) of an entry, an operator, an operator × code, or an edition: it blocks on every route."""

    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="bars")
    entry = models.ForeignKey(WhitelistEntry, models.PROTECT, null=True, blank=True, related_name="bars")
    operator = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="bars")
    waste_code = models.CharField("废物代码", max_length=10, blank=True)
    from_on = models.DateField("自")
    lifted_on = models.DateField("解除日期", null=True, blank=True)
    reason = models.TextField("理由")
    document_no = models.CharField("文号", max_length=60)
    recorded_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, verbose_name="记录人")
    recorded_at = models.DateTimeField("记录时间")

    objects = BarQuerySet.as_manager()

    class Meta:
        ordering = ["from_on", "pk"]
        verbose_name = verbose_name_plural = "暂停"
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(edition__isnull=False, entry__isnull=True, operator__isnull=True, waste_code="")
                    | Q(edition__isnull=True, entry__isnull=False, operator__isnull=True, waste_code="")
                    | Q(edition__isnull=True, entry__isnull=True, operator__isnull=False)
                ),
                name="bar_has_one_object",
                violation_error_message="暂停对象须为名单、条目、接受人（或接受人的某一代码）之一。",
            ),
            models.CheckConstraint(
                condition=Q(lifted_on__isnull=True) | Q(lifted_on__gte=F("from_on")), name="bar_lifted_after_begun"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_no} {self.from_on}"

    def is_in_force_on(self, day: date) -> bool:
        return self.from_on <= day and (self.lifted_on is None or self.lifted_on > day)
