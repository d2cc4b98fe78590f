"""The log of an application."""

from django.db import models
from django.db.models import Q

from apps.organisations.models import Bureau, Enterprise, User
from apps.transfers.models.application import Application


class LogRow(models.Model):
    """Who did what when, from which state to which, and why (append-only; a trigger lets only delivered_at change).

    ``actor`` is empty when the clock acted. ``occurred_at`` is the act's own moment (for the clock: its due
    moment), ``recorded_at`` when the row was written.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="log", verbose_name="申请")
    position = models.PositiveIntegerField("次序")
    act = models.CharField("行为", max_length=30)
    from_state = models.CharField("原状态", max_length=20)
    to_state = models.CharField("新状态", max_length=20)
    round = models.PositiveSmallIntegerField("轮次")
    actor = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="行为人")
    actor_name = models.CharField("行为人姓名", max_length=60)
    bureau = models.ForeignKey(Bureau, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="机关")
    enterprise = models.ForeignKey(
        Enterprise, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    occurred_at = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("记录时间")
    reason = models.TextField("理由", blank=True)
    details = models.JSONField("明细", default=dict, blank=True)
    delivered_at = models.DateTimeField("通知时间", null=True, blank=True)

    class Meta:
        ordering = ["application_id", "position"]
        verbose_name = verbose_name_plural = "办理记录"
        constraints = [
            models.UniqueConstraint(fields=["application", "position"], name="log_position_once"),
            models.CheckConstraint(
                condition=Q(actor__isnull=False) | Q(bureau__isnull=True, enterprise__isnull=True),
                name="log_clock_acts_for_nobody",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(delivered_at__isnull=True), name="log_undelivered"),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.position} {self.act}"
