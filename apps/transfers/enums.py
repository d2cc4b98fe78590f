"""Words of the application."""

from django.db import models


class State(models.TextChoices):
    """States of docs/rules.md §4."""

    DRAFT = "draft", "草稿"
    LOCAL_OPINION = "local_opinion", "属地意见"
    ORIGIN_REVIEW = "origin_review", "移出地初审"
    DESTINATION_REVIEW = "destination_review", "函商接受地"
    DECISION = "decision", "移出地决定"
    CORRECTION = "correction", "待补正"
    SUSPENDED = "suspended", "中止审查"
    APPROVED = "approved", "已批准"
    REJECTED = "rejected", "不予批准"
    WITHDRAWN = "withdrawn", "申请人撤回"
    LAPSED = "lapsed", "视为撤回（逾期未补正）"
    REVOKED = "revoked", "已撤回／撤销／注销"
    CLOSED = "closed", "已终结（期满或执行完毕）"


OPEN_STATES = (
    State.LOCAL_OPINION,
    State.ORIGIN_REVIEW,
    State.DESTINATION_REVIEW,
    State.DECISION,
    State.CORRECTION,
    State.SUSPENDED,
)
END_STATES = (State.REJECTED, State.WITHDRAWN, State.LAPSED, State.REVOKED, State.CLOSED)
EDITABLE_STATES = (State.DRAFT, State.CORRECTION)
SUSPENDABLE_STATES = (State.ORIGIN_REVIEW, State.DESTINATION_REVIEW, State.DECISION)


class Route(models.TextChoices):
    FAST_TRACK = "fast_track", "名单内直接审批"
    OVER_QUOTA = "over_quota", "超量商请"
    GENERAL = "general", "一般审批程序"


class AcceptanceKind(models.TextChoices):
    EXPLICIT = "explicit", "当场受理"
    IMPLIED = "implied", "以后续办理行为受理"
    SILENCE = "silence", "逾期未告知视为受理"
    AT_ONCE = "at_once", "即时受理"


class Answer(models.TextChoices):
    """What the destination answered, or that it did not."""

    CONSENT = "consent", "同意"
    PARTIAL = "partial", "部分同意"
    OBJECTION = "objection", "不同意"
    NONE = "none", "逾期未复"


class ReasonForDecision(models.TextChoices):
    """Why a case that was consented to still needs the origin's decision."""

    ROUTE = "route", "按程序由移出地作出决定"
    CHANGED = "changed", "接受地同意的数量或期限少于申请"
    PERMIT = "permit", "接受人许可证不再有效"
    BARRED = "barred", "名单、条目或接受人已被暂停"
    VALIDITY = "validity", "有效期已无剩余"
    CAPACITY = "capacity", "接受人年度能力不足"


class Form(models.TextChoices):
    SOLID = "solid", "固态"
    SEMI_SOLID = "semi_solid", "半固态"
    LIQUID = "liquid", "液态"
    GAS = "gas", "气态"


class Severity(models.TextChoices):
    BLOCKING = "blocking", "不能提交"
    ROUTING = "routing", "决定程序"
    WARNING = "warning", "提示"


class ClockKind(models.TextChoices):
    """Kinds of clocks that an application runs (rows of apps.deadlines)."""

    WHOLE = "whole", "全程时限"
    TARGET = "target", "移出地内部目标"
    LOCAL = "local", "属地意见时限"
    ORIGIN = "origin", "初审时限"
    DESTINATION = "destination", "接受地函复时限"
    DECISION = "decision", "决定时限"
    ACCEPTANCE = "acceptance", "受理告知时限"
    HOLD = "hold", "余量保留期"
    LAPSE = "lapse", "补正期限"
    SUSPENSION = "suspension", "中止期限"
    CLOSING = "closing", "终结期限"


class PreparationState(models.TextChoices):
    """How far a prepared act has come on its way to the signature (docs/rules.md §9)."""

    PREPARED = "prepared", "已拟办"
    REVIEWED = "reviewed", "已审核"
    SENT_BACK = "sent_back", "已退回"
    SIGNED = "signed", "已签发"
    DROPPED = "dropped", "已作废"


class SigningKind(models.TextChoices):
    """What somebody did with a prepared act."""

    PREPARED = "prepared", "拟办"
    REVIEWED = "reviewed", "审核"
    SENT_BACK = "sent_back", "退回"
    SIGNED = "signed", "签发"
    DROPPED = "dropped", "作废"


class RevocationKind(models.TextChoices):
    WITHDRAWAL = "withdrawal", "撤回"
    ANNULMENT = "annulment", "撤销"
    CANCELLATION = "cancellation", "注销"


class PauseSource(models.TextChoices):
    """What an approval is paused by: a person of the origin, or by the clock a suspension of a list or a permit."""

    MANUAL = "manual", "移出地暂停"
    BAR = "bar", "名单暂停"
    PERMIT = "permit", "许可证失效"


class SuspensionReason(models.TextChoices):
    EXPERTS = "experts", "专家评审"
    TESTING = "testing", "检测、鉴定"
    PERMIT = "permit", "许可证被暂扣"
    BARRED = "barred", "名单或接受人被暂停"


class NoteKind(models.TextChoices):
    """What a bureau writes down for itself."""

    INTERNAL = "internal", "内部记事"
    TELEPHONE = "telephone", "电话记录"
