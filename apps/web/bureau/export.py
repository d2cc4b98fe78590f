"""The worklist as a spreadsheet: row by row from the database to the file, so that a long list costs no memory."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from apps.catalogue.sheets import SafeBook, SafeSheet
from apps.deadlines.workdays import WorkCalendar, due_day_of
from apps.web.bureau.listing import Line, lines_of

MOST_ROWS = 100_000
AT_ONCE = 1_000
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
    book = SafeBook()
    sheet = book.sheet("案件")
    sheet.head(HEADS)
    pen = _Pen(sheet)
    count = 0
    for batch in _batches(islice(rows, MOST_ROWS + 1)):
        for line, row in zip(lines_of(batch, provinces=provinces, now=now, calendar=calendar), batch, strict=True):
            if count == MOST_ROWS:
                sheet.text(count + 1, 0, f"仅列出前 {MOST_ROWS} 件，请缩小筛选范围。")
                break
            count += 1
            pen.write(count, line, row)
    return book.close()


def _batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    yield batch


class _Pen:
    """One line of the worklist as cells."""

    def __init__(self, sheet: SafeSheet) -> None:
        self.sheet = sheet

    def write(self, place: int, line: Line, row: Mapping[str, Any]) -> None:
        due_at: datetime | None = row["due_at"]
        sheet = self.sheet
        supervised = "督办" if line.is_supervised else ""
        for column, text in enumerate((line.number, line.state, line.route)):
            sheet.text(place, column, text)
        sheet.day(place, 3, due_day_of(due_at) if due_at else None)
        sheet.text(place, 4, line.due_words)
        sheet.text(place, 5, supervised)
        sheet.day(place, 6, row["received_on"])
        for column, text in enumerate((line.generator, line.operator, line.direction_name, line.wastes), start=7):
            sheet.text(place, column, text)
        sheet.tonnes(place, 11, Decimal(line.asked_t))
        sheet.text(place, 12, line.handler)
