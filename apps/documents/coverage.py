"""Which characters a TrueType font can show, read from its table of characters (cmap, formats 4 and 12)."""

import struct
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

TABLES_AT, TABLE_SIZE = 12, 16
SEGMENTED, GROUPED = 4, 12
LAST_SEGMENT = 0xFFFF


@lru_cache(maxsize=4)
def coverage_of(font: Path) -> Callable[[str], bool]:
    """A test of one character. Raises ValueError for a file that is no font, OSError when it isn't there."""
    spans = sorted(_spans(font.read_bytes()))
    starts = [first for first, _ in spans]

    def knows(letter: str) -> bool:
        code = ord(letter)
        place = bisect_right(starts, code) - 1
        return place >= 0 and code <= spans[place][1]

    return knows


def _spans(data: bytes) -> list[tuple[int, int]]:
    """First and last code point of each run of characters, from the richest of the font's Unicode tables."""
    try:
        base = _table(data, b"cmap")
        (count,) = struct.unpack_from(">H", data, base + 2)
        places = [struct.unpack_from(">I", data, base + 8 + 8 * number)[0] + base for number in range(count)]
        formats = {struct.unpack_from(">H", data, place)[0]: place for place in places}
    except struct.error as error:
        raise ValueError("no TrueType font") from error
    if GROUPED in formats:
        return _grouped(data, formats[GROUPED])
    if SEGMENTED in formats:
        return _segmented(data, formats[SEGMENTED])
    raise ValueError("the font has no Unicode table")


def _table(data: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", data, 4)
    for number in range(count):
        name, _, offset, _ = struct.unpack_from(">4sIII", data, TABLES_AT + TABLE_SIZE * number)
        if name == tag:
            return int(offset)
    raise ValueError("no TrueType font")


def _grouped(data: bytes, at: int) -> list[tuple[int, int]]:
    (count,) = struct.unpack_from(">I", data, at + 12)
    groups = struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * count])
    return [(first, last) for first, last, _ in groups]


def _segmented(data: bytes, at: int) -> list[tuple[int, int]]:
    (twice,) = struct.unpack_from(">H", data, at + 6)
    ends = struct.unpack_from(f">{twice // 2}H", data, at + 14)
    starts = struct.unpack_from(f">{twice // 2}H", data, at + 16 + twice)
    return [pair for pair in zip(starts, ends, strict=True) if pair[0] != LAST_SEGMENT]
