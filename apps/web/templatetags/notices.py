"""The colour of a message's kind."""

from django import template

from apps.notifications.enums import MessageKind

register = template.Library()
TONES: dict[str, str] = {
    MessageKind.LATE: "red",
    MessageKind.SUPERVISED: "red",
    MessageKind.REMINDED: "orange",
    MessageKind.MENDING: "orange",
    MessageKind.LIST_ENDS: "orange",
    MessageKind.LIST_USE: "orange",
    MessageKind.DECIDED: "green",
    MessageKind.ARRIVED: "blue",
    MessageKind.SIGNING: "blue",
    MessageKind.LIST_TALKS: "blue",
}


@register.filter
def notice_tone(kind: str) -> str:
    """What presses is red or orange, what waits blue, what only happened grey."""
    return TONES.get(kind, "secondary")
