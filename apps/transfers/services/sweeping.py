"""The sweep: whatever is due anywhere is done now, each application in its own transaction."""

from dataclasses import dataclass
from datetime import datetime

from apps.transfers.services.acting import pending, sweep_one

CHUNK = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """How many applications were looked at and how many clocks were served."""

    applications: int
    clocks: int


def sweep(*, now: datetime) -> Swept:
    """Do everything that is due at ``now``.

    1. Read due references without locks, the longest waiting first. 2. For each, lock the application (one that
    somebody holds is left to them or to the next sweep), then its due clocks, and ask again whether they are due.
    3. Repeat while a full chunk made progress. A late or a second sweep changes nothing.
    """
    seen: set[int] = set()
    clocks = 0
    while True:
        fresh = [key for key in pending(now=now, limit=CHUNK + len(seen)) if key not in seen]
        if not fresh:
            return Swept(len(seen), clocks)
        for key in fresh[:CHUNK]:
            clocks += sweep_one(application_id=key, now=now)
            seen.add(key)
