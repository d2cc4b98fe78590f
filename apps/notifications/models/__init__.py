"""Tables of telling people."""

from apps.notifications.models.feeds import DueFeed
from apps.notifications.models.letters import ChannelState, Letter
from apps.notifications.models.messages import Message
from apps.notifications.models.preferences import Preference

__all__ = ["ChannelState", "DueFeed", "Letter", "Message", "Preference"]
