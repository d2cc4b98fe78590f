"""What stays inside one bureau: its notes on a case and who of its people takes care of it."""

from django.db import models
from django.db.models import Q

from apps.organisations.models import Bureau, User
from apps.transfers.enums import NoteKind
from apps.transfers.models.application import Application


class BureauNoteQuerySet(models.QuerySet["BureauNote"]):
    def inside(self, bureaus: frozenset[int]) -> "BureauNoteQuerySet":
        """Notes of these bureaus only: the other bureau, the parties and the auditor read none of them."""
        return self.filter(bureau__in=bureaus)


class BureauNote(models.Model):
    """An internal note or the record of a telephone call (append-only; a trigger sees to it).

    It is no reason and no act: nothing of it reaches the log, a paper or anybody outside ``bureau``.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="bureau_notes", verbose_name="申请")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name="机关")
    kind = models.CharField("类型", max_length=10, choices=NoteKind)
    counterpart = models.CharField("通话对象", max_length=60, blank=True)
    text = models.TextField("内容")
    written_by = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="记录人")
    written_at = models.DateTimeField("记录时间")

    objects = BureauNoteQuerySet.as_manager()

    class Meta:
        ordering = ["application_id", "pk"]
        verbose_name = verbose_name_plural = "内部记事"
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="internal", counterpart="") | (Q(kind="telephone") & ~Q(counterpart=""))),
                name="bureau_note_telephone_names_whom",
                violation_error_message="电话记录须写明通话对象，内部记事没有通话对象。",
            ),
            models.CheckConstraint(
                condition=~Q(text=""), name="bureau_note_says_something", violation_error_message="记事内容不能为空。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_kind_display()} {self.written_at:%Y-%m-%d %H:%M}"


class CaseHandler(models.Model):
    """Who of a bureau takes care of a case (承办人): one person a bureau, who may change. It gives no power."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="handlers", verbose_name="申请")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name="机关")
    handler = models.ForeignKey(User, models.RESTRICT, related_name="+", verbose_name="承办人")
    taken_at = models.DateTimeField("承办时间")

    class Meta:
        verbose_name = verbose_name_plural = "承办人"
        constraints = [models.UniqueConstraint(fields=["application", "bureau"], name="case_handler_one_a_bureau")]

    def __str__(self) -> str:
        return f"{self.application} {self.handler}"
