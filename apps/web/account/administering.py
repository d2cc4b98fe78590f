"""The system administrator's pages: accounts and invitations."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.organisations.enums import AccountEventKind, Role
from apps.organisations.errors import OrganisationError
from apps.organisations.models import AccountEvent, Invitation, Membership, User
from apps.organisations.rules import device_of
from apps.organisations.services.accounts import (
    close_account,
    invite,
    reopen_account,
    reset_second_step,
    revoke_invitation,
    send_again,
)
from apps.organisations.services.accounts.inviting import Invited
from apps.organisations.services.accounts.second_step import is_enrolled, is_obliged
from apps.web.account.entering import true_now
from apps.web.account.forms import InvitationForm, Reason
from apps.web.account.hastening import hasten_letters
from apps.web.account.origin import origin_of
from apps.web.account.signing_in import GET_OR_POST
from apps.web.inputs import is_key
from apps.web.moment import standing_for, today_of, user_of
from apps.web.public.searching import cleaned
from apps.web.rendering import page

A_PAGE, SHOWN_EVENTS = 30, 50
UNPROCESSABLE = 422
TOLD = {
    "reset": "已重置{}的动态验证码，其登录均已结束；下次登录后须重新启用。",
    "close": "已停用{}的账号。",
    "reopen": "已恢复{}的账号。",
}


@never_cache
@login_required
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account, found by name, user name or address."""
    _only_administrators(request)
    wanted = cleaned(request.GET.get("q", ""))
    rows = _people(request)
    if wanted:
        rows = rows.filter(
            Q(username__icontains=wanted) | Q(display_name__icontains=wanted) | Q(email__icontains=wanted)
        )
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": shown, "wanted": wanted, "today": today_of(request), "here": "web:accounts"}
    return page(request, "web/account/accounts.html", context)


@never_cache
@login_required
@require_http_methods(GET_OR_POST)
def account_of(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: what it may do, what happened to it; reset its second step, close it, open it again."""
    _only_administrators(request)
    user = get_object_or_404(User, pk=pk)
    form = Reason(request.POST or None)
    if request.method == "POST" and form.is_valid():
        deed = request.POST.get("deed", "")
        service = {"reset": reset_second_step, "close": close_account, "reopen": reopen_account}.get(deed)
        try:
            if service is not None:
                service(
                    user=user,
                    by=user_of(request),
                    reason=form.cleaned_data["reason"],
                    now=true_now(),
                    on=today_of(request),
                    origin=origin_of(request),
                )
                hasten_letters()
                messages.success(request, TOLD[deed].format(user))
            return redirect("web:account_of", pk)
        except OrganisationError as refused:
            form.refuse_account(refused)
    events = AccountEvent.objects.filter(user=user).select_related("by")[:SHOWN_EVENTS]
    context = {
        "of": user,
        "form": form,
        "enrolled": is_enrolled(user),
        "obliged": is_obliged(user, today_of(request)),
        "is_own": user.pk == request.user.pk,
        "memberships": user.memberships.select_related("enterprise", "bureau").order_by("-valid_from", "pk"),
        "today": today_of(request),
        "events": [(event, device_of(event.agent) if event.agent else "") for event in events],
        "here": "web:accounts",
    }
    return page(request, "web/account/account_of.html", context, status=UNPROCESSABLE if form.errors else 200)


@never_cache
@login_required
@require_http_methods(GET_OR_POST)
def invitations(request: HttpRequest) -> HttpResponse:
    """Who was invited and what came of it; invite somebody, send a letter again, take an invitation back."""
    _only_administrators(request)
    form = InvitationForm(initial={"valid_from": today_of(request).isoformat()})
    if request.method == "POST":
        key = request.POST.get("again") or request.POST.get("revoke")
        if key is not None:
            return _changed(request, key)
        form = InvitationForm(request.POST)
        if form.is_valid() and _invited(request, form):
            return redirect("web:invitations")
    rows = Invitation.objects.select_related("enterprise", "bureau", "invited_by", "user")
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    now = true_now()
    context = {
        "form": form,
        "page": shown,
        "rows": [(row, row.state(now)) for row in shown],
        "here": "web:accounts",
    }
    return page(request, "web/account/invitations.html", context, status=UNPROCESSABLE if form.errors else 200)


def _invited(request: HttpRequest, form: InvitationForm) -> bool:
    typed = {**form.cleaned_data, "role": Role(form.cleaned_data["role"])}
    try:
        made = invite(invited=Invited(**typed), by=user_of(request), now=true_now(), on=today_of(request))
    except OrganisationError as refused:
        form.refuse_account(refused)
        return False
    hasten_letters()
    messages.success(request, f"已邀请{made.display_name}，链接发往 {made.email}，七天内有效。")
    return True


def _changed(request: HttpRequest, key: str) -> HttpResponse:
    row = get_object_or_404(Invitation, pk=key if is_key(key) else 0)
    service = send_again if "again" in request.POST else revoke_invitation
    try:
        service(invitation_id=row.pk, by=user_of(request), now=true_now(), on=today_of(request))
    except OrganisationError as refused:
        messages.warning(request, refused.sentence)
    else:
        hasten_letters()
        told = "已重新发送给{}，原来的链接作废。" if "again" in request.POST else "已撤回对{}的邀请。"
        messages.success(request, told.format(row.display_name))
    return redirect("web:invitations")


def _people(request: HttpRequest) -> QuerySet[User]:
    signed_in = AccountEvent.objects.filter(user=OuterRef("pk"), kind=AccountEventKind.SIGNED_IN).order_by("-pk")
    enrolled = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    now_held = Membership.objects.in_force_on(today_of(request)).select_related("enterprise", "bureau").order_by("pk")
    return (
        User.objects.annotate(signed_in_at=Subquery(signed_in.values("at")[:1]), is_enrolled=Exists(enrolled))
        .prefetch_related(Prefetch("memberships", now_held, to_attr="held"))
        .order_by("-is_active", "username")
    )


def _only_administrators(request: HttpRequest) -> None:
    if not standing_for(request).is_system_admin:
        raise PermissionDenied
