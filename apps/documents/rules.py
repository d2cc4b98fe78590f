"""How a paper becomes the data that a layout sets: its style, its marks, text that the font can show, its code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.catalogue.enums import PaperSeries

LAYOUT = "official_1"
VOID = "作废"
SEAL_PLACE = "电子签章位"
# Publishers' mark for a character that the font lacks: a reader sees that something was there.
UNKNOWN = "〓"
STYLES: Mapping[str, str] = {
    PaperSeries.DECISION: "document",
    PaperSeries.LETTER: "letter",
    PaperSeries.ACCEPTANCE: "notice",
    PaperSeries.NONE: "notice",
}
# Without those that are mistaken for one another: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16
_MISREAD = str.maketrans("OILU", "011V")
# A run this long without a place to break would leave the page.
_LONGEST_RUN = 24
_BREAK = "\u200b"


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on a paper, whoever froze it: enough to set it."""

    style: str
    title: str
    issuer: str
    number: str
    dated_on: date
    addressee: str
    blocks: Sequence[Mapping[str, Any]]
    copies: Sequence[str]


@dataclass(frozen=True, slots=True)
class Check:
    """Where the paper can be checked: the code as printed, the address in the picture, the picture (SVG)."""

    code: str
    address: str
    picture: str
    form_address: str


def style_of(series: str) -> str:
    """Decisions have the head of a document, letters that of a letter, notices and receipts a plain one."""
    return STYLES[series]


def mark_of(*, is_void: bool, erratum: str) -> str:
    """What is printed over a paper: 作废 before all, else by which paper it was corrected, else nothing."""
    if is_void:
        return VOID
    return f"本文书已由{erratum}更正，请一并查阅。" if erratum else ""


def layout_data(printed: Printed, *, check: Check, mark: str, knows: Callable[[str], bool]) -> dict[str, Any]:
    """The layout's input. Every text is made printable: ``knows`` says which characters the font has."""

    def shown(text: str) -> str:
        return printable(text, knows)

    day = printed.dated_on
    return {
        "style": printed.style,
        "title": shown(printed.title),
        "issuer": shown(printed.issuer),
        "number": shown(printed.number),
        "year": day.year,
        "month": day.month,
        "day": day.day,
        "issued": f"{day.year}年{day.month}月{day.day}日印发",
        "addressee": shown(printed.addressee),
        "blocks": [_shown_block(block, shown) for block in printed.blocks],
        "copies": [shown(name) for name in printed.copies],
        "voided": mark == VOID,
        "mark": "" if mark == VOID else shown(mark),
        "seal": SEAL_PLACE,
        "check": {
            "told": f"扫描首页二维码，或者登录 {check.form_address} 输入校验码核验：{written_code(check.code)}",
            "address": check.address,
            "picture": check.picture,
        },
    }


def _shown_block(block: Mapping[str, Any], shown: Callable[[str], str]) -> dict[str, Any]:
    """The block with all its texts printable; a paragraph of several lines stays one block, its lines apart."""

    def walked(value: Any) -> Any:
        if isinstance(value, str):
            return shown(value)
        if isinstance(value, Mapping):
            return {key: inner if key in {"type", "align"} else walked(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [walked(inner) for inner in value]
        return value

    return {key: value if key == "type" else walked(value) for key, value in block.items()}


def printable_block(block: Mapping[str, Any], knows: Callable[[str], bool]) -> dict[str, Any]:
    """The block with all its texts printable: ``knows`` says which characters the font has."""
    return _shown_block(block, lambda text: printable(text, knows))


def printable(text: str, knows: Callable[[str], bool]) -> str:
    """The text without control characters, unknown characters as 〓, long runs with places to break."""
    shown, run = [], 0
    for letter in text.replace("\r\n", "\n"):
        if not letter.isprintable() and not letter.isspace():
            continue
        kept = _kept(letter, knows)
        run = run + 1 if kept.isascii() and not kept.isspace() else 0
        shown.append(kept)
        if run >= _LONGEST_RUN:
            shown.append(_BREAK)
            run = 0
    return "".join(shown)


def _kept(letter: str, knows: Callable[[str], bool]) -> str:
    """A space as wide as it was typed, a line's end, a known character; anything else as 〓."""
    if letter.isspace():
        return letter if letter in "\n\u3000" else " "
    return letter if knows(letter) else UNKNOWN


def written_code(code: str) -> str:
    """The code in groups of four, as printed and read out."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read_code(typed: str) -> str:
    """A code as typed or scanned: any case, hyphens and spaces, full-width letters, O for 0, I and L for 1.

    Empty when it can be no code.
    """
    narrow = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in typed)
    code = "".join(c for c in narrow.upper() if c.isalnum()).translate(_MISREAD)
    return code if len(code) == CODE_LENGTH and all(c in ALPHABET for c in code) else ""
