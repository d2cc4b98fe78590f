"""Reports as PDF: long tables, the same words the same bytes, nothing read as markup."""

from datetime import date

import pytest

from apps.documents.reports import LAYOUT, Report, report_data, typeset_report
from apps.documents.typesetting import CannotTypeset, pictures

COLUMNS = [
    {"title": "条目", "align": "center"},
    {"title": "接受单位", "align": "left", "width": 3},
    {"title": "废物", "align": "left", "width": 2},
    {"title": "核定（吨）", "align": "right"},
]


def report(rows: int, **fields: object) -> Report:
    lines = [
        [f"{n:04d}", "重庆示范巴山电路板资源化有限公司", "900-045-49、398-051-22", "3000.0000"] for n in range(rows)
    ]
    table = {"type": "table", "columns": COLUMNS, "rows": lines, "total": ["", "合计", "", "1.0000"]}
    whole = {"title": "名单", "dated_on": date(2026, 11, 23), "blocks": [table], **fields}
    return Report(**whole)


def test_two_thousand_lines_run_over_pages_and_come_out_the_same() -> None:
    first, second = (typeset_report(report(2000, facts=[("期间", "2026-01-01 至 2026-12-31")])) for _ in range(2))
    assert first.pages > 40
    assert first.pdf == second.pdf
    assert b"pdfaid" in first.pdf


def test_markup_stays_text_and_unknown_characters_become_a_mark() -> None:
    nasty = '#panic("x") $ x $ *粗* <l> @l \\ // `c` 😀'
    said = report(1, title=nasty, mark="草稿", blocks=[{"type": "paragraph", "text": nasty}])
    assert report_data(said)["title"].endswith("〓")
    assert typeset_report(said).pages == 1


def test_a_draft_is_marked_on_every_page_and_papers_lie_either_way() -> None:
    plain, draft = (pictures(report_data(report(60, mark=mark)), layout=LAYOUT, ppi=20) for mark in ("", "草稿"))
    assert len(plain) == len(draft) > 1
    assert all(one != other for one, other in zip(plain, draft, strict=True))
    upright = pictures(report_data(report(60, orientation="portrait")), layout=LAYOUT, ppi=20)
    assert upright[0] != plain[0]


def test_an_unknown_block_is_refused() -> None:
    with pytest.raises(CannotTypeset, match="unknown block"):
        typeset_report(report(0, blocks=[{"type": "drawing"}]))
