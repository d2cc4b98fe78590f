"""How somebody wants to be told."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from apps.notifications.enums import AUDIENCE, TEXT_AT_FIRST, MailChoice, MessageKind, mail_at_first
from apps.notifications.models import Preference
from apps.organisations.enums import Role
from apps.organisations.models import User


@dataclass(frozen=True, slots=True)
class Wish:
    """A kind as it stands for a person."""

    kind: MessageKind
    mail: MailChoice
    is_texted: bool


def kinds_for(roles: frozenset[Role]) -> list[MessageKind]:
    """The kinds that somebody with these roles may be told of."""
    return [kind for kind in MessageKind if AUDIENCE[kind] & roles]


def wishes_of(*, user: User, roles: frozenset[Role]) -> list[Wish]:
    """What holds for the person now, kind by kind."""
    chosen = {row.kind: row for row in Preference.objects.filter(user=user)}
    return [_wish(kind, chosen.get(kind)) for kind in kinds_for(roles)]


def _wish(kind: MessageKind, row: Preference | None) -> Wish:
    if row is None:
        return Wish(kind, mail_at_first(kind), kind in TEXT_AT_FIRST)
    return Wish(kind, MailChoice(row.mail), row.is_texted)


@transaction.atomic
def choose(*, user: User, wishes: Mapping[MessageKind, Wish]) -> None:
    """Keep what the person chose; it holds for what is told from now on."""
    Preference.objects.bulk_create(
        [Preference(user=user, kind=kind, mail=wish.mail, is_texted=wish.is_texted) for kind, wish in wishes.items()],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["mail", "is_texted"],
    )
