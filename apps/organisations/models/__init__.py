"""Tables of parties, people and their accounts."""

from apps.organisations.models.accounts import AccountEvent, AccountLetter, Invitation, PersonSession
from apps.organisations.models.parties import (
    ZERO_T,
    Bureau,
    CapacityMovement,
    Deputy,
    Enterprise,
    ManagementPlan,
    ManagementPlanLine,
    Membership,
    Permit,
    PermitLine,
    PermitStatusChange,
    PermitYear,
    User,
    tonnes,
)

__all__ = [
    "ZERO_T",
    "AccountEvent",
    "AccountLetter",
    "Bureau",
    "CapacityMovement",
    "Deputy",
    "Enterprise",
    "Invitation",
    "ManagementPlan",
    "ManagementPlanLine",
    "Membership",
    "Permit",
    "PermitLine",
    "PermitStatusChange",
    "PermitYear",
    "PersonSession",
    "User",
    "tonnes",
]
