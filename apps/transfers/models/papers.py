"""Frozen papers and the counters that number them."""

from django.db import models
from django.db.models import Q

from apps.catalogue.enums import PaperKind, PaperSeries
from apps.catalogue.models import Province
from apps.organisations.models import Bureau, User
from apps.transfers.models.application import Application


class NumberCounter(models.Model):
    """Application numbers per year and ordered pair; gaps are allowed (docs/rules.md §12)."""

    year = models.PositiveSmallIntegerField("年度")
    origin = models.ForeignKey(Province, models.PROTECT, related_name="+")
    destination = models.ForeignKey(Province, models.PROTECT, related_name="+")
    last = models.PositiveIntegerField("末号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "申请编号计数"
        constraints = [
            models.UniqueConstraint(fields=["year", "origin", "destination"], name="number_counter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.origin_id}→{self.destination_id}: {self.last}"


class PaperCounter(models.Model):
    """Paper numbers per bureau, series and year, gapless: its row lock is the last lock a transaction takes."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    series = models.CharField("序列", max_length=12, choices=PaperSeries)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("末号", default=0)
    last_dated_on = models.DateField("末号日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "文号计数"
        constraints = [models.UniqueConstraint(fields=["bureau", "series", "year"], name="paper_counter_once")]

    def __str__(self) -> str:
        return f"{self.bureau} {self.series} {self.year}: {self.last}"


class Paper(models.Model):
    """A paper frozen in the transaction of its act: number, date, law and words never change (a trigger sees to it).

    Only ``delivered_at`` may be set, once, and ``voided_at``, once, when the act is recalled: the number stays,
    marked 作废.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="papers", verbose_name="申请")
    round = models.PositiveSmallIntegerField("轮次")
    position = models.PositiveIntegerField("办理记录次序", default=0, help_text="由哪一条办理记录产生")
    kind = models.CharField("文种", max_length=20, choices=PaperKind)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="papers", verbose_name="发文机关")
    series = models.CharField("序列", max_length=12, choices=PaperSeries)
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("序号", null=True, blank=True)
    number = models.CharField("文号", max_length=40)
    dated_on = models.DateField("成文日期")
    law = models.CharField("法律依据时期", max_length=4)
    title = models.CharField("标题", max_length=200)
    addressee = models.CharField("主送", max_length=120)
    corrects = models.ForeignKey(
        "self", models.PROTECT, related_name="errata", null=True, blank=True, verbose_name="更正的文书"
    )
    content = models.JSONField("正文")
    copies = models.JSONField("抄送", default=list)
    frozen_at = models.DateTimeField("生成时间")
    delivered_at = models.DateTimeField("送达时间", null=True, blank=True)
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "文书"
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "series", "year", "serial"],
                condition=Q(serial__isnull=False),
                name="paper_number_once",
            ),
            models.UniqueConstraint(
                fields=["application", "round", "kind"], condition=Q(kind="receipt"), name="paper_one_receipt_a_round"
            ),
            models.CheckConstraint(
                condition=Q(series="none", serial__isnull=True) | (~Q(series="none") & Q(serial__gte=1)),
                name="paper_series_has_serial",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["erratum", "letter_erratum"], corrects__isnull=False)
                | (~Q(kind__in=["erratum", "letter_erratum"]) & Q(corrects__isnull=True)),
                name="paper_erratum_corrects_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Delivery(models.Model):
    """Who opened a paper first for its addressee, and when: the record of delivery (licence law, art. 44; append-only)."""

    paper = models.OneToOneField(Paper, models.PROTECT, related_name="delivery", verbose_name="文书")
    recipient = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="收件人")
    recipient_name = models.CharField("收件人姓名", max_length=60)
    means = models.CharField("送达方式", max_length=20, default="系统内查阅")
    delivered_at = models.DateTimeField("送达时间")

    class Meta:
        verbose_name = verbose_name_plural = "送达记录"

    def __str__(self) -> str:
        return f"{self.paper_id} {self.recipient_name}"
