"""The application (申请)."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from apps.catalogue.models import Province
from apps.organisations.models import Enterprise, User
from apps.organisations.permissions import standing_of
from apps.transfers.enums import (
    OPEN_STATES,
    AcceptanceKind,
    Answer,
    ReasonForDecision,
    RevocationKind,
    Route,
    State,
)
from apps.transfers.states import ApplicationStates
from apps.whitelists.enums import ConsentMode
from apps.whitelists.models import Edition

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.transfers.models.records import Pause


# Stands for "no moment" where moments are ordered: a row comparison with NULL would lose the row.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def waiting_order() -> tuple[Coalesce, Coalesce, F]:
    """Supervised first, the longest of all, then by due moment; what has none comes last. No two cases are equal."""
    never = Value(NEVER, output_field=models.DateTimeField())
    return Coalesce("supervised_since", never), Coalesce("due_at", never), F("id")


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, user: User, today: date) -> Self:
        """Applications that the person may read on that day (docs/rules.md §9): the first filter of every view."""
        standing = standing_of(user, today)
        if standing.is_auditor:
            return self.exclude(state=State.DRAFT)
        own = Q(generator__in=standing.enterprises("filer", "viewer"))
        filed = ~Q(state=State.DRAFT)
        provinces = standing.provinces()
        others = Q(operator__in=standing.enterprises("operator_staff"))
        others |= Q(origin__in=provinces) | Q(destination__in=provinces)
        others |= Q(route=Route.GENERAL, local_division__in=standing.local_divisions())
        return self.filter(own | (filed & others))

    def read_for_authority(self, user: User, today: date) -> Self:
        """Of what the person may read, what they read for a bureau or as auditor, not for an enterprise; no drafts."""
        standing = standing_of(user, today)
        if standing.is_auditor:
            return self.exclude(state=State.DRAFT)
        provinces, divisions = standing.provinces(), standing.local_divisions()
        cases = Q(origin__in=provinces) | Q(destination__in=provinces)
        if divisions:
            cases |= Q(route=Route.GENERAL, local_division__in=divisions)
        return self.filter(cases).exclude(state=State.DRAFT)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)


class Application(ApplicationStates):
    """One generator, one operator, one or more items, from draft to its end.

    ``round`` counts submits and resubmits: edition, consent mode and quota movements belong to a round.
    ``received_on`` is the day the case reached the origin bureau (order 23, art. 23; docs/rules.md §5).
    """

    number = models.CharField("申请编号", max_length=24, unique=True, null=True, blank=True)
    route = models.CharField("程序", max_length=10, choices=Route, blank=True)
    round = models.PositiveSmallIntegerField("轮次", default=0)
    version = models.PositiveIntegerField("版本", default=1, help_text="每次保存加一，供两处同时编辑时比较")

    generator = models.ForeignKey(Enterprise, models.PROTECT, related_name="applications_out", verbose_name="移出人")
    operator = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="applications_in", null=True, blank=True, verbose_name="接受人"
    )
    origin = models.ForeignKey(Province, models.PROTECT, related_name="applications_out", verbose_name="移出地")
    destination = models.ForeignKey(
        Province, models.PROTECT, related_name="applications_in", null=True, blank=True, verbose_name="接受地"
    )
    local_division = models.CharField("属地区划", max_length=6, blank=True)
    transit = models.ManyToManyField(Province, related_name="applications_through", blank=True, verbose_name="途经地")
    requested_from = models.DateField("拟转移期限自", null=True, blank=True)
    requested_until = models.DateField("拟转移期限至", null=True, blank=True)
    carrier_name = models.CharField("承运人", max_length=100, blank=True)
    carrier_permit_no = models.CharField("承运人道路运输许可证号", max_length=60, blank=True)
    is_transport_exempt = models.BooleanField("运输环节豁免", default=False)
    contract_no = models.CharField("合同编号", max_length=60, blank=True)
    contract_sender = models.CharField("合同委托方", max_length=100, blank=True)
    contract_receiver = models.CharField("合同受托方", max_length=100, blank=True)
    contract_until = models.DateField("合同有效期至", null=True, blank=True)
    contact_name = models.CharField("联系人", max_length=30, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)

    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="名单")
    consent_mode = models.CharField("同意方式", max_length=6, choices=ConsentMode, blank=True)
    created_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="建立人")
    created_at = models.DateTimeField("建立时间")
    changed_at = models.DateTimeField("修改时间")
    filed_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="提交人")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    received_on = models.DateField("收件日期", null=True, blank=True)
    accepted_on = models.DateField("受理日期", null=True, blank=True)
    accepted_how = models.CharField("受理方式", max_length=10, choices=AcceptanceKind, blank=True)
    correction_requested_on = models.DateField("补正告知日期", null=True, blank=True)
    endorsed_at = models.DateTimeField("商请时间", null=True, blank=True)
    endorsed_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+")
    answer = models.CharField("接受地意见", max_length=10, choices=Answer, blank=True)
    decision_because = models.CharField("转入决定的原因", max_length=10, choices=ReasonForDecision, blank=True)
    suspended_from = models.CharField("中止前状态", max_length=20, choices=State, blank=True)
    last_signer = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+")
    log_length = models.PositiveIntegerField("办理记录数", default=0)
    recallable_until = models.DateTimeField("可收回至", null=True, blank=True)
    recallable_state = models.CharField("收回后状态", max_length=20, choices=State, blank=True)
    decided_on = models.DateField("决定日期", null=True, blank=True)
    valid_from = models.DateField("有效期自", null=True, blank=True)
    valid_until = models.DateField("有效期至（含当日）", null=True, blank=True)
    revocation_kind = models.CharField("撤销类型", max_length=12, choices=RevocationKind, blank=True)
    declared_complete_at = models.DateTimeField("申报执行完毕", null=True, blank=True)
    settlement_flag = models.TextField("待核销说明", blank=True)
    reasons = models.TextField("理由", blank=True)
    supervised_since = models.DateTimeField("督办起", null=True, blank=True)
    supervised_by_role = models.CharField("督办层级", max_length=20, blank=True)
    due_at = models.DateTimeField("现行时限", null=True, blank=True, help_text="持有阶段的时限，供排序")
    is_due_provisional = models.BooleanField("时限暂定", default=False)
    warnings = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name="提示代码")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = "转移申请"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", number__isnull=True, round=0, submitted_at__isnull=True, route="")
                | (
                    ~Q(state="draft")
                    & Q(number__isnull=False, round__gte=1, submitted_at__isnull=False, operator__isnull=False)
                    & Q(destination__isnull=False, requested_from__isnull=False, requested_until__isnull=False)
                    & ~Q(route="")
                ),
                name="application_filed_is_complete",
                violation_error_message="已提交的申请须有编号、程序、接受人和拟转移期限；草稿则没有编号。",
            ),
            models.CheckConstraint(
                condition=Q(route__in=["", "general"]) | Q(edition__isnull=False) & ~Q(consent_mode=""),
                name="application_listed_has_edition",
                violation_error_message="名单内或超量申请须指明名单和同意方式。",
            ),
            models.CheckConstraint(
                condition=Q(accepted_on__isnull=True, accepted_how="")
                | (Q(accepted_on=F("received_on"), received_on__isnull=False) & ~Q(accepted_how="")),
                name="application_accepted_from_receipt",
                violation_error_message="受理日期即收件日期（23号令第二十三条）。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["destination_review", "decision", "approved"]) | Q(accepted_on__isnull=False),
                name="application_accepted_before_letter",
                violation_error_message="发函、决定之前须已受理。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "revoked", "closed"], valid_until__gte=F("valid_from"))
                & Q(decided_on__isnull=False, valid_from__gte=F("decided_on"))
                # A comparison with NULL is no refusal in SQL.
                & Q(valid_from__isnull=False, valid_until__isnull=False)
                | (
                    ~Q(state__in=["approved", "revoked", "closed"])
                    & Q(valid_from__isnull=True, valid_until__isnull=True)
                ),
                name="application_approved_has_validity",
                violation_error_message="批准的申请须有决定日期和有效期，其他申请没有。",
            ),
            models.CheckConstraint(
                condition=Q(state="suspended", suspended_from__in=["origin_review", "destination_review", "decision"])
                | (~Q(state="suspended") & Q(suspended_from="")),
                name="application_suspended_knows_from",
                violation_error_message="中止审查须记住中止前的状态。",
            ),
            models.CheckConstraint(
                condition=~Q(state="correction") | Q(correction_requested_on__isnull=False, accepted_on__isnull=True),
                name="application_correction_before_acceptance",
                violation_error_message="补正告知只能在受理之前发出一次。",
            ),
            models.CheckConstraint(
                condition=Q(requested_until__isnull=True)
                | Q(requested_from__isnull=True)
                | Q(requested_until__gte=F("requested_from"))
                | Q(state="draft"),
                name="application_period_in_order",
                violation_error_message="拟转移期限止日不得早于起日。",
            ),
        ]
        indexes = [
            models.Index(fields=["origin", "state", "due_at"], name="application_origin_list"),
            models.Index(fields=["destination", "state", "due_at"], name="application_destination_list"),
            models.Index(fields=["generator", "-id"], name="application_generator_list"),
            models.Index(fields=["operator", "-id"], name="application_operator_list"),
            # The worklist's own order, so that a page of it is read from here and nothing is sorted.
            models.Index(*waiting_order(), condition=Q(state__in=OPEN_STATES), name="application_waiting"),
        ]

    def __str__(self) -> str:
        return self.number or f"草稿 {self.pk}"

    @property
    def is_supervised(self) -> bool:
        return self.supervised_since is not None

    def pauses_on(self, day: date) -> "QuerySet[Pause]":
        """The pauses of shipments that hold on the day; several may overlap."""
        pauses = self.pauses.filter(Q(until_on__isnull=True) | Q(until_on__gte=day), from_on__lte=day)
        return pauses.order_by("from_on", "pk")

    def paused_on(self, day: date, *sources: str) -> "Pause | None":
        """The last pause of shipments that holds on the day, of these sources or of any."""
        pauses = self.pauses_on(day)
        return (pauses.filter(source__in=sources) if sources else pauses).last()
