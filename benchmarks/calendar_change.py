"""A change of the calendar that moves every running clock: seconds and peak memory, in a process of its own.

Promised are sixty seconds for 100,000 clocks. Every Wednesday of the year becomes a day off, so that each clock of five
working days moves; what was looked at before is told, too.
"""

import json
import os
import resource
import subprocess
import sys
import time
from datetime import timedelta

from apps.deadlines.enums import ChangeStatus
from apps.deadlines.services.changes import foresee_change, order_change, prepare_year
from apps.deadlines.services.moment import read_now
from apps.deadlines.services.years import stored_rows
from apps.deadlines.workdays import ONE_DAY, local_day
from apps.organisations.enums import Role
from apps.organisations.models import User
from apps.transfers.services.years import apply_change
from benchmarks.figures import Figure

MOST_SECONDS = 60.0
FULL = 100_000
WEDNESDAY = 2
REASON = "性能测试"


def calendar_change_at_size() -> Figure:
    """Clocks a second, beside the promise of 100,000 in a minute; the title says what it took."""
    command = [sys.executable, "-m", "django", "bench_calendar"]
    told = subprocess.run(command, capture_output=True, check=True, text=True, env=os.environ)
    found = json.loads(told.stdout)
    seconds, moved = found["seconds"], found["moved"]
    return Figure(
        f"年历变更，{moved} 个时限移动：{seconds:.1f} 秒（十万个 ≤ {MOST_SECONDS:.0f} 秒），"
        f"预览 {found['preview_seconds']:.1f} 秒，峰值增加 {found['mb']:.0f} MB",
        moved / seconds,
        unit="个/秒",
        target=FULL / MOST_SECONDS,
        done=moved,
        lost=found["foreseen"] - moved,
    )


def measure() -> dict[str, float]:
    """Prepare, look at, order and carry the change out; seconds of the last, of the look, and what moved."""
    now = read_now()
    year = local_day(now).year
    by = User.objects.filter(memberships__role=Role.SYSTEM_ADMIN).earliest("pk")
    rows = {row["date"]: row for row in stored_rows(year) or ()}
    day = local_day(now).replace(month=1, day=1)
    while day.year == year:
        if day.weekday() == WEDNESDAY:
            rows[day.isoformat()] = {"date": day.isoformat(), "kind": "day_off", "name": "试"}
        day += ONE_DAY
    change = prepare_year(year=year, rows=list(rows.values()), source=REASON, reason=REASON, by=by, now=now)
    before = _peak()
    started = time.perf_counter()
    foreseen = foresee_change(change=change, now=now)
    looked = time.perf_counter() - started
    order_change(change_id=change.pk, seen=change.calendar, by=by, now=now)
    started = time.perf_counter()
    done = apply_change(change_id=change.pk, now=now + timedelta(seconds=1))
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "preview_seconds": looked,
        "foreseen": foreseen.count,
        "moved": done.moved if done.status == ChangeStatus.DONE else 0,
        "total": done.total,
        "mb": _peak() - before,
    }


def _peak() -> float:
    """Peak memory of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
