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
