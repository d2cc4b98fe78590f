"""The list of what one was told, and the way from a message to what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.notifications.enums import MessageKind, Subject
from apps.notifications.models import Message
from apps.notifications.services.preferring import kinds_for
from apps.notifications.services.reading import read_all, read_message
from apps.transfers.models import Application, Preparation
from apps.web.cases import address_of
from apps.web.inputs import is_key
from apps.web.moment import now_of, standing_for, today_of, user_of
from apps.web.notices.bell import unread_of
from apps.web.rendering import page
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Edition

HERE = "web:notices"
MOST = 30
NO_CONTENT = 204
GONE = "这条消息所说的事项您已不能查看，消息已标为已读。"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; unknown values count as none. ``before`` is the key after which the page begins."""

    kind: str
    is_unread: bool
    before: int | None

    def query(self, **more: object) -> str:
        """The filters as they stand in an address."""
        asked = {"kind": self.kind, "unread": "1" if self.is_unread else "", **more}
        return urlencode({name: value for name, value in asked.items() if value})


def _filters(request: HttpRequest) -> Filters:
    asked = request.POST if request.method == "POST" else request.GET
    kind, before = asked.get("kind", ""), asked.get("before", "")
    return Filters(
        kind=kind if kind in MessageKind.values else "",
        is_unread=asked.get("unread") == "1",
        before=int(before) if is_key(before) else None,
    )


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """One's messages, the newest first."""
    user, filters = user_of(request), _filters(request)
    rows, is_more = _page_of(_filtered(Message.objects.of(user), filters), filters)
    newest = Message.objects.of(user).order_by("-pk").values_list("pk", flat=True).first()
    context = {
        "here": HERE,
        # They are told in the order in which they came; after a standstill that isn't the order in which things happened.
        "rows": sorted(rows, key=lambda one: (one.occurred_at, one.pk), reverse=True),
        "filters": filters,
        "kept": filters.query(),
        "kinds": kinds_for(standing_for(request).roles),
        "older": filters.query(before=rows[-1].pk) if is_more else "",
        # What comes while the page is read was not seen on it.
        "until": newest or 0,
    }
    return page(request, "web/notices/list.html", context)


def _filtered(rows: QuerySet[Message], filters: Filters) -> QuerySet[Message]:
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    return rows.filter(read_at__isnull=True) if filters.is_unread else rows


def _page_of(rows: QuerySet[Message], filters: Filters) -> tuple[Sequence[Message], bool]:
    if filters.before:
        rows = rows.filter(pk__lt=filters.before)
    found = list(rows.order_by("-pk")[: MOST + 1])
    return found[:MOST], len(found) > MOST


@login_required
@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Open what a message is about: behind every link in the list and in every letter."""
    user = user_of(request)
    found = get_object_or_404(Message.objects.of(user), pk=pk)
    read_message(user=user, message_id=pk, now=now_of(request))
    address = _address_of(request, found)
    if address is None:
        messages.warning(request, GONE)
    return redirect(address or HERE)


def _address_of(request: HttpRequest, found: Message) -> str | None:
    """Where the reader finds it; None when it is theirs to see no longer."""
    standing, key = standing_for(request), found.subject_id or 0
    if found.subject == Subject.CASE:
        seen = Application.objects.visible_to(user_of(request), today_of(request))
        case = seen.filter(pk=key).first()
        return address_of(case, standing) if case else None
    if found.subject == Subject.LIST:
        if Edition.objects.visible_to(standing).filter(pk=key).exists():
            return reverse("web:edition", args=[key])
        confirmed = Edition.objects.filter(pk=key, status=EditionStatus.CONFIRMED)
        return reverse("web:public_list", args=[key]) if confirmed.exists() else None
    if found.subject == Subject.SIGNING:
        seen = Application.objects.visible_to(user_of(request), today_of(request))
        waits = Preparation.objects.filter(pk=key, application__in=seen)
        return reverse("web:preparation", args=[key]) if waits.exists() else None
    if found.subject == Subject.DESK:
        return reverse("web:home")
    return f"{reverse(HERE)}#m{found.pk}"


@login_required
@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one of one's messages read; another's is nothing."""
    get_object_or_404(Message.objects.of(user_of(request)), pk=pk)
    read_message(user=user_of(request), message_id=pk, now=now_of(request))
    return _back(request)


@login_required
@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark everything read that the page could show."""
    until = request.POST.get("until", "")
    count = read_all(user=user_of(request), until_id=int(until) if is_key(until) else 0, now=now_of(request))
    messages.success(request, f"已将 {count} 条消息标为已读。" if count else "没有未读的消息。")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    filters = _filters(request)
    kept = filters.query(before=filters.before or "")
    return redirect(f"{reverse(HERE)}?{kept}" if kept else reverse(HERE))


@require_safe
@never_cache
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, as pages ask for it each minute; nothing for who is signed in no longer."""
    unread = unread_of(request)
    if unread is None:
        return HttpResponse(status=NO_CONTENT)
    return render(request, "web/notices/parts/bell.html", {"unread": unread})
