"""Changing one's password, and a new one by letter. Nothing here tells whether an address has an account."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.organisations.errors import AccountRefused
from apps.organisations.models import User
from apps.organisations.services.accounts import ask_reset as ask_reset_service
from apps.organisations.services.accounts import change_password as change_password_service
from apps.organisations.services.accounts import reset_password as reset_password_service
from apps.web.account.entering import TOO_MANY, check_free, count_failure, true_now
from apps.web.account.forms import AskReset, ChangePassword, NewPassword
from apps.web.account.hastening import hasten_letters
from apps.web.account.origin import origin_of
from apps.web.account.signing_in import GET_OR_POST
from apps.web.moment import user_of
from apps.web.rendering import page

GONE, UNPROCESSABLE = 410, 422


@never_cache
@login_required
@sensitive_post_parameters("password", "password1", "password2")
@require_http_methods(GET_OR_POST)
def change_password(request: HttpRequest) -> HttpResponse:
    """A new one for who knows the old one; their other sessions end."""
    user = user_of(request)
    form, status = ChangePassword(request.POST or None), 200
    if request.method == "POST":
        status = UNPROCESSABLE
        try:
            if form.is_valid() and _knows_it(request, user, form.cleaned_data["password"]):
                change_password_service(
                    user=user,
                    password=form.cleaned_data["password1"],
                    session_key=request.session.session_key,
                    now=true_now(),
                    origin=origin_of(request),
                )
                update_session_auth_hash(request, user)
                messages.success(request, "密码已修改，您在其他地方的登录都已结束。")
                return redirect("web:account")
        except AccountRefused as refused:
            form.refuse_account(refused)
            status = TOO_MANY if refused.code == "locked" else UNPROCESSABLE
        except ValidationError as refused:
            form.refuse_password(refused)
    return page(request, "web/account/change_password.html", {"form": form}, status=status)


def _knows_it(request: HttpRequest, user: User, password: str) -> bool:
    check_free(request, user.get_username())
    if user.check_password(password):
        return True
    count_failure(request, user.get_username())
    raise AccountRefused("password.wrong", "现在的密码不正确。", "password")


@never_cache
@require_http_methods(GET_OR_POST)
def ask_reset(request: HttpRequest) -> HttpResponse:
    """A letter to the address, if anybody has it: the answer is the same, and comes in the same time."""
    form = AskReset(request.POST or None)
    is_asked = request.method == "POST" and form.is_valid()
    if is_asked:
        ask_reset_service(address=form.cleaned_data["email"], now=true_now(), origin=origin_of(request))
        hasten_letters()
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "web/account/ask_reset.html", {"form": form, "is_asked": is_asked}, status=status)


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(GET_OR_POST)
def reset_password(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """A new password by the link of a letter; every session ends, the second step stays asked for."""
    user = _behind(key)
    if user is None or not default_token_generator.check_token(user, token):
        return page(request, "web/account/void_link.html", {"what": "reset"}, status=GONE)
    form = NewPassword(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reset_password_service(
                user=user, password=form.cleaned_data["password1"], now=true_now(), origin=origin_of(request)
            )
        except ValidationError as refused:
            form.refuse_password(refused)
        else:
            messages.success(request, "新密码已设置，请用它登录。")
            return redirect("web:sign_in")
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "web/account/reset_password.html", {"form": form, "of": user}, status=status)


def _behind(key: str) -> User | None:
    try:
        return User.objects.filter(pk=int(urlsafe_base64_decode(key)), is_active=True).first()
    except (ValueError, OverflowError):
        return None
