"""Writing the log of an account, and the warning that goes with what a thief might do."""

from dataclasses import dataclass
from datetime import datetime

from apps.organisations.enums import AccountEventKind, AccountLetterKind, SecondStep
from apps.organisations.models import AccountEvent, AccountLetter, User
from apps.organisations.models.accounts import AGENT_LENGTH


@dataclass(frozen=True, slots=True)
class Origin:
    """From where a request came: the address as our proxy saw it, and what the browser calls itself."""

    address: str | None = None
    agent: str = ""


NOWHERE = Origin()
# Told by e-mail as well: whoever did not do it themselves should hear of it.
TOLD = frozenset(
    {
        AccountEventKind.PASSWORD_CHANGED,
        AccountEventKind.PASSWORD_RESET,
        AccountEventKind.ENROLLED,
        AccountEventKind.FACTOR_REMOVED,
        AccountEventKind.FACTOR_RESET,
        AccountEventKind.CODES_RENEWED,
        AccountEventKind.CLOSED,
        AccountEventKind.REOPENED,
    }
)


def record(
    user: User,
    kind: AccountEventKind,
    *,
    now: datetime,
    by: User | None = None,
    origin: Origin = NOWHERE,
    second_step: SecondStep = SecondStep.NONE,
    reason: str = "",
) -> AccountEvent:
    """A row of the log; where it is worth a warning, a letter to the owner is promised with it."""
    event = AccountEvent.objects.create(
        user=user,
        kind=kind,
        at=now,
        by=by if by is not None and by.pk != user.pk else None,
        second_step=second_step,
        address=origin.address,
        agent=origin.agent[:AGENT_LENGTH],
        reason=reason,
    )
    if kind in TOLD and user.email:
        AccountLetter.objects.create(kind=AccountLetterKind.WARNING, address=user.email, event=event, asked_at=now)
    return event
