"""Eight o'clock on the first working day of January: 64 file at once over 50 entries, three items each.

The service files in threads and processes; pgbench then sends the statements that it really sent, for drafts made the
same way, at as many clients. Both wait for the same locks: the series' number and the entries.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from apps.organisations.models import User
from apps.transfers.models import Application, LogRow, Paper
from apps.transfers.services.filing import submit
from apps.whitelists.enums import MovementKind
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from benchmarks import live_check, pgbench
from benchmarks.holds import run_together, statements_of
from benchmarks.tables import columns_of
from benchmarks.world import METHOD, NOW
from wastetransfer.embedded.processes import tied

PAIR = ("CQ", "SC")
OPERATORS, TURNS = 10, 2
# Two overlapping thirds of an operator's five wastes: together every one of the fifty entries.
THIRDS = ((0, 1, 2), (2, 3, 4))
PROCESSES = 4
# Drafts made for each measured second, for the service and for pgbench: more than either files.
A_SECOND = 400
# Keys of their own, so long that each is found in a statement's text: specimens, the service's, pgbench's.
SPECIMENS, SERVED, SENT = 7_100_000_000, 7_200_000_000, 7_300_000_000
A_CLIENT = 100_000
# An item's key is its draft's with a place: of four, so that pgbench reckons it.
PLACES = 4

COPY_DRAFTS = """
    INSERT INTO transfers_application ({columns}, id, operator_id)
    SELECT {columns}, asked.id, asked.operator_id
    FROM unnest(%(ids)s::bigint[], %(operators)s::bigint[]) AS asked(id, operator_id)
    CROSS JOIN (SELECT {columns} FROM transfers_application WHERE id = %(mould)s) AS mould
"""
COPY_ITEMS = """
    INSERT INTO transfers_item ({columns}, id, application_id, position, waste_code, method)
    SELECT {columns}, %(places)s * asked.id + place.position, asked.id, place.position, place.waste_code, %(method)s
    FROM unnest(%(ids)s::bigint[]) AS asked(id)
    CROSS JOIN unnest(%(positions)s::int[], %(codes)s::varchar[]) AS place(position, waste_code)
    CROSS JOIN (SELECT {columns} FROM transfers_item WHERE application_id = %(mould)s ORDER BY position LIMIT 1) AS mould
"""
COPY_FILES = """
    INSERT INTO transfers_attachment ({columns}, application_id)
    SELECT {columns}, asked.id FROM unnest(%(ids)s::bigint[]) AS asked(id)
    CROSS JOIN (SELECT {columns} FROM transfers_attachment WHERE application_id = %(mould)s) AS mould
"""
CLOCKS = "SELECT array_agg(id ORDER BY id) FROM deadlines_deadline WHERE reference = '{number}'"
COPIES = (
    (COPY_DRAFTS, "transfers_application", {"id", "operator_id"}),
    (COPY_ITEMS, "transfers_item", {"id", "application_id", "position", "waste_code", "method"}),
    (COPY_FILES, "transfers_attachment", {"id", "application_id"}),
)


@dataclass(frozen=True, slots=True)
class Peak:
    """Filings a second through the service and through pgbench; ``lost`` are filings that left something out."""

    per_second: float
    ceiling: float
    done: int
    failed: int
    lost: int
    statements: int


def filings_at_peak(*, clients: int, seconds: int, sockets: Path, database: str) -> Peak:
    """`clients` at once for `seconds`, then pgbench with as many."""
    served = make_drafts(first=SERVED, count=A_SECOND * seconds)
    made = specimens()
    make_drafts(first=SENT, count=A_SECOND * seconds, clients=clients)
    command = [*tied("TERM"), sys.executable, "-m", "django", "bench_file"]
    options = {
        "first": SERVED,
        "count": len(served),
        "of": PROCESSES,
        "threads": max(1, clients // PROCESSES),
        "seconds": seconds,
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    # A connection a thread: waiting for one of the pool's would be no competition for the tonnes.
    environment = {**os.environ, "DATABASE_POOL": str(options["threads"] + 1)}
    children = [
        subprocess.Popen(
            [*command, *words, f"--number={number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for number in range(PROCESSES)
    ]
    try:
        told = run_together(children, within=seconds + 60)
    finally:
        for child in children:
            child.kill()
            child.wait()
    done, failed = (sum(one[name] for one in told) for name in ("done", "failed"))
    ceiling = pgbench.per_second(
        text=[script(statements, draft) for draft, statements in made],
        sockets=sockets,
        database=database,
        clients=clients,
        seconds=seconds,
    )
    return Peak(done / seconds, ceiling, done, failed, lost(done), len(made[0][1]))


def make_drafts(*, first: int, count: int, clients: int = 1) -> list[int]:
    """Complete drafts of three items over the fifty entries, copied from the world's own; gives their keys.

    Keys run from `first`, or, for several `clients`, from `first` plus A_CLIENT times the client.
    """
    moulds, operators = _moulds(), _operators()
    each = count // clients
    keys = [first + A_CLIENT * client + n for client in range(clients) for n in range(each)]
    for turn, mould in enumerate(moulds):
        ids = keys[turn :: len(moulds)]
        values = {
            "ids": ids,
            "operators": [operators[turn % OPERATORS]] * len(ids),
            "mould": mould,
            "places": PLACES,
            "method": METHOD,
            "positions": [1, 2, 3],
            "codes": [live_check.CODES[place] for place in THIRDS[turn // OPERATORS]],
        }
        with connection.cursor() as cursor:
            for statement, table, own in COPIES:
                cursor.execute(statement.format(columns=columns_of(table, but=own)), values)
    return keys


def specimens() -> list[tuple[int, list[str]]]:
    """A filing of each kind with the statements that it sent; twice, so that this process knows its reference rows."""
    count = OPERATORS * TURNS
    keys = make_drafts(first=SPECIMENS, count=2 * count)
    filer = _filers(keys)
    for key in keys[:count]:
        file_once(key, filer[key])
    return [(key, statements_of(lambda key=key: file_once(key, filer[key]))) for key in keys[count:]]


def file_once(key: int, by: User) -> None:
    """One filing."""
    submit(application_id=key, by=by, now=NOW, seen_route="fast_track")


def script(statements: Sequence[str], draft: int) -> str:
    """The same for pgbench: each transaction for the client's next draft, under a number of its own."""
    case = Application.objects.get(pk=draft)
    number = case.number or ""
    clocks = ",".join(map(str, _clocks(number)))
    # The database gave the specimen's clocks their keys: they are looked up by the number.
    told = {f"'{{{clocks}}}'::{kind}[]": f"({CLOCKS.format(number=number)})" for kind in ("int2", "int4", "int8")}
    told |= {str(PLACES * draft + place): f":item{place}" for place in range(1, PLACES)}
    told |= {str(draft): ":draft", number: f"{number.rpartition('-')[0]}-:draft"}
    texts = []
    for statement in statements:
        text = statement
        for words, variable in told.items():
            text = text.replace(words, variable)
        texts.append(text)
    settings = [
        "\\set turn :turn + 1",
        f"\\set draft {SENT} + {A_CLIENT} * :client_id + :turn",
        *(f"\\set item{place} {PLACES} * :draft + {place}" for place in range(1, PLACES)),
    ]
    return pgbench.script([text for text in texts if "SAVEPOINT" not in text], *settings)


