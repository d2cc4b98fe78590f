"""The ladder of reminders, breach and supervision: data, one named ladder per kind of clock."""

from django.db import models
from django.db.models import Q

from apps.deadlines.enums import RungAnchor, RungKind


class LadderRung(models.Model):
    """What happens `working_days` before, on or after the due day, at `at_time` (null: at the end of that day)."""

    ladder = models.CharField("阶梯", max_length=32)
    code = models.CharField("代码", max_length=32)
    position = models.PositiveSmallIntegerField("次序")
    anchor = models.CharField("基准", max_length=16, choices=RungAnchor)
    working_days = models.PositiveSmallIntegerField("工作日数", default=0)
    at_time = models.TimeField("时刻", null=True, blank=True)
    kind = models.CharField("类别", max_length=16, choices=RungKind)
    addressee = models.CharField("告知对象", max_length=32, blank=True)
    text = models.CharField("措辞", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "时限阶梯"
        ordering = ("ladder", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("ladder", "code"), name="ladder_rung_once", violation_error_message="同一阶梯内代码不能重复。"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=RungKind.values) & Q(anchor__in=RungAnchor.values),
                name="ladder_rung_words",
                violation_error_message="阶梯的类别或基准不在规定的范围内。",
            ),
            models.CheckConstraint(
                condition=Q(anchor=RungAnchor.DUE, working_days=0)
                | (~Q(anchor=RungAnchor.DUE) & Q(working_days__gte=1)),
                name="ladder_rung_distance",
                violation_error_message="到期日当天的阶梯工作日数为0，之前或之后的至少为1。",
            ),
            # The breach is the due moment itself, and so is the act: nothing else may be written into the data.
            models.CheckConstraint(
                condition=~Q(kind__in=(RungKind.BREACH, RungKind.ACT)) | Q(anchor=RungAnchor.DUE, at_time__isnull=True),
                name="ladder_rung_breach_at_due",
                violation_error_message="逾期和到期处理只能在到期时刻。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ladder}/{self.code}"
