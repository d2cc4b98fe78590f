"""What an application asks for and what it carries."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Right

from apps.organisations.models import ZERO_T, User, tonnes
from apps.transfers.enums import Form
from apps.transfers.models.application import Application
from apps.whitelists.models import WhitelistEntry


class Item(models.Model):
    """One waste code × tonnes × form × packaging × method (转移废物明细)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="items", verbose_name="申请")
    position = models.PositiveSmallIntegerField("序号")
    waste_code = models.CharField("废物代码", max_length=10, blank=True)
    waste_name = models.CharField("废物名称", max_length=60, blank=True)
    hazard_properties = models.CharField("危险特性", max_length=20, blank=True)
    form = models.CharField("形态", max_length=10, choices=Form, blank=True)
    packaging = models.CharField("包装方式", max_length=30, blank=True)
    method = models.CharField("利用处置方式", max_length=4, blank=True)
    amount_t = tonnes("申请数量（吨）", null=True, blank=True)
    contracted_t = tonnes("合同数量（吨）", null=True, blank=True)
    is_transport_exempt = models.BooleanField("运输环节豁免", default=False)
    consented_t = tonnes("接受地同意（吨）", null=True, blank=True)
    approved_t = tonnes("批准（吨）", null=True, blank=True)
    entry = models.ForeignKey(
        WhitelistEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="名单条目"
    )

    class Meta:
        ordering = ["application_id", "position"]
        verbose_name = verbose_name_plural = "转移废物明细"
        constraints = [
            models.UniqueConstraint(fields=["application", "position"], name="item_position_once"),
            models.CheckConstraint(
                condition=Q(amount_t__isnull=True) | Q(amount_t__gt=0),
                name="item_amount_positive",
                violation_error_message="申请数量须大于零。",
            ),
            models.CheckConstraint(
                condition=Q(approved_t__isnull=True) | Q(approved_t__gte=0, approved_t__lte=F("amount_t")),
                name="item_approved_within_asked",
                violation_error_message="批准数量不得超过申请数量。",
            ),
        ]
        # A category is the last two digits of its codes: one index finds cases by either.
        indexes = [models.Index(Right("waste_code", 2), F("waste_code"), F("application").desc(), name="item_wastes")]

    def __str__(self) -> str:
        return f"{self.position} {self.waste_code} {self.amount_t}"


class QuotaClaim(models.Model):
    """What one round of an application holds on one entry: the within part in the ledger, the over part beside it.

    ``over_t`` is the one-off allowance asked for, ``granted_over_t`` what the destination granted of it
    (exactly the excess or nothing, docs/rules.md §7); it never becomes part of the list.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="claims", verbose_name="申请")
    round = models.PositiveSmallIntegerField("轮次")
    entry = models.ForeignKey(WhitelistEntry, models.PROTECT, related_name="claims", verbose_name="条目")
    within_t = tonnes("余量内（吨）", default=ZERO_T)
    over_t = tonnes("超出部分（吨）", default=ZERO_T)
    granted_over_t = tonnes("同意的超出部分（吨）", null=True, blank=True)
    approved_within_t = tonnes("批准（余量内，吨）", null=True, blank=True)
    approved_over_t = tonnes("批准（超出部分，吨）", null=True, blank=True)
    released_at = models.DateTimeField("释放时间", null=True, blank=True)

    class Meta:
        ordering = ["application_id", "round", "entry_id"]
        verbose_name = verbose_name_plural = "数量占用"
        constraints = [
            models.UniqueConstraint(fields=["application", "round", "entry"], name="quota_claim_once_a_round"),
            models.CheckConstraint(
                condition=Q(within_t__gte=0, over_t__gte=0) & ~Q(within_t=0, over_t=0), name="quota_claim_positive"
            ),
            models.CheckConstraint(
                condition=Q(granted_over_t__isnull=True) | Q(granted_over_t__gte=0, granted_over_t__lte=F("over_t")),
                name="quota_claim_granted_within_over",
            ),
            models.CheckConstraint(
                condition=Q(approved_within_t__isnull=True, approved_over_t__isnull=True)
                | Q(
                    approved_within_t__isnull=False,
                    approved_over_t__isnull=False,
                    approved_within_t__gte=0,
                    approved_within_t__lte=F("within_t"),
                    approved_over_t__gte=0,
                    approved_over_t__lte=F("over_t"),
                ),
                name="quota_claim_approved_within_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}/{self.round} {self.entry}"


class Attachment(models.Model):
    """A material of order 23, art. 22, or a file of an answer. It lies outside the web root under a random name."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="attachments", verbose_name="申请")
    material = models.SlugField("材料", max_length=30)
    supplement = models.ForeignKey(
        "transfers.Supplement", models.PROTECT, null=True, blank=True, related_name="files", verbose_name="补充说明"
    )
    # Its folder is the month of the upload, given by who stores it: the storage would ask its own clock.
    file = models.FileField("文件", upload_to="")
    original_name = models.CharField("原文件名", max_length=200)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField("SHA-256", max_length=64)
    content_type = models.CharField("类型", max_length=100)
    uploaded_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)
    scanned_at = models.DateTimeField("查毒时间", null=True, blank=True)

    class Meta:
        ordering = ["material", "pk"]
        verbose_name = verbose_name_plural = "申请材料附件"

    def __str__(self) -> str:
        return self.original_name
