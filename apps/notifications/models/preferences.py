"""How people want to be told."""

from django.db import models

from apps.notifications.enums import MailChoice, MessageKind
from apps.organisations.models import User


class Preference(models.Model):
    """What somebody chose for a kind of message; without a row the kind's own default holds (see enums)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notice_preferences", verbose_name="用户")
    kind = models.CharField("类别", max_length=16, choices=MessageKind)
    mail = models.CharField("邮件", max_length=8, choices=MailChoice)
    is_texted = models.BooleanField("短信", default=False)

    class Meta:
        ordering = ["user_id", "kind"]
        verbose_name = verbose_name_plural = "通知设置"
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once_a_kind")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_kind_display()} {self.get_mail_display()}"
