"""The log of the lists, and whom each row is to reach."""

from typing import Self

from django.db import models
from django.db.models import Q

from apps.organisations.enums import Role
from apps.organisations.models import Bureau, Enterprise, User
from apps.organisations.permissions import Standing
from apps.whitelists.enums import EventKind
from apps.whitelists.models.editions import Edition
from apps.whitelists.models.ledger import WhitelistEntry


class ListEventQuerySet(models.QuerySet):
    def told_to(self, standing: Standing) -> Self:
        """Events that name somebody as whom the person stands today."""
        named = Q(enterprise__in=standing.enterprises())
        for holding in standing.holdings:
            if holding.bureau_id is not None:
                named |= Q(bureau=holding.bureau_id, role=holding.role)
        return self.filter(pk__in=ListEventRecipient.objects.filter(named).values("event"))


class ListEvent(models.Model):
    """What happened to a list (append-only; a trigger lets only ``delivered_at`` change).

    ``actor`` is empty when the clock acted. ``occurred_at`` is the event's own moment, ``recorded_at`` when the row
    was written. ``reference`` names the document behind it (adjustment:12); ``once`` keeps what must not be told
    twice from being written twice.
    """

    edition = models.ForeignKey(
        Edition, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="名单"
    )
    entry = models.ForeignKey(
        WhitelistEntry, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="条目"
    )
    operator = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="list_events", verbose_name="接受人"
    )
    kind = models.CharField("事项", max_length=24, choices=EventKind)
    reference = models.CharField("来源", max_length=64, blank=True)
    once = models.CharField("唯一标识", max_length=80, null=True, blank=True, unique=True)
    actor = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="行为人")
    actor_name = models.CharField("行为人姓名", max_length=60)
    bureau = models.ForeignKey(Bureau, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="机关")
    from_status = models.CharField("原状态", max_length=10, blank=True)
    to_status = models.CharField("新状态", max_length=10, blank=True)
    sentence = models.TextField("内容")
    details = models.JSONField("明细", default=dict, blank=True)
    occurred_at = models.DateTimeField("发生时间")
    recorded_at = models.DateTimeField("记录时间")
    delivered_at = models.DateTimeField("通知时间", null=True, blank=True)

    objects = ListEventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "名单记录"
        indexes = [
            models.Index(fields=["id"], condition=Q(delivered_at__isnull=True), name="list_event_undelivered"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d}"


class ListEventRecipient(models.Model):
    """Who is to be told of an event: the people of a bureau in a role, or an enterprise's (append-only)."""

    event = models.ForeignKey(ListEvent, models.PROTECT, related_name="recipients", verbose_name="记录")
    bureau = models.ForeignKey(Bureau, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="机关")
    role = models.CharField("角色", max_length=20, choices=Role, blank=True)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )

    class Meta:
        verbose_name = verbose_name_plural = "名单记录的告知对象"
        constraints = [
            models.CheckConstraint(
                condition=Q(bureau__isnull=False, enterprise__isnull=True) & ~Q(role="")
                | Q(bureau__isnull=True, enterprise__isnull=False, role=""),
                name="list_event_recipient_bureau_or_enterprise",
            ),
            models.UniqueConstraint(
                fields=["event", "bureau", "role", "enterprise"],
                name="list_event_recipient_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["bureau", "role", "-event"], name="list_event_told_bureau"),
            models.Index(fields=["enterprise", "-event"], name="list_event_told_enterprise"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.bureau or self.enterprise}"
