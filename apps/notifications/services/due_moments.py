"""The due moments for which somebody stands: what their calendar shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from apps.deadlines.models import Deadline
from apps.notifications.telling.cases import parties_in_words
from apps.organisations.enums import Role
from apps.organisations.models import User
from apps.organisations.permissions import Standing, standing_of
from apps.transfers.enums import OPEN_STATES, ClockKind, State
from apps.transfers.models import Application, CaseHandler

MOST = 1000
AT_ORIGIN = (State.ORIGIN_REVIEW, State.DECISION)
# Whose clocks are whose while a case is in their hands. A destination without a limit of its own has the whole's.
CLOCKS: Mapping[str, tuple[ClockKind, ...]] = {
    State.LOCAL_OPINION: (ClockKind.LOCAL,),
    State.ORIGIN_REVIEW: (ClockKind.WHOLE, ClockKind.TARGET, ClockKind.ORIGIN),
    State.DESTINATION_REVIEW: (ClockKind.DESTINATION, ClockKind.WHOLE),
    State.DECISION: (ClockKind.WHOLE, ClockKind.DECISION),
    State.SUSPENDED: (ClockKind.SUSPENSION,),
    State.CORRECTION: (ClockKind.LAPSE, ClockKind.HOLD),
}


@dataclass(frozen=True, slots=True)
class DueMoment:
    """One open clock of a case that waits for the person; due at the end of ``due_on``."""

    clock_id: int
    case_id: int
    number: str
    what: str
    parties: str
    due_on: date
    is_provisional: bool


def due_moments_of(*, user: User, today: date) -> list[DueMoment]:
    """What runs for the person today, the earliest first, at most ``MOST``; two queries.

    A handler: cases in the bureau's hands that they took on, or nobody did. A section head: all of them. Signatory and
    bureau head: those under supervision. A local bureau: opinions. An enterprise: corrections.
    """
    held = _held_by(standing_of(user, today), user)
    cases = Application.objects.filter(held, state__in=OPEN_STATES).select_related("generator", "operator")
    by_number = {case.number or "": case for case in cases.order_by("due_at", "pk")[:MOST]}
    clocks = Deadline.objects.running().filter(reference__in=by_number).order_by("due_at", "pk")
    return [
        _moment(clock, by_number[clock.reference])
        for clock in clocks
        if clock.kind in CLOCKS[by_number[clock.reference].state] and clock.due_at is not None
    ]


def _held_by(standing: Standing, user: User) -> Q:
    held = Q(state=State.CORRECTION, generator__in=standing.enterprises(Role.FILER, Role.VIEWER))
    held |= Q(state=State.LOCAL_OPINION, local_division__in=standing.local_divisions())
    own = CaseHandler.objects.filter(application=OuterRef("pk"), handler=user)
    others = CaseHandler.objects.filter(
        application=OuterRef("pk"), bureau__in=standing.provincial_bureaus(Role.HANDLER)
    ).exclude(handler=user)
    held |= _in_hand(standing.provinces(Role.HANDLER)) & (Exists(own) | ~Exists(others))
    held |= _in_hand(standing.provinces(Role.SECTION_HEAD))
    heads = _in_hand(standing.provinces(Role.SIGNATORY, Role.BUREAU_HEAD))
    return held | heads & Q(supervised_since__isnull=False)


def _in_hand(provinces: frozenset[str]) -> Q:
    held = Q()
    for side, stages in (("origin", AT_ORIGIN), ("destination", (State.DESTINATION_REVIEW,))):
        held |= Q(**{f"{side}__in": provinces, "state__in": stages})
        held |= Q(**{f"{side}__in": provinces, "state": State.SUSPENDED, "suspended_from__in": stages})
    return held


def _moment(clock: Deadline, case: Application) -> DueMoment:
    due_on = clock.due_on
    assert due_on is not None  # noqa: S101 - the caller has asked for the due moment
    return DueMoment(
        clock_id=clock.pk,
        case_id=case.pk,
        number=case.number or "",
        what=ClockKind(clock.kind).label,
        parties=parties_in_words(case),
        due_on=due_on,
        is_provisional=clock.is_provisional,
    )
