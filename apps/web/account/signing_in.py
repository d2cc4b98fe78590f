"""Both steps of signing in, and signing out."""

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.organisations.enums import SecondStep
from apps.organisations.errors import AccountRefused
from apps.organisations.models import User
from apps.organisations.services.accounts import pass_second_step
from apps.organisations.services.accounts.second_step import is_enrolled, next_good_code
from apps.web.account.entering import (
    PENDING,
    PENDING_SECONDS,
    TOO_MANY,
    check_free,
    count_failure,
    let_in,
    safe_next,
    true_now,
)
from apps.web.account.forms import CodeForm, SignInForm
from apps.web.account.keeping import KEPT
from apps.web.rendering import page

INVALID = AccountRefused("invalid_login", "用户名或者密码不正确，请核对后重试（区分大小写）。")
GET_OR_POST = ["GET", "HEAD", "POST"]


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(GET_OR_POST)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; who is signed in already goes on to their desk."""
    goes_to = safe_next(request)
    if request.user.is_authenticated:
        # The admin sends here whoever may not enter it, and would do so again.
        is_barred = goes_to.startswith(reverse("admin:index")) and not request.user.is_staff
        return redirect("web:home" if is_barred or not goes_to else goes_to)
    form, status = SignInForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["username"]
        try:
            check_free(request, name)
            return _first_step(request, name, form.cleaned_data["password"], goes_to)
        except AccountRefused as refused:
            form.refuse_account(refused)
            status = TOO_MANY if refused.code == "locked" else 200
    context = {"form": form, "next": goes_to, "is_kept": KEPT in request.session}
    return page(request, "web/account/sign_in.html", context, status=status)


def _first_step(request: HttpRequest, name: str, password: str, goes_to: str) -> HttpResponse:
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        raise INVALID
    if not is_enrolled(user):
        return let_in(request, user, second_step=SecondStep.NONE, typed=name, goes_to=goes_to)
    kept = request.session.get(KEPT)
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": user.pk,
        "proof": user.get_session_auth_hash(),
        "at": int(true_now().timestamp()),
        "typed": name,
        "next": goes_to,
    }
    if kept is not None:
        request.session[KEPT] = kept
    return redirect("web:sign_in_code")


@never_cache
@require_http_methods(GET_OR_POST)
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator; only just after the password."""
    if request.user.is_authenticated:
        return redirect("web:home")
    user = _pending(request)
    if user is None:
        request.session.pop(PENDING, None)
        return redirect("web:sign_in")
    pending = request.session[PENDING]
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            check_free(request, pending["typed"])
            passed = pass_second_step(user=user, code=form.cleaned_data["code"], now=true_now())
        except AccountRefused as refused:
            if refused.code != "locked":
                count_failure(request, pending["typed"])
            form.refuse_account(refused)
            status = TOO_MANY if refused.code == "locked" else 200
        else:
            del request.session[PENDING]
            return let_in(request, user, second_step=passed, typed=pending["typed"], goes_to=pending["next"])
    shown = next_good_code(user, true_now()) if settings.DEMO_CODES_SHOWN else None
    context = {"form": form, "demo_code": shown, "asks_demo": shown is not None}
    return page(request, "web/account/sign_in_code.html", context, status=status)


def _pending(request: HttpRequest) -> User | None:
    """Who gave their password within the last ten minutes and has changed nothing since."""
    pending = request.session.get(PENDING)
    if pending is None or int(true_now().timestamp()) - pending["at"] > PENDING_SECONDS:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    if user is None or not constant_time_compare(pending["proof"], user.get_session_auth_hash()):
        return None
    return user