def file_for(
    *, keys: Sequence[int], threads: int, seconds: float, wait_for_start: Callable[[], object]
) -> dict[str, int]:
    """What one process does: its threads connect, wait, and file draft after draft until the time is over."""
    counts = {"done": 0, "failed": 0}
    filers, guard, line = _filers(keys), threading.Lock(), threading.Barrier(threads + 1)
    waiting: Iterator[int] = iter(keys)

    def following() -> int | None:
        with guard:
            return next(waiting, None)

    def work() -> None:
        done = failed = 0
        connection.ensure_connection()
        line.wait()
        line.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end and (key := following()) is not None:
            try:
                file_once(key, filers[key])
            except Exception:  # noqa: BLE001 - whatever refuses a filing counts as failed
                failed += 1
            else:
                done += 1
        connection.close()
        with guard:
            counts["done"] += done
            counts["failed"] += failed

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    line.wait()
    wait_for_start()
    line.wait()
    for worker in workers:
        worker.join()
    return counts


def keys_of(*, first: int, count: int) -> list[int]:
    """Keys of the drafts that were made for one client."""
    return list(range(first, first + count))


def lost(done: int) -> int:
    """Filings of the service without their log row, receipt or three holds."""
    filed = Application.objects.filter(pk__range=(SERVED, SENT - 1), number__isnull=False)
    numbers = filed.values("number")
    holds = QuotaMovement.objects.filter(reference__in=numbers, kind=MovementKind.HOLD).count()
    rows = LogRow.objects.filter(application__in=filed).count()
    papers = Paper.objects.filter(application__in=filed).count()
    return sum(abs(there - done) for there in (filed.count(), rows, papers)) + abs(holds - 3 * done)


def _moulds() -> list[int]:
    """Twenty drafts of the pair that nobody has filed."""
    drafts = Application.objects.filter(
        state="draft", origin__short=PAIR[0], destination__short=PAIR[1], pk__lt=SPECIMENS
    )
    found = list(drafts.order_by("pk").values_list("pk", flat=True)[: OPERATORS * TURNS])
    # A small world has fewer: they take turns.
    return [found[place % len(found)] for place in range(OPERATORS * TURNS)]


def _operators() -> list[int]:
    """Ten operators with five entries each on this year's list of the pair."""
    entries = WhitelistEntry.objects.filter(
        edition__begins_on__year=NOW.year,
        edition__origin__short=PAIR[0],
        edition__destination__short=PAIR[1],
        method=METHOD,
        number__contains="/",
    )
    if not entries.exists():
        live_check.widen()
    rows = entries.order_by("operator").values_list("operator", flat=True).distinct()
    return list(rows[:OPERATORS])


def _filers(keys: Sequence[int]) -> dict[int, User]:
    """A person an application, each with an instance of their own: threads share nothing."""
    rows = Application.objects.filter(pk__in=keys).select_related("created_by")
    return {case.pk: case.created_by for case in rows}


def _clocks(number: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM deadlines_deadline WHERE reference = %s ORDER BY id", [number])
        return [row[0] for row in cursor.fetchall()]
