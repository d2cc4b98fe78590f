"""Pages by key: the next page begins after the last row shown, whatever came or went meanwhile, however far down.

No page is counted or skipped over, so the thousandth costs what the first does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, Value
from django.db.models.sql.compiler import SQLCompiler

from apps.transfers.models.application import NEVER, waiting_order

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MOST_MICROSECONDS = (NEVER - EPOCH) // MICROSECOND
MOST_KEY = 2**63 - 1
MOST_DIGITS = 19
SEPARATOR = "."


class Row(Func):
    """``(a, b, c) > (x, y, z)``: one comparison of rows, which an index in that order serves."""

    def __init__(self, columns: Sequence[Any], bounds: Sequence[Any], *, is_before: bool) -> None:
        """``columns`` in the order of the list, ``bounds`` the last row's values of them."""
        super().__init__(*columns, *bounds, output_field=BooleanField())
        self.is_before = is_before

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,  # noqa: ARG002 - Django's signature
        *_: Any,
        **__: Any,
    ) -> tuple[str, tuple[str | int, ...]]:
        compiled = [compiler.compile(expression) for expression in self.get_source_expressions()]
        half, parameters = len(compiled) // 2, tuple(value for _, values in compiled for value in values)
        columns, bounds = (", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:]))
        return f"({columns}) {'<' if self.is_before else '>'} ({bounds})", parameters


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins (or, read backwards, ends): beside a row of the list."""

    key: tuple[int, ...]
    is_before: bool = False


def read_place(after: str, before: str, *, length: int) -> Place | None:
    """The place that the address names; None for the first page and for what nobody could have been given."""
    text = before or after
    parts = text.split(SEPARATOR)
    if len(parts) != length or not all(
        part.isascii() and part.isdigit() and len(part) <= MOST_DIGITS for part in parts
    ):
        return None
    key = tuple(map(int, parts))
    if key[-1] > MOST_KEY or any(part > MOST_MICROSECONDS for part in key[:-1]):
        return None
    return Place(key, is_before=bool(before))


def written(key: Sequence[int]) -> str:
    """A place as an address names it."""
    return SEPARATOR.join(map(str, key))


class Waiting:
    """The order of what waits: supervised first, then by due moment, then by key."""

    length = 3

    def order(self, *, is_backwards: bool) -> list[Any]:
        return [column.desc() if is_backwards else column.asc() for column in waiting_order()]

    def beyond(self, place: Place) -> Q:
        *moments, key = place.key
        # Of a bare number Django makes four bytes, and the driver cuts off what is above them without a word.
        last = Value(key, output_field=BigIntegerField())
        bounds = [*(Value(EPOCH + moment * MICROSECOND) for moment in moments), last]
        return Q(Row(waiting_order(), bounds, is_before=place.is_before))

    def key_of(self, row: dict[str, Any]) -> str:
        moments = ((row[name] or NEVER) - EPOCH for name in ("supervised_since", "due_at"))
        return written([*(moment // MICROSECOND for moment in moments), row["pk"]])


class Done:
    """The order of what is done: the newest first, straight from the key."""

    length = 1

    def order(self, *, is_backwards: bool) -> list[Any]:
        return [F("pk").asc() if is_backwards else F("pk").desc()]

    def beyond(self, place: Place) -> Q:
        return Q(pk__gt=place.key[0]) if place.is_before else Q(pk__lt=place.key[0])

    def key_of(self, row: dict[str, Any]) -> str:
        return written([row["pk"]])
