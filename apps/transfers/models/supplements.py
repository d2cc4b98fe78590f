"""Supplements (补充说明): what a bureau asks after acceptance and the filer answers."""

from django.db import models
from django.db.models import Q

from apps.organisations.models import Bureau, User
from apps.transfers.models.application import Application


class Supplement(models.Model):
    """A question of the bureau that holds the case, and its answer; stops no clock (docs/rules.md §5).

    The files of the answer are attachments that name it.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="supplements", verbose_name="申请")
    position = models.PositiveSmallIntegerField("序号")
    bureau = models.ForeignKey(Bureau, models.RESTRICT, related_name="+", verbose_name="提问机关")
    question = models.TextField("请说明的事项")
    asked_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="提问人")
    asked_at = models.DateTimeField("提问时间")
    answer = models.TextField("说明", blank=True)
    answered_by = models.ForeignKey(
        User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="说明人"
    )
    answered_at = models.DateTimeField("说明时间", null=True, blank=True)

    class Meta:
        ordering = ["application_id", "position"]
        verbose_name = verbose_name_plural = "补充说明"
        constraints = [
            models.UniqueConstraint(fields=["application", "position"], name="supplement_position_once"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
                name="supplement_answered_whole",
                violation_error_message="补充说明须同时记明内容、说明人和时间。",
            ),
            models.CheckConstraint(
                condition=~Q(question=""),
                name="supplement_asks_something",
                violation_error_message="请写明需要说明的事项。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} 第 {self.position} 问"
