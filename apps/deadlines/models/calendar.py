"""The announced calendar, year by year, and the shift of the demo's clock."""

from datetime import timedelta
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from apps.deadlines.enums import DayKind


class CalendarYear(models.Model):
    """A year whose notice is loaded; a year without a row is unknown and its deadlines are provisional."""

    year = models.PositiveSmallIntegerField("年份", primary_key=True)
    source = models.CharField("依据", max_length=200)
    loaded_at = models.DateTimeField("载入时间")
    # A new one at every load: together they are the calendar's version.
    stamp = models.UUIDField("版本标记", default=uuid4, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "工作日年历"
        ordering = ("year",)

    def __str__(self) -> str:
        return f"{self.year}年"


class CalendarDay(models.Model):
    """A holiday (also one that falls on a weekend, for its name) or a weekend day that is worked."""

    day = models.DateField("日期", unique=True)
    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days", verbose_name="年份")
    kind = models.CharField("类别", max_length=16, choices=DayKind)
    name = models.CharField("名称", max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = "放假与调休"
        ordering = ("day",)
        constraints = (
            models.CheckConstraint(
                condition=Q(day__year=F("year")),
                name="calendar_day_in_its_year",
                violation_error_message="日期不属于所载入的年份。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DayKind.values),
                name="calendar_day_kind",
                violation_error_message="类别只能是放假或调休上班。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()} {self.name}"


class ClockShift(models.Model):
    """One row: how far the system's now lies from the database's. Zero (or no row) in production."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    shift = models.DurationField("时间偏移", default=timedelta)

    class Meta:
        verbose_name = verbose_name_plural = "演示时钟偏移"
        constraints = (
            models.CheckConstraint(
                condition=Q(id=1), name="clock_shift_single", violation_error_message="演示时钟偏移只能有一条。"
            ),
        )

    def __str__(self) -> str:
        return str(self.shift)
