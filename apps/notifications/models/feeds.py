"""The secret address of somebody's due moments, for their own calendar."""

from django.db import models
from django.db.models import Q

from apps.organisations.models import User


class DueFeed(models.Model):
    """Only the key's hash is kept: the address is shown once and can't be read here. One that holds a person.

    ``reads`` counts since ``counted_from``: who asks too often waits.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="due_feeds", verbose_name="用户")
    key_hash = models.CharField("密钥散列", max_length=64, unique=True)
    created_at = models.DateTimeField("建立时间")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    last_read_at = models.DateTimeField("最近读取", null=True, blank=True)
    counted_from = models.DateTimeField("计次起", null=True, blank=True)
    reads = models.PositiveIntegerField("计次", default=0)

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = "日历订阅"
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at__isnull=True), name="due_feed_one_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"
