"""Rows to lines: every bad cell is named with what stands in it and why it can't stay. Pure: no tables, no clock."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.whitelists.spreadsheets.cells import EMPTY, Cell, CellKind, Problem, RawRow, RawSheet, Unreadable, shown
from apps.whitelists.spreadsheets.columns import BY_KEY, IGNORED, LONGEST_TITLE, TITLES, cell_of, plain
from apps.whitelists.spreadsheets.fields import Bad, FieldReader, Known
from apps.whitelists.spreadsheets.workbooks import TITLE_ROWS, is_title_row, no_titles

TOTALS = ("合计", "总计", "小计", "总和", "合计数")
NOT_VALUES = {
    CellKind.FORMULA: ("cell.formula", "是公式，请复制后“选择性粘贴”为数值"),
    CellKind.ERROR: ("cell.error", "是错误值"),
    CellKind.DAY: ("cell.day", "被存成了日期，请把单元格设为文本后重新填写"),
    CellKind.FLAG: ("cell.flag", "是逻辑值"),
}
EVERY = 250
# What no column takes; longer texts are not even narrowed, which makes some of them eighteen times as long.
LONGEST_CELL = 2_000


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A row without fault: what a line of the list takes."""

    row: int
    number: str
    operator_id: int
    waste_codes: tuple[str, ...]
    category: str
    method: str
    quota_t: Decimal
    is_struck: bool
    remark: str

    def kept(self) -> dict[str, Any]:
        """As a row of the import keeps it: tonnes as text, so that no float comes between."""
        return {
            "row": self.row,
            "number": self.number,
            "operator_id": self.operator_id,
            "waste_codes": list(self.waste_codes),
            "category": self.category,
            "method": self.method,
            "quota_t": str(self.quota_t),
            "is_struck": self.is_struck,
            "remark": self.remark,
        }


