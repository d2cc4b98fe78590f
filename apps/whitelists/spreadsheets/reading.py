"""A handed-in file to rows: what it is is told by its bytes, never by its name. Pure: no tables."""

import codecs
import csv
from io import StringIO

from apps.whitelists.spreadsheets.cells import EMPTY, Cell, CellKind, RawRow, RawSheet, Unreadable
from apps.whitelists.spreadsheets.workbooks import MOST_COLUMNS, MOST_ROWS, read_workbook

MOST_BYTES = 10 * 1024 * 1024
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# How an encrypted workbook names its content inside the old container.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
OTHERS = ((b"%PDF-", "PDF"), (b"\xff\xd8\xff", "图片"), (b"\x89PNG", "图片"), (b"{\\rtf", "RTF 文档"))
DELIMITERS = (",", "\t", ";")
CSV_TITLE = "CSV"


def read_sheet(content: bytes) -> RawSheet:
    """The sheet with the lines. Raises Unreadable with a sentence for what is refused as a whole."""
    if not content.strip():
        raise Unreadable("file.empty", "文件是空的。")
    if len(content) > MOST_BYTES:
        megabytes = MOST_BYTES // 1024 // 1024
        raise Unreadable(
            "file.large", f"文件超过 {megabytes} MB（{len(content) / 1024 / 1024:.1f} MB），请只留名单所在的工作表。"
        )
    if content.startswith(OLE):
        if ENCRYPTED in content:
            raise Unreadable("file.encrypted", "文件有打开密码，请在 Excel 中取消加密后重新上传。")
        raise Unreadable("file.old", "这是旧版 .xls 文件，请在 Excel 中另存为 .xlsx 后重新上传。")
    if content.startswith(ZIP):
        return read_workbook(content)
    for beginning, word in OTHERS:
        if content.startswith(beginning):
            raise Unreadable("file.kind", f"这是{word}，只接受 .xlsx 和 .csv。")
    return _read_csv(_decoded(content))


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("file.kind", "认不出这个文件：既不是 .xlsx，也不是 UTF-8 或 GB18030 编码的 .csv。")


def _read_csv(text: str) -> RawSheet:
    beginning = text[:4096]
    delimiter = max(DELIMITERS, key=beginning.count)
    if delimiter not in beginning and "，" in beginning:
        raise Unreadable("csv.delimiter", "CSV 的分隔符是全角逗号，请改用半角逗号或者上传 .xlsx。")
    rows: list[RawRow] = []
    try:
        for number, record in enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter), start=1):
            if not any(field.strip() for field in record):
                continue
            if len(record) > MOST_COLUMNS:
                raise Unreadable("file.wide", f"第 {number} 行有 {len(record)} 列，最多 {MOST_COLUMNS} 列。")
            if len(rows) > MOST_ROWS:
                raise Unreadable("file.long", f"数据超过 {MOST_ROWS} 行，请分成几个名单。")
            rows.append(RawRow(number, [_cell(field) for field in record]))
    except csv.Error as error:
        raise Unreadable("csv.broken", "CSV 文件有未闭合的引号或者过长的单元格，请核对后重新上传。") from error
    return RawSheet(CSV_TITLE, rows)


def _cell(field: str) -> Cell:
    text = field.strip()
    if not text:
        return EMPTY
    return Cell(CellKind.FORMULA if text.startswith("=") else CellKind.TEXT, text)
