"""How far a change of the calendar has come, for others to see while its one transaction still holds everything."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from apps.deadlines.services.recompute import Progress

TOLD_EVERY_SECONDS = 0.5
TELL = """
    UPDATE deadlines_calendarchange SET status = 'running', done = %s, total = %s, touched_at = %s
    WHERE id = %s AND status IN ('waiting', 'running')
"""


@contextmanager
def telling_progress(*, change_id: int, now: datetime) -> Iterator[Progress]:
    """A ``Progress`` that writes on a connection of its own, each time committed at once.

    The transaction that is told of must not have written the change's row yet: it does so once, at its end.
    """
    beside = connection.copy()
    last = float("-inf")

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last < TOLD_EVERY_SECONDS:
            return
        last = time.monotonic()
        with beside.cursor() as cursor:
            cursor.execute(TELL, [done, total, now, change_id])

    try:
        yield tell
    finally:
        beside.close()
