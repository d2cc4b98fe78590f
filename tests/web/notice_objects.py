"""What the addresses of messages need: one of the origin's handler, and a key of their calendar."""

from django.urls import reverse

from apps.notifications.enums import MessageKind, Source
from apps.notifications.models import Message
from apps.notifications.services.feeds import issue_feed
from apps.organisations.models import User
from tests.transfers.world import at

NOW = at("2026-01-05")


def address_of(name: str) -> str:
    """The address when it is one of a message's or the feed's; else nothing."""
    if name not in {"notice", "notice_read", "due_feed"}:
        return ""
    handler = User.objects.get(username="cq.handler")
    if name == "due_feed":
        return f"{reverse('web:due_feed')}?key={issue_feed(user=handler, now=NOW)}"
    told = {"kind": MessageKind.LIST_USE, "title": "用量达到 80％", "sentence": "用量达到 80％。"}
    row, _ = Message.objects.get_or_create(
        recipient=handler, source=Source.LIST, source_id=1, defaults={**told, "occurred_at": NOW, "created_at": NOW}
    )
    return reverse(f"web:{name}", args=[row.pk])
