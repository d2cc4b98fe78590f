"""Suspensions."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest

from apps.catalogue.models import Province
from apps.organisations.enums import PROVINCIAL_ROLES
from apps.organisations.models import Enterprise, User
from apps.organisations.permissions import Standing
from apps.whitelists.models.editions import Edition
from apps.whitelists.models.ledger import WhitelistEntry

SIDES = ("origin", "destination")


class BarQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing) -> Self:
        """Of lists and their lines both bureaus and the auditor read; of operators every provincial bureau."""
        if standing.is_auditor:
            return self
        own = standing.provinces(*PROVINCIAL_ROLES)
        if not own:
            return self.none()
        pair = [Q(**{f"{of}{side}__in": own}) for of in ("edition__", "entry__edition__") for side in SIDES]
        return self.filter(Q(operator__isnull=False) | pair[0] | pair[1] | pair[2] | pair[3])

    def in_force_on(self, day: date) -> Self:
        return self.filter(Q(lifted_on__isnull=True) | Q(lifted_on__gt=day), from_on__lte=day)

    def standing_on(self, day: date) -> Self:
        """In force on the day, or to begin later."""
        return self.filter(Q(lifted_on__isnull=True) | Q(lifted_on__gt=Greatest("from_on", day)))


class Bar(models.Model):
    """A suspension (暂停) of an entry, an operator, an operator × code, or an edition: it blocks on every route."""

    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="bars")
    entry = models.ForeignKey(WhitelistEntry, models.PROTECT, null=True, blank=True, related_name="bars")
    operator = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="bars")
    waste_code = models.CharField("废物代码", max_length=10, blank=True)
    from_on = models.DateField("自")
    lifted_on = models.DateField("解除日期", null=True, blank=True)
    reason = models.TextField("理由")
    document_no = models.CharField("文号", max_length=60)
    recorded_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, verbose_name="记录人")
    recorded_at = models.DateTimeField("记录时间")
    province = models.ForeignKey(
        Province, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作出暂停的一方"
    )
    lift_document_no = models.CharField("解除文号", max_length=60, blank=True)
    lift_reason = models.TextField("解除理由", blank=True)
    lifted_by = models.ForeignKey(
        User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="解除记录人"
    )
    lift_recorded_at = models.DateTimeField("解除记录时间", null=True, blank=True)

    objects = BarQuerySet.as_manager()

    class Meta:
        ordering = ["from_on", "pk"]
        verbose_name = verbose_name_plural = "暂停"
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(edition__isnull=False, entry__isnull=True, operator__isnull=True, waste_code="")
                    | Q(edition__isnull=True, entry__isnull=False, operator__isnull=True, waste_code="")
                    | Q(edition__isnull=True, entry__isnull=True, operator__isnull=False)
                ),
                name="bar_has_one_object",
                violation_error_message="暂停对象须为名单、条目、接受人（或接受人的某一代码）之一。",
            ),
            models.CheckConstraint(
                condition=Q(lifted_on__isnull=True) | Q(lifted_on__gte=F("from_on")), name="bar_lifted_after_begun"
            ),
            models.CheckConstraint(
                condition=Q(lift_recorded_at__isnull=True, lifted_by__isnull=True, lift_document_no="", lift_reason="")
                | Q(lift_recorded_at__isnull=False, lifted_by__isnull=False, lifted_on__isnull=False)
                & ~Q(lift_document_no="")
                & ~Q(lift_reason=""),
                name="bar_lifted_by_a_document",
                violation_error_message="解除暂停须有文号、日期、理由和记录人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_no} {self.from_on}"

    @property
    def label(self) -> str:
        """What is suspended, as people read it."""
        if self.entry is not None:
            return f"{self.entry.edition.name}第{self.entry.number}号条目"
        if self.operator is not None:
            return f"{self.operator.name}的 {self.waste_code}" if self.waste_code else self.operator.name
        return str(self.edition)

    def is_in_force_on(self, day: date) -> bool:
        return self.from_on <= day and (self.lifted_on is None or self.lifted_on > day)
