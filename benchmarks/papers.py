"""How long a paper of ten pages takes to set, in one process, fonts warm: promised are at most 0.5 s."""

import statistics
import time
from collections.abc import Mapping
from datetime import date
from typing import Any

from apps.documents.rules import Printed
from apps.documents.services.codes import check_at
from apps.documents.typesetting import typeset
from benchmarks.figures import Figure

TURNS = 20
PAGES = 10
ROWS = 240
COLUMNS = (("序号", "center"), ("废物名称", "left"), ("废物代码", "center"), ("数量（吨）", "right"))
SENTENCE = (
    "你单位应当按照本决定和已备案的危险废物管理计划填写、运行危险废物转移联单，对转移的危险废物计量称重、如实记录。"
)


def ten_page_paper() -> Figure:
    """A decision with a long table and long reasons, set again and again; each time from its words."""
    paper = Printed(
        style="document",
        title="重庆市生态环境局关于批准示例单位跨省转移危险废物的决定",
        issuer="重庆市生态环境局",
        number="渝环危转〔2026〕17号",
        dated_on=date(2026, 6, 10),
        addressee="示例单位",
        blocks=_blocks(),
        copies=["四川省生态环境厅", "重庆市交通运输委员会", "四川省交通运输厅"],
    )
    check = check_at(code="0123456789ABCDEF", address="https://example.org/check/0123456789ABCDEF/")
    pages = typeset(paper, check=check).pages
    took = []
    for _ in range(TURNS):
        started = time.perf_counter()
        typeset(paper, check=check)
        took.append(time.perf_counter() - started)
    return Figure(
        f"排印 {pages} 页文书（单进程）",
        1 / statistics.mean(took),
        target=2,
        median_ms=statistics.median(took) * 1000,
        late_ms=sorted(took)[int(TURNS * 0.95) - 1] * 1000,
        done=TURNS,
        failed=int(pages < PAGES),
    )


def _blocks() -> list[Mapping[str, Any]]:
    rows = [[str(n), "废弃电路板", "900-045-49", "120.0000"] for n in range(1, ROWS + 1)]
    columns = [{"title": title, "align": align} for title, align in COLUMNS]
    return [
        {"type": "paragraph", "text": SENTENCE},
        {"type": "table", "columns": columns, "rows": rows, "total": ["", "合计", "", "28800.0000"]},
        *({"type": "paragraph", "text": SENTENCE * 3} for _ in range(16)),
        {"type": "signature", "bureau": "重庆市生态环境局", "seal": "印章", "date": "2026年6月10日"},
    ]
