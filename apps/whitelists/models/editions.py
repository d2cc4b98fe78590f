"""The lists: one edition an ordered pair of provinces and a period."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from apps.catalogue.models import Province, days_of, just
from apps.organisations.enums import PROVINCIAL_ROLES, Role
from apps.organisations.permissions import Standing
from apps.whitelists.enums import ConsentMode, EditionStatus
from apps.whitelists.states import EditionStates


class EditionQuerySet(models.QuerySet):
    def confirmed(self) -> Self:
        return self.filter(status=EditionStatus.CONFIRMED)

    def in_force_on(self, day: date) -> Self:
        """In force, or confirmed and to begin: the confirmed edition whose period contains the day."""
        return self.confirmed().filter(begins_on__lte=day, ends_on__gte=day)

    def visible_to(self, standing: Standing) -> Self:
        """Those that `permissions.may_see` shows."""
        if not standing.roles:
            return self.none()
        drafting = Q(destination__in=standing.provinces(Role.WHITELIST_ADMIN))
        handed = ~Q(status=EditionStatus.DRAFT) & ~Q(status=EditionStatus.ABANDONED, destination_letter_no="")
        own = standing.provinces(*PROVINCIAL_ROLES)
        between = Q() if standing.is_auditor else Q(origin__in=own) | Q(destination__in=own)
        unconfirmed = drafting & ~handed | handed & between
        return self.filter(Q(status=EditionStatus.CONFIRMED) | unconfirmed)

    def of_pair(self, *, origin_id: str, destination_id: str) -> Self:
        return self.filter(origin_id=origin_id, destination_id=destination_id)


class Edition(EditionStates):
    """The list of one ordered pair of provinces for one period (名单（年度／期次）)."""

    name = models.CharField("名称", max_length=80, unique=True)
    origin = models.ForeignKey(Province, models.PROTECT, related_name="editions_out", verbose_name="移出地")
    destination = models.ForeignKey(Province, models.PROTECT, related_name="editions_in", verbose_name="接受地")
    begins_on = models.DateField("起")
    ends_on = models.DateField("止（含当日）")
    consent_mode = models.CharField("同意方式", max_length=6, choices=ConsentMode, default=ConsentMode.JOINT)
    limits_validity = models.BooleanField("批准有效期不超出本期", default=False)
    origin_letter_no = models.CharField("移出地确认函号", max_length=60, blank=True)
    destination_letter_no = models.CharField("接受地确认函号", max_length=60, blank=True)
    carried_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="carried_to", verbose_name="延续自"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["begins_on", "origin_id", "destination_id"]
        verbose_name = verbose_name_plural = "名单期次"
        constraints = [
            ExclusionConstraint(
                name="confirmed_editions_of_a_pair_do_not_overlap",
                expressions=[
                    (just("origin"), RangeOperators.EQUAL),
                    (just("destination"), RangeOperators.EQUAL),
                    (days_of("begins_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="confirmed"),
                violation_error_message="同一移出地、接受地已有期间重叠的已确认名单。",
            ),
            models.CheckConstraint(
                condition=~Q(origin=F("destination")),
                name="edition_between_two_provinces",
                violation_error_message="移出地与接受地不能是同一省份。",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("begins_on")),
                name="edition_period_in_order",
                violation_error_message="名单止日不得早于起日。",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed")
                | (Q(confirmed_at__isnull=False) & ~Q(origin_letter_no="") & ~Q(destination_letter_no="")),
                name="edition_confirmed_with_both_letters",
                violation_error_message="确认名单须有双方确认函文号和确认时间。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
