"""What is kept so that figures over a million cases cost no more than over a hundred: one row for each ended case."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.transfers.models import Application


class CaseTime(models.Model):
    """Working days of an ended case in each holder's hands, kept beside it (`keeping.keep_times`).

    ``late_with`` names the holders in whose hands a limit of the case passed. It can always be made anew.
    """

    application = models.OneToOneField(
        Application, models.CASCADE, primary_key=True, related_name="+", verbose_name="申请"
    )
    route = models.CharField("程序", max_length=10)
    origin_code = models.CharField("移出地", max_length=6)
    destination_code = models.CharField("接受地", max_length=6)
    ended_on = models.DateField("办结日期")
    local_days = models.PositiveSmallIntegerField("属地局")
    origin_days = models.PositiveSmallIntegerField("移出地")
    destination_days = models.PositiveSmallIntegerField("接受地")
    applicant_days = models.PositiveSmallIntegerField("申请人补正")
    stopped_days = models.PositiveSmallIntegerField("中止审查")
    late_with = ArrayField(models.CharField(max_length=12), default=list, verbose_name="逾期时持有者")

    class Meta:
        verbose_name = verbose_name_plural = "办理用时"
        ordering = ("pk",)
        indexes = (models.Index(fields=("ended_on",), name="case_time_ended"),)

    def __str__(self) -> str:
        return str(self.application_id)


class TimeDue(models.Model):
    """A case whose times are to be reckoned: the database itself notes it when a case ends or is opened again.

    One row for each time, deleted by its key: what comes while others are reckoned is never lost.
    """

    application_key = models.BigIntegerField("申请")

    class Meta:
        verbose_name = verbose_name_plural = "待统计的申请"
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.application_key)
