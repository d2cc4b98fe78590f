"""How one wants to be told, kind by kind."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.notifications.channels import TEXT, channel_named
from apps.notifications.enums import MailChoice, MessageKind
from apps.notifications.services.digesting import AT
from apps.notifications.services.preferring import Wish, choose, wishes_of
from apps.web.moment import standing_for, user_of
from apps.web.notices.views import HERE
from apps.web.rendering import page

ABOUT: dict[MessageKind, str] = {
    MessageKind.ARRIVED: "案件到达本机关，等您办理",
    MessageKind.SIGNING: "等您审核、签发，或者被退回的拟办",
    MessageKind.REMINDED: "时限将到、当日到期，对方来函催复",
    MessageKind.LATE: "时限已过",
    MessageKind.SUPERVISED: "逾期案件转您督办",
    MessageKind.MENDING: "需要补正、补充说明或者答复",
    MessageKind.ANSWERED: "申请人答复、撤回、申报完毕",
    MessageKind.DECIDED: "批准、不予批准、暂停、撤销、终结",
    MessageKind.PROGRESS: "受理、商请、函复等各环节的进展",
    MessageKind.MOVED: "工作日历调整引起的时限变更",
    MessageKind.SHIPMENT: "登记转移、确认接受",
    MessageKind.LIST_TALKS: "对方提出、反馈、确认名单",
    MessageKind.LIST_CHANGED: "名单条目调整、暂停、解除，许可证状态变更",
    MessageKind.LIST_ENDS: "名单即将期满而没有下一期",
    MessageKind.LIST_USE: "条目用量达到 80％、90％、100％",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One kind on the page."""

    wish: Wish
    about: str


@login_required
@require_http_methods(["GET", "POST"])
def notice_preferences(request: HttpRequest) -> HttpResponse:
    """Choose by kind: at once, daily, not by e-mail. In the app everything is told."""
    user = user_of(request)
    wishes = wishes_of(user=user, roles=standing_for(request).roles)
    has_text = channel_named(TEXT) is not None
    if request.method == "POST":
        choose(user=user, wishes={wish.kind: _chosen(request.POST, wish, has_text=has_text) for wish in wishes})
        messages.success(request, "通知设置已保存，对今后的消息有效。")
        return redirect("web:notice_preferences")
    context = {
        "here": HERE,
        "rows": [Row(wish, ABOUT[wish.kind]) for wish in wishes],
        "choices": MailChoice.choices,
        "has_text": has_text,
        "digest_at": AT,
    }
    return page(request, "web/notices/preferences.html", context)


def _chosen(posted: QueryDict, wish: Wish, *, has_text: bool) -> Wish:
    """What was posted; a value that is none leaves what was."""
    mail = posted.get(f"mail-{wish.kind}", "")
    return Wish(
        kind=wish.kind,
        mail=MailChoice(mail) if mail in MailChoice.values else wish.mail,
        is_texted=f"text-{wish.kind}" in posted if has_text else wish.is_texted,
    )
