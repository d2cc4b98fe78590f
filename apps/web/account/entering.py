"""Letting somebody in: what both steps of signing in share."""

from datetime import datetime

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from apps.organisations.enums import SecondStep
from apps.organisations.errors import AccountRefused
from apps.organisations.lockout import (
    DEVICE_AGE,
    DEVICE_COOKIE,
    client_address,
    device_cookie,
    free_at,
    known_names,
    name_of,
)
from apps.organisations.models import User
from apps.organisations.rules import device_of
from apps.organisations.services.accounts import pass_second_step, record_sign_in
from apps.organisations.sessions import ADDRESS, AGENT, SECOND_STEP
from apps.web.account.keeping import KEPT
from apps.web.account.origin import origin_of
from apps.web.templatetags.wording import moment

BACKEND = "apps.organisations.backends.NameOrAddress"
TOO_MANY = 429
PENDING = "pending_sign_in"
# Between the password and the code.
PENDING_SECONDS = 600


def true_now() -> datetime:
    """The world's now: codes, sessions and failures don't follow a moved demonstration clock."""
    return timezone.now()


def check_free(request: HttpRequest, name: str) -> None:
    """Whether this name may be tried from here now. Raises AccountRefused ``locked`` with how long to wait."""
    now = true_now()
    tried = name_of(request, {"username": name})
    is_known = tried in known_names(request)
    until = free_at(name=tried, address=client_address(request), is_known=is_known, now=now)
    if until is None:
        return
    seconds = max(1, round((until - now).total_seconds()))
    wait = f"{seconds} 秒" if seconds < 60 else f"{-(-seconds // 60)} 分钟"  # noqa: PLR2004 - a minute
    raise AccountRefused(
        "locked", f"从您这里尝试的次数太多，请 {wait}后再试。密码忘记了，可以通过邮件重设。其他人从别处登录不受影响。"
    )


def count_failure(request: HttpRequest, name: str) -> None:
    """A wrong code, or a wrong password of somebody who is signed in, counts as a failed sign-in."""
    user_login_failed.send(sender=__name__, credentials={"username": name}, request=request)


def confirm(request: HttpRequest, user: User, *, password: str, code: str) -> None:
    """It is really they. Raises AccountRefused: ``locked``, ``password.wrong``, ``second_step.…``."""
    name = user.get_username()
    check_free(request, name)
    if not user.check_password(password):
        count_failure(request, name)
        raise AccountRefused("password.wrong", "密码不正确。", "password")
    try:
        pass_second_step(user=user, code=code, now=true_now())
    except AccountRefused:
        count_failure(request, name)
        raise


def let_in(request: HttpRequest, user: User, *, second_step: SecondStep, typed: str, goes_to: str) -> HttpResponse:
    """Begin the session, log it, say when the last one began; on to where they were going."""
    origin = origin_of(request)
    login(request, user, backend=BACKEND)
    request.session[ADDRESS], request.session[AGENT] = origin.address, origin.agent[:255]
    if second_step:
        request.session[SECOND_STEP] = str(second_step)
    AxesProxyHandler.reset_attempts(ip_address=origin.address, username=name_of(request, {"username": typed}))
    before = record_sign_in(user=user, second_step=second_step, now=true_now(), origin=origin)
    if before is not None:
        place = f"，来自 {before.address}" if before.address else ""
        messages.info(
            request, f"上次登录：{moment(before.at)}{place}（{device_of(before.agent)}）。不是您本人？请修改密码。"
        )
    kept = request.session.get(KEPT)
    if kept is None or kept["owner"] != str(user.pk):
        request.session.pop(KEPT, None)
        return _known(request, redirect(goes_to or "web:home"), typed, user)
    return _known(request, redirect("web:resume"), typed, user)


def _known(request: HttpRequest, answer: HttpResponse, typed: str, user: User) -> HttpResponse:
    """The answer with the cookie by which this browser is known for the names that the person may type."""
    names = {name_of(request, {"username": name}) for name in (typed, user.username, user.email) if name}
    answer.set_cookie(
        DEVICE_COOKIE,
        device_cookie(request, *sorted(names)),
        max_age=DEVICE_AGE,
        path=resolve_url("web:account"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


def safe_next(request: HttpRequest) -> str:
    """Where they were going, when that is a path of ours; else empty."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    # Anything but a path would be taken for the name of a page, which it is not.
    return wanted if wanted.startswith("/") and is_ours else ""
