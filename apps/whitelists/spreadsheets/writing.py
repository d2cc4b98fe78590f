"""The template, the export of a list in the same form, and the workbook with the bad cells marked."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

from apps.catalogue.sheets import TEXT, TONNES, SafeBook, SafeSheet
from apps.whitelists.spreadsheets.cells import Cell, CellKind, Problem, RawSheet
from apps.whitelists.spreadsheets.columns import BY_KEY, CHOICES, COLUMNS, GUIDE, MARK, SHEET, TOLD, letter_of
from apps.whitelists.spreadsheets.workbooks import MOST_ROWS

# Rows of the template that offer the drop-downs below the lines that stand there.
ROOM = 2_000
TEXT_COLUMNS = ("number", "uscc", "codes")
PLACE = {column.key: place for place, column in enumerate(COLUMNS)}
WHY = TOLD[-1]
RULES = (
    "一行是一条：接受人 × 废物（代码或类别）× 利用处置方式 × 核定数量（吨）。",
    "列的次序可以调整，表头名称请保留；前面可以加标题行。空行和“合计”行不读取。",
    "不要使用公式、合并单元格，不要隐藏或筛选行和列：这样的单元格会被逐一指出，整个文件不载入。",
    "上传后先逐行核对，显示将增加、去掉、增减的条目，点“载入”后才替换现有条目。有任何一处错误，什么都不改变。",
    f"一个文件最多 {MOST_ROWS} 行、10 MB；也可以上传 CSV（UTF-8 或 GB18030）。",
)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line as it is written; the last two only of a list in force. Tonnes."""

    number: str
    operator: str
    uscc: str
    codes: str
    category: str
    method: str
    quota_t: Decimal
    is_struck: bool = False
    remark: str = ""
    held_t: Decimal | None = None
    used_t: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the drop-downs offer: operators of the destination, categories, methods (code, name)."""

    operators: tuple[str, ...]
    categories: tuple[tuple[str, str], ...]
    methods: tuple[tuple[str, str], ...]


def write_list(*, name: str, edition_id: int, lines: Iterable[SheetLine], choices: Choices) -> IO[bytes]:
    """A workbook that can be filled in, edited and handed in again; without lines it is the template."""
    book = SafeBook()
    book.set_properties({"title": name, "keywords": f"{MARK}{edition_id}"})
    sheet = book.sheet(SHEET)
    lines = list(lines)
    in_force = any(line.held_t is not None for line in lines)
    told = TOLD[:3] if in_force else ()
    sheet.head([*((column.title, column.width) for column in COLUMNS), *((title, 14) for title in told)])
    _set_formats(book, sheet)
    for row, line in enumerate(lines, start=1):
        _write_line(sheet, row, line)
    _offer(sheet, choices, len(lines) + ROOM)
    _write_guide(book, name, choices)
    _write_choices(book, choices)
    return book.close()


def _set_formats(book: SafeBook, sheet: SafeSheet) -> None:
    for column in COLUMNS:
        if column.key in TEXT_COLUMNS:
            sheet.sheet.set_column(PLACE[column.key], PLACE[column.key], column.width, book.look("", TEXT))
    quota = PLACE["quota"]
    sheet.sheet.set_column(quota, quota, BY_KEY["quota"].width, book.look("", TONNES))


def _write_line(sheet: SafeSheet, row: int, line: SheetLine) -> None:
    sheet.text(row, PLACE["number"], line.number, is_text_column=True)
    sheet.text(row, PLACE["operator"], line.operator)
    sheet.text(row, PLACE["uscc"], line.uscc, is_text_column=True)
    sheet.text(row, PLACE["codes"], line.codes, is_text_column=True)
    sheet.text(row, PLACE["category"], line.category)
    sheet.text(row, PLACE["method"], line.method)
    sheet.tonnes(row, PLACE["quota"], line.quota_t)
    sheet.text(row, PLACE["struck"], "是" if line.is_struck else "")
    sheet.text(row, PLACE["remark"], line.remark)
    if line.held_t is not None and line.used_t is not None:
        for place, amount in enumerate((line.held_t, line.used_t, line.quota_t - line.held_t - line.used_t)):
            sheet.tonnes(row, len(COLUMNS) + place, amount)


def _offer(sheet: SafeSheet, choices: Choices, last: int) -> None:
    offered = {
        "operator": (0, len(choices.operators), "接受人", "名单中没有这个经营单位的名称。仍要使用请核对全称。"),
        "category": (1, len(choices.categories), "废物类别", "没有这个废物类别，例如 HW49。"),
        "method": (2, len(choices.methods), "利用处置方式", "没有这个方式代码，例如 R4、D10、C1。"),
    }
    for key, (column, count, title, message) in offered.items():
        if count:
            letter = letter_of(column)
            sheet.sheet.data_validation(
                1,
                PLACE[key],
                last,
                PLACE[key],
                {
                    "validate": "list",
                    "source": f"='{CHOICES}'!${letter}$2:${letter}${count + 1}",
                    "error_title": title,
                    "error_message": message,
                    "error_type": "warning",
                },
            )
    sheet.sheet.data_validation(
        1,
        PLACE["quota"],
        last,
        PLACE["quota"],
        {
            "validate": "decimal",
            "criteria": ">",
            "value": 0,
            "error_title": "核定数量",
            "error_message": "请填写大于零的吨数。",
        },
    )
    struck = PLACE["struck"]
    sheet.sheet.data_validation(1, struck, last, struck, {"validate": "list", "source": ["是"]})


def _write_guide(book: SafeBook, name: str, choices: Choices) -> None:
    sheet = book.sheet(GUIDE)
    sheet.sheet.set_column(0, 0, 24)
    sheet.sheet.set_column(1, 1, 90)
    sheet.text(0, 0, name, look="title")
    row = 1
    for row, rule in enumerate(RULES, start=2):
        sheet.text(row, 0, f"{row - 1}.")
        sheet.text(row, 1, rule, look="wrapped")
    row = _write_pairs(sheet, row + 2, ("列", "怎样填"), [(column.title, column.hint) for column in COLUMNS])
    row = _write_pairs(sheet, row + 1, ("方式代码", "利用处置方式"), choices.methods)
    _write_pairs(sheet, row + 1, ("废物类别", "类别名称"), choices.categories)


def _write_pairs(sheet: SafeSheet, row: int, heads: tuple[str, str], pairs: Sequence[tuple[str, str]]) -> int:
    for column, head in enumerate(heads):
        sheet.text(row, column, head, look="head")
    for place, (first, second) in enumerate(pairs, start=row + 1):
        sheet.text(place, 0, first)
        sheet.text(place, 1, second, look="wrapped")
    return row + len(pairs) + 1


def _write_choices(book: SafeBook, choices: Choices) -> None:
    sheet = book.sheet(CHOICES, is_hidden=True)
    columns = [
        ("接受人", list(choices.operators)),
        ("废物类别", [code for code, _ in choices.categories]),
        ("利用处置方式", [code for code, _ in choices.methods]),
    ]
    for column, (title, _) in enumerate(columns):
        sheet.text(0, column, title)
    for row in range(max(len(values) for _, values in columns)):
        for column, (_, values) in enumerate(columns):
            if row < len(values):
                sheet.text(row + 1, column, values[row])


def write_annotated(*, sheet: RawSheet, title_row: int, problems: Sequence[Problem]) -> IO[bytes]:
    """The rows as they were handed in, every cell in its place; bad ones coloured, the reasons in a last column."""
    bad: dict[tuple[int, int], Problem] = {(one.row, one.column): one for one in problems}
    reasons: dict[int, list[str]] = defaultdict(list)
    for problem in sorted(problems, key=lambda one: one.column):
        reasons[problem.row].append(f"{problem.cell} {problem.why}")
    width = max((len(row.cells) for row in sheet.rows), default=0)
    book = SafeBook()
    out = book.sheet(sheet.title)
    out.sheet.set_column(0, max(width - 1, 0), 16)
    out.sheet.set_column(width, width, 70)
    cells_of = {row.number: row.cells for row in sheet.rows}
    for number in sorted({*cells_of, *reasons} - {0}):
        for place, cell in enumerate(cells_of.get(number, [])):
            _copy(out, number - 1, place, cell, "bad" if (number, place) in bad else "")
        # A cell that should not be empty has nothing to copy.
        for place in range(len(cells_of.get(number, [])), width):
            if (number, place) in bad:
                out.text(number - 1, place, "", look="bad")
        words = [WHY] if number == title_row else []
        words += reasons.get(number, [])
        out.text(number - 1, width, "\n".join(words), look="head" if number == title_row else "why")
    if title_row:
        out.sheet.freeze_panes(title_row, 0)
    return book.close()


def _copy(out: SafeSheet, row: int, column: int, cell: Cell, look: str) -> None:
    if cell.kind == CellKind.NUMBER and cell.number is not None and len(cell.text) < 16:  # noqa: PLR2004 - exact digits
        out.number(row, column, cell.number, look=look)
    else:
        out.text(row, column, cell.text, look=look)
