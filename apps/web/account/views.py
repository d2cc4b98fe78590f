"""The way to one's own desk."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from apps.web.enterprise.home import enterprise_home
from apps.web.moment import standing_for
from apps.web.rendering import desks_of, page


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
