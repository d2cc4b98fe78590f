"""The guard behind every door: no bureau's or administrator's page by the password alone; who uses the site is seen."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from apps.organisations.sessions import SECOND_STEP, SessionStore
from apps.web.moment import standing_for

ENROL = "web:enrol"
# What somebody who has yet to enrol may reach.
OPEN = frozenset({ENROL, "web:sign_in", "web:sign_in_code", "web:sign_out", "web:session_state", "admin:logout"})
# Pages ask for these by themselves: nobody need sit before the screen.
UNATTENDED = frozenset({"web:session_state", "web:case_moved", "web:bell"})


class SecondStepRequired:
    """Sends to the enrolment whoever needs a second step and took none, wherever they were going.

    Whose session took it costs nothing here; of the others the standing is asked, which their pages ask anyway.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; then note that the person was here, unless the page asked by itself."""
        response = self.get_response(request)
        session, match = request.session, request.resolver_match
        is_attended = match is not None and match.view_name not in UNATTENDED
        if is_attended and isinstance(session, SessionStore) and SESSION_KEY in session:
            session.seen(timezone.now())
        return response

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: list[Any], _named: dict[str, Any]
    ) -> HttpResponse | None:
        """None lets the view answer."""
        match = request.resolver_match
        if SESSION_KEY not in request.session or SECOND_STEP in request.session:
            return None
        if match is None or match.view_name in OPEN or not _is_obliged(request):
            return None
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": reverse(ENROL)})
        return redirect(ENROL)


def _is_obliged(request: HttpRequest) -> bool:
    user = request.user
    if not user.is_authenticated:
        return False
    return user.is_staff or user.is_superuser or standing_for(request).needs_second_step
