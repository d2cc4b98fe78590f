"""What a file is, told by its content and never by its name. Pure."""

import re
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

# Whoever sends a path sends either system's.
FOLDERS = re.compile(r"[\\/]")
LONGEST_NAME = 200
# The industry's harmless test virus, in two parts so that no scanner takes this file for it.
TEST_VIRUS = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken in: its word for people, its suffixes, its type."""

    word: str
    suffixes: tuple[str, ...]
    content_type: str


PDF = Kind("PDF", (".pdf",), "application/pdf")
JPEG = Kind("JPEG 图片", (".jpg", ".jpeg"), "image/jpeg")
PNG = Kind("PNG 图片", (".png",), "image/png")
DOCX = Kind("Word 文档（DOCX）", (".docx",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
XLSX = Kind("Excel 表格（XLSX）", (".xlsx",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
KINDS = (PDF, JPEG, PNG, DOCX, XLSX)
BEGINNINGS = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
MAIN_PARTS = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX))
MACROS = ("word/vbaProject.bin", "xl/vbaProject.bin")


def kind_by_suffix(name: str) -> Kind | None:
    """The kind that the name promises."""
    suffix = PurePath(name).suffix.lower()
    return next((kind for kind in KINDS if suffix in kind.suffixes), None)


def kind_by_content(content: IO[bytes]) -> Kind | None:
    """The kind that the content is: its first bytes, for office files the parts in their container.

    An office file with macros is none of them. Leaves the file at its beginning.
    """
    content.seek(0)
    beginning = content.read(8)
    found = next((kind for bytes_, kind in BEGINNINGS if beginning.startswith(bytes_)), None)
    if found is None and beginning.startswith(b"PK\x03\x04"):
        found = _office_kind(content)
    content.seek(0)
    return found


def _office_kind(content: IO[bytes]) -> Kind | None:
    """Only the container's table of contents is read: nothing is unpacked."""
    try:
        with zipfile.ZipFile(content) as container:
            parts = set(container.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return None
    if "[Content_Types].xml" not in parts or not parts.isdisjoint(MACROS):
        return None
    return next((kind for part, kind in MAIN_PARTS if part in parts), None)


def carries_test_virus(chunks: Iterable[bytes]) -> bool:
    """Whether the test virus stands anywhere in the content, also across two chunks."""
    kept = b""
    for chunk in chunks:
        if TEST_VIRUS in kept + chunk:
            return True
        kept = (kept + chunk)[-len(TEST_VIRUS) + 1 :]
    return False


def plain_name(name: str) -> str:
    """The name without folders and invisible characters; a long one keeps its end, which has the suffix."""
    last = FOLDERS.split(name)[-1]
    return "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()[-LONGEST_NAME:]
