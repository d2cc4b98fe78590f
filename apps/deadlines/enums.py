"""The words of the clocks. Stored values are short and never shown; labels are what people read."""

from django.db import models


class DayKind(models.TextChoices):
    """How the State Council's notice departs from Monday to Friday."""

    DAY_OFF = "day_off", "放假"
    MAKEUP_WORKDAY = "makeup_workday", "调休上班"


class ClockStatus(models.TextChoices):
    """A stopped clock has days left and no due moment; an ended one keeps its last due moment."""

    RUNNING = "running", "计时中"
    STOPPED = "stopped", "已停表"
    ENDED = "ended", "已结束"


class EventKind(models.TextChoices):
    """What can happen to a clock. `missed` is a reminder that its own due moment overtook."""

    STARTED = "started", "起算"
    STOPPED = "stopped", "停表"
    RESUMED = "resumed", "恢复计时"
    RESTARTED = "restarted", "重新起算"
    REOPENED = "reopened", "撤回后续计"
    ENDED = "ended", "结束"
    MOVED = "moved", "因年历调整而变更"
    RUNG = "rung", "提醒或督办"
    MISSED = "missed", "提醒已错过"
    BREACHED = "breached", "逾期"


class RungKind(models.TextChoices):
    """What a rung of the ladder asks for.

    `act` is never recorded: it says that the owner of the clock acts at the due moment, so that the clock
    stays pending until the owner ends it. A clock without a ladder has this one rung silently.
    """

    REMINDER = "reminder", "提醒"
    LETTER = "letter", "催复函"
    BREACH = "breach", "逾期"
    SUPERVISION = "supervision", "督办"
    ACT = "act", "到期处理"


class RungAnchor(models.TextChoices):
    """What a rung's working days are counted from."""

    BEFORE_DUE = "before_due", "到期日前"
    DUE = "due", "到期日"
    AFTER_DUE = "after_due", "到期日后"


class SpanKind(models.TextChoices):
    """What the days of one line of a clock's reckoning are to it. Only `counted` days have numbers."""

    VOID = "void", "作废"
    STARTED = "started", "起算"
    RESTARTED = "restarted", "重新起算"
    COUNTED = "counted", "计入"
    NOT_COUNTED = "not_counted", "不计入"
    FOLLOWING = "following", "随同"
    OVERDUE = "overdue", "已逾期"
    STOPPED = "stopped", "停表"
    STANDING = "standing", "停表期间"
    RESUMED = "resumed", "恢复计时"
    FLOOR = "floor", "不早于"
    DUE = "due", "到期"


class ChangeKind(models.TextChoices):
    """What a change of the calendar is about."""

    YEAR = "year", "载入年历"
    DAY = "day", "调整一天"


class ChangeStatus(models.TextChoices):
    """A change is looked at before it is ordered; what was ordered is carried out as a whole or not at all."""

    PREPARED = "prepared", "待确认"
    WAITING = "waiting", "等待执行"
    RUNNING = "running", "正在执行"
    DONE = "done", "已执行"
    REFUSED = "refused", "未执行"
