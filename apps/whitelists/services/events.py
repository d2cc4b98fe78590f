"""The log of the lists: one row an event, naming whom it is to reach."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.organisations.enums import BureauLevel, Role
from apps.organisations.models import Bureau, Enterprise, User
from apps.whitelists.enums import EventKind
from apps.whitelists.models import Edition, ListEvent, ListEventRecipient, WhitelistEntry

CLOCK_NAME = "系统时钟"


@dataclass(frozen=True, slots=True)
class Told:
    """Whom an event is to reach: the people of a bureau in a role, or everybody of an enterprise."""

    bureau_id: int | None = None
    role: str = ""
    enterprise_id: int | None = None


def both_administrators(edition: Edition) -> list[Told]:
    """The whitelist administrators of both provinces of a list."""
    return administrators_of(edition.origin_id, edition.destination_id)


def administrators_of(*province_ids: str) -> list[Told]:
    """The whitelist administrators of the provinces (division codes)."""
    found = Bureau.objects.filter(province__in=province_ids, level=BureauLevel.PROVINCIAL).values_list("pk", flat=True)
    return [Told(bureau_id=key, role=Role.WHITELIST_ADMIN) for key in sorted(found)]


def record(  # noqa: PLR0913 - one argument a column of the log
    *,
    kind: EventKind,
    sentence: str,
    told: Iterable[Told],
    by: User | None,
    at: datetime,
    now: datetime,
    bureau: Bureau | None = None,
    edition: Edition | None = None,
    entry: WhitelistEntry | None = None,
    operator: Enterprise | None = None,
    reference: str = "",
    once: str | None = None,
    statuses: tuple[str, str] = ("", ""),
    details: dict[str, Any] | None = None,
) -> ListEvent | None:
    """Write an event and whom it is to reach, in the caller's transaction; ``by`` is None for the clock.

    ``at`` is the event's own moment. With ``once`` a second event of the same mark is not written: None.
    """
    columns: dict[str, Any] = {
        "kind": kind,
        "sentence": sentence,
        "actor": by,
        "actor_name": str(by) if by else CLOCK_NAME,
        "bureau": bureau,
        "edition": edition,
        "entry": entry,
        "operator": operator,
        "reference": reference,
        "from_status": statuses[0],
        "to_status": statuses[1],
        "details": details or {},
        "occurred_at": at,
        "recorded_at": now,
    }
    if once is None:
        event = ListEvent.objects.create(**columns)
    else:
        # Two sweeps at once: one writes, the other finds it written.
        event, is_new = ListEvent.objects.get_or_create(once=once, defaults=columns)
        if not is_new:
            return None
    ListEventRecipient.objects.bulk_create(
        [
            ListEventRecipient(event=event, bureau_id=one.bureau_id, role=one.role, enterprise_id=one.enterprise_id)
            for one in dict.fromkeys(told)
        ]
    )
    return event
