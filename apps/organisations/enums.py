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
