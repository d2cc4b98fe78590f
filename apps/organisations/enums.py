"""Words for who somebody is."""

from django.db import models


class Role(models.TextChoices):
    """Roles of docs/rules.md §9. An enterprise role needs an enterprise, a bureau role a bureau, the others neither."""

    FILER = "filer", "企业经办人"
    VIEWER = "viewer", "企业查看人"
    OPERATOR_STAFF = "operator_staff", "接受单位人员"
    LOCAL_OFFICER = "local_officer", "属地局经办人"
    HANDLER = "handler", "经办人"
    SECTION_HEAD = "section_head", "处室负责人"
    SIGNATORY = "signatory", "分管负责人"
    BUREAU_HEAD = "bureau_head", "主要负责人"
    WHITELIST_ADMIN = "whitelist_admin", "名单管理员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    AUDITOR = "auditor", "审计员"


ENTERPRISE_ROLES = (Role.FILER, Role.VIEWER, Role.OPERATOR_STAFF)
LOCAL_ROLES = (Role.LOCAL_OFFICER,)
PROVINCIAL_ROLES = (Role.HANDLER, Role.SECTION_HEAD, Role.SIGNATORY, Role.BUREAU_HEAD, Role.WHITELIST_ADMIN)
BUREAU_ROLES = LOCAL_ROLES + PROVINCIAL_ROLES
# Who must prove themselves by more than a password.
SECOND_STEP_ROLES = (*BUREAU_ROLES, Role.SYSTEM_ADMIN, Role.AUDITOR)
DECIDING_ROLES = (Role.HANDLER, Role.SECTION_HEAD, Role.SIGNATORY, Role.BUREAU_HEAD)


class BureauLevel(models.TextChoices):
    """Provincial bureaus decide, local ones give opinions."""

    PROVINCIAL = "provincial", "省级"
    LOCAL = "local", "属地"


class GeneratorKind(models.TextChoices):
    """What kind of sender an enterprise is; a collector needs a permit of its own."""

    PRODUCER = "producer", "产废单位"
    COLLECTOR = "collector", "收集单位"


class PermitKind(models.TextChoices):
    """A collection permit allows no use or disposal."""

    COMPREHENSIVE = "comprehensive", "综合"
    COLLECTION = "collection", "收集"


class PermitStatus(models.TextChoices):
    """Revoked and cancelled are final."""

    VALID = "valid", "有效"
    SUSPENDED = "suspended", "暂扣"
    REVOKED = "revoked", "吊销"
    CANCELLED = "cancelled", "注销"


class CapacityMovementKind(models.TextChoices):
    """How a permit's year is drawn on."""

    APPROVE = "approve", "批准"
    RESTORE = "restore", "恢复"


class AccountEventKind(models.TextChoices):
    """What happened to an account; a row of its log each."""

    JOINED = "joined", "受邀开通账号"
    SIGNED_IN = "signed_in", "登录"
    PASSWORD_CHANGED = "password_changed", "修改密码"
    PASSWORD_RESET = "password_reset", "通过邮件重设密码"
    ENROLLED = "enrolled", "启用动态验证码"
    FACTOR_REMOVED = "factor_removed", "停用动态验证码"
    FACTOR_RESET = "factor_reset", "管理员重置动态验证码"
    CODES_RENEWED = "codes_renewed", "重新生成恢复码"
    SESSIONS_ENDED = "sessions_ended", "结束其他登录"
    CLOSED = "closed", "停用账号"
    REOPENED = "reopened", "恢复账号"


class SecondStep(models.TextChoices):
    """How a sign-in proved itself beyond the password."""

    NONE = "", "仅密码"
    TOTP = "totp", "动态验证码"
    RECOVERY = "recovery", "恢复码"


class AccountLetterKind(models.TextChoices):
    """What an account's letter is for."""

    INVITATION = "invitation", "邀请"
    RESET = "reset", "重设密码"
    WARNING = "warning", "安全提醒"
