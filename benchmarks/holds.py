"""Holds on one contended entry: the ledger's own verb in threads and processes, beside its statements in pgbench."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg import ClientCursor

from apps.whitelists.enums import MovementKind
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from apps.whitelists.services.ledger import hold
from benchmarks import pgbench
from benchmarks.world import NOW, YEARS
from wastetransfer.embedded.processes import tied

PROCESSES = 4
AMOUNT_T = Decimal("0.0001")
REFERENCE = "BENCH-HOLD"
# Until every process is up; all begin at the same second.
READY_WITHIN = 8.0


@dataclass(frozen=True, slots=True)
class Held:
    """Holds a second through the service and through pgbench; ``lost`` are holds without a movement."""

    per_second: float
    ceiling: float
    done: int
    failed: int
    lost: int


def contended_holds(*, clients: int, seconds: int, sockets: Path, database: str) -> Held:
    """`clients` threads in four processes hold on one entry of the present year for `seconds`."""
    entry = WhitelistEntry.objects.filter(edition__begins_on__year=YEARS[-1]).latest("pk")
    start_at = time.time() + READY_WITHIN
    command = [*tied("TERM"), sys.executable, "-m", "django", "bench_hold"]
    options = {"entry": entry.pk, "threads": max(1, clients // PROCESSES), "seconds": seconds, "start-at": start_at}
    words = [f"--{name}={value}" for name, value in options.items()]
    children = [
        subprocess.Popen([*command, *words, f"--name={number}"], stdout=subprocess.PIPE)
        for number in range(min(PROCESSES, clients))
    ]
    try:
        told = [json.loads(child.communicate(timeout=seconds + 60)[0]) for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()
    done, failed = (sum(one[name] for one in told) for name in ("done", "failed"))
    there = QuotaMovement.objects.filter(
        entry=entry, kind=MovementKind.HOLD, reference__startswith=f"{REFERENCE}-"
    ).count()
    statements = statements_of(lambda: hold_once(entry.pk, f"{REFERENCE}:KEY"))
    ceiling = pgbench.per_second(
        text=pgbench_script(statements), sockets=sockets, database=database, clients=clients, seconds=seconds
    )
    return Held(done / seconds, ceiling, done, failed, abs(there - done))


def hold_for(*, entry_id: int, name: str, threads: int, seconds: float, start_at: float) -> dict[str, int]:
    """What one process does: its threads hold until the time is over. Gives what was done and what was refused."""
    counts = {"done": 0, "failed": 0}
    guard = threading.Lock()

    def work(thread: int) -> None:
        done = failed = 0
        connection.ensure_connection()
        time.sleep(max(0.0, start_at - time.time()))
        end = start_at + seconds
        while time.time() < end:
            try:
                hold_once(entry_id, f"{REFERENCE}-{name}-{thread}-{done + failed}")
            except Exception:  # noqa: BLE001 - whatever refuses a hold counts as failed
                failed += 1
            else:
                done += 1
        connection.close()
        with guard:
            counts["done"] += done
            counts["failed"] += failed

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return counts


def hold_once(entry_id: int, reference: str) -> None:
    hold(amounts={entry_id: AMOUNT_T}, reference=reference, round=1, occurred_at=NOW, now=NOW)


def statements_of(call: Callable[[], None]) -> list[str]:
    """The statements that `call` really sends, with their values written in."""
    sent: list[str] = []

    def keep(execute: Callable[..., Any], statement: str, values: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        sent.append(ClientCursor(context["connection"].connection).mogrify(statement, values))
        return execute(statement, values, many, context)

    with connection.execute_wrapper(keep):
        call()
    return sent


def pgbench_script(statements: list[str]) -> str:
    """The same for pgbench: each transaction under a reference of its own."""
    texts = [statement.replace(f"{REFERENCE}:KEY", f"{REFERENCE}:client_id-:key") for statement in statements]
    return pgbench.script(texts, "\\set key random(1, 9000000000000000)")
