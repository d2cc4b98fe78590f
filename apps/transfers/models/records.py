"""Records that acts on an application leave."""

from django.db import models
from django.db.models import Q

from apps.organisations.models import Bureau, User, tonnes
from apps.transfers.enums import Answer, PauseSource, State, SuspensionReason
from apps.transfers.models.application import Application
from apps.transfers.models.items import Item


class CorrectionPoint(models.Model):
    """One point of the one correction notice, and the filer's answer to it (order 23, art. 23)."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="correction_points")
    position = models.PositiveSmallIntegerField("序号")
    subject = models.CharField("材料或者栏目", max_length=60)
    problem = models.TextField("存在的问题")
    demand = models.TextField("补正要求")
    answer = models.TextField("补正说明", blank=True)
    is_done = models.BooleanField("已补正", default=False)

    class Meta:
        ordering = ["application_id", "position"]
        verbose_name = verbose_name_plural = "补正事项"
        constraints = [models.UniqueConstraint(fields=["application", "position"], name="correction_point_once")]

    def __str__(self) -> str:
        return f"{self.position} {self.subject}"


class LocalOpinion(models.Model):
    """The local bureau's opinion, or that its days were over (never final, docs/rules.md §3)."""

    application = models.OneToOneField(Application, models.PROTECT, related_name="local_opinion")
    bureau = models.ForeignKey(Bureau, models.PROTECT, null=True, blank=True, related_name="+")
    agrees = models.BooleanField("同意移出", null=True)
    text = models.TextField("意见", blank=True)
    given_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "属地意见"

    def __str__(self) -> str:
        return f"{self.application} {self.agrees}"


class Reply(models.Model):
    """The destination's answer to a letter, one a round; ``voided_at`` when it was recalled."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="replies")
    round = models.PositiveSmallIntegerField("轮次")
    answer = models.CharField("意见", max_length=10, choices=Answer)
    until = models.DateField("转移期限至", null=True, blank=True)
    reasons = models.TextField("理由", blank=True)
    given_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField("时间")
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接受地答复"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "round"], condition=Q(voided_at__isnull=True), name="reply_once_a_round"
            ),
            models.CheckConstraint(
                condition=~Q(answer__in=["objection", "partial"]) | ~Q(reasons=""),
                name="reply_objection_has_reasons",
                violation_error_message="不同意或部分同意须说明理由（23号令第二十五条）。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.answer}"


class ReviewSuspension(models.Model):
    """A suspension of the review (中止审查), once per stage and reason."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="review_suspensions")
    round = models.PositiveSmallIntegerField("轮次")
    stage = models.CharField("阶段", max_length=20, choices=State)
    reason = models.CharField("事由", max_length=10, choices=SuspensionReason)
    explanation = models.TextField("说明")
    suspended_on = models.DateField("中止日期")
    expected_end_on = models.DateField("预计恢复日期")
    resumed_on = models.DateField("恢复日期", null=True, blank=True)

    class Meta:
        ordering = ["application_id", "pk"]
        verbose_name = verbose_name_plural = "中止审查"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "stage", "reason"], name="review_suspension_once_a_stage_and_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_reason_display()}"


class Pause(models.Model):
    """A pause (暂停转移) of an approval in force; its validity is not extended.

    Several may overlap, one for each source; ``reference`` names the suspension that the clock followed (bar:12,
    permit:3). ``until_on`` is the last paused day: a pause that ended on its first day has none and ends before it.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="pauses")
    from_on = models.DateField("自")
    until_on = models.DateField("至", null=True, blank=True)
    reason = models.TextField("理由")
    document_no = models.CharField("文号", max_length=60, blank=True)
    source = models.CharField("来源", max_length=6, choices=PauseSource, default=PauseSource.MANUAL)
    reference = models.CharField("来源编号", max_length=40, blank=True)
    recorded_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField("记录时间")

    class Meta:
        ordering = ["application_id", "from_on"]
        verbose_name = verbose_name_plural = "暂停转移"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "source", "reference"],
                condition=Q(until_on__isnull=True),
                name="pause_open_once_a_source",
            ),
            models.CheckConstraint(
                condition=Q(source=PauseSource.MANUAL, reference="", recorded_by__isnull=False)
                | (~Q(source=PauseSource.MANUAL) & ~Q(reference="") & Q(recorded_by__isnull=True)),
                name="pause_by_a_person_or_by_the_clock",
                violation_error_message="暂停由移出地的人员作出，或者由系统依据暂停、许可证文件作出。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.from_on}"


class Shipment(models.Model):
    """One vehicle-trip under a manifest: what draws an approval down (docs/rules.md §12)."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="shipments")
    item = models.ForeignKey(Item, models.PROTECT, related_name="shipments")
    manifest_no = models.CharField("转移联单编号", max_length=14, unique=True)
    amount_t = tonnes("转移量（吨）")
    shipped_on = models.DateField("转移日期")
    carrier_name = models.CharField("承运人", max_length=100)
    arrived_on = models.DateField("运抵日期", null=True, blank=True)
    received_t = tonnes("接受量（吨）", null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.RESTRICT, related_name="+")
    recorded_at = models.DateTimeField("记录时间")
    confirmed_by = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    class Meta:
        ordering = ["application_id", "shipped_on", "pk"]
        verbose_name = verbose_name_plural = "转移记录"
        constraints = [
            models.CheckConstraint(condition=Q(manifest_no__regex=r"^[0-9]{14}$"), name="shipment_manifest_14_digits"),
            models.CheckConstraint(condition=Q(amount_t__gt=0), name="shipment_amount_positive"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, received_t__isnull=True)
                | Q(confirmed_at__isnull=False, received_t__isnull=False, received_t__gte=0, arrived_on__isnull=False),
                name="shipment_confirmed_has_received",
            ),
        ]

    def __str__(self) -> str:
        return self.manifest_no
