"""The page on which a draft, or a case in correction, is edited, checked and filed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.transfers.enums import EDITABLE_STATES, Route, State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application
from apps.transfers.permissions import is_filer
from apps.transfers.rules.choosing import consequences
from apps.transfers.rules.copying import no_longer_fits, route_told
from apps.transfers.services.alerting import unwatch_entry, watch_entry
from apps.transfers.services.attaching import detach
from apps.transfers.services.filing import submit
from apps.transfers.services.splitting import split_and_submit
from apps.web.cases import visible_case
from apps.web.enterprise.drafting import Drafting, posted, stored
from apps.web.enterprise.forms import ITEM_FIELDS, is_blank_row, typed_rows
from apps.web.inputs import is_key
from apps.web.moment import now_of, user_of
from apps.web.refusing import CONFLICT, UNPROCESSABLE, not_allowed
from apps.web.rendering import page

SAVED = 200
CLOSED = '<p data-refused data-code="draft.closed">该申请现为“{}”，不能再修改，本页的内容没有保存。</p>'
LOOK_AGAIN = "您在检查之后修改了内容：已经保存并重新检查，请核对结果后再提交。"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show or change an editable application; what can't be edited any more is shown as it is."""
    application = visible_case(request, pk)
    if application.state not in EDITABLE_STATES:
        if request.POST.get("action") == "live":
            return HttpResponse(CLOSED.format(application.get_state_display()), status=CONFLICT)
        messages.info(request, f"该申请现为“{application.get_state_display()}”，不能再修改。")
        return redirect("web:own_application", pk)
    if not is_filer(application, user_of(request)):
        return not_allowed(request, NotAllowed("修改"))
    if request.method == "POST":
        try:
            return _changed(request, application)
        except NotFound as error:
            raise Http404 from error
    drafting = stored(request, application)
    if "checked" in request.GET or application.operator_id or application.items.exists():
        drafting.check()
    return _page(request, drafting, like=_like(request, drafting))


def _changed(request: HttpRequest, application: Application) -> HttpResponse:
    action, _, argument = request.POST.get("action", "save").partition(":")
    return ACTIONS.get(action, _save)(request, application, argument)


def _page(
    request: HttpRequest, drafting: Drafting, status: int = 200, like: dict[str, Any] | None = None
) -> HttpResponse:
    context = {**drafting.context(), "here": "web:own_applications", "like": like}
    return page(request, "web/enterprise/draft.html", context, status=status)


def _like(request: HttpRequest, drafting: Drafting) -> dict[str, Any] | None:
    """What of the earlier application, of which this draft is a copy, no longer fits."""
    key = request.GET.get("like", "")
    if not is_key(key) or drafting.result is None:
        return None
    earlier = visible_case(request, int(key))
    was_listed = earlier.route in {Route.FAST_TRACK, Route.OVER_QUOTA}
    return {
        "earlier": earlier,
        "stale": list(no_longer_fits(drafting.result, was_listed=was_listed)),
        "route": route_told(earlier.route, drafting.result),
        "contract_ran_out": bool(earlier.contract_no) and not drafting.application.contract_no,
    }


def _live(request: HttpRequest, application: Application, _: str) -> HttpResponse:
    """Keep what is being typed and give back what changes with it: the state of saving, each item's bar, the check."""
    drafting, status = posted(request, application), 200
    if not drafting.is_valid():
        status = UNPROCESSABLE
    elif drafting.has_changed():
        try:
            drafting.save()
        except NotFound:
            raise
        except Refused as refused:
            drafting.refuse(refused)
            status = UNPROCESSABLE if refused.field else CONFLICT
    if status == SAVED:
        drafting.version = str(drafting.application.version)
        drafting.check()
    context = {**drafting.live_context(), "errors": drafting.errors(), "is_saved": status == SAVED}
    return render(request, "web/enterprise/parts/live.html", context, status=status)


def _add_item(request: HttpRequest, application: Application, _: str) -> HttpResponse:
    blank = dict.fromkeys(ITEM_FIELDS, "")
    return _reshaped(request, application, [*typed_rows(request.POST), blank])


def _remove_item(request: HttpRequest, application: Application, number: str) -> HttpResponse:
    rows = [row for place, row in enumerate(typed_rows(request.POST), start=1) if str(place) != number]
    return _reshaped(request, application, rows)


def _reshaped(request: HttpRequest, application: Application, rows: list[dict[str, str]]) -> HttpResponse:
    """The page with other rows: nothing is saved yet, but a chosen file is taken in."""
    drafting = posted(request, application, typed=rows)
    drafting.attach_files()
    return _page(request, drafting)


