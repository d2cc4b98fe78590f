"""Who wants to hear of an entry that runs short, and which levels of use were told already."""

from django.db import models
from django.db.models import Q

from apps.organisations.models import Enterprise, User
from apps.transfers.models.application import Application
from apps.whitelists.models import WhitelistEntry


class QuotaWatch(models.Model):
    """An enterprise asked to be told of an entry while it prepares a draft on it; it counts only as long as that is one."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="watches", verbose_name="草稿")
    entry = models.ForeignKey(WhitelistEntry, models.PROTECT, related_name="watches", verbose_name="条目")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="+", verbose_name="移出人")
    asked_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="设置人")
    asked_at = models.DateTimeField("设置时间")

    class Meta:
        ordering = ["entry_id", "application_id"]
        verbose_name = verbose_name_plural = "余量关注"
        constraints = [models.UniqueConstraint(fields=["application", "entry"], name="quota_watch_once")]

    def __str__(self) -> str:
        return f"{self.enterprise} → {self.entry}"


class QuotaAlert(models.Model):
    """A level of use that an entry has reached; told once, and again only after it fell below (``cleared_at``)."""

    entry = models.ForeignKey(WhitelistEntry, models.PROTECT, related_name="alerts", verbose_name="条目")
    level = models.PositiveSmallIntegerField("用量（％）")
    raised_at = models.DateTimeField("达到时间")
    cleared_at = models.DateTimeField("回落时间", null=True, blank=True)

    class Meta:
        ordering = ["entry_id", "level", "pk"]
        verbose_name = verbose_name_plural = "用量提醒"
        constraints = [
            # The sweep finds what stands through it, too.
            models.UniqueConstraint(
                fields=["entry", "level"], condition=Q(cleared_at__isnull=True), name="quota_alert_stands_once"
            ),
            models.CheckConstraint(condition=Q(level__in=(80, 90, 100)), name="quota_alert_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.entry} {self.level}%"
