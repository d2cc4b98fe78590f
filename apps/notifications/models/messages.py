"""What somebody was told in the app."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from apps.notifications.enums import MailChoice, MessageKind, Source, Subject
from apps.organisations.models import User


class MessageQuerySet(models.QuerySet["Message"]):
    """Reading words of messages."""

    def of(self, user: User) -> Self:
        """The person's own; nobody ever sees another's."""
        return self.filter(recipient=user.pk)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def for_digest(self, until: datetime) -> Self:
        """Still to be told by the day's letter: unread, and told in the app by then."""
        return self.unread().filter(mail=MailChoice.DAILY, digest__isnull=True, created_at__lte=until)


class Message(models.Model):
    """One person, one row of a log, once: the constraint is what makes telling exact.

    ``occurred_at`` is the event's own moment, ``created_at`` when the person was told. ``mail`` is what the person
    wanted at that moment; ``digest`` the daily letter in which it went out.
    """

    recipient = models.ForeignKey(User, models.CASCADE, related_name="messages", verbose_name="收件人")
    kind = models.CharField("类别", max_length=16, choices=MessageKind)
    source = models.CharField("来源", max_length=8, choices=Source)
    source_id = models.BigIntegerField("来源记录")
    subject = models.CharField("事项", max_length=8, choices=Subject, blank=True)
    subject_id = models.BigIntegerField("事项主键", null=True, blank=True)
    number = models.CharField("编号或者名称", max_length=120, blank=True)
    title = models.CharField("标题", max_length=200)
    sentence = models.TextField("内容")
    occurred_at = models.DateTimeField("发生时间")
    created_at = models.DateTimeField("告知时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    mail = models.CharField("邮件", max_length=8, choices=MailChoice, default=MailChoice.NONE)
    digest = models.ForeignKey(
        "notifications.Letter", models.SET_NULL, null=True, blank=True, related_name="told", verbose_name="每日汇总"
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = "消息"
        constraints = [
            models.UniqueConstraint(fields=["recipient", "source", "source_id"], name="message_once"),
            models.CheckConstraint(
                condition=Q(subject__in=("", "desk"), subject_id__isnull=True)
                | ~Q(subject__in=("", "desk")) & Q(subject_id__isnull=False),
                name="message_subject_has_key",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="message_list"),
            # Serves the bell, and what reading a case marks.
            models.Index(
                fields=["recipient", "subject", "subject_id"], name="message_unread", condition=Q(read_at__isnull=True)
            ),
            models.Index(
                fields=["recipient"],
                name="message_for_digest",
                condition=Q(mail="daily", digest__isnull=True, read_at__isnull=True),
            ),
            # Serves the nightly clearing.
            models.Index(fields=["created_at"], name="message_read", condition=Q(read_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}".rstrip()
