"""What enterprises will want to send in the next period, and every change of it."""

from datetime import date

from django.db import models
from django.db.models import Q

from apps.catalogue.models import Province
from apps.organisations.models import Enterprise, User, tonnes
from apps.whitelists.enums import DemandAct, PeriodPart


def days_of_period(year: int, part: str) -> tuple[date, date]:
    """First and last day of a year or of one of its halves."""
    first = date(year, 7, 1) if part == PeriodPart.SECOND else date(year, 1, 1)
    last = date(year, 6, 30) if part == PeriodPart.FIRST else date(year, 12, 31)
    return first, last


class WantedTransfer(models.Model):
    """Tonnes of a code, with the method, the operator or at least the province one would like; all three optional."""

    waste_code = models.CharField("废物代码", max_length=10)
    method = models.CharField("利用处置方式", max_length=4, blank=True)
    operator = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="意向接受人"
    )
    destination = models.ForeignKey(
        Province, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="意向接受地"
    )
    amount_t = tonnes("需求（吨）")
    remark = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        abstract = True


class Demand(WantedTransfer):
    """A declaration of demand (需求申报) as it stands. ``version`` grows with every change; what is taken back stays.

    With an operator the destination is always the operator's province.
    """

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="demands", verbose_name="移出人")
    origin = models.ForeignKey(Province, models.PROTECT, related_name="+", verbose_name="移出地")
    year = models.PositiveSmallIntegerField("年度")
    part = models.CharField("期间", max_length=6, choices=PeriodPart)
    version = models.PositiveIntegerField("版本", default=1)
    withdrawn_at = models.DateTimeField("取消时间", null=True, blank=True)

    class Meta:
        ordering = ["year", "part", "waste_code", "pk"]
        verbose_name = verbose_name_plural = "需求申报"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "year", "part", "waste_code", "method", "operator", "destination"],
                condition=Q(withdrawn_at__isnull=True),
                name="demand_once_a_period",
                nulls_distinct=False,
                violation_error_message="同一期间、同一代码、同一去向的需求已经申报，请在原来的一行上修改数量。",
            ),
            models.CheckConstraint(
                condition=Q(amount_t__gt=0),
                name="demand_amount_positive",
                violation_error_message="需求数量须大于零；不再需要的请取消。",
            ),
            models.CheckConstraint(
                condition=Q(operator__isnull=True) | Q(destination__isnull=False), name="demand_operator_has_province"
            ),
        ]
        indexes = [models.Index(fields=["year", "destination", "waste_code"], name="demand_of_the_board")]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year} {self.waste_code} {self.amount_t}"

    @property
    def begins_on(self) -> date:
        return days_of_period(self.year, self.part)[0]

    @property
    def ends_on(self) -> date:
        return days_of_period(self.year, self.part)[1]

    @property
    def period_words(self) -> str:
        """2027 年全年."""
        return f"{self.year} 年{self.get_part_display()}"


class DemandChange(WantedTransfer):
    """A declaration as somebody left it (append-only; a trigger sees to it)."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="changes", verbose_name="需求申报")
    version = models.PositiveIntegerField("版本")
    kind = models.CharField("操作", max_length=10, choices=DemandAct)
    changed_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="操作人")
    changed_by_name = models.CharField("操作人姓名", max_length=60)
    changed_at = models.DateTimeField("时间")

    class Meta:
        ordering = ["demand_id", "version"]
        verbose_name = verbose_name_plural = "需求变更记录"
        constraints = [models.UniqueConstraint(fields=["demand", "version"], name="demand_change_once_a_version")]

    def __str__(self) -> str:
        return f"{self.demand_id}/{self.version} {self.kind}"
