"""Words of telling people."""

from django.db import models

from apps.organisations.enums import BUREAU_ROLES, ENTERPRISE_ROLES, Role


class Source(models.TextChoices):
    """The log in which a message's row stands."""

    CASE = "case", "办理记录"
    CLOCK = "clock", "时限事件"
    LIST = "list", "名单记录"
    SIGNING = "signing", "签批记录"


class Subject(models.TextChoices):
    """What a message leads to; the door knows the address, which differs by reader. A desk has no key."""

    CASE = "case", "申请"
    LIST = "list", "名单"
    SIGNING = "signing", "签批"
    DESK = "desk", "工作台"
    NONE = "", "—"


class MessageKind(models.TextChoices):
    """What a message is about: what people choose by, how they want to be told."""

    ARRIVED = "arrived", "案件到达"
    SIGNING = "signing", "签批"
    REMINDED = "reminded", "时限提醒"
    LATE = "late", "逾期"
    SUPERVISED = "supervised", "督办"
    MENDING = "mending", "补正与说明"
    ANSWERED = "answered", "申请人答复"
    DECIDED = "decided", "决定与批准"
    PROGRESS = "progress", "办理进展"
    MOVED = "moved", "时限变更"
    SHIPMENT = "shipment", "转移与接受"
    LIST_TALKS = "list_talks", "名单商定"
    LIST_CHANGED = "list_changed", "名单调整与暂停"
    LIST_ENDS = "list_ends", "名单期满"
    LIST_USE = "list_use", "名单用量"


class MailChoice(models.TextChoices):
    """How somebody wants a kind of message by e-mail. In the app everybody gets every message."""

    AT_ONCE = "at_once", "即时"
    DAILY = "daily", "每日汇总"
    NONE = "none", "不发"


class LetterStatus(models.TextChoices):
    """Dropped: when its turn came there was nothing to say or nobody to tell. Given up: the address takes no mail."""

    WAITING = "waiting", "待发"
    SENT = "sent", "已发"
    GIVEN_UP = "given_up", "无法送达"
    DROPPED = "dropped", "不再发送"


_BUREAU = frozenset(BUREAU_ROLES)
_CASEWORK = _BUREAU - {Role.WHITELIST_ADMIN}
_ENTERPRISE = frozenset(ENTERPRISE_ROLES)
_LISTS = _ENTERPRISE | {Role.WHITELIST_ADMIN}
# Who may meet a kind at all: the page of preferences offers no others.
AUDIENCE: dict[MessageKind, frozenset[Role]] = {
    MessageKind.ARRIVED: _CASEWORK,
    MessageKind.SIGNING: _CASEWORK - {Role.LOCAL_OFFICER},
    MessageKind.REMINDED: _CASEWORK | {Role.FILER},
    MessageKind.LATE: _CASEWORK | {Role.FILER, Role.VIEWER},
    MessageKind.SUPERVISED: _CASEWORK,
    MessageKind.MENDING: frozenset({Role.FILER, Role.VIEWER}),
    MessageKind.ANSWERED: frozenset({Role.HANDLER}),
    MessageKind.DECIDED: _ENTERPRISE | {Role.HANDLER},
    MessageKind.PROGRESS: _ENTERPRISE | {Role.HANDLER},
    MessageKind.MOVED: _CASEWORK | {Role.FILER, Role.VIEWER},
    MessageKind.SHIPMENT: _ENTERPRISE,
    MessageKind.LIST_TALKS: frozenset({Role.WHITELIST_ADMIN}),
    MessageKind.LIST_CHANGED: _LISTS,
    MessageKind.LIST_ENDS: frozenset({Role.WHITELIST_ADMIN}),
    MessageKind.LIST_USE: _LISTS,
}
# What waits for somebody goes out at once, what is only good to know once a day.
DAILY_AT_FIRST = frozenset({MessageKind.PROGRESS, MessageKind.MOVED, MessageKind.SHIPMENT, MessageKind.LIST_USE})
TEXT_AT_FIRST = frozenset({MessageKind.LATE, MessageKind.SUPERVISED, MessageKind.MENDING})


def mail_at_first(kind: MessageKind) -> MailChoice:
    """How a kind is mailed to somebody who never chose."""
    return MailChoice.DAILY if kind in DAILY_AT_FIRST else MailChoice.AT_ONCE
