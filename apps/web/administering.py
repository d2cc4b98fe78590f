"""The admin is open while one is a system administrator, and not a day longer."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from apps.web.moment import standing_for

ADMIN = "admin"
# Whoever is there when it ends may still leave.
OPEN = frozenset({"logout", "login"})


class AdministratorsOnly:
    """Refuses every page of the admin to whoever holds the role no longer.

    Django's own mark of staff is given with the role and knows no last day; the membership does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: list[Any], _named: dict[str, Any]
    ) -> None:
        """Raises PermissionDenied. A visitor, or who never was staff, is sent to sign in by the admin itself."""
        match = request.resolver_match
        if match is None or match.app_name != ADMIN or match.url_name in OPEN:
            return
        user = request.user
        if user.is_authenticated and user.is_staff and not user.is_superuser:
            if standing_for(request).is_system_admin:
                return
            raise PermissionDenied