def _detach(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    file = application.attachments.filter(pk=int(key)).first() if is_key(key) else None
    if file is None:
        raise Http404
    drafting = posted(request, application)
    drafting.attach_files()
    try:
        detach(application_id=application.pk, attachment_id=file.pk, by=user_of(request), now=now_of(request))
    except NotFound:
        raise
    except Refused as refused:
        drafting.refuse(refused)
    return _page(request, drafting)


def _choose(request: HttpRequest, application: Application, argument: str) -> HttpResponse:
    """Take one of the alternatives that the check offered: its operator, and its method for the item."""
    operator, _, rest = argument.partition(":")
    position, _, method = rest.partition(":")
    rows = [row for row in typed_rows(request.POST) if not is_blank_row(row)]
    for place, row in enumerate(rows, start=1):
        if str(place) == position:
            row["method"] = method
    drafting = posted(request, application, typed=rows, operator=operator)
    before = stored(request, application).checked_now()
    answer = _kept(request, drafting, wants_check=True)
    if drafting.is_saved:
        after = drafting.checked_now()
        messages.success(request, f"已改选接受人：{drafting.application.operator}。")
        for sentence in consequences(before, after, chosen=int(position) if is_key(position) else 0):
            messages.warning(request, sentence)
    return answer


def _watch(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    """Keep what was typed, and be told from now on when the entry runs short."""
    return _watching(
        request, application, key, watch_entry, "已记下：该条目用到核定数量的 80％、90％、100％ 时，在首页告诉您。"
    )


def _unwatch(request: HttpRequest, application: Application, key: str) -> HttpResponse:
    return _watching(request, application, key, unwatch_entry, "不再提醒该条目的余量变化。")


def _watching(
    request: HttpRequest, application: Application, key: str, verb: Callable[..., object], done: str
) -> HttpResponse:
    drafting = posted(request, application)
    answer = _kept(request, drafting, wants_check=True)
    if not drafting.is_saved:
        return answer
    entry_id = int(key) if is_key(key) else 0
    try:
        verb(application_id=application.pk, entry_id=entry_id, by=user_of(request), now=now_of(request))
    except NotFound:
        raise
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, done)
    return answer


def _split(request: HttpRequest, application: Application, _: str) -> HttpResponse:
    """File the two halves that the page showed, together."""
    drafting = posted(request, application)
    if application.state != State.DRAFT or not drafting.is_valid() or request.FILES or drafting.has_changed():
        return _look_again(request, drafting)
    try:
        halves = split_and_submit(
            application_id=application.pk,
            by=user_of(request),
            now=now_of(request),
            seen=request.POST.get("split_seen", ""),
            seen_version=drafting.seen_version(),
        )
    except NotFound:
        raise
    except Refused as refused:
        return _not_filed(request, drafting, refused)
    for half, other in (halves, reversed(halves)):
        messages.success(
            request, f"申请已提交，编号 {half.number}（{half.get_route_display()}），与 {other.number} 同时拆分。"
        )
    return redirect("web:own_application", halves[0].pk)


def _save(request: HttpRequest, application: Application, _: str) -> HttpResponse:
    return _kept(request, posted(request, application), wants_check=False)


def _check(request: HttpRequest, application: Application, _: str) -> HttpResponse:
    return _kept(request, posted(request, application), wants_check=True)


def _kept(request: HttpRequest, drafting: Drafting, *, wants_check: bool, then: str = "web:draft") -> HttpResponse:
    """Take in what was typed and chosen, and go on to the page ``then``; what can't be kept stays on this one."""
    drafting.attach_files()
    if not drafting.is_valid():
        return _page(request, drafting, UNPROCESSABLE)
    try:
        drafting.save()
    except NotFound:
        raise
    except Refused as refused:
        drafting.refuse(refused)
        return _page(request, drafting, UNPROCESSABLE if refused.field else CONFLICT)
    if drafting.refusals:
        drafting.version = str(drafting.application.version)
        if wants_check:
            drafting.check()
        else:
            messages.success(request, "已保存。")
        return _page(request, drafting, UNPROCESSABLE)
    if wants_check:
        return redirect(f"{reverse('web:draft', args=[drafting.application.pk])}?checked=1#check")
    messages.success(request, "申请内容已保存。" if drafting.application.number else "草稿已保存。")
    return redirect(then, drafting.application.pk)


def _submit(request: HttpRequest, application: Application, _: str) -> HttpResponse:
    drafting = posted(request, application)
    if application.state == State.CORRECTION:
        # Answered and filed again on the checklist of its points only.
        return _kept(request, drafting, wants_check=False, then="web:correction")
    if not drafting.is_valid() or request.FILES or drafting.has_changed():
        return _look_again(request, drafting)
    try:
        filed = submit(
            application_id=application.pk,
            by=user_of(request),
            now=now_of(request),
            seen_route=request.POST.get("seen_route", ""),
            seen_version=drafting.seen_version(),
        )
    except NotFound:
        raise
    except Refused as refused:
        return _not_filed(request, drafting, refused)
    messages.success(request, f"申请已提交，编号 {filed.number}。")
    return redirect("web:own_application", filed.pk)


def _look_again(request: HttpRequest, drafting: Drafting) -> HttpResponse:
    """What was checked is not what stands in the form: keep it, check it, let the person look."""
    if drafting.is_valid():
        messages.warning(request, LOOK_AGAIN)
    return _kept(request, drafting, wants_check=True)


def _not_filed(request: HttpRequest, drafting: Drafting, refused: Refused) -> HttpResponse:
    key = drafting.application.pk
    if Application.objects.exclude(state__in=EDITABLE_STATES).filter(pk=key).exists():
        messages.info(request, "该申请已经提交，没有重复提交。")
        return redirect("web:own_application", key)
    drafting.refuse(refused)
    drafting.check()
    return _page(request, drafting, CONFLICT)


ACTIONS: dict[str, Callable[[HttpRequest, Application, str], HttpResponse]] = {
    "add_item": _add_item,
    "remove_item": _remove_item,
    "detach": _detach,
    "choose": _choose,
    "live": _live,
    "split": _split,
    "save": _save,
    "check": _check,
    "submit": _submit,
    "watch": _watch,
    "unwatch": _unwatch,
}
