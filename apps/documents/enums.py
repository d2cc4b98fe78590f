"""Words of the papers' public check."""

from django.db import models


class Standing(models.TextChoices):
    """How a genuine paper stands; of an approval also whether it may still be used."""

    VALID = "valid", "有效"
    NOT_YET = "not_yet", "有效，尚未到起始日"
    PAUSED = "paused", "暂停转移"
    REVOKED = "revoked", "已撤回、撤销或者注销"
    EXPIRED = "expired", "有效期已满"
    CLOSED = "closed", "已终结"
    VOID = "void", "作废"
