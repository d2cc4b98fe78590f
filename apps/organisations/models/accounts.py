"""Tables of accounts: who was invited, who is signed in where, what happened to an account, its letters."""

from datetime import datetime
from importlib import import_module
from typing import Self

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from apps.organisations.enums import AccountEventKind, AccountLetterKind, Role, SecondStep
from apps.organisations.models.parties import PARTY_FITS_ROLE, Bureau, Enterprise, User

AGENT_LENGTH = 255


class PersonSession(AbstractBaseSession):
    """Django's session with the columns by which its owner recognises it. A visitor's has no owner."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions", verbose_name="用户")
    signed_in_at = models.DateTimeField("登录时间", null=True)
    seen_at = models.DateTimeField("最近使用", null=True)
    address = models.GenericIPAddressField("地址", null=True)
    agent = models.CharField("浏览器", max_length=AGENT_LENGTH, blank=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = "登录会话"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The store of the settings, which names this table."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class AccountEvent(models.Model):
    """Append-only: one thing that happened to an account, by its owner or by an administrator (``by``)."""

    user = models.ForeignKey(User, models.RESTRICT, related_name="account_events", verbose_name="用户")
    kind = models.CharField("事项", max_length=20, choices=AccountEventKind)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="操作人")
    second_step = models.CharField("第二步", max_length=10, choices=SecondStep, blank=True)
    address = models.GenericIPAddressField("地址", null=True, blank=True)
    agent = models.CharField("浏览器", max_length=AGENT_LENGTH, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = "账号记录"
        indexes = [models.Index(fields=["user", "kind", "-id"], name="account_event_of")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reading words of invitations."""

    def open(self) -> Self:
        """Neither used nor revoked; they may have expired."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(models.Model):
    """An account to be. The link's secret is reckoned from the row and the site's key: nothing here opens it."""

    username = models.CharField("用户名", max_length=150)
    display_name = models.CharField("姓名", max_length=30)
    email = models.EmailField("电子邮箱")
    phone = models.CharField("电话", max_length=30, blank=True)
    role = models.CharField("角色", max_length=20, choices=Role)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, verbose_name="单位")
    bureau = models.ForeignKey(Bureau, models.PROTECT, null=True, blank=True, verbose_name="机关")
    valid_from = models.DateField("任职自")
    valid_until = models.DateField("任职至", null=True, blank=True)
    nonce = models.CharField("随机数", max_length=32)
    invited_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="邀请人")
    invited_at = models.DateTimeField("邀请时间")
    sent_again_at = models.DateTimeField("重发时间", null=True, blank=True)
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("撤回时间", null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    accepted_at = models.DateTimeField("开通时间", null=True, blank=True)
    user = models.OneToOneField(
        User, models.RESTRICT, null=True, blank=True, related_name="invitation", verbose_name="账号"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = "邀请"
        constraints = [
            models.CheckConstraint(
                condition=PARTY_FITS_ROLE,
                name="invitation_party_fits_role",
                violation_error_message="企业角色须选单位，机关角色须选机关，其他角色两者都不选。",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="invitation_days_in_order",
                violation_error_message="任职止日不得早于起日。",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, user__isnull=True)
                | Q(accepted_at__isnull=False, user__isnull=False, revoked_at__isnull=True),
                name="invitation_accepted_has_account",
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_once_an_address",
                violation_error_message="该邮箱已有一份未使用的邀请。",
            ),
            models.UniqueConstraint(
                Lower("username"),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_once_a_name",
                violation_error_message="该用户名已有一份未使用的邀请。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.display_name} {self.email}"

    @property
    def party(self) -> Enterprise | Bureau | None:
        """For whom the invited will act; None for roles without a party."""
        return self.enterprise or self.bureau

    def state(self, now: datetime) -> str:
        """`accepted`, `revoked`, `expired` or `open` at that moment."""
        if self.accepted_at is not None:
            return "accepted"
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "open"


class AccountLetter(models.Model):
    """A letter that was promised. Whoever sends letters takes it up and marks it by ``delivered_at``, as a log's row.

    Whether somebody owns the address is asked when it is sent: the rows of a known and of an unknown address are
    written by the same statements in the same time. What a letter says, its link above all, stands in no table.
    """

    kind = models.CharField("类别", max_length=12, choices=AccountLetterKind)
    address = models.CharField("邮箱", max_length=254)
    invitation = models.ForeignKey(
        Invitation, models.CASCADE, null=True, blank=True, related_name="letters", verbose_name="邀请"
    )
    event = models.ForeignKey(
        AccountEvent, models.CASCADE, null=True, blank=True, related_name="letters", verbose_name="记录"
    )
    asked_at = models.DateTimeField("登记时间")
    asked_from = models.GenericIPAddressField("来自", null=True, blank=True)
    # Taken up by who sends letters, or void before that.
    delivered_at = models.DateTimeField("交发时间", null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "账号信件"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="invitation", invitation__isnull=False)
                | Q(kind="reset", invitation__isnull=True)
                | Q(kind="warning", event__isnull=False),
                name="account_letter_has_its_matter",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="account_letter_waiting", condition=Q(delivered_at__isnull=True)),
            models.Index(fields=["address", "asked_at"], name="account_letter_of"),
            models.Index(fields=["asked_from", "asked_at"], name="account_letter_from"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"
