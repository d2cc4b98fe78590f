"""What is printed: text that the font can show, codes as people type them, marks, the tables' data."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from apps.documents.coverage import coverage_of
from apps.documents.rules import (
    ALPHABET,
    VOID,
    Check,
    Printed,
    layout_data,
    mark_of,
    printable,
    read_code,
    written_code,
)
from apps.documents.services.codes import check_at
from apps.documents.typesetting import FONTS, CannotTypeset, pictures_of, typeset

CODE = "0123456789ABCDEF"
CHECK = check_at(code=CODE, address=f"https://example.org/check/{CODE}/")
COLUMNS = [{"title": "序号", "align": "center"}, {"title": "名称", "align": "left"}, {"title": "吨", "align": "right"}]


def document(blocks: list[dict], *, style: str = "document", **fields: object) -> Printed:
    whole = {
        "title": "关于批准示例单位跨省转移危险废物的决定",
        "issuer": "重庆市生态环境局",
        "number": "渝环危转〔2026〕17号",
        "dated_on": date(2026, 1, 12),
        "addressee": "示例单位",
        "copies": ["四川省生态环境厅"],
    }
    return Printed(style=style, blocks=blocks, **{**whole, **fields})


def table(rows: int) -> dict:
    lines = [[str(n), "废弃电路板", "120.0000"] for n in range(1, rows + 1)]
    return {"type": "table", "columns": COLUMNS, "rows": lines, "total": ["", "合计", "1.0000"]}


def knows_all(_: str) -> bool:
    return True


def test_codes_are_read_as_people_type_them() -> None:
    assert read_code(CODE) == CODE
    assert read_code(written_code(CODE).lower()) == CODE
    assert read_code(" ０１２３ 4567-89ab cdef ") == CODE
    assert read_code("O1Z3456789ABCDEF") == "01Z3456789ABCDEF"
    assert read_code("il23456789abcdef") == "1123456789ABCDEF"
    for never in ("", "123", CODE + "0", "中" * 16, "0123456789ABCDE*"):
        assert read_code(never) == ""
    assert set("ILOU").isdisjoint(ALPHABET)
    assert len(set(ALPHABET)) == 32


def test_marks() -> None:
    assert mark_of(is_void=False, erratum="") == ""
    assert "渝环危转受〔2026〕4号" in mark_of(is_void=False, erratum="渝环危转受〔2026〕4号")
    assert mark_of(is_void=True, erratum="渝环危转受〔2026〕4号") == VOID


def test_text_is_made_printable() -> None:
    assert printable("甲\x00\x07乙\r\n丙\t丁\u3000戊\u200f", knows_all) == "甲乙\n丙 丁\u3000戊"
    assert printable("甲😀", lambda letter: letter == "甲") == "甲〓"
    assert max(map(len, printable("x" * 100, knows_all).split("\u200b"))) <= 24


@pytest.mark.parametrize("name", FONTS)
def test_the_font_knows_the_words_of_the_papers_and_no_emoji(name: str) -> None:
    knows = coverage_of(Path(settings.FONTS_DIR) / name)
    assert all(map(knows, "危险废物转移审批渝川黔滇〔〕（）“”—〓㎡①Ⅳ 0123456789ABCxyz"))
    assert not any(map(knows, "😀\U0010ffff\x00"))


def test_a_file_that_is_no_font_is_not_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_bytes(b"not a font at all" * 4)
    with pytest.raises(ValueError, match="no TrueType font"):
        coverage_of(tmp_path / "a.ttf")


def test_markup_of_a_user_stays_text() -> None:
    """What typst would run or format stands in the data as it was typed."""
    nasty = '#panic("x") $ x^2 $ *粗* _斜_ <l> @l \\ // /* `c` #import "a.typ" {{x}} </svg>'
    data = layout_data(document([{"type": "paragraph", "text": nasty}]), check=CHECK, mark="", knows=knows_all)
    assert data["blocks"][0]["text"].replace("\u200b", "") == nasty
    assert typeset(document([{"type": "paragraph", "text": nasty}], title=nasty), check=CHECK).pages == 1


@pytest.mark.parametrize("style", ["document", "letter", "notice"])
@pytest.mark.parametrize("mark", ["", VOID, "本文书已由渝环危转受〔2026〕4号更正，请一并查阅。"])
def test_the_same_input_gives_the_same_bytes(style: str, mark: str) -> None:
    one = document([{"type": "paragraph", "text": "正文。"}, table(3)], style=style)
    first, second = (typeset(one, check=CHECK, mark=mark) for _ in range(2))
    assert first.pdf == second.pdf
    assert b"pdfaid" in first.pdf
    other = typeset(document([{"type": "paragraph", "text": "正文！"}, table(3)], style=style), check=CHECK, mark=mark)
    assert other.sha256 != first.sha256


def test_long_tables_and_long_words_run_over_pages() -> None:
    made = typeset(document([table(300), {"type": "paragraph", "text": "x" * 4000}]), check=CHECK)
    assert made.pages >= 8


def test_a_long_reason_of_four_thousand_characters_is_set() -> None:
    assert typeset(document([{"type": "paragraph", "text": "理由" * 2000}]), check=CHECK).pages >= 6


def test_a_void_paper_looks_different_on_every_page() -> None:
    two_pages = document([table(60)])
    plain, void = pictures_of(two_pages, check=CHECK, ppi=20), pictures_of(two_pages, check=CHECK, mark=VOID, ppi=20)
    assert len(plain) == len(void) > 1
    assert all(one != other for one, other in zip(plain, void, strict=True))


def test_an_unknown_block_is_refused_instead_of_left_out() -> None:
    with pytest.raises(CannotTypeset, match="unknown block"):
        typeset(document([{"type": "drawing"}]), check=CHECK)


def test_the_check_names_its_form_and_its_page() -> None:
    assert isinstance(CHECK, Check)
    assert CHECK.form_address == "https://example.org/check/"
    data = layout_data(document([]), check=CHECK, mark="", knows=knows_all)
    assert "0123-4567-89AB-CDEF" in data["check"]["told"]
    assert data["check"]["picture"].startswith("<svg")
