"""What may be done on an application without changing its state: who, and in which states.

Beside the state machine (``states.py``) the one other table from which services and pages learn what is possible.
"""

from collections.abc import Callable
from dataclasses import dataclass

from apps.organisations.models import User
from apps.transfers import permissions as may
from apps.transfers.enums import State
from apps.transfers.models import Application


@dataclass(frozen=True, slots=True)
class Attendance:
    """One row: the verb that people read, who may, in which states."""

    verb: str
    may: Callable[[Application, User | may.Clock], bool]
    states: frozenset[State]


IN_FORCE = frozenset({State.APPROVED})
ATTENDANCES: dict[str, Attendance] = {
    "record_shipment": Attendance("登记转移", may.is_filer, IN_FORCE),
    "confirm_shipment": Attendance("确认接受", may.is_operator, frozenset({*IN_FORCE, State.REVOKED, State.CLOSED})),
    "declare_complete": Attendance("申报执行完毕", may.is_filer, IN_FORCE),
    "pause": Attendance("暂停转移", may.is_origin, IN_FORCE),
    "lift_pause": Attendance("恢复转移", may.is_origin, IN_FORCE),
    "remind": Attendance("催复", may.is_origin, frozenset({State.DESTINATION_REVIEW})),
    "settle": Attendance("核销", may.is_origin, frozenset({State.CLOSED})),
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
    if name in {"record_shipment", "declare_complete"}:
        return application.declared_complete_at is None
    if name == "confirm_shipment":
        return application.shipments.filter(confirmed_at__isnull=True).exists()
    if name == "settle":
        return bool(application.settlement_flag)
    if name in {"pause", "lift_pause"}:
        return (application.paused_on(application.today) is not None) == (name == "lift_pause")
    return True
