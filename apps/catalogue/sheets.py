"""Spreadsheets that leave the house: written row by row, and no cell of them can become a formula.

Whatever somebody typed is written as text and stays text when a reader edits or saves the cell.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

# What a spreadsheet would take for the beginning of a formula when a cell is edited or saved as text; the East Asian
# editions take the full-width signs for it, too.
SUSPICIOUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What a cell holds; the library drops a longer text without a word.
LONGEST_TEXT = 32_767
LONGEST_TITLE = 31
NOT_IN_TITLES = str.maketrans(dict.fromkeys(r"[]:*?/\'", " "))

# Looks by name: a sheet asks for them, so that no caller makes a format of its own by accident.
LOOKS: dict[str, dict[str, Any]] = {
    "": {},
    "head": {"bold": True, "bottom": 1, "bg_color": "#E8EEF4", "valign": "vcenter", "text_wrap": True},
    "title": {"bold": True, "font_size": 14},
    "note": {"font_color": "#5B6775"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "sum": {"bold": True, "top": 1},
    "bad": {"bg_color": "#F9D9D6"},
    "why": {"font_color": "#A3231A", "text_wrap": True},
    "new": {"bg_color": "#DDF0E0"},
}
TONNES, DAY, WHOLE, SHARE, TEXT = "0.0000", "yyyy-mm-dd", "0", "0.0%", "@"


class SafeBook:
    """A workbook in a temporary file. Rows of a sheet are written from top to bottom, so memory does not grow."""

    def __init__(self) -> None:
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - whoever is handed it closes it
        self._book = xlsxwriter.Workbook(self._file, {"constant_memory": True, "in_memory": False})
        self._formats: dict[tuple[str, str, bool], Format] = {}

    def sheet(self, title: str, *, is_hidden: bool = False) -> "SafeSheet":
        """A new sheet; what a title can't hold is left out."""
        sheet = self._book.add_worksheet(title.translate(NOT_IN_TITLES).strip()[:LONGEST_TITLE])
        if is_hidden:
            sheet.hide()
        return SafeSheet(self, sheet)

    def name_range(self, name: str, place: str) -> None:
        """Give a range of cells a name for drop-downs; both are the program's own words."""
        self._book.define_name(name, f"={place}")

    def set_properties(self, properties: dict[str, Any]) -> None:
        """What the file says of itself (title, comments, created …)."""
        self._book.set_properties(properties)

    def look(self, name: str, number: str = "", *, is_kept_text: bool = False) -> Format:
        """The format of a look with a number format; made once a book."""
        key = (name, number, is_kept_text)
        if key not in self._formats:
            made = {**LOOKS[name], **({"num_format": number} if number else {})}
            self._formats[key] = self._book.add_format({**made, **({"quote_prefix": True} if is_kept_text else {})})
        return self._formats[key]

    def close(self) -> IO[bytes]:
        """The finished file, at its beginning; it is gone when closed."""
        self._book.close()
        self._file.seek(0)
        return self._file


class SafeSheet:
    """A sheet that knows text, tonnes, whole numbers, shares and days, and nothing else. Places count from 0."""

    def __init__(self, book: SafeBook, sheet: Worksheet) -> None:
        self._book = book
        self.sheet = sheet

    def head(self, heads: Sequence[tuple[str, int]], *, row: int = 0) -> None:
        """Titles of columns with their widths in characters; they and the first column stay in sight."""
        for column, (title, width) in enumerate(heads):
            self.sheet.set_column(column, column, width)
            self.text(row, column, title, look="head")
        self.sheet.freeze_panes(row + 1, 1)

    def text(self, row: int, column: int, text: str, *, look: str = "", is_text_column: bool = False) -> None:
        """Text as it is. ``is_text_column``: a number that somebody types over it stays text, too (codes)."""
        text = text[:LONGEST_TEXT]
        if text:
            number = TEXT if is_text_column else ""
            self.sheet.write_string(
                row, column, text, self._book.look(look, number, is_kept_text=text.startswith(SUSPICIOUS))
            )
        elif look:
            self.sheet.write_blank(row, column, None, self._book.look(look))

    def tonnes(self, row: int, column: int, amount: Decimal | None, *, look: str = "") -> None:
        """Tonnes with four places: a spreadsheet knows floats only, whose fifteen digits hold every tonnage exactly."""
        self._number(row, column, amount, look, TONNES)

    def whole(self, row: int, column: int, amount: int | None, *, look: str = "") -> None:
        """A count."""
        self._number(row, column, amount, look, WHOLE)

    def share(self, row: int, column: int, share: Decimal | float | None, *, look: str = "") -> None:
        """A share of one, shown in per cent."""
        self._number(row, column, share, look, SHARE)

    def number(self, row: int, column: int, amount: Decimal, *, look: str = "") -> None:
        """A number as it was handed in, in no form of ours."""
        self._number(row, column, amount, look, "")

    def day(self, row: int, column: int, day: date | None, *, look: str = "") -> None:
        """A day as a spreadsheet's own date."""
        if day is not None:
            self.sheet.write_datetime(row, column, day, self._book.look(look, DAY))

    def _number(self, row: int, column: int, amount: Decimal | float | None, look: str, number: str) -> None:
        if amount is not None:
            self.sheet.write_number(row, column, float(amount), self._book.look(look, number))
