"""A file of lines on its way into a list: what was handed in, what the check found, what came of it."""

from django.db import models
from django.db.models import Q

from apps.catalogue.models import Province
from apps.organisations.models import User
from apps.whitelists.enums import ImportStatus
from apps.whitelists.models.editions import Edition


class LineImport(models.Model):
    """One file that somebody handed in for one list. The working lines change only when it is loaded.

    ``problems`` are the bad cells (sheet, cell, what, why), ``refusal`` is why the file could not be read at all,
    ``lines`` what would take the place of the working lines. ``touched_at`` is the machine's own clock: a check
    that has not moved it for a while has lost its worker.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="imports", verbose_name="名单")
    province = models.ForeignKey(Province, models.PROTECT, related_name="+", verbose_name="导入方")
    made_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="导入人")
    original_name = models.CharField("文件名", max_length=200)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("校验值", max_length=64)
    status = models.CharField("状态", max_length=10, choices=ImportStatus, default=ImportStatus.WAITING)
    attempts = models.PositiveSmallIntegerField("核对次数", default=0)
    rows_total = models.PositiveIntegerField("总行数", default=0)
    rows_done = models.PositiveIntegerField("已核对行数", default=0)
    refusal = models.TextField("不能读取的原因", blank=True)
    problems = models.JSONField("错误", default=list, blank=True)
    notes = models.JSONField("提示", default=list, blank=True)
    lines = models.JSONField("条目", default=list, blank=True)
    uploaded_at = models.DateTimeField("上传时间")
    touched_at = models.DateTimeField("最近进展")
    checked_at = models.DateTimeField("核对完成时间", null=True, blank=True)
    loaded_at = models.DateTimeField("载入时间", null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = "条目导入"
        constraints = [
            models.CheckConstraint(
                condition=Q(rows_done__lte=models.F("rows_total")), name="line_import_done_within_total"
            ),
            models.CheckConstraint(
                condition=~Q(status="loaded") | Q(loaded_at__isnull=False), name="line_import_loaded_at_a_moment"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("checked", "loaded")) | Q(problems=[], refusal=""),
                name="line_import_clean_when_checked",
                violation_error_message="有错误的文件不能载入。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["touched_at"], condition=Q(status__in=("waiting", "checking")), name="line_import_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition} {self.original_name}"


class ImportFile(models.Model):
    """The bytes of an import: in the database, where worker and door see the same and a crash leaves no orphan.

    ``annotated`` is the workbook with the bad cells marked, when there are any.
    """

    of_import = models.OneToOneField(LineImport, models.CASCADE, primary_key=True, related_name="file")
    content = models.BinaryField("文件")
    annotated = models.BinaryField("标注后的文件", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入的文件"

    def __str__(self) -> str:
        return str(self.of_import)
