"""Pages: a template with the frame that every page has (navigation, day, demonstration clock)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.organisations.enums import BUREAU_ROLES, DECIDING_ROLES, Role
from apps.organisations.permissions import Standing
from apps.web.moment import shifted_now, standing_for
from apps.web.notices.bell import unread_of

ENTERPRISE_DESK = (Role.FILER, Role.VIEWER)


@dataclass(frozen=True, slots=True)
class Desk:
    """A section of the site that somebody may use."""

    title: str
    url_name: str
    about: str


HOME = Desk("首页", "web:home", "等您办理的事项、办理进度、明天可以转移的数量")
OWN = Desk("我的申请", "web:own_applications", "填写、提交和跟踪本单位的跨省转移申请")
ADDRESSED = Desk("拟接受的转移", "web:addressed_applications", "查看其他省份拟转移至本单位的申请")
DEMAND = Desk("需求申报", "web:demand", "申报明年拟跨省转移的废物，供两省商定名单时参考")
LISTS = Desk("名单商定", "web:whitelist", "两省商定名单：起草、提出、反馈、确认，以及今后十二个月各方向的名单")
WORKLIST = Desk("办理工作台", "web:worklist", "按时限先后查看和办理案件")
SIGNING = Desk("签批", "web:signing", "审核、签发，查看退回的拟办")
USE = Desk("名单用量", "web:utilisation", "各方向名单的核定、占用、批准、转移和余量")
BOARD = Desk("需求与能力", "web:demand_board", "各单位申报的需求与接受地可用能力的对照，缺口在哪里")
CALENDAR = Desk("工作日历", "web:calendar", "全年的工作日、放假和调休，年历的变更记录")
ACCOUNTS = Desk("账号", "web:accounts", "邀请人员，查看账号，重置动态验证码，停用")
ADMIN = Desk("系统管理", "admin:index", "账号、基础数据")


def desks_of(standing: Standing) -> list[Desk]:
    """The sections for which the person's roles stand, most used first."""
    roles, auditor = standing.roles, standing.is_auditor
    lists = Role.WHITELIST_ADMIN in roles
    offered = [
        (HOME, standing.enterprises()),
        (OWN, standing.enterprises(*ENTERPRISE_DESK)),
        (DEMAND, standing.enterprises(*ENTERPRISE_DESK)),
        (ADDRESSED, standing.enterprises(Role.OPERATOR_STAFF)),
        (LISTS, lists),
        (WORKLIST, auditor or roles.intersection(BUREAU_ROLES)),
        (SIGNING, roles.intersection(DECIDING_ROLES)),
        (LISTS, auditor and not lists),
        (USE, auditor or standing.provinces()),
        (BOARD, auditor or lists),
        (CALENDAR, standing.is_system_admin),
        (ADMIN, standing.is_system_admin),
        (ACCOUNTS, standing.is_system_admin),
    ]
    return [desk for desk, is_theirs in offered if is_theirs]


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Render ``template`` inside the frame."""
    frame = {
        "desks": desks_of(standing_for(request)),
        "shifted_now": shifted_now(request),
        "unread": unread_of(request),
    }
    return render(request, template, {**frame, **(context or {})}, status=status)
