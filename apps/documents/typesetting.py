"""Setting a document by typst, with the fonts of var/fonts and no others."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import typst
from django.conf import settings

from apps.documents.coverage import coverage_of
from apps.documents.rules import LAYOUT, Check, Printed, layout_data

LAYOUTS = Path(__file__).resolve().parent / "layouts"
FONTS = ("NotoSerifSC_400Regular.ttf", "NotoSerifSC_700Bold.ttf")
# The archive's standard: everything embedded, and a character without a glyph is an error instead of a box.
STANDARD: Literal["a-2b"] = "a-2b"


class CannotTypeset(Exception):
    """The document can't be set now: a font is missing or the layout failed; nothing half-right is handed out."""


@dataclass(frozen=True, slots=True)
class Typeset:
    """A finished PDF."""

    pdf: bytes
    pages: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.pdf).hexdigest()


def typeset(printed: Printed, *, check: Check, mark: str = "", layout: str = LAYOUT) -> Typeset:
    """Set the document. The same input gives the same bytes: its date is the document's own, never the clock's.

    Raises CannotTypeset when a font is missing, or when typst has as much as a warning.
    """
    data = layout_data(printed, check=check, mark=mark, knows=font_coverage())
    return set_pages(data, layout=layout, dated_on=printed.dated_on)


def set_pages(data: Mapping[str, Any], *, layout: str, dated_on: date) -> Typeset:
    """Hand a layout its data, every text of which is printable (``font_coverage``). Raises CannotTypeset."""
    folder = _font_files()[0].parent
    source = (LAYOUTS / f"{layout}.typ").read_bytes()
    inputs = {"paper": json.dumps(data, ensure_ascii=False, sort_keys=True)}
    stamp = datetime.combine(dated_on, time.min, tzinfo=UTC)
    try:
        pdf, warnings = typst.compile_with_warnings(
            source,
            sys_inputs=inputs,
            format="pdf",
            pdf_standards=STANDARD,
            timestamp=stamp,
            font_paths=_fonts(folder),
            ignore_system_fonts=True,
        )
    except typst.TypstError as error:
        raise CannotTypeset(f"文书无法排印：{error.message}") from error
    if warnings or not pdf:
        raise CannotTypeset("文书无法排印：" + "；".join(warning.message for warning in warnings))
    return Typeset(pdf, _pages(pdf))


def font_coverage() -> Callable[[str], bool]:
    """A test of one character: whether the papers' font can show it. Raises CannotTypeset when it isn't there."""
    return coverage_of(_font_files()[0])


def pictures_of(
    printed: Printed, *, check: Check, mark: str = "", layout: str = LAYOUT, ppi: float = 72
) -> list[bytes]:
    """The same pages as PNG, one each: for eyes and tests."""
    return pictures(layout_data(printed, check=check, mark=mark, knows=font_coverage()), layout=layout, ppi=ppi)


def pictures(data: Mapping[str, Any], *, layout: str, ppi: float = 72) -> list[bytes]:
    """What ``set_pages`` would set, as PNG, a picture a page: for eyes and tests."""
    made = typst.compile(
        (LAYOUTS / f"{layout}.typ").read_bytes(),
        sys_inputs={"paper": json.dumps(data, ensure_ascii=False, sort_keys=True)},
        format="png",
        ppi=ppi,
        font_paths=_fonts(_font_files()[0].parent),
        ignore_system_fonts=True,
    )
    return [made] if isinstance(made, bytes) else list(made)


def engine() -> str:
    """Names what sets the pages: typst's version and the fonts' digest. Raises CannotTypeset without fonts."""
    return f"typst {version('typst')} {_digest(_font_files())[:12]}"


def _font_files() -> tuple[Path, ...]:
    files = tuple(Path(settings.FONTS_DIR) / name for name in FONTS)
    if missing := [file.name for file in files if not file.is_file()]:
        raise CannotTypeset(
            f"缺少字体 {'、'.join(missing)}（应在 {settings.FONTS_DIR}）：文书暂不能排印，"
            "请运行 python3 wastetransfer/bootstrap.py fonts，装好后自动补排。"
        )
    return files


@lru_cache(maxsize=2)
def _fonts(folder: Path) -> typst.Fonts:
    """Read once a process: looking through the files takes longer than setting a page."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


@lru_cache(maxsize=2)
def _digest(files: tuple[Path, ...]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def _pages(pdf: bytes) -> int:
    """Pages as the PDF's own tree counts them (typst leaves it uncompressed); the root counts all."""
    return max((int(count) for count in re.findall(rb"/Type/Pages/Count (\d+)", pdf)), default=1)
