"""A file of 10,000 lines through reading, checking and marking, in a process of its own: seconds and peak memory.

Promised are at most ten seconds and 300 MB. The process loads what a worker loads; half the lines are bad, so that
the marked workbook is written, too.
"""

import json
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

from apps.whitelists.spreadsheets.checking import check_sheet
from apps.whitelists.spreadsheets.fields import Known, Operator
from apps.whitelists.spreadsheets.reading import read_sheet
from apps.whitelists.spreadsheets.writing import Choices, SheetLine, write_annotated, write_list
from benchmarks.figures import Figure

ROWS = 10_000
OPERATORS = 400
MOST_SECONDS = 10.0
MOST_MB = 300.0
DESTINATION = "510000"


def import_of_ten_thousand() -> Figure:
    """Rows a second, beside the promise of a thousand; the title says what memory it took."""
    told = subprocess.run([sys.executable, "manage.py", "bench_sheets"], capture_output=True, check=True, text=True)
    figures = json.loads(told.stdout)
    peak = figures["mb"]
    return Figure(
        f"导入 {ROWS} 行：{figures['seconds']:.1f} 秒（≤ {MOST_SECONDS:.0f}），峰值 {peak:.0f} MB（≤ {MOST_MB:.0f}）",
        ROWS / figures["seconds"],
        unit="行/秒",
        target=ROWS / MOST_SECONDS,
        done=figures["problems"] + figures["lines"],
        failed=int(peak > MOST_MB),
        lost=ROWS - figures["problems"] - figures["lines"],
    )


def measure() -> dict[str, float]:
    """Seconds, peak megabytes of this process, lines and problems found."""
    operators = tuple(
        Operator(serial, f"四川示例环保科技有限公司{serial:04d}", f"91510000MADEM{serial:05d}", DESTINATION)
        for serial in range(OPERATORS)
    )
    codes = [f"900-{serial:03d}-49" for serial in range(1, 101)]
    known = Known(
        DESTINATION, "四川省", operators, frozenset(codes), frozenset({"HW49"}), frozenset({"R4"}), "2027-01-01"
    )
    lines = [
        SheetLine(
            f"{serial:05d}",
            operators[serial % OPERATORS].name,
            "",
            codes[serial // OPERATORS],
            "",
            "R4",
            Decimal("12.5") if serial % 2 else Decimal(-1),
        )
        for serial in range(ROWS)
    ]
    with write_list(name="示例名单", edition_id=1, lines=lines, choices=Choices((), (), ())) as file:
        content = file.read()
    started = time.perf_counter()
    sheet = read_sheet(content)
    checked = check_sheet(sheet, known, progress=int)
    with write_annotated(sheet=sheet, title_row=checked.title_row, problems=checked.problems):
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "mb": _peak_mb(), "lines": len(checked.lines), "problems": len(checked.problems)}


def _peak_mb() -> float:
    """Of this program alone: getrusage would tell the larger one of who started it, kept over the exec."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024
