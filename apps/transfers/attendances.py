"""What may be done on an application without changing its state: who, and in which states.

Beside the state machine (``states.py``) the one other table from which services and pages learn what is possible.
"""

from collections.abc import Callable
from dataclasses import dataclass

from apps.organisations.models import User
from apps.transfers import permissions as may
from apps.transfers.enums import PauseSource, State
from apps.transfers.models import Application
from apps.transfers.states import has_consent, is_decided_alone


@dataclass(frozen=True, slots=True)
class Attendance:
    """One row: the verb that people read, who may, in which states."""

    verb: str
    may: Callable[[Application, User | may.Clock], bool]
    states: frozenset[State]


IN_FORCE = frozenset({State.APPROVED})
# Where a bureau examines what it has accepted.
EXAMINED = frozenset({State.ORIGIN_REVIEW, State.DESTINATION_REVIEW, State.DECISION, State.SUSPENDED})
DECIDED_BY_ORIGIN = frozenset({State.ORIGIN_REVIEW, State.DECISION})
ATTENDANCES: dict[str, Attendance] = {
    "record_shipment": Attendance("登记转移", may.is_filer, IN_FORCE),
    "confirm_shipment": Attendance("确认接受", may.is_operator, frozenset({*IN_FORCE, State.REVOKED, State.CLOSED})),
    "declare_complete": Attendance("申报执行完毕", may.is_filer, IN_FORCE),
    "pause": Attendance("暂停转移", may.is_origin, IN_FORCE),
    "lift_pause": Attendance("恢复转移", may.is_origin, IN_FORCE),
    "remind": Attendance("催复", may.is_origin, frozenset({State.DESTINATION_REVIEW})),
    "ask_supplement": Attendance("要求补充说明", may.holds_the_case, EXAMINED),
    "answer_supplement": Attendance("补充说明", may.is_filer, EXAMINED),
    "ask_reduction": Attendance("征询核减意见", may.is_origin, DECIDED_BY_ORIGIN),
    "answer_reduction": Attendance("答复核减征询", may.is_filer, EXAMINED),
    "settle": Attendance("核销", may.is_origin, frozenset({State.CLOSED})),
    "issue_erratum": Attendance("更正文书", may.is_either_bureau, frozenset(State) - {State.DRAFT}),
}


def open_attendances(application: Application, user: User) -> list[str]:
    """Names of what the person may do now; ``application.today`` has to be set. Facts such as a pause may still refuse."""
    return [
        name
        for name, row in ATTENDANCES.items()
        if application.state in row.states and row.may(application, user) and _has_matter(application, name)
    ]


def _has_matter(application: Application, name: str) -> bool:
    """Whether there is something to do it with."""
    return name not in MATTERS or MATTERS[name](application)


def may_get_less(case: Application) -> bool:
    """Whether the origin decides the tonnes next: under prior consent, or after the destination's consent."""
    decides = is_decided_alone(case) if case.state == State.ORIGIN_REVIEW else has_consent(case)
    return decides and not case.reductions.filter(answered_at__isnull=True).exists()


MATTERS: dict[str, Callable[[Application], bool]] = {
    "record_shipment": lambda case: case.declared_complete_at is None,
    "declare_complete": lambda case: case.declared_complete_at is None,
    "confirm_shipment": lambda case: case.shipments.filter(confirmed_at__isnull=True).exists(),
    "ask_supplement": lambda case: case.accepted_on is not None,
    "answer_supplement": lambda case: case.supplements.filter(answered_at__isnull=True).exists(),
    "ask_reduction": may_get_less,
    "answer_reduction": lambda case: case.reductions.filter(answered_at__isnull=True).exists(),
    "settle": lambda case: bool(case.settlement_flag),
    # Offered beside the paper itself, not among the acts on the case.
    "issue_erratum": lambda _: False,
    # What the clock paused, following a suspension, only the lifting of that suspension ends.
    "pause": lambda case: case.paused_on(case.today, PauseSource.MANUAL) is None,
    "lift_pause": lambda case: case.paused_on(case.today, PauseSource.MANUAL) is not None,
}
