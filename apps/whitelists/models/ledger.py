"""The entries of a list and the ledger of their tonnes."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.catalogue.models import WasteCategory
from apps.organisations.models import ZERO_T as ZERO
from apps.organisations.models import Enterprise, tonnes
from apps.whitelists.enums import MovementKind
from apps.whitelists.models.editions import Edition
from apps.whitelists.models.numbers import by_number


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
        ordering = ["edition_id", by_number()]
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
