"""How many messages wait for the reader of a page: one cheap query a page, which the bell and its poll share."""

from collections.abc import Mapping

from django.http import HttpRequest

from apps.notifications.enums import Subject
from apps.notifications.models import Message
from apps.notifications.services.reading import read_about
from apps.organisations.models import User
from apps.web.moment import now_of

# More are told as 99+.
MOST = 100
# Whoever has the page of a case or a list before them has read what was told about it.
PAGES: Mapping[str, Subject] = {"case": Subject.CASE, "own_application": Subject.CASE, "edition": Subject.LIST}


def unread_of(request: HttpRequest) -> int | None:
    """Unread messages, at most ``MOST``; None for a visitor. A case's own page first marks what it tells as read."""
    user = request.user
    if not isinstance(user, User):
        return None
    count = _count(user)
    return _count(user) if count and _reads(request, user) else count


def _reads(request: HttpRequest, user: User) -> bool:
    """Whether this page told something that was unread."""
    match = request.resolver_match
    about = PAGES.get(match.url_name or "") if match else None
    if match is None or about is None or request.method != "GET":
        return False
    return bool(read_about(user=user, subject=about, subject_id=match.kwargs["pk"], now=now_of(request)))


def _count(user: User) -> int:
    return Message.objects.of(user).unread().order_by()[:MOST].count()
