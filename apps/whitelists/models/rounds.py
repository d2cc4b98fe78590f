"""The negotiation of a list: its working lines, and every round as it was handed over (append-only)."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.catalogue.models import Province, WasteCategory
from apps.organisations.models import Enterprise, User, tonnes
from apps.whitelists.enums import RoundKind
from apps.whitelists.models.editions import Edition
from apps.whitelists.models.numbers import by_number

LineKey = tuple[int, str, str]


class ListedLine(models.Model):
    """Operator × code(s) or category × method × tonnes a year, as two provinces talk about it."""

    number = models.CharField("条目号", max_length=8)
    operator = models.ForeignKey(Enterprise, models.PROTECT, related_name="+", verbose_name="接受人")
    waste_codes = ArrayField(models.CharField(max_length=10), verbose_name="废物代码", default=list, blank=True)
    category = models.ForeignKey(
        WasteCategory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="废物类别"
    )
    method = models.CharField("利用处置方式", max_length=4)
    quota_t = tonnes("核定（吨）")
    is_struck = models.BooleanField("划去", default=False)
    remark = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def wastes(self) -> str:
        """What the line lists, as people read it."""
        return self.category_id or "、".join(self.waste_codes)

    @property
    def key(self) -> LineKey:
        """What makes two lines of different rounds or years the same line: operator, wastes, method."""
        return self.operator_id, self.category_id or ",".join(sorted(self.waste_codes)), self.method

    @property
    def counted_t(self) -> Decimal:
        """Tonnes that the line stands for: none once it is struck."""
        return Decimal(0) if self.is_struck else self.quota_t


class EditionLine(ListedLine):
    """A working line of an edition that is not confirmed yet, seen only by the side whose turn it is.

    ``revision`` grows with every change: who saves what they read earlier is told, and overwrites nothing.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="lines", verbose_name="名单")
    revision = models.PositiveIntegerField("版本", default=1)

    class Meta:
        ordering = ["edition_id", by_number()]
        verbose_name = verbose_name_plural = "商定中的条目"
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="edition_line_number_once"),
            models.CheckConstraint(
                condition=Q(quota_t__gt=0),
                name="edition_line_quota_positive",
                violation_error_message="核定数量须大于零；不再列入的条目请划去。",
            ),
            models.CheckConstraint(
                condition=(Q(category__isnull=True) & ~Q(waste_codes=[])) | Q(category__isnull=False, waste_codes=[]),
                name="edition_line_codes_or_category",
                violation_error_message="条目须列明废物代码或者废物类别，二者取一。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition} {self.number}号"


class EditionRound(models.Model):
    """What one side handed to the other: a proposal or a counter, with its letter (append-only; a trigger sees to it)."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="rounds", verbose_name="名单")
    position = models.PositiveSmallIntegerField("轮次")
    kind = models.CharField("类型", max_length=10, choices=RoundKind)
    province = models.ForeignKey(Province, models.PROTECT, related_name="+", verbose_name="提出方")
    letter_no = models.CharField("函号", max_length=60, blank=True)
    remark = models.TextField("说明", blank=True)
    made_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="经办人")
    made_by_name = models.CharField("经办人姓名", max_length=60)
    made_at = models.DateTimeField("时间")

    class Meta:
        ordering = ["edition_id", "position"]
        verbose_name = verbose_name_plural = "商定轮次"
        constraints = [
            models.UniqueConstraint(fields=["edition", "position"], name="edition_round_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.edition} 第{self.position}轮"


class RoundLine(ListedLine):
    """A line as it stood in a round (append-only; a trigger sees to it)."""

    round = models.ForeignKey(EditionRound, models.PROTECT, related_name="lines", verbose_name="轮次")

    class Meta:
        ordering = ["round_id", by_number()]
        verbose_name = verbose_name_plural = "各轮条目"
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="round_line_number_once")]

    def __str__(self) -> str:
        return f"{self.round} {self.number}号"
