"""The second step of one's own account: enrolling, fresh recovery codes, going back to the password alone."""

import io

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.organisations.enums import SecondStep
from apps.organisations.errors import AccountRefused
from apps.organisations.models import User
from apps.organisations.services.accounts import enrol as enrol_service
from apps.organisations.services.accounts import remove_second_step, renew_codes
from apps.organisations.services.accounts.second_step import code_at, is_enrolled, is_obliged
from apps.organisations.sessions import SECOND_STEP
from apps.web.account.entering import TOO_MANY, confirm, true_now
from apps.web.account.forms import Confirm, EnrolForm
from apps.web.account.origin import origin_of
from apps.web.account.signing_in import GET_OR_POST
from apps.web.moment import today_of, user_of
from apps.web.rendering import page

SECRET = "enrolling_secret"  # noqa: S105 - the name under which the session keeps it, sealed
GROUP = 4
CONFLICT, UNPROCESSABLE = 409, 422


@never_cache
@login_required
@require_http_methods(GET_OR_POST)
def enrol(request: HttpRequest) -> HttpResponse:
    """A secret as picture and text, and the code that proves that the app has it."""
    user = user_of(request)
    if is_enrolled(user):
        return _already(request)
    secret, form = _secret(request), EnrolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = enrol_service(
                user=user, secret=secret, code=form.cleaned_data["code"], now=true_now(), origin=origin_of(request)
            )
        except AccountRefused as refused:
            form.refuse_account(refused)
        else:
            request.session.pop(SECRET, None)
            request.session.cycle_key()
            request.session[SECOND_STEP] = str(SecondStep.TOTP)
            return _codes(request, codes, is_new=True)
    obliged = is_obliged(user, today_of(request))
    context = {
        "form": form,
        "obliged": obliged,
        "picture": _picture(user, secret),
        "secret": " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP)),
        "demo_code": code_at(secret, true_now()) if settings.DEMO_CODES_SHOWN else "",
        # Before it is done nothing else is open to them.
        **({"desks": []} if obliged else {}),
    }
    return page(request, "web/account/enrol.html", context, status=UNPROCESSABLE if form.errors else 200)


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(GET_OR_POST)
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten fresh ones, shown once, after password and code."""
    return _confirmed(request, "codes")


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(GET_OR_POST)
def remove(request: HttpRequest) -> HttpResponse:
    """Back to the password alone, for whom that is enough."""
    return _confirmed(request, "remove")


def _confirmed(request: HttpRequest, what: str) -> HttpResponse:
    user = user_of(request)
    if not is_enrolled(user):
        return redirect("web:account")
    form, status = Confirm(request.POST or None), 200
    obliged = is_obliged(user, today_of(request))
    if what == "remove" and obliged:
        status = CONFLICT
    elif request.method == "POST" and form.is_valid():
        try:
            confirm(request, user, **form.cleaned_data)
            return _renewed(request, user) if what == "codes" else _removed(request, user)
        except AccountRefused as refused:
            form.refuse_account(refused)
            status = TOO_MANY if refused.code == "locked" else UNPROCESSABLE
    context = {"form": form, "what": what, "obliged": obliged}
    return page(request, "web/account/confirm.html", context, status=status)


def _renewed(request: HttpRequest, user: User) -> HttpResponse:
    return _codes(request, renew_codes(user=user, now=true_now(), origin=origin_of(request)), is_new=False)


def _removed(request: HttpRequest, user: User) -> HttpResponse:
    remove_second_step(user=user, now=true_now(), on=today_of(request), origin=origin_of(request))
    request.session.pop(SECOND_STEP, None)
    messages.success(request, "已停用动态验证码，今后只凭密码登录。")
    return redirect("web:account")


def _codes(request: HttpRequest, codes: list[str], *, is_new: bool) -> HttpResponse:
    half = len(codes[0]) // 2
    written = [f"{code[:half]}-{code[half:]}" for code in codes]
    return page(request, "web/account/codes.html", {"codes": written, "is_new": is_new})


def _already(request: HttpRequest) -> HttpResponse:
    """Enrolled in another place meanwhile: who hasn't shown the code here shows it now."""
    if SECOND_STEP in request.session:
        messages.info(request, "您的账号已启用动态验证码。")
        return redirect("web:account")
    logout(request)
    messages.info(request, "您的账号已启用动态验证码，请重新登录。")
    return redirect("web:sign_in")


def _secret(request: HttpRequest) -> str:
    """The secret of this enrolment, the same while the page is looked at again."""
    sealed = request.session.get(SECRET)
    if sealed is not None:
        return get_adapter().decrypt(sealed)
    secret = generate_totp_secret()
    request.session[SECRET] = get_adapter().encrypt(secret)
    return secret


def _picture(user: User, secret: str) -> str:
    drawn = io.BytesIO()
    address = get_adapter().build_totp_url(user, secret)
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", border=2, omitsize=True, xmldecl=False, title="动态验证码的二维码"
    )
    return mark_safe(drawn.getvalue().decode())  # noqa: S308 - drawn here, of modules only