@dataclass(slots=True)
class CheckedSheet:
    """All lines, all problems, what the reader should know; ``columns`` are the places of the read columns."""

    lines: list[CheckedLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    title_row: int = 0


def check_sheet(sheet: RawSheet, known: Known, *, progress: Callable[[int], None]) -> CheckedSheet:
    """Look at every row; ``progress`` is told now and then how many are done. Raises Unreadable without titles."""
    titles = next((row for row in sheet.rows[:TITLE_ROWS] if is_title_row([cell.text for cell in row.cells])), None)
    if titles is None:
        raise Unreadable("sheet.none", no_titles([sheet.title]))
    checked = CheckedSheet(notes=list(sheet.notes), title_row=titles.number)
    checked.columns = _columns(titles, checked.notes)
    checked.problems += _structure(sheet, titles, checked.columns)
    reader = _RowReader(sheet.title, checked, FieldReader(known))
    rows = [row for row in sheet.rows if row.number > titles.number]
    for done, row in enumerate(rows, start=1):
        reader.read(row)
        if done % EVERY == 0:
            progress(done)
    reader.number_the_rest()
    progress(len(rows))
    if not checked.lines and not checked.problems:
        raise Unreadable("sheet.empty", f"工作表“{sheet.title}”的表头以下没有条目。")
    return checked


def count_rows(sheet: RawSheet) -> int:
    """How many rows ``check_sheet`` will look at, at most."""
    return len(sheet.rows)


def _columns(titles: RawRow, notes: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    unread = []
    for place, cell in enumerate(titles.cells):
        title = plain(cell.text[:LONGEST_TITLE])
        key = TITLES.get(title)
        if key in columns:
            both = f"{cell_of(titles.number, columns[key])} 和 {cell_of(titles.number, place)}"
            raise Unreadable("column.twice", f"{both} 都是“{BY_KEY[key].title}”列，请只留一列。")
        if key:
            columns[key] = place
        elif cell.text and title not in IGNORED:
            unread.append(shown(cell.text))
    if unread:
        notes.append(f"没有读取的列：{'、'.join(unread[:10])}{'等' if len(unread) > 10 else ''}。")  # noqa: PLR2004
    return columns


def _structure(sheet: RawSheet, titles: RawRow, columns: dict[str, int]) -> Iterator[Problem]:
    for text, _, last_row, column in sheet.merged:
        first = text.split(":")[0]
        row = int("".join(sign for sign in first if sign.isdigit()) or 0)
        if last_row >= titles.number:
            why = f"是合并单元格（{text}），请取消合并，逐行填写"
            yield Problem(sheet.title, first, row, column, text, why, "cell.merged")
    for row in sorted(sheet.hidden_rows):
        if row > titles.number:
            yield Problem(
                sheet.title, cell_of(row, 0), row, -1, "", "整行被隐藏或者筛选掉，请显示出来核对", "row.hidden"
            )
    for key, place in columns.items():
        if place in sheet.hidden_columns:
            title = BY_KEY[key].title
            why = "整列被隐藏，请显示出来核对"
            yield Problem(sheet.title, cell_of(titles.number, place), titles.number, place, title, why, "column.hidden")


class _RowReader:
    """Reads row after row; remembers numbers and lines, to tell of those that come twice."""

    def __init__(self, title: str, checked: CheckedSheet, fields: FieldReader) -> None:
        self.title, self.checked, self.fields = title, checked, fields
        self.numbers: dict[str, int] = {}
        self.keys: dict[tuple[Any, ...], int] = {}
        self.lines: list[CheckedLine] = []

    def read(self, row: RawRow) -> None:
        cells = {key: row.cells[place] for key, place in self.checked.columns.items() if place < len(row.cells)}
        if all(cell.kind == CellKind.EMPTY for key, cell in cells.items() if key != "number"):
            return
        if self._is_total(row, cells):
            self.checked.notes.append(f"第 {row.number} 行是合计行，没有读取。")
            return
        bad = len(self.checked.problems)
        values = self._values(row.number, cells)
        if len(self.checked.problems) == bad:
            self._keep(row.number, values)

    def _is_total(self, row: RawRow, cells: dict[str, Cell]) -> bool:
        first = next((cell.text for cell in row.cells if cell.kind != CellKind.EMPTY), "")
        words = {plain(text[:LONGEST_TITLE]).rstrip(":") for text in (first, cells.get("operator", EMPTY).text)}
        return bool(words & set(TOTALS)) and cells.get("method", EMPTY).kind == CellKind.EMPTY

    def _values(self, row: int, cells: dict[str, Cell]) -> dict[str, Any]:
        for key, cell in cells.items():
            if len(cell.text) > LONGEST_CELL:
                why = f"有 {len(cell.text)} 个字，太长了，请删去多余的内容"
                self._problem(row, key, cell, "cell.long", why)
                cells[key] = EMPTY._replace(kind=CellKind.ERROR)
            elif cell.kind in NOT_VALUES:
                code, why = NOT_VALUES[cell.kind]
                self._problem(row, key, cell, code, why)
                cells[key] = EMPTY._replace(kind=cell.kind)
        values: dict[str, Any] = {}
        for key, read in self.fields.readers():
            involved = self.fields.involved(key)
            if any(cells.get(one, EMPTY).kind in NOT_VALUES for one in involved):
                continue
            try:
                values[key] = read(*(cells.get(one, EMPTY) for one in involved))
            except Bad as bad:
                about = bad.about or key
                self._problem(row, about, cells.get(about, EMPTY), bad.code, bad.why)
        return values

    def _keep(self, row: int, values: dict[str, Any]) -> None:
        codes, category = values["wastes"]
        number = values["number"]
        key = (values["operator"], category or codes, values["method"])
        if number and number in self.numbers:
            why = f"与第 {self.numbers[number]} 行的条目号重复"
            self._problem(row, "number", Cell(CellKind.TEXT, number), "number.twice", why)
            return
        if key in self.keys:
            why = f"与第 {self.keys[key]} 行重复（同一接受人、废物和方式），请合并"
            wastes = category or "、".join(codes)
            self._problem(row, "codes", Cell(CellKind.TEXT, wastes), "line.twice", why)
            return
        self.keys[key] = row
        if number:
            self.numbers[number] = row
        self.lines.append(
            CheckedLine(
                row=row,
                number=number,
                operator_id=values["operator"],
                waste_codes=codes,
                category=category,
                method=values["method"],
                quota_t=values["quota"],
                is_struck=values["struck"],
                remark=values["remark"],
            )
        )

    def number_the_rest(self) -> None:
        """Lines without a number get the next free ones, in the order of the rows."""
        free = _free_numbers(self.numbers, len(self.lines))
        self.checked.lines = [line if line.number else _numbered(line, next(free)) for line in self.lines]

    def _problem(self, row: int, key: str, cell: Cell, code: str, why: str) -> None:
        place = self._place(key)
        self.checked.problems.append(
            Problem(self.title, cell_of(row, max(place, 0)), row, place, shown(cell.text), why, code)
        )

    def _place(self, key: str) -> int:
        others = {"operator": "uscc", "uscc": "operator", "codes": "category", "category": "codes"}
        columns = self.checked.columns
        return columns.get(key, columns.get(others.get(key, key), -1))


def _free_numbers(taken: Iterable[str], count: int) -> Iterator[str]:
    used = set(taken)
    width = max(2, len(str(count)))
    serial = 0
    while True:
        serial += 1
        number = f"{serial:0{width}d}"
        if number not in used:
            yield number


def _numbered(line: CheckedLine, number: str) -> CheckedLine:
    return CheckedLine(
        line.row,
        number,
        line.operator_id,
        line.waste_codes,
        line.category,
        line.method,
        line.quota_t,
        is_struck=line.is_struck,
        remark=line.remark,
    )
