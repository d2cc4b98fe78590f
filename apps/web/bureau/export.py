"""The worklist as a spreadsheet: row by row from the database to the file, so that a long list costs no memory.

Whatever an enterprise typed is written as text, never as a formula, and stays text when somebody edits the cell.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from apps.deadlines.workdays import WorkCalendar, due_day_of
from apps.web.bureau.listing import Line, lines_of

MOST_ROWS = 100_000
AT_ONCE = 1_000
# What a spreadsheet would take for the beginning of a formula when a cell is edited or saved as text.
SUSPICIOUS = ("=", "+", "-", "@", "\t", "\r")
HEADS: tuple[tuple[str, int], ...] = (
    *(("编号", 20), ("状态", 16), ("程序", 16), ("办理时限", 12), ("剩余", 18), ("督办", 6), ("收件日期", 12)),
    *(("移出人", 36), ("接受人", 36), ("移出地与接受地", 26), ("废物代码", 24), ("申请（吨）", 14), ("承办人", 10)),
)


def write_sheet(
    rows: Iterator[Mapping[str, Any]],
    *,
    provinces: Mapping[str, tuple[str, str]],
    now: datetime,
    calendar: WorkCalendar,
) -> IO[bytes]:
    """The rows as XLSX in a temporary file, at its beginning; it is gone when closed.

    More than ``MOST_ROWS`` are not written; the last line of the sheet then says so.
    """
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False})
    sheet, pen = book.add_worksheet("案件"), _Pen(book)
    _write_head(sheet, pen)
    count = 0
    for batch in _batches(islice(rows, MOST_ROWS + 1)):
        for line, row in zip(lines_of(batch, provinces=provinces, now=now, calendar=calendar), batch, strict=True):
            if count == MOST_ROWS:
                sheet.write_string(count + 1, 0, f"仅列出前 {MOST_ROWS} 件，请缩小筛选范围。")
                break
            count += 1
            pen.write(sheet, count, line, row)
    book.close()
    file.seek(0)
    return file


def _batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    yield batch


def _write_head(sheet: Worksheet, pen: "_Pen") -> None:
    for column, (head, width) in enumerate(HEADS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, pen.head)
    sheet.freeze_panes(1, 1)


class _Pen:
    """The few ways in which a cell is written."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head: Format = book.add_format({"bold": True, "bottom": 1})
        self.tonnes: Format = book.add_format({"num_format": "0.0000"})
        self.day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self.kept_text: Format = book.add_format({"quote_prefix": True})

    def write(self, sheet: Worksheet, place: int, line: Line, row: Mapping[str, Any]) -> None:
        due_at: datetime | None = row["due_at"]
        self._text(sheet, place, 0, line.number)
        self._text(sheet, place, 1, line.state)
        self._text(sheet, place, 2, line.route)
        self._date(sheet, place, 3, due_day_of(due_at) if due_at else None)
        self._text(sheet, place, 4, line.due_words)
        self._text(sheet, place, 5, "督办" if line.is_supervised else "")
        self._date(sheet, place, 6, row["received_on"])
        for column, text in enumerate((line.generator, line.operator, line.direction_name, line.wastes), start=7):
            self._text(sheet, place, column, text)
        # A spreadsheet knows no other numbers; fifteen digits hold every tonnage exactly to its four decimals.
        sheet.write_number(place, 11, float(line.asked_t), self.tonnes)
        self._text(sheet, place, 12, line.handler)

    def _text(self, sheet: Worksheet, place: int, column: int, text: str) -> None:
        if text:
            sheet.write_string(place, column, text, self.kept_text if text.startswith(SUSPICIOUS) else None)

    def _date(self, sheet: Worksheet, place: int, column: int, day: date | None) -> None:
        if day is not None:
            sheet.write_datetime(place, column, day, self.day)
