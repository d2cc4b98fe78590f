"""The clocks' own log: append-only, read from above by its delivered mark."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from apps.deadlines.enums import EventKind
from apps.deadlines.models.clocks import Deadline


class DeadlineEvent(models.Model):
    """Something that happened to a clock at `occurred_at`, its own moment, however late it was recorded.

    A database trigger refuses deletion and every change but that of `delivered_at`.
    """

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="events", verbose_name="时限")
    kind = models.CharField("事件", max_length=16, choices=EventKind)
    rung = models.CharField("阶梯代码", max_length=32, blank=True)
    round = models.PositiveIntegerField("轮次")
    occurred_at = models.DateTimeField("发生时刻")
    recorded_at = models.DateTimeField("记录时刻")
    due_at = models.DateTimeField("当时的到期时刻", null=True, blank=True)
    details = models.JSONField("详情", default=dict, blank=True, encoder=DjangoJSONEncoder)
    delivered_at = models.DateTimeField("送达时刻", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "时限事件"
        ordering = ("pk",)
        indexes = (models.Index(fields=("id",), name="event_undelivered", condition=Q(delivered_at__isnull=True)),)
        constraints = (
            models.UniqueConstraint(
                fields=("deadline", "rung", "round"),
                condition=~Q(rung=""),
                name="event_rung_once",
                violation_error_message="该阶梯在本轮已经记录过。",
            ),
            models.UniqueConstraint(
                fields=("deadline",),
                condition=Q(kind=EventKind.BREACHED),
                name="event_breach_once",
                violation_error_message="该时限的逾期已经记录过。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=EventKind.values),
                name="event_kind",
                violation_error_message="时限事件的种类不在规定的范围内。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.kind} {self.rung}".rstrip()
