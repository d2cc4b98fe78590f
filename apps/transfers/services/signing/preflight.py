"""The preflight before a signature: the papers as they will be, what the act leaves, what changed since the review."""

from dataclasses import dataclass, field
from datetime import datetime

from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import local_day
from apps.organisations.models import User
from apps.transfers.enums import State
from apps.transfers.errors import Refused
from apps.transfers.models import LogRow, Preparation
from apps.transfers.services.facts_now import at_moment
from apps.transfers.services.signing.knowing import changes, known_of
from apps.transfers.services.signing.opening import moves_since, void_sentence
from apps.transfers.services.signing.rehearsing import Rehearsal, rehearse


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a signature would do at this moment; ``refused`` says why it can't, then there is no rehearsal."""

    rehearsal: Rehearsal | None = None
    refused: Refused | None = None
    becomes: str = ""
    findings: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    since: list[LogRow] = field(default_factory=list)


def look_ahead(*, preparation: Preparation, by: User, now: datetime) -> Preflight:
    """Rehearse what was prepared and undo it: leaves nothing, not even a used number."""
    moved = moves_since(preparation).first()
    if moved is not None:
        return Preflight(refused=Refused("preparation.void", void_sentence(moved)))
    application = at_moment(application=preparation.application, now=now)
    known = known_of(application=application, today=local_day(now), calendar=load_calendar())
    since = list(LogRow.objects.filter(application=application, position__gt=preparation.position).order_by("position"))
    rehearsal, refused = None, None
    try:
        rehearsal = rehearse(
            name=preparation.act,
            application_id=preparation.application_id,
            by=by,
            now=now,
            payload=preparation.payload,
        )
    except Refused as error:
        refused = error
    return Preflight(
        rehearsal=rehearsal,
        refused=refused,
        becomes=State(rehearsal.application.state).label if rehearsal else "",
        findings=known["findings"],
        changed=changes(before=preparation.facts, after=known),
        since=since,
    )
