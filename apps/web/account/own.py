"""One's own account: what protects it, where one is signed in, what happened to it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.organisations.models import AccountEvent
from apps.organisations.rules import device_of
from apps.organisations.services.accounts import end_session, end_sessions
from apps.organisations.services.accounts.second_step import codes_left, is_enrolled, is_obliged
from apps.organisations.services.accounts.signing_in import SHOWN_SIGN_INS, sessions_of
from apps.organisations.sessions import SessionStore
from apps.web.account.entering import true_now
from apps.web.account.keeping import KEPT
from apps.web.account.origin import origin_of
from apps.web.account.signing_in import GET_OR_POST
from apps.web.moment import today_of, user_of
from apps.web.rendering import page

UNAUTHORIZED = 401


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The page of one's own account."""
    user = user_of(request)
    enrolled = is_enrolled(user)
    events = AccountEvent.objects.filter(user=user).select_related("by")[:SHOWN_SIGN_INS]
    context = {
        "enrolled": enrolled,
        "obliged": is_obliged(user, today_of(request)),
        "codes_left": codes_left(user) if enrolled else 0,
        "codes_made": settings.MFA_RECOVERY_CODE_COUNT,
        "sessions": sessions_of(user, this=request.session.session_key, now=true_now()),
        "events": [(event, device_of(event.agent) if event.agent else "") for event in events],
        "idle_minutes": settings.SESSION_IDLE_SECONDS // 60,
        "longest_hours": settings.SESSION_COOKIE_AGE // 3600,
    }
    return page(request, "web/account/account.html", context)


@login_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End one session by its mark, or all but this one."""
    user, mark = user_of(request), request.POST.get("mark", "")
    if mark:
        is_over = end_session(user=user, mark=mark, now=true_now(), origin=origin_of(request))
        told = "已结束那里的登录。" if is_over else "那里的登录已经结束。"
    else:
        key = request.session.session_key
        count = end_sessions(user=user, but=key, now=true_now(), origin=origin_of(request))
        told = f"已结束其他 {count} 处登录。" if count else "没有其他登录。"
    messages.success(request, told)
    return redirect("web:account")


@never_cache
@require_http_methods(GET_OR_POST)
def session_state(request: HttpRequest) -> HttpResponse:
    """How long the session lasts still (asking doesn't lengthen it; a POST does), and the token that forms need now."""
    session = request.session
    if not request.user.is_authenticated or not isinstance(session, SessionStore):
        return JsonResponse({"left": 0, "longest": 0}, status=UNAUTHORIZED)
    if request.method == "POST":
        session.seen(true_now(), at_once=True)
    left = {"left": session.seconds_left(), "longest": session.longest_seconds_left()}
    return JsonResponse({**left, "token": get_token(request), "user": request.user.pk})


@never_cache
@login_required
@require_http_methods(GET_OR_POST)
def resume(request: HttpRequest) -> HttpResponse:
    """The form that came too late: to be sent again, or let go. Its owner alone sees it."""
    kept = request.session.get(KEPT)
    if kept is None or kept["owner"] != str(user_of(request).pk):
        return redirect("web:home")
    if request.method == "POST":
        del request.session[KEPT]
        return redirect(kept["path"])
    long = [(name, text) for name, text in kept["fields"] if text.strip()]
    return page(request, "web/account/resume.html", {"kept": kept, "count": len(long)})
