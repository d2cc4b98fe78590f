"""Changes of the calendar: what was to change and why, who ordered it, how far it has come, what it moved."""

from django.db import models
from django.db.models import Q

from apps.deadlines.enums import ChangeKind, ChangeStatus
from apps.organisations.models import User


class CalendarChange(models.Model):
    """A year loaded or a day changed. One row from the preview to the end, and the calendar's log.

    ``rows`` are the year's days as they are to be (date, kind, name), ``before`` as they were when it was prepared;
    ``calendar`` marks the state of the calendar that was looked at: on any other the change is not carried out.
    A database trigger lets only the columns change that tell how far it has come, and nothing once it has ended.
    """

    kind = models.CharField("类别", max_length=4, choices=ChangeKind)
    year = models.PositiveSmallIntegerField("年份")
    day = models.DateField("日期", null=True, blank=True)
    rows = models.JSONField("新的放假与调休")
    before = models.JSONField("原来的放假与调休", null=True, blank=True)
    source = models.CharField("依据", max_length=200)
    reason = models.CharField("理由", max_length=200)
    summary = models.CharField("内容", max_length=200)
    calendar = models.CharField("所见年历", max_length=32)
    by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="操作人")
    by_name = models.CharField("操作人姓名", max_length=60)
    prepared_at = models.DateTimeField("提出时间")
    status = models.CharField("状态", max_length=8, choices=ChangeStatus, default=ChangeStatus.PREPARED)
    ordered_at = models.DateTimeField("确认时间", null=True, blank=True)
    touched_at = models.DateTimeField("进展时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    total = models.PositiveIntegerField("须推算的时限", default=0)
    done = models.PositiveIntegerField("已推算的时限", default=0)
    moved = models.PositiveIntegerField("变更的时限", default=0)
    refusal = models.CharField("未执行的原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年历变更"
        ordering = ("-pk",)
        indexes = (
            models.Index(
                fields=("id",), name="calendar_change_pending", condition=Q(status__in=("waiting", "running"))
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=ChangeStatus.values, kind__in=ChangeKind.values),
                name="calendar_change_words",
                violation_error_message="年历变更的类别或状态不在规定的范围内。",
            ),
            models.CheckConstraint(
                condition=Q(kind=ChangeKind.YEAR, day__isnull=True)
                | Q(kind=ChangeKind.DAY, day__year=models.F("year")),
                name="calendar_change_names_its_day",
                violation_error_message="调整一天须写明这一年的日期，载入年历则没有。",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(summary=""),
                name="calendar_change_has_reason",
                violation_error_message="年历变更须写明内容和理由。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("done", "refused"), finished_at__isnull=False)
                | (~Q(status__in=("done", "refused")) & Q(finished_at__isnull=True)),
                name="calendar_change_ends_once",
                violation_error_message="已结束的年历变更须有结束时间，未结束的没有。",
            ),
        )

    def __str__(self) -> str:
        return self.summary

    @property
    def percent(self) -> int:
        """How far the reckoning has come, in hundredths."""
        return self.done * 100 // self.total if self.total else 0
