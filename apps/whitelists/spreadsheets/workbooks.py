"""Reading an .xlsx: its structure is looked through first, so that nothing hidden, joined or huge gets further.

Only one row is in memory while a sheet is read, however large the file pretends to be. Pure: no tables.
"""

import math
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import openpyxl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.utils import column_index_from_string, range_boundaries

from apps.whitelists.spreadsheets.cells import EMPTY, Cell, CellKind, RawRow, RawSheet, Unreadable
from apps.whitelists.spreadsheets.columns import LONGEST_TITLE, MARK, OWN_SHEETS, REQUIRED, TITLES, cell_of, plain

MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_SHEETS = 30
# Unpacked: a list of 20,000 lines takes some ten; shared texts are kept in memory while the file is read.
MOST_UNPACKED = 40 * 1024 * 1024
MOST_PARTS = 400
# How many tags a part may have, and how long one may be: each becomes an object of some hundred bytes, whatever the
# part weighs. The sheets themselves are read row by row and forgotten, so there it is what lies between two rows.
MOST_TAGS, MOST_TAGS_OF_TEXTS, MOST_TAGS_OF_A_SHEET = 300_000, 1_500_000, 5_000_000
MOST_BETWEEN_ROWS = 100_000
LONG_TAG = re.compile(rb"<[^<>]{50000}")
# Rows with or without content, and the last that there can be.
MOST_EMPTY_ROWS, LAST_ROW = 200_000, 1_048_576
MOST_FORMULAS, LONGEST_FORMULA = 100_000, 200
# Titles stand among the first rows, below a heading.
TITLE_ROWS = 20
BOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
TEXTS, SHEETS = "xl/sharedStrings.xml", "worksheets/"
MACROS = ("xl/vbaProject.bin", "xl/macrosheets/")
# In how many ways a damaged workbook shows itself to those who read it.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RuntimeError,
)
NOT_A_BOOK = Unreadable("file.kind", "这不是 Excel 工作簿（.xlsx），或者文件已损坏。")
BOMB = Unreadable(
    "file.bomb",
    f"文件解压后超过 {MOST_UNPACKED // 1024 // 1024} MB 或者内容异常地多，"
    "请只留名单所在的工作表，删除多余的格式、空行和图片后重新上传。",
)


