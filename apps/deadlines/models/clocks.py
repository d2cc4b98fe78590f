"""The running clocks: each stores its due moment, so that a late sweep loses nothing."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Min, Q

from apps.deadlines.enums import ClockStatus
from apps.deadlines.workdays import due_day_of


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    """Reading words of the clocks."""

    def open(self) -> Self:
        """Running or stopped."""
        return self.exclude(status=ClockStatus.ENDED)

    def running(self) -> Self:
        """Counting towards a due moment, passed or not."""
        return self.filter(status=ClockStatus.RUNNING)

    def due(self, now: datetime) -> Self:
        """Clocks for which something has to be recorded or done at `now`."""
        return self.filter(next_at__lte=now)

    def overdue(self, now: datetime) -> Self:
        """Running clocks whose due moment has passed."""
        return self.running().filter(due_at__lte=now)

    def pending_references(self, now: datetime, limit: int) -> list[str]:
        """At most `limit` references with something to do, the longest waiting first; takes no locks."""
        waiting = self.due(now).values("reference").annotate(first_at=Min("next_at")).order_by("first_at", "reference")
        return [row["reference"] for row in waiting[:limit]]

    def locked(self) -> Self:
        """Locks the clocks in key order, letting rows that merely point at them pass."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Deadline(models.Model):
    """One clock of a reference: `days` working days after `started_on`, or the day before another clock's due day.

    `started_on` and `days` are those now in force (after a resumption: the day of it and what was left).
    `base_on`, `base_days` and the stops since `base_round` are what everything is reckoned from when the calendar
    changes. `due_at` is the exclusive bound 00:00 of the day after the due day. `breached_at` is the due moment of
    the one breach that a clock can ever have.
    """

    reference = models.CharField("编号", max_length=64)
    kind = models.CharField("时限", max_length=32)
    sequence = models.PositiveIntegerField("第几次")
    ladder = models.CharField("阶梯", max_length=32, blank=True)
    status = models.CharField("状态", max_length=8, choices=ClockStatus, default=ClockStatus.RUNNING)
    round = models.PositiveIntegerField("轮次", default=1)

    base_on = models.DateField("原起算日")
    base_days = models.PositiveSmallIntegerField("原工作日数", null=True, blank=True)
    base_round = models.PositiveIntegerField("起算轮次", default=1)
    started_on = models.DateField("起算日")
    days = models.PositiveSmallIntegerField("工作日数", null=True, blank=True)
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followers", verbose_name="随同时限"
    )

    due_at = models.DateTimeField("到期时刻", null=True, blank=True)
    is_provisional = models.BooleanField("暂定", default=False)
    floor_on = models.DateField("不早于", null=True, blank=True)
    stopped_on = models.DateField("停表日", null=True, blank=True)
    left_days = models.PositiveSmallIntegerField("剩余工作日", null=True, blank=True)
    planned_from = models.DateTimeField("提醒自何时起安排")
    next_at = models.DateTimeField("下一时刻", null=True, blank=True)
    breached_at = models.DateTimeField("逾期时刻", null=True, blank=True)
    ended_at = models.DateTimeField("结束时刻", null=True, blank=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "时限"
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("next_at",), name="deadline_pending", condition=Q(next_at__isnull=False)),
            # Serves the calendar: which open clocks reach into a year.
            models.Index(fields=("due_at",), name="deadline_open_due", condition=~Q(status=ClockStatus.ENDED)),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("reference", "kind", "sequence"),
                name="deadline_sequence_once",
                violation_error_message="该时限的这一次已经存在。",
            ),
            models.UniqueConstraint(
                fields=("reference", "kind"),
                condition=~Q(status=ClockStatus.ENDED),
                name="deadline_one_open",
                violation_error_message="该事项的同一时限尚未结束，不能再次起算。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ClockStatus.values),
                name="deadline_status",
                violation_error_message="时限状态只能是计时中、已停表或已结束。",
            ),
            models.CheckConstraint(
                condition=~Q(status=ClockStatus.RUNNING)
                | Q(due_at__isnull=False, stopped_on__isnull=True, left_days__isnull=True),
                name="deadline_running_has_due",
                violation_error_message="计时中的时限必须有到期时刻，且没有停表记录。",
            ),
            models.CheckConstraint(
                condition=~Q(status=ClockStatus.STOPPED)
                | Q(due_at__isnull=True, stopped_on__isnull=False, left_days__isnull=False),
                name="deadline_stopped_has_left",
                violation_error_message="已停表的时限必须记有停表日和剩余工作日，且没有到期时刻。",
            ),
            models.CheckConstraint(
                condition=Q(status=ClockStatus.ENDED, ended_at__isnull=False)
                | (~Q(status=ClockStatus.ENDED) & Q(ended_at__isnull=True)),
                name="deadline_ended_has_moment",
                violation_error_message="已结束的时限必须记有结束时刻，未结束的不得记有。",
            ),
            models.CheckConstraint(
                condition=Q(next_at__isnull=True) | Q(status=ClockStatus.RUNNING),
                name="deadline_pending_runs",
                violation_error_message="只有计时中的时限才有下一时刻。",
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True, days__isnull=False, base_days__isnull=False)
                | Q(follows__isnull=False, days__isnull=True, base_days__isnull=True),
                name="deadline_days_or_follows",
                violation_error_message="时限要么有工作日数，要么随同另一时限。",
            ),
            models.CheckConstraint(
                condition=Q(sequence__gte=1, base_round__gte=1, round__gte=F("base_round")),
                name="deadline_counts_from_one",
                violation_error_message="时限的次数和轮次从1起，起算轮次不晚于当前轮次。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.kind}#{self.sequence}"

    @property
    def due_on(self) -> date | None:
        """The day at whose end the clock is due; None while it is stopped."""
        return due_day_of(self.due_at) if self.due_at else None


class ClockStop(models.Model):
    """A time during which a clock stood still; kept so that a calendar change can reckon it anew."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="stops", verbose_name="时限")
    round = models.PositiveIntegerField("轮次")
    stopped_on = models.DateField("停表日")
    at_least = models.PositiveSmallIntegerField("至少剩余", default=1)
    resumed_on = models.DateField("恢复日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "停表"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("deadline", "round"), name="clock_stop_once", violation_error_message="该时限本轮已经停过表。"
            ),
            models.CheckConstraint(
                condition=Q(resumed_on__isnull=True) | Q(resumed_on__gte=F("stopped_on")),
                name="clock_stop_forward",
                violation_error_message="恢复日不能早于停表日。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.stopped_on}–{self.resumed_on or ''}"
