"""Where a request comes from."""

from django.http import HttpRequest

from apps.organisations.lockout import client_address
from apps.organisations.services.accounts.events import Origin


def origin_of(request: HttpRequest) -> Origin:
    """The address as our proxy saw it, and what the browser calls itself."""
    return Origin(address=client_address(request), agent=request.headers.get("User-Agent", ""))
