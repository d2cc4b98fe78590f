"""Who may do what on an application (docs/rules.md §9), as callables for the state machine.

Each takes the application (with ``today`` set on it by whoever loaded it) and a person or the clock. No person
acts for two parties of one case: who stands with more than one of them may do nothing on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.organisations.enums import DECIDING_ROLES, Role
from apps.organisations.permissions import standing_of

if TYPE_CHECKING:
    from apps.organisations.models import User
    from apps.transfers.models import Application


class Clock:
    """The clock as an actor: the sweep calls the same services as a person does."""

    display_name = "系统时钟"

    def __str__(self) -> str:
        return self.display_name


CLOCK = Clock()

GENERATOR = "generator"
OPERATOR = "operator"
LOCAL = "local"
ORIGIN = "origin"
DESTINATION = "destination"


def parties_of(application: Application, user: User) -> frozenset[str]:
    """Parties of the case for which the person may act on ``application.today``."""
    standing = standing_of(user, application.today)
    deciding = standing.provinces(*DECIDING_ROLES)
    parties = {
        GENERATOR: application.generator_id in standing.enterprises(Role.FILER),
        OPERATOR: application.operator_id in standing.enterprises(Role.OPERATOR_STAFF),
        LOCAL: bool(application.local_division) and application.local_division in standing.local_divisions(),
        ORIGIN: application.origin_id in deciding,
        DESTINATION: application.destination_id in deciding,
    }
    return frozenset(party for party, stands in parties.items() if stands)


def acts_only_for(application: Application, actor: User | Clock, party: str) -> bool:
    return not isinstance(actor, Clock) and parties_of(application, actor) == {party}


def is_filer(application: Application, actor: User | Clock) -> bool:
    return acts_only_for(application, actor, GENERATOR)


def is_origin(application: Application, actor: User | Clock) -> bool:
    return acts_only_for(application, actor, ORIGIN)


def is_destination(application: Application, actor: User | Clock) -> bool:
    return acts_only_for(application, actor, DESTINATION)


def is_operator(application: Application, actor: User | Clock) -> bool:
    return acts_only_for(application, actor, OPERATOR)


def sits_in_bureau(application: Application, user: User) -> bool:
    """Whether the person works on the case for exactly one bureau of it, and for no other party."""
    parties = parties_of(application, user)
    return len(parties) == 1 and parties <= {LOCAL, ORIGIN, DESTINATION}


def is_clock(application: Application, actor: User | Clock) -> bool:  # noqa: ARG001 - the machine's signature
    return isinstance(actor, Clock)


def is_local_or_clock(application: Application, actor: User | Clock) -> bool:
    return isinstance(actor, Clock) or acts_only_for(application, actor, LOCAL)


def is_origin_or_clock(application: Application, actor: User | Clock) -> bool:
    return isinstance(actor, Clock) or is_origin(application, actor)


def is_either_bureau(application: Application, actor: User | Clock) -> bool:
    return is_origin(application, actor) or is_destination(application, actor)


def is_filer_or_clock(application: Application, actor: User | Clock) -> bool:
    return isinstance(actor, Clock) or is_filer(application, actor)


def holds_the_case(application: Application, actor: User | Clock) -> bool:
    """The bureau in whose hands the case is; the clock resumes a suspension at its expected end."""
    if isinstance(actor, Clock):
        return True
    stage = application.suspended_from or application.state
    return is_destination(application, actor) if stage == "destination_review" else is_origin(application, actor)


def signed_last_act(application: Application, actor: User | Clock) -> bool:
    """Only the person who signed the act that would be recalled."""
    if isinstance(actor, Clock) or actor.pk != application.last_signer_id:
        return False
    return is_origin(application, actor) or is_destination(application, actor)
