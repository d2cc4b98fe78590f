"""Limits and terms as data: the agreement may change them, the code doesn't."""

from django.db import models

from apps.transfers.enums import ClockKind, Route


class StageLimit(models.Model):
    """Working days of one clock on one route (docs/rules.md §3), with the ladder that watches it."""

    route = models.CharField("程序", max_length=10, choices=Route)
    clock = models.CharField("时限", max_length=12, choices=ClockKind)
    days = models.PositiveSmallIntegerField("工作日")
    ladder = models.CharField("提醒阶梯", max_length=32, blank=True)

    class Meta:
        ordering = ["route", "clock"]
        verbose_name = verbose_name_plural = "程序时限"
        constraints = [
            models.UniqueConstraint(fields=["route", "clock"], name="stage_limit_once"),
            models.CheckConstraint(
                condition=models.Q(days__gte=1),
                name="stage_limit_positive",
                violation_error_message="时限至少一个工作日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_route_display()} {self.get_clock_display()} {self.days}"


class Terms(models.Model):
    """The terms that hold on every route; one row."""

    correction_days = models.PositiveSmallIntegerField("补正期限（工作日）", default=30)
    hold_days = models.PositiveSmallIntegerField("补正期间余量保留（工作日）", default=5)
    acceptance_days = models.PositiveSmallIntegerField("补正告知期限（工作日）", default=5)
    closing_days = models.PositiveSmallIntegerField("期满后终结（工作日）", default=10)
    permit_suspension_days = models.PositiveSmallIntegerField("因许可证暂扣中止上限（工作日）", default=20)
    recall_minutes = models.PositiveSmallIntegerField("签发后可收回（分钟）", default=10)
    office_closes_at = models.TimeField("下班时间", default="17:30")

    class Meta:
        verbose_name = verbose_name_plural = "办理条件"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="terms_one_row")]

    def __str__(self) -> str:
        return "办理条件"
