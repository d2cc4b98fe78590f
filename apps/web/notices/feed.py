"""One's due moments behind a secret address, and the page where it is made and revoked."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.notifications.calendars import calendar_of
from apps.notifications.models import DueFeed
from apps.notifications.services.due_moments import due_moments_of
from apps.notifications.services.feeds import TooOften, issue_feed, open_feed, revoke_feed
from apps.web.moment import now_of, today_of, user_of
from apps.web.notices.views import HERE
from apps.web.rendering import page

TOO_MANY = 429
LONGEST_KEY = 100


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def calendar_feed(request: HttpRequest) -> HttpResponse:
    """Make, replace or revoke the address. It is shown once, in the answer to the press that made it."""
    user = user_of(request)
    address = ""
    if request.method == "POST":
        if request.POST.get("action") == "revoke":
            revoke_feed(user=user, now=now_of(request))
            messages.success(request, "日历订阅地址已停用。")
            return redirect("web:calendar_feed")
        key = issue_feed(user=user, now=now_of(request))
        address = request.build_absolute_uri(f"{reverse('web:due_feed')}?key={key}")
    context = {
        "here": HERE,
        "address": address,
        "feed": DueFeed.objects.filter(user=user, revoked_at__isnull=True).first(),
        "moments": due_moments_of(user=user, today=today_of(request)),
    }
    return page(request, "web/notices/feed.html", context)


@require_safe
@never_cache
def due_feed(request: HttpRequest) -> HttpResponse:
    """The feed itself. The key is in the query, which our log never writes."""
    key = request.GET.get("key", "")
    if not 0 < len(key) <= LONGEST_KEY or "\0" in key:
        raise Http404
    try:
        user = open_feed(key=key, now=now_of(request))
    except TooOften as too_often:
        return HttpResponse(status=TOO_MANY, headers={"Retry-After": str(too_often.seconds)})
    if user is None:
        raise Http404
    moments = due_moments_of(user=user, today=today_of(request))
    body = calendar_of(moments, name=str(user), now=now_of(request), link=lambda case: _link(request, case))
    return HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="due.ics"', "X-Robots-Tag": "noindex"},
    )


def _link(request: HttpRequest, case_id: int) -> str:
    """The enterprise's page of a case: it sends an authority on to theirs."""
    return request.build_absolute_uri(reverse("web:own_application", args=[case_id]))
