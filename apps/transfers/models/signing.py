"""The sign-off chain: who prepares, reviews and signs at a bureau, and what was prepared (docs/rules.md §9)."""

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from apps.organisations.enums import Role
from apps.organisations.models import Bureau, User
from apps.transfers.enums import PreparationState, SigningKind, State
from apps.transfers.models.application import Application

LIVE = (PreparationState.PREPARED, PreparationState.REVIEWED, PreparationState.SENT_BACK)


class SignoffChain(models.Model):
    """One to three roles in order at one bureau, for one act or (``act`` empty) for every act without its own row.

    With one role a person of that role acts at once; a bureau without any row acts as it always did.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="signoff_chains", verbose_name="机关")
    act = models.CharField("行为", max_length=30, blank=True, help_text="空：没有单独规定的各种行为")
    roles = ArrayField(models.CharField(max_length=20, choices=Role), verbose_name="经办、审核、签发的角色")

    class Meta:
        ordering = ["bureau_id", "act"]
        verbose_name = verbose_name_plural = "签批流程"
        constraints = [
            models.UniqueConstraint(fields=["bureau", "act"], name="signoff_chain_once"),
            models.CheckConstraint(
                condition=Q(roles__len__gte=1, roles__len__lte=3),
                name="signoff_chain_one_to_three",
                violation_error_message="签批流程须为一至三人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bureau} {self.act or '*'}: {' → '.join(self.roles)}"


class Preparation(models.Model):
    """An act that a handler has prepared and that fires when it is signed.

    ``payload`` is what the service will be given, as JSON; ``position``, ``round`` and ``from_state`` say on which
    case it was prepared. ``revision`` counts changes: what somebody read is what they sign. ``waits_for`` is the role
    of the next step, empty when none waits. ``facts`` is what findings, lists and permits said when somebody last passed
    it on: the next one is shown what has changed since.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="preparations", verbose_name="申请")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name="机关")
    act = models.CharField("行为", max_length=30)
    state = models.CharField("状态", max_length=10, choices=PreparationState)
    payload = models.JSONField("内容", default=dict, blank=True, encoder=DjangoJSONEncoder)
    roles = ArrayField(models.CharField(max_length=20, choices=Role), verbose_name="签批流程")
    waits_for = models.CharField("等待的角色", max_length=20, choices=Role, blank=True)
    from_state = models.CharField("拟办时的状态", max_length=20, choices=State)
    round = models.PositiveSmallIntegerField("拟办时的轮次")
    position = models.PositiveIntegerField("拟办时的办理记录次序")
    revision = models.PositiveIntegerField("修订", default=1)
    is_clean = models.BooleanField("没有提示事项", default=False, help_text="名单内且核对无提示，可以成批签发")
    facts = models.JSONField("核对时的情况", default=dict, blank=True, encoder=DjangoJSONEncoder)
    handler = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="经办人")
    prepared_at = models.DateTimeField("拟办时间")
    reviewer = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="审核人")
    reviewed_at = models.DateTimeField("审核时间", null=True, blank=True)
    signatory = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="签发人")
    signed_at = models.DateTimeField("签发时间", null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "待签批事项"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "act"],
                condition=Q(state__in=["prepared", "reviewed", "sent_back"]),
                name="preparation_one_live_an_act",
            ),
            models.CheckConstraint(
                condition=Q(signatory__isnull=True) | ~Q(signatory=F("handler")),
                name="preparation_signer_is_not_handler",
                violation_error_message="签发人不得是经办人本人。",
            ),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=True)
                | (~Q(reviewer=F("handler")) & (Q(signatory__isnull=True) | ~Q(reviewer=F("signatory")))),
                name="preparation_each_step_another",
                violation_error_message="经办、审核、签发须各由一人。",
            ),
            models.CheckConstraint(
                condition=Q(state="signed", signatory__isnull=False, signed_at__isnull=False)
                | (~Q(state="signed") & Q(signatory__isnull=True, signed_at__isnull=True)),
                name="preparation_signed_has_signatory",
                violation_error_message="已签发的须有签发人和签发时间。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["prepared", "reviewed"]) & ~Q(waits_for="")
                | (~Q(state__in=["prepared", "reviewed"]) & Q(waits_for="")),
                name="preparation_waits_for_a_role",
                violation_error_message="待审核、待签发的须指明等待的角色。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["bureau", "waits_for"],
                condition=Q(state__in=["prepared", "reviewed"]),
                name="preparation_waiting",
            ),
            models.Index(
                fields=["handler"],
                condition=Q(state__in=["prepared", "reviewed", "sent_back"]),
                name="preparation_of_handler",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.act} {self.get_state_display()}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def waits_for_signature(self) -> bool:
        """Whether the next step is the signature itself."""
        done = 2 if self.state == PreparationState.REVIEWED else 1
        return bool(self.waits_for) and done == len(self.roles) - 1


class SigningStep(models.Model):
    """What was done with a preparation: who, for whom (代), when, with what remark.

    Append-only; a trigger lets only ``delivered_at`` change.
    """

    preparation = models.ForeignKey(Preparation, models.PROTECT, related_name="steps", verbose_name="待签批事项")
    position = models.PositiveSmallIntegerField("次序")
    kind = models.CharField("步骤", max_length=10, choices=SigningKind)
    by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="办理人")
    instead_of = models.ForeignKey(User, models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="代")
    remark = models.TextField("意见", blank=True)
    revision = models.PositiveIntegerField("修订")
    at = models.DateTimeField("时间")
    delivered_at = models.DateTimeField("通知时间", null=True, blank=True)

    class Meta:
        ordering = ["preparation_id", "position"]
        verbose_name = verbose_name_plural = "签批记录"
        constraints = [models.UniqueConstraint(fields=["preparation", "position"], name="signing_step_once")]
        indexes = [models.Index(fields=["id"], condition=Q(delivered_at__isnull=True), name="signing_step_undelivered")]

    def __str__(self) -> str:
        return f"{self.preparation} {self.position} {self.kind}"
