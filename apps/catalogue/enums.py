"""Words of the reference data."""

from django.db import models


class DivisionLevel(models.TextChoices):
    """Levels of GB/T 2260; Chongqing has counties right below the province."""

    PROVINCE = "province", "省级"
    PREFECTURE = "prefecture", "市级"
    COUNTY = "county", "县级"


class PaperKind(models.TextChoices):
    """Every paper that a bureau issues (docs/papers.md); the value names it in tables, URLs and tests."""

    RECEIPT = "receipt", "收件回执"
    ACCEPTANCE = "acceptance", "受理通知书"
    CORRECTION = "correction", "申请材料补正告知书"
    LETTER = "letter", "商请函"
    REPLY_AGREE = "reply_agree", "复函（同意）"
    REPLY_REFUSE = "reply_refuse", "复函（不同意）"
    REMINDER = "reminder", "催复函"
    APPROVAL = "approval", "批准决定书"
    REFUSAL = "refusal", "不予批准决定书"
    WITHDRAWAL = "withdrawal", "撤回决定书"
    ANNULMENT = "annulment", "撤销决定书"
    CANCELLATION = "cancellation", "注销决定书"
    NOTICE = "notice", "通报函"
    PAUSE = "pause", "暂停转移告知书"
    PAUSE_LIFTED = "pause_lifted", "恢复转移告知书"
    SUSPENSION = "suspension", "中止审查通知书"
    RESUMPTION = "resumption", "恢复审查通知书"
    ERRATUM = "erratum", "更正通知书"
    LETTER_ERRATUM = "letter_erratum", "更正函"


class PaperSeries(models.TextChoices):
    """The three number series of a bureau and the receipt, which carries the application's own number."""

    DECISION = "decision", "决定"
    LETTER = "letter", "函"
    ACCEPTANCE = "acceptance", "受理"
    NONE = "none", "以申请编号为号"
