"""Adjustments of a list during its year: one side proposes, the other confirms, both by letter."""

from decimal import Decimal
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.catalogue.models import Province, WasteCategory
from apps.organisations.enums import PROVINCIAL_ROLES, Role
from apps.organisations.models import Enterprise, User, tonnes
from apps.organisations.permissions import Standing
from apps.whitelists.enums import AdjustmentStatus
from apps.whitelists.models.editions import Edition
from apps.whitelists.models.ledger import WhitelistEntry


class AdjustmentQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing) -> Self:
        """What lies between two provinces is read by the people of both bureaus and by the auditor."""
        if standing.is_auditor:
            return self
        own = standing.provinces(*PROVINCIAL_ROLES)
        return self.filter(Q(edition__origin__in=own) | Q(edition__destination__in=own))

    def waiting_for(self, standing: Standing) -> Self:
        """Open ones that the person, as the list administrator of one side, is to answer."""
        own = standing.provinces(Role.WHITELIST_ADMIN)
        one_side = Q(edition__origin__in=own) & ~Q(edition__destination__in=own)
        other_side = Q(edition__destination__in=own) & ~Q(edition__origin__in=own)
        return self.filter(one_side | other_side, status=AdjustmentStatus.OPEN).exclude(province__in=own)


class Adjustment(models.Model):
    """A change of an entry's quota, or (with ``target``) a move of tonnes from it to another line of the same list.

    ``change_t`` is what the entry gains, negative for a cut; a move takes it from ``entry`` and gives it to ``target``.
    With ``new_operator`` and what follows it the other line is yet to be made: confirming makes it the target.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="adjustments", verbose_name="名单")
    entry = models.ForeignKey(WhitelistEntry, models.PROTECT, related_name="adjustments", verbose_name="条目")
    target = models.ForeignKey(
        WhitelistEntry, models.PROTECT, null=True, blank=True, related_name="adjustments_in", verbose_name="调入条目"
    )
    change_t = tonnes("变动（吨）")
    new_operator = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="新条目接受人"
    )
    new_waste_codes = ArrayField(
        models.CharField(max_length=10), verbose_name="新条目废物代码", default=list, blank=True
    )
    new_category = models.ForeignKey(
        WasteCategory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="新条目废物类别"
    )
    new_method = models.CharField("新条目利用处置方式", max_length=4, blank=True)
    reason = models.TextField("理由")
    letter_no = models.CharField("提出方函号", max_length=60)
    province = models.ForeignKey(Province, models.PROTECT, related_name="+", verbose_name="提出方")
    status = models.CharField("状态", max_length=10, choices=AdjustmentStatus, default=AdjustmentStatus.OPEN)
    answer_letter_no = models.CharField("答复方函号", max_length=60, blank=True)
    answer_reason = models.TextField("答复理由", blank=True)
    proposed_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间")
    ended_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="办结人")
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = "名单调整"
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(status="open"), name="adjustment_one_open_an_entry"),
            models.CheckConstraint(condition=~Q(change_t=0), name="adjustment_changes_something"),
            models.CheckConstraint(
                condition=Q(target__isnull=True) | Q(change_t__lt=0) & ~Q(target=F("entry")),
                name="adjustment_moves_to_another",
            ),
            models.CheckConstraint(
                condition=Q(new_operator__isnull=True, new_waste_codes=[], new_category__isnull=True, new_method="")
                | Q(new_operator__isnull=False, change_t__lt=0)
                & ~Q(new_method="")
                & (
                    Q(new_category__isnull=True) & ~Q(new_waste_codes=[])
                    | Q(new_category__isnull=False, new_waste_codes=[])
                )
                & (Q(status="confirmed", target__isnull=False) | ~Q(status="confirmed") & Q(target__isnull=True)),
                name="adjustment_new_line_is_whole",
                violation_error_message="新条目须有接受人、废物代码或者类别（二者取一）和利用处置方式。",
            ),
            models.CheckConstraint(condition=~Q(letter_no="") & ~Q(reason=""), name="adjustment_by_letter"),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True, ended_by__isnull=True, answer_letter_no="")
                | Q(status="confirmed", ended_at__isnull=False, ended_by__isnull=False) & ~Q(answer_letter_no="")
                | Q(status="declined", ended_at__isnull=False, ended_by__isnull=False) & ~Q(answer_reason="")
                | Q(status="taken_back", ended_at__isnull=False, ended_by__isnull=False),
                name="adjustment_ended_as_it_says",
                violation_error_message="确认调整须有双方函号，不同意调整须有理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} {self.change_t}"

    @property
    def size_t(self) -> Decimal:
        """Tonnes that it adds, cuts or moves, without a sign."""
        return abs(self.change_t)

    @property
    def makes_a_line(self) -> bool:
        """Whether the line that gains the tonnes is made by confirming it."""
        return self.new_operator_id is not None

    @property
    def new_wastes(self) -> str:
        """What the new line lists, as people read it."""
        return self.new_category_id or "、".join(self.new_waste_codes)

    @property
    def other_side_id(self) -> str:
        """The province (division code) that answers."""
        edition = self.edition
        return edition.destination_id if self.province_id == edition.origin_id else edition.origin_id

    @property
    def reference(self) -> str:
        """What the ledger's movements and the log name it by."""
        return f"adjustment:{self.pk}"
