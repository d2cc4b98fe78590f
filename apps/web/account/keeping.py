"""What was typed is not lost when the session ended before it was sent.

A form that comes in after the end of a session is kept in the visitor's new session; once the same person has signed
in, a page offers to send it again. Files can't be kept, passwords are not, and another person sees nothing of it.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from apps.organisations.models import PersonSession

KEPT = "kept_form"
TOO_MUCH = 200_000
FOUND = 302
# A form of these is about signing in itself, or holds a secret.
NEVER = ("/account/", "/admin/")


class KeepPosted:
    """Keeps a posted form that was answered by the way to the sign-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; then look whether a form came to nothing."""
        owner = _owner_before(request)
        response = self.get_response(request)
        if owner is not None and response.status_code == FOUND and _leads_to_sign_in(response):
            kept = _form_of(request, owner)
            if kept is not None:
                request.session[KEPT] = kept
        elif request.method == "POST" and request.session.get(KEPT, {}).get("path") == request.get_full_path():
            # Sent again: that is what it was kept for.
            del request.session[KEPT]
        return response


def _owner_before(request: HttpRequest) -> str | None:
    """Whose session the cookie named, when it is over; only asked of a form that comes in without one."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if request.method != "POST" or not key or request.path.startswith(NEVER) or "HX-Request" in request.headers:
        return None
    if SESSION_KEY in request.session:
        return None
    owner = PersonSession.objects.filter(session_key=key).values_list("user_id", flat=True).first()
    return None if owner is None else str(owner)


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return response.headers.get("Location", "").partition("?")[0] == resolve_url(settings.LOGIN_URL)


def _form_of(request: HttpRequest, owner: str) -> dict[str, Any] | None:
    fields = [
        (name, text)
        for name, texts in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
        for text in texts
    ]
    if not fields or sum(len(name) + len(text) for name, text in fields) > TOO_MUCH:
        return None
    return {"owner": owner, "path": request.get_full_path(), "fields": fields, "files": list(request.FILES)}
