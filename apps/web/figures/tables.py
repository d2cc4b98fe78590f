"""One table of a report for the page, the spreadsheet and the PDF: columns that know how their cells are written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Literal

from apps.catalogue.sheets import SafeBook, SafeSheet
from apps.web.showing import written_day

Kind = Literal["text", "code", "codes", "tonnes", "whole", "share", "day", "days"]
A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a form."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Column:
    """``wide``: characters in a spreadsheet; ``share``: part of a PDF's width, 0 for just what it needs."""

    title: str
    kind: Kind = "text"
    wide: int = 14
    share: int = 0

    @property
    def is_figure(self) -> bool:
        return self.kind in {"tonnes", "whole", "share", "days"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as people read it, beside its column."""

    column: Column
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` and ``total`` hold values column by column; a total may be shorter."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    total: Sequence[Any] = ()
    note: str = ""

    def shown(self) -> Iterator[list[Cell]]:
        """The first rows, for a page."""
        return (self.cells(row) for row in self.rows[:A_PAGE])

    def summed(self) -> list[Cell]:
        """The total's cells."""
        return self.cells(self.total) if self.total else []

    @property
    def more(self) -> int:
        """Rows that a page does not show."""
        return max(0, len(self.rows) - A_PAGE)

    def cells(self, row: Sequence[Any]) -> list[Cell]:
        """Each value in words."""
        return [Cell(column, written(value, column.kind)) for column, value in zip_longest(self.columns, row)]


def written(value: object, kind: Kind) -> str:
    """A cell in words; nothing where there is nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, Decimal):
        places = {"tonnes": ".4f", "share": ".1f"}.get(kind)
        return f"{value:{places}}" + ("%" if kind == "share" else "") if places else f"{value.normalize():f}"
    if isinstance(value, date):
        return written_day(value)
    return str(value)


def blocks_of(tables: Iterable[Table]) -> Iterator[Mapping[str, Any]]:
    """The tables as a PDF's blocks; one without rows says so."""
    for table in tables:
        yield {"type": "heading", "text": table.title}
        if table.note:
            yield {"type": "paragraph", "text": table.note}
        if not table.rows:
            yield {"type": "paragraph", "text": "没有。"}
            continue
        yield {
            "type": "table",
            "columns": [_set_column(column) for column in table.columns],
            "rows": [[cell.words for cell in table.cells(row)] for row in table.rows],
            "total": [cell.words for cell in table.summed()],
        }


def _set_column(column: Column) -> dict[str, Any]:
    align = "right" if column.is_figure else "left" if column.share else "center"
    return {"title": column.title, "align": align, **({"width": column.share} if column.share else {})}


def write_table(book: SafeBook, table: Table) -> None:
    """The table as a sheet of its own: figures as figures, the total as values."""
    sheet = book.sheet(table.title)
    sheet.head([(column.title, column.wide) for column in table.columns])
    for place, row in enumerate(table.rows, start=1):
        _write_row(sheet, place, table.columns, row)
    if table.total:
        _write_row(sheet, len(table.rows) + 1, table.columns, table.total, look="sum")


def _write_row(sheet: SafeSheet, place: int, columns: Sequence[Column], row: Sequence[Any], *, look: str = "") -> None:
    for at, (column, value) in enumerate(zip_longest(columns, row)):
        if value is None or value == "":
            sheet.text(place, at, "", look=look)
        elif column.kind == "tonnes":
            sheet.tonnes(place, at, value, look=look)
        elif column.kind == "share":
            sheet.share(place, at, value / 100, look=look)
        elif column.kind == "whole":
            sheet.whole(place, at, value, look=look)
        elif column.kind == "day":
            sheet.day(place, at, value, look=look)
        else:
            sheet.text(place, at, written(value, column.kind), look=look, is_text_column=column.kind == "code")
