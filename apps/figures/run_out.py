"""When entries run out: the flow of the last ninety days, of a page of entries or of every list in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from apps.deadlines.workdays import ZONE
from apps.figures.rules import FEWEST_DAYS, WINDOW_DAYS, RunOut, run_out
from apps.whitelists.models import WhitelistEntry

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class EntryRunOut:
    """An entry, its edition and operator at hand, with its reckoning."""

    entry: WhitelistEntry
    run_out: RunOut


FLOW = """
    SELECT movement.entry_id,
           coalesce(sum(movement.amount_t) FILTER (WHERE movement.kind = 'commit'), 0) AS committed_t,
           coalesce(sum(movement.amount_t) FILTER (WHERE movement.kind = 'restore'), 0) AS restored_t
    FROM whitelists_quotamovement AS movement
    JOIN whitelists_whitelistentry AS entry ON entry.id = movement.entry_id
    JOIN whitelists_edition AS edition ON edition.id = entry.edition_id
    WHERE movement.kind IN ('commit', 'restore') AND {among} = ANY(%(keys)s)
      AND movement.occurred_at >= greatest(%(since)s, edition.begins_on::timestamp AT TIME ZONE 'Asia/Shanghai')
      AND movement.occurred_at < %(until)s
    GROUP BY movement.entry_id
"""

# Those that run out before their list ends, the soonest first: available / (net / days) days from today.
SOONEST = """
    WITH flow AS ({flow}), reckoned AS (
        SELECT entry.id, edition.ends_on, flow.committed_t, flow.restored_t,
               floor((entry.quota_t - entry.held_t - entry.used_t)
                     * least(%(window)s, %(today)s - edition.begins_on + 1)
                     / (flow.committed_t - flow.restored_t)) AS days_left
        FROM flow
        JOIN whitelists_whitelistentry AS entry ON entry.id = flow.entry_id
        JOIN whitelists_edition AS edition ON edition.id = entry.edition_id
        WHERE flow.committed_t > flow.restored_t AND entry.quota_t > entry.held_t + entry.used_t
          AND %(today)s - edition.begins_on + 1 >= %(fewest)s
    )
    SELECT id, committed_t, restored_t, count(*) OVER ()
    FROM reckoned
    WHERE days_left <= ends_on - %(today)s
    ORDER BY days_left, id LIMIT %(limit)s OFFSET %(offset)s
"""


def run_out_of_entries(entries: Sequence[WhitelistEntry], *, today: date) -> dict[int, RunOut]:
    """The reckoning of each entry of a page, by its key; their editions are at hand. One query."""
    with connection.cursor() as cursor:
        cursor.execute(FLOW.format(among="entry.id"), _window(today) | {"keys": [entry.pk for entry in entries]})
        flows = {key: (committed, restored) for key, committed, restored in cursor.fetchall()}
    return {entry.pk: _reckoned(entry, flows.get(entry.pk, (ZERO, ZERO)), today) for entry in entries}


def soonest_run_outs(
    edition_ids: Sequence[int], *, today: date, limit: int, offset: int = 0
) -> tuple[list[EntryRunOut], int]:
    """Entries of the lists in force that run out before their list ends, the soonest first, and how many there are."""
    values = _window(today) | {
        "keys": list(edition_ids),
        "today": today,
        "window": WINDOW_DAYS,
        "fewest": FEWEST_DAYS,
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(SOONEST.format(flow=FLOW.format(among="edition.id")), values)
        rows = cursor.fetchall()
    found = WhitelistEntry.objects.select_related(
        "operator", "edition__origin__division", "edition__destination__division"
    ).in_bulk([key for key, *_ in rows])
    told = [
        EntryRunOut(found[key], _reckoned(found[key], (committed, restored), today))
        for key, committed, restored, _ in rows
    ]
    return told, rows[0][3] if rows else 0


def _window(today: date) -> dict[str, Any]:
    first = today - timedelta(days=WINDOW_DAYS - 1)
    return {
        "since": datetime.combine(first, time.min, tzinfo=ZONE),
        "until": datetime.combine(today + timedelta(days=1), time.min, tzinfo=ZONE),
    }


def _reckoned(entry: WhitelistEntry, flow: tuple[Decimal, Decimal], today: date) -> RunOut:
    return run_out(
        today=today,
        begins_on=entry.edition.begins_on,
        ends_on=entry.edition.ends_on,
        committed_t=flow[0],
        restored_t=flow[1],
        available_t=entry.available_t,
    )
