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
from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.processes import tied

PROCESSES = 4
AMOUNT_T = Decimal("0.0001")
REFERENCE = "BENCH-HOLD"


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
    command = [*tied("TERM"), sys.executable, "-m", "django", "bench_hold"]
    options = {"entry": entry.pk, "threads": max(1, clients // PROCESSES), "seconds": seconds}
    words = [f"--{name}={value}" for name, value in options.items()]
    children = [
        subprocess.Popen(
            [*command, *words, f"--name={number}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(min(PROCESSES, clients))
    ]
    try:
        told = run_together(children, within=seconds + 60)
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


def run_together(children: list["subprocess.Popen[str]"], *, within: float) -> list[dict[str, int]]:
    """Wait until every process is connected, let all begin at once, collect what they tell."""
    for child in children:
        if child.stdout is None or not child.stdout.readline():
            raise EmbeddedError("性能测试的一个进程没有启动。")
    for child in children:
        if child.stdin is not None:
            child.stdin.write("go\n")
            child.stdin.flush()
    return [json.loads(child.communicate(timeout=within)[0]) for child in children]


def hold_for(
    *, entry_id: int, name: str, threads: int, seconds: float, wait_for_start: Callable[[], object]
) -> dict[str, int]:
    """What one process does: its threads connect, wait, and hold until the time is over.

    Gives what was done and what was refused.
    """
    counts = {"done": 0, "failed": 0}
    guard = threading.Lock()
    line = threading.Barrier(threads + 1)

    def work(thread: int) -> None:
        done = failed = 0
        connection.ensure_connection()
        line.wait()
        line.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
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
    line.wait()
    wait_for_start()
    line.wait()
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
