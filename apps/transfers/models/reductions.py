"""Asking the applicant whether they agree to fewer tonnes or a shorter period (核减)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from apps.organisations.models import User
from apps.transfers.models.application import Application


class ReductionRequest(models.Model):
    """What the origin means to approve instead of what was asked, and what the applicant says to it.

    ``amounts`` are tonnes by item key, as JSON. Without an answer nothing is agreed to; an answer binds nobody to
    approve.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="reductions", verbose_name="申请")
    round = models.PositiveSmallIntegerField("轮次")
    amounts = models.JSONField("拟批准数量", default=dict, encoder=DjangoJSONEncoder)
    until = models.DateField("拟批准期限至", null=True, blank=True)
    reasons = models.TextField("理由")
    asked_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="征询人")
    asked_at = models.DateTimeField("征询时间")
    agrees = models.BooleanField("同意", null=True)
    answer = models.TextField("申请人意见", blank=True)
    answered_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        ordering = ["application_id", "pk"]
        verbose_name = verbose_name_plural = "核减征询"
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(answered_at__isnull=True), name="reduction_one_open"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, agrees__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, agrees__isnull=False, answered_by__isnull=False),
                name="reduction_answered_says_what",
                violation_error_message="答复须说明是否同意。",
            ),
        ]

    def amount_of(self, item_id: int) -> str:
        """Tonnes meant to be approved of an item, as written down."""
        return str(self.amounts.get(str(item_id), "—"))

    def __str__(self) -> str:
        return f"{self.application} {self.asked_at}"
