"""What goes out by e-mail or another channel: the row is the promise, the queue only hurries it."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from apps.notifications.enums import LetterStatus
from apps.notifications.models.messages import Message
from apps.organisations.models import AccountLetter, User


class LetterQuerySet(models.QuerySet["Letter"]):
    """Reading words of letters."""

    def waiting(self) -> Self:
        return self.filter(status=LetterStatus.WAITING)

    def due(self, now: datetime) -> Self:
        """Waiting, their next try has come, and nobody is at it."""
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
        return self.waiting().filter(free, next_try_at__lte=now)


class Letter(models.Model):
    """One message, one person's digest of a day, or what an account promised, by one channel.

    At least once, always under one ``stable_id``. Whoever sends it leases it first: a sender that dies leaves a lease
    that runs out. A letter of an account has no recipient: it may go to an address that nobody has yet, or has at all.
    """

    channel = models.CharField("渠道", max_length=12)
    recipient = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="letters", verbose_name="收件人"
    )
    address = models.CharField("地址", max_length=254)
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="letters", verbose_name="消息"
    )
    digest_on = models.DateField("汇总日期", null=True, blank=True)
    account_letter = models.OneToOneField(
        AccountLetter, models.CASCADE, null=True, blank=True, related_name="letter", verbose_name="账号信件"
    )
    stable_id = models.CharField("Message-ID", max_length=120, unique=True)
    status = models.CharField("状态", max_length=8, choices=LetterStatus, default=LetterStatus.WAITING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_try_at = models.DateTimeField("下次发送")
    leased_until = models.DateTimeField("占用至", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    last_error = models.CharField("最近的错误", max_length=300, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "信件"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "message"], condition=Q(message__isnull=False), name="letter_once_a_message"
            ),
            models.UniqueConstraint(
                fields=["channel", "recipient", "digest_on"],
                condition=Q(digest_on__isnull=False),
                name="letter_one_digest_a_day",
            ),
            models.CheckConstraint(
                condition=Q(message__isnull=False, digest_on__isnull=True, account_letter__isnull=True)
                | Q(message__isnull=True, digest_on__isnull=False, account_letter__isnull=True)
                | Q(message__isnull=True, digest_on__isnull=True, account_letter__isnull=False),
                name="letter_of_one_matter",
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False) | Q(account_letter__isnull=False), name="letter_has_recipient"
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at__isnull=True),
                name="letter_sent_has_moment",
            ),
        ]
        indexes = [models.Index(fields=["next_try_at"], name="letter_waiting", condition=Q(status="waiting"))]

    def __str__(self) -> str:
        return f"{self.channel} {self.address} {self.get_status_display()}"


class ChannelState(models.Model):
    """How a channel is doing: who sends now (one at a time), and until when a dead server is left alone."""

    channel = models.CharField("渠道", max_length=12, primary_key=True)
    busy_until = models.DateTimeField("发送中至", null=True, blank=True)
    down_until = models.DateTimeField("暂停至", null=True, blank=True)
    failures = models.PositiveIntegerField("连续失败", default=0)
    last_error = models.CharField("最近的错误", max_length=300, blank=True)
    last_sent_at = models.DateTimeField("最近发出", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "渠道状态"

    def __str__(self) -> str:
        return self.channel