@dataclass(slots=True)
class Structure:
    """A sheet as its XML says it: where it is, whether it is hidden, what in it is hidden, joined, filled, reckoned.

    ``formulas`` by row (from 1) and column (from 0); ``rows`` are all, ``row`` is the number of the one read last.
    """

    title: str
    part: str
    is_hidden: bool
    filled_rows: set[int] = field(default_factory=set)
    rows: int = 0
    row: int = 0
    last_row: int = 0
    last_column: int = 0
    merged: list[tuple[str, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def filled(self) -> int:
        """How many rows hold anything."""
        return len(self.filled_rows)


def read_workbook(content: bytes) -> RawSheet:
    """The one sheet whose titles are those of a list. Raises Unreadable."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as container:
            _refuse_container(container)
            _refuse_tags(container)
            sheets = [_looked_through(container, one) for one in _sheets(container)]
        return _read(content, sheets)
    except DefusedXmlException as error:
        raise Unreadable("file.entities", "文件含有不允许的 XML 实体，没有读取。") from error
    except BROKEN as error:
        raise NOT_A_BOOK from error


def _refuse_container(container: zipfile.ZipFile) -> None:
    parts = container.infolist()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("file.encrypted", "文件有密码，请取消加密后重新上传。")
    if any(name.startswith(MACROS) for name in names):
        raise Unreadable("file.macros", "文件带有宏，请另存为不带宏的 .xlsx 后重新上传。")
    if "xl/workbook.bin" in names:
        raise Unreadable("file.binary", "这是 .xlsb 文件，请另存为 .xlsx 后重新上传。")
    if BOOK not in names or "[Content_Types].xml" not in names:
        raise NOT_A_BOOK
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise BOMB


def _refuse_tags(container: zipfile.ZipFile) -> None:
    for part in container.infolist():
        content = container.read(part)
        most = MOST_TAGS_OF_TEXTS if part.filename == TEXTS else MOST_TAGS
        most = MOST_TAGS_OF_A_SHEET if SHEETS in part.filename else most
        if content.count(b"<") > most or LONG_TAG.search(content):
            raise BOMB


def _sheets(container: zipfile.ZipFile) -> Iterator[Structure]:
    targets = {}
    for relation in fromstring(container.read(RELATIONS)):
        target = relation.get("Target", "")
        targets[relation.get("Id")] = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
    listed = [one for one in fromstring(container.read(BOOK)).iter() if _local(one) == "sheet"]
    if len(listed) > MOST_SHEETS:
        raise Unreadable("file.sheets", f"文件有 {len(listed)} 个工作表，最多 {MOST_SHEETS} 个。")
    parts = set()
    for sheet in listed:
        key = next(value for name, value in sheet.attrib.items() if name.endswith("}id"))
        hidden = sheet.get("state", "visible") != "visible"
        made = Structure(sheet.get("name", ""), posixpath.normpath(targets[key]), hidden)
        if made.part in parts:
            raise NOT_A_BOOK
        parts.add(made.part)
        yield made


def _looked_through(container: zipfile.ZipFile, sheet: Structure) -> Structure:
    if SHEETS not in sheet.part:
        return sheet
    kept = 0
    with container.open(sheet.part) as part:
        root: Element | None = None
        for event, element in iterparse(part, events=("start", "end")):
            if root is None:
                root = element
            if event == "start":
                kept += 1
                if kept > MOST_BETWEEN_ROWS:
                    raise BOMB
                continue
            _look(sheet, element)
            if _local(element) == "row":
                # What was read is forgotten, or a million empty rows would be kept.
                root.clear()
                element.clear()
                kept = 0
    return sheet


def _look(sheet: Structure, element: Element) -> None:
    name = _local(element)
    if name == "row":
        _look_at_row(sheet, element)
    elif name == "col" and element.get("hidden") in {"1", "true"}:
        first, last = int(element.get("min", 1)), int(element.get("max", 1))
        sheet.hidden_columns.update(range(first - 1, min(last, MOST_COLUMNS)))
    elif name == "mergeCell":
        text = element.get("ref", "")
        first_column, first_row, _, last_row = range_boundaries(text)
        sheet.merged.append((text, int(first_row or 1), int(last_row or 1), int(first_column or 1) - 1))


def _look_at_row(sheet: Structure, row: Element) -> None:
    number = int(row.get("r") or sheet.row + 1)
    sheet.rows += 1
    # Rows that go back, or come twice, are read differently by different programs.
    if not sheet.row < number <= LAST_ROW:
        raise NOT_A_BOOK
    if sheet.rows > MOST_EMPTY_ROWS:
        raise BOMB
    sheet.row = number
    column, is_filled = -1, False
    for cell in row:
        reference = cell.get("r")
        column = _column_of(reference) if reference else column + 1
        held = {_local(inner): inner for inner in cell}
        if held.keys() & {"v", "is", "f"}:
            is_filled = True
            sheet.last_column = max(sheet.last_column, column)
        if "f" in held:
            _note_formula(sheet, (number, column), held["f"].text or "…")
    if not is_filled:
        return
    sheet.filled_rows.add(number)
    sheet.last_row = number
    if row.get("hidden") in {"1", "true"}:
        sheet.hidden_rows.add(number)


def _note_formula(sheet: Structure, place: tuple[int, int], text: str) -> None:
    if len(sheet.formulas) >= MOST_FORMULAS:
        why = f"工作表“{sheet.title}”有超过 {MOST_FORMULAS} 个公式，请复制后“选择性粘贴”为数值再上传。"
        raise Unreadable("file.formulas", why)
    sheet.formulas[place] = f"={text[:LONGEST_FORMULA]}"


def _column_of(reference: str) -> int:
    letters = reference.rstrip("0123456789")
    return column_index_from_string(letters) - 1 if letters else 0


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _read(content: bytes, sheets: list[Structure]) -> RawSheet:
    for sheet in sheets:
        if sheet.is_hidden and sheet.filled and sheet.title not in OWN_SHEETS:
            raise Unreadable(
                "sheet.hidden", f"工作表“{sheet.title}”是隐藏的，但有内容。请取消隐藏并核对，或者删除后重新上传。"
            )
    # Values only: of a formula that many cells share openpyxl would work out each cell's own. They are noted above.
    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        candidates = [one for one in sheets if not one.is_hidden and one.filled and one.title not in OWN_SHEETS]
        found = [one for one in candidates if _has_titles(book[one.title])]
        if len(found) > 1:
            titles = "”“".join(one.title for one in found)
            raise Unreadable("sheet.several", f"工作表“{titles}”都有名单的表头，请只留一个。")
        if not found:
            raise Unreadable("sheet.none", no_titles([one.title for one in candidates]))
        sheet = found[0]
        _refuse_size(sheet)
        others = [one.title for one in candidates if one is not sheet]
        notes = (f"没有读取的工作表：{'、'.join(others)}（没有名单的表头）。",) if others else ()
        mark = book.properties.keywords or ""
        return RawSheet(
            sheet.title,
            list(_rows(book[sheet.title], sheet)),
            tuple(sheet.merged),
            frozenset(sheet.hidden_rows),
            frozenset(sheet.hidden_columns),
            notes,
            mark.removeprefix(MARK) if mark.startswith(MARK) else "",
        )
    finally:
        book.close()


def no_titles(titles: list[str]) -> str:
    """The sentence for a file in which no sheet is recognised."""
    where = f"工作表“{'”“'.join(titles[:5])}”" if titles else "文件"
    return (
        f"{where}中没有找到名单的表头：前 {TITLE_ROWS} 行里须有一行写明接受人（或统一社会信用代码）、"
        "废物代码（或废物类别）、利用处置方式、核定数量（吨）。请下载模板对照。"
    )


def _refuse_size(sheet: Structure) -> None:
    if sheet.filled > MOST_ROWS + TITLE_ROWS:
        raise Unreadable(
            "file.long", f"工作表“{sheet.title}”有 {sheet.filled} 行，最多 {MOST_ROWS} 行，请分成几个名单。"
        )
    if sheet.last_column >= MOST_COLUMNS:
        where = cell_of(sheet.last_row, sheet.last_column)
        raise Unreadable(
            "file.wide",
            f"工作表“{sheet.title}”的内容超过 {MOST_COLUMNS} 列（到 {where} 附近），请删除名单以外的列。",
        )


def _has_titles(sheet: Any) -> bool:
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=TITLE_ROWS, max_col=MOST_COLUMNS, values_only=True)
    return any(is_title_row([str(value) for value in row if value is not None]) for row in rows)


def is_title_row(texts: list[str]) -> bool:
    """Whether the texts of a row are titles of a list's columns."""
    keys = {TITLES.get(plain(text[:LONGEST_TITLE])) for text in texts}
    return (
        all(key in keys for key in REQUIRED)
        and bool(keys & {"operator", "uscc"})
        and bool(keys & {"codes", "category"})
    )


def _rows(sheet: Any, structure: Structure) -> Iterator[RawRow]:
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_row=structure.last_row, max_col=MOST_COLUMNS), start=1):
        if number not in structure.filled_rows:
            continue
        cells = [_noted(structure, number, place) or _cell(one) for place, one in enumerate(row)]
        while cells and cells[-1] is EMPTY:
            cells.pop()
        if cells:
            yield RawRow(number, cells)


def _noted(structure: Structure, row: int, column: int) -> Cell | None:
    formula = structure.formulas.get((row, column))
    return Cell(CellKind.FORMULA, formula) if formula else None


def _cell(found: Any) -> Cell:
    value = found.value
    if value is None:
        return EMPTY
    if found.data_type == "e":
        return Cell(CellKind.ERROR, str(value))
    return _plain_cell(value)


def _plain_cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return Cell(CellKind.FLAG, "TRUE" if value else "FALSE")
    if isinstance(value, int | float) and not math.isfinite(value):
        return Cell(CellKind.ERROR, str(value))
    if isinstance(value, int | float):
        # A spreadsheet shows fifteen digits; what lies behind them is the noise of its reckoning.
        number = Decimal(f"{value:.15g}")
        return Cell(CellKind.NUMBER, f"{number:f}", number)
    if isinstance(value, datetime | date | time | timedelta):
        return Cell(CellKind.DAY, str(value).removesuffix(" 00:00:00"))
    text = str(value).strip()
    return Cell(CellKind.TEXT, text) if text else EMPTY
