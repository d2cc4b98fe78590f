"""Words of the whitelist."""

from django.db import models


class EditionStatus(models.TextChoices):
    """In force and ended are computed from the period, never stored."""

    DRAFT = "draft", "起草"
    PROPOSED = "proposed", "已提出"
    COUNTERED = "countered", "已反馈"
    CONFIRMED = "confirmed", "已确认"
    ABANDONED = "abandoned", "已放弃"


class ConsentMode(models.TextChoices):
    """joint: both bureaus act on each case. prior: the confirmed list is the destination's consent (2020 agreement)."""

    JOINT = "joint", "双方审核"
    PRIOR = "prior", "名单预同意"


class MovementKind(models.TextChoices):
    HOLD = "hold", "占用"
    RELEASE = "release", "释放"
    COMMIT = "commit", "核减"
    RESTORE = "restore", "恢复"
    ADJUST = "adjust", "调整核定"


class RoundKind(models.TextChoices):
    """Who hands the list over: the destination proposes, the origin counters; a list agreed on paper is entered."""

    PROPOSED = "proposed", "提出"
    COUNTERED = "countered", "反馈"
    ENTERED = "entered", "录入"


class EventKind(models.TextChoices):
    """What the log of the lists records."""

    OPENED = "opened", "起草"
    PROPOSED = "proposed", "提出名单"
    COUNTERED = "countered", "反馈意见"
    CONFIRMED = "confirmed", "确认名单"
    ABANDONED = "abandoned", "放弃"
    ENTERED = "entered", "录入已商定名单"
    IMPORTED = "imported", "导入条目"
    GAP_WARNED = "gap_warned", "名单即将期满"
    ADJUSTMENT_PROPOSED = "adjustment_proposed", "提出调整"
    ADJUSTMENT_CONFIRMED = "adjustment_confirmed", "确认调整"
    ADJUSTMENT_DECLINED = "adjustment_declined", "不同意调整"
    ADJUSTMENT_TAKEN_BACK = "adjustment_taken_back", "撤回调整"
    SUSPENDED = "suspended", "暂停"
    LIFTED = "lifted", "解除暂停"
    PERMIT_STATUS = "permit_status", "许可证状态变更"
    ALERTED = "alerted", "用量提醒"


class FindingSeverity(models.TextChoices):
    """Of what is found of the lines of a list: what blocks can't be proposed."""

    BLOCK = "block", "不能提出"
    WARN = "warn", "提醒"


class ImportStatus(models.TextChoices):
    """An import of lines: checked row by row, then, with nothing wrong, put in the place of the working lines."""

    WAITING = "waiting", "等待核对"
    CHECKING = "checking", "正在核对"
    REFUSED = "refused", "有错误"
    CHECKED = "checked", "核对无误，待载入"
    LOADED = "loaded", "已载入"
    FAILED = "failed", "核对失败"
    DISCARDED = "discarded", "已放弃"


class PeriodPart(models.TextChoices):
    """For which part of a calendar year demand is declared."""

    YEAR = "year", "全年"
    FIRST = "first", "上半年"
    SECOND = "second", "下半年"


class DemandAct(models.TextChoices):
    DECLARED = "declared", "申报"
    CHANGED = "changed", "修改"
    WITHDRAWN = "withdrawn", "取消"


class AdjustmentStatus(models.TextChoices):
    """How far an adjustment has come."""

    OPEN = "open", "待答复"
    CONFIRMED = "confirmed", "已确认"
    DECLINED = "declined", "不同意"
    TAKEN_BACK = "taken_back", "已撤回"
