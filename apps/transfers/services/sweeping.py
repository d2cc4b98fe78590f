"""The sweep: whatever is due anywhere is done now; rungs of many applications together, acts one by one."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError

from apps.transfers.services.acting import pending, sweep_one
from apps.transfers.services.ringing import Rung, ring_many

logger = logging.getLogger(__name__)
# Read at a time, and locked at a time: whoever wants one of a chunk waits some 50 ms at most.
WINDOW = 1000
CHUNK = 50
# So many wait that a second worker is worth calling.
MANY = 500
# What breaks the connection breaks the sweep; the next minute's begins anew.
BROKEN = (OperationalError, InterfaceError)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many applications were served and how many clocks of theirs, and how many applications failed."""

    applications: int
    clocks: int
    failed: int = 0


def sweep(*, now: datetime) -> Swept:
    """Do everything that is due at ``now``.

    1. Read due references without locks, the longest waiting first. 2. By chunks, lock the applications (one that
    somebody holds is left to them or to the next sweep), then their due clocks, and ask again whether they are due;
    write the rungs of a chunk together (``ring_many``). 3. An application of which a clock acts is served in a
    transaction of its own. 4. Repeat while anything is found that was not looked at. A late or a second sweep changes
    nothing; two at once share the work. One application that fails is logged and stops no other.
    """
    seen: set[int] = set()
    applications = clocks = failed = 0
    while fresh := _fresh(seen, now, len(seen) - applications):
        for chunk in _chunks(fresh):
            rung = _ring(chunk, now)
            served = [_serve(key, now) for key in rung.acting]
            applications += rung.applications + sum(bool(count) for count in served)
            clocks += rung.clocks + sum(count or 0 for count in served)
            failed += served.count(None)
        seen.update(fresh)
    return Swept(applications, clocks, failed)


def is_much(*, now: datetime) -> bool:
    """Whether so many applications wait that another worker should help."""
    return len(pending(now=now, limit=MANY)) == MANY


def _fresh(seen: set[int], now: datetime, left: int) -> list[int]:
    """Keys not looked at yet; what was looked at and may still wait (``left`` at most) is read over."""
    return [key for key in pending(now=now, limit=WINDOW + left) if key not in seen]


def _chunks(keys: Sequence[int]) -> Iterator[list[int]]:
    for first in range(0, len(keys), CHUNK):
        yield list(keys[first : first + CHUNK])


def _ring(chunk: list[int], now: datetime) -> Rung:
    """If one of a chunk fails all do, and each is served by itself."""
    try:
        return ring_many(application_ids=chunk, now=now)
    except BROKEN:
        raise
    except Exception:
        logger.exception("sweep failed for a chunk; serving its applications one by one")
        return Rung(acting=tuple(chunk))


def _serve(key: int, now: datetime) -> int | None:
    """How many clocks of one application; None when it failed."""
    try:
        return sweep_one(application_id=key, now=now)
    except BROKEN:
        raise
    except Exception:
        logger.exception("sweep failed for application %s", key)
        return None
