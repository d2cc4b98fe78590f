"""What a cell of a handed-in sheet holds, and what is said of a bad one."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

LONGEST_SHOWN = 60


class CellKind(StrEnum):
    """How the spreadsheet itself understands the cell."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    FORMULA = "formula"
    ERROR = "error"
    FLAG = "flag"


class Cell(NamedTuple):
    """A cell; ``text`` as people see it, ``number`` when it is one."""

    kind: CellKind
    text: str
    number: Decimal | None = None


EMPTY = Cell(CellKind.EMPTY, "")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong where: ``row`` as people count, ``column`` from 0 (-1: the whole row)."""

    sheet: str
    cell: str
    row: int
    column: int
    shown: str
    why: str
    code: str

    def kept(self) -> dict[str, object]:
        """As a row of the import keeps it."""
        return asdict(self)


class Unreadable(Exception):
    """The file as a whole can't be read: ``sentence`` says why and what to do, ``code`` is stable."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(slots=True)
class RawRow:
    """A row that holds something: its number as people count and its cells."""

    number: int
    cells: list[Cell]


@dataclass(slots=True)
class RawSheet:
    """The sheet with the lines: title, rows with something in them, structure that hides or joins cells.

    ``merged`` are ranges as (text, first row, last row, first column), ``hidden_rows`` count from 1,
    ``hidden_columns`` from 0; ``notes`` are for the reader; ``mark`` is the edition that the file says it is of.
    """

    title: str
    rows: list[RawRow]
    merged: tuple[tuple[str, int, int, int], ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    mark: str = ""


def shown(text: str) -> str:
    """What stands in a cell, short enough for a list of problems."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
