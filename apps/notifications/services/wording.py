"""A letter's words, made anew from its rows at every attempt."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from apps.notifications.channels.base import NothingToSay, Told, Words
from apps.notifications.models import Letter, Message
from apps.notifications.telling.accounts import said_of_account

# A digest tells so many and says how many more there are.
MOST_TOLD = 50


def words_of(*, letter: Letter, now: datetime) -> Words:
    """What the letter says: its one message, the day's, or what its account promised. Raises NothingToSay."""
    if letter.account_letter_id is not None:
        said = said_of_account(account_letter_id=letter.account_letter_id, waited=now - letter.created_at)
        return Words(
            stable_id=letter.stable_id,
            address=said.address,
            name=said.name,
            subject=said.subject,
            of_account=said.of_account,
        )
    if letter.recipient is None or not letter.recipient.is_active:
        raise NothingToSay("账号已停用")
    links: Mapping[str, str] = settings.NOTICE_URL_NAMES
    messages = [letter.message] if letter.message else list(letter.told.order_by("pk"))
    told = _told(messages[:MOST_TOLD], links["open"])
    return Words(
        stable_id=letter.stable_id,
        address=letter.address,
        name=str(letter.recipient),
        subject=_subject(letter, messages),
        told=told,
        more=len(messages) - len(told),
        day=letter.digest_on,
        list_link=_absolute(links["list"]),
        preferences_link=_absolute(links["preferences"]),
    )


def _told(messages: Iterable[Message], url_name: str) -> tuple[Told, ...]:
    return tuple(
        Told(
            kind=one.get_kind_display(),
            title=one.title,
            number=one.number,
            sentence=one.sentence,
            occurred_at=one.occurred_at,
            link=_absolute(url_name, one.pk),
        )
        for one in messages
    )


def _subject(letter: Letter, messages: list[Message]) -> str:
    if letter.message is None:
        return f"【消息汇总】{letter.digest_on}，共 {len(messages)} 条"
    one = letter.message
    # A title may quote what somebody typed; a header has one line.
    return " ".join(f"【{one.get_kind_display()}】{one.title} {one.number}".split())


def _absolute(url_name: str, *arguments: object) -> str:
    return f"{settings.SITE_URL}{reverse(url_name, args=arguments)}"
