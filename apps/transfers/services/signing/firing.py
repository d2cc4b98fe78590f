"""Calling the service that a prepared act stands for, with the payload that was prepared.

The payload is the service's own keyword arguments, as JSON.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.organisations.models import User
from apps.transfers.enums import RevocationKind, SuspensionReason
from apps.transfers.models import Application
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.ending import revoke, settle_flagged
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.pausing import lift_pause, pause
from apps.transfers.services.recalling import recall
from apps.transfers.services.reducing import ask_reduction
from apps.transfers.services.reviewing import (
    Point,
    accept,
    approve,
    endorse,
    reject,
    request_correction,
    take_back,
)
from apps.transfers.services.suspending import resume, suspend

# All acts of an authority; the last three know no chain.
SERVICES: dict[str, Callable[..., Any]] = {
    "accept": accept,
    "request_correction": request_correction,
    "endorse": endorse,
    "consent": consent,
    "object": object_to,
    "take_back": take_back,
    "approve": approve,
    "reject": reject,
    "suspend": suspend,
    "resume": resume,
    "pause": pause,
    "lift_pause": lift_pause,
    "revoke": revoke,
    "settle": settle_flagged,
    "ask_reduction": ask_reduction,
    "give_opinion": give_opinion,
    "recall": recall,
}


def fire(*, name: str, application_id: int, by: User, now: datetime, payload: Mapping[str, Any]) -> Application:
    """Call the act's service. Raises what the service raises."""
    return SERVICES[name](application_id=application_id, by=by, now=now, **arguments_of(name, payload))


def payload_of(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A service's arguments as JSON: tonnes and days as text, nothing rounded."""
    return {key: _written(value) for key, value in arguments.items()}


def arguments_of(name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments again as the service of the act takes them."""
    return {key: _read(name, key, value) for key, value in payload.items()}


def _written(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): str(amount) for key, amount in value.items()}
    if isinstance(value, list | tuple):
        return [[point.subject, point.problem, point.demand] for point in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _read(name: str, key: str, value: Any) -> Any:
    if key == "amounts" and value is not None:
        return {int(item): Decimal(amount) for item, amount in value.items()}
    if key == "points":
        return [Point(*point) for point in value]
    if key in {"until", "until_on", "expected_end_on"} and value:
        return date.fromisoformat(value)
    if (name, key) == ("suspend", "reason"):
        return SuspensionReason(value)
    return RevocationKind(value) if key == "kind" else value
