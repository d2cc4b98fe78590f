"""Marking messages read. One's own only, and nobody else's is touched whatever key is posted."""

from datetime import datetime

from apps.notifications.enums import Subject
from apps.notifications.models import Message
from apps.organisations.models import User


def read_message(*, user: User, message_id: int, now: datetime) -> bool:
    """Mark one message read; whether it was unread."""
    return bool(Message.objects.of(user).unread().filter(pk=message_id).update(read_at=now))


def read_all(*, user: User, until_id: int, now: datetime) -> int:
    """Mark read what the person was shown: everything up to ``until_id``. What came since stays unread."""
    return Message.objects.of(user).unread().filter(pk__lte=until_id).update(read_at=now)


def read_about(*, user: User, subject: Subject, subject_id: int, now: datetime) -> int:
    """Mark everything about a case or a list read: whoever opened its page has it before them."""
    mine = Message.objects.of(user).unread()
    return mine.filter(subject=subject, subject_id=subject_id).update(read_at=now)
