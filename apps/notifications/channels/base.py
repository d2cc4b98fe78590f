"""What a channel is: it knows where to reach somebody, and hands a letter over or says why it could not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from apps.organisations.models import User


class AddressRefused(Exception):
    """This letter will never arrive at this address."""


class TryLater(Exception):
    """This letter was not taken now; the channel itself is well."""


class NothingToSay(Exception):
    """What the letter was to say holds no longer, or nobody is there to be told."""


class ChannelDown(Exception):
    """The other side does not answer: nothing more is tried for a while."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message as a letter tells it. ``link`` is absolute."""

    kind: str
    title: str
    number: str
    sentence: str
    occurred_at: datetime
    link: str


@dataclass(frozen=True, slots=True)
class OfAccount:
    """What a letter of an account says: first, then the link if it has one, then the last word."""

    first: str
    last: str
    link: str = ""
    link_label: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A letter. ``stable_id`` is the same at every attempt, so that the other side may drop a repetition.

    ``day`` is set on a digest, which tells at most some of its messages and says how many there are. A letter of an
    account tells no messages but says something ``of_account``; no preferences apply to it.
    """

    stable_id: str
    address: str
    name: str
    subject: str
    told: tuple[Told, ...] = ()
    more: int = 0
    day: date | None = None
    list_link: str = ""
    preferences_link: str = ""
    of_account: OfAccount | None = None


class Channel(Protocol):
    """One way out. Stateless: one instance serves the whole process."""

    def address_of(self, user: User) -> str:
        """Where the person is reached; empty where they can't be."""

    def open(self) -> AbstractContextManager[Callable[[Words], None]]:
        """A connection for some letters: what it gives sends one. Raises ChannelDown.

        Sending raises AddressRefused, TryLater or ChannelDown; without any of them the other side has the letter.
        """
