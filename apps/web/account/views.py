"""Signing in and out, and the way to one's own desk."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from apps.web.account.forms import SignInForm
from apps.web.enterprise.home import enterprise_home
from apps.web.moment import standing_for
from apps.web.rendering import desks_of, page


class SignIn(LoginView):
    """The sign-in page; who is signed in already goes on to their desk."""

    template_name = "web/account/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits for an enterprise's clerk; for others the desk that they use most."""
    standing = standing_for(request)
    if standing.enterprises():
        return enterprise_home(request)
    desks = desks_of(standing)
    if desks:
        return redirect(desks[0].url_name)
    return page(request, "web/account/home.html")
