"""The columns of a list's spreadsheet: one description for the template, the export and the import."""

import re
import unicodedata
from dataclasses import dataclass

SHEET = "名单条目"
GUIDE = "填写说明"
CHOICES = "选项"
OWN_SHEETS = (GUIDE, CHOICES)
# What a workbook of ours says of itself, so that one knows the list it was written for.
MARK = "whitelist-edition:"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: its key, its title, its width, other titles that people give it, what goes in."""

    key: str
    title: str
    width: int
    aliases: tuple[str, ...]
    hint: str


COLUMNS = (
    Column(
        "number", "条目号", 9, ("序号", "编号", "条目编号", "条目序号"), "可以不填，按行的次序编号；填写时不得重复。"
    ),
    Column(
        "operator",
        "接受人",
        36,
        ("接受单位", "经营单位", "接收单位", "接收人", "单位名称", "接受人名称", "接受单位名称", "经营单位名称"),
        "接受地经营单位的全称，从下拉列表选择。与统一社会信用代码至少填一项。",
    ),
    Column(
        "uscc",
        "统一社会信用代码",
        22,
        ("信用代码", "社会信用代码", "USCC"),
        "18 位。单元格须为文本格式，否则末几位会丢失。",
    ),
    Column(
        "codes",
        "废物代码",
        30,
        ("危险废物代码", "废物代码或类别", "废物代码（类别）", "危废代码"),
        "形如 900-045-49，多个代码用顿号隔开。与废物类别二者取一。",
    ),
    Column(
        "category",
        "废物类别",
        10,
        ("危险废物类别", "类别", "危废类别"),
        "形如 HW49，表示该类别全部代码。从下拉列表选择。",
    ),
    Column(
        "method",
        "利用处置方式",
        14,
        ("方式", "利用处置方式代码", "处置方式", "利用/处置方式", "方式代码"),
        "方式代码，例如 R4、D10，从下拉列表选择。",
    ),
    Column(
        "quota",
        "核定数量（吨）",
        16,
        ("核定（吨）", "核定数量", "数量", "数量（吨）", "核定量（吨）", "年核定数量（吨）", "吨", "转移数量（吨）"),
        "本期总吨数，大于零，最多四位小数。不写单位，不用公式。",
    ),
    Column("struck", "划去", 7, ("是否划去", "删除"), "不再列入的条目填“是”，其余不填。"),
    Column("remark", "说明", 36, ("备注",), "可以不填，最多 300 字。"),
)
# Written for the reader and never read back.
TOLD = ("在办（吨）", "已批准（吨）", "剩余（吨）", "错误说明")
REQUIRED = ("method", "quota")
BY_KEY = {column.key: column for column in COLUMNS}
YES, NO = ("是", "√", "Y", "YES", "1", "划去"), ("", "否", "N", "NO", "0")


def plain(text: str) -> str:
    """A title as it is compared: narrow signs, no space, no line break."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper().rstrip("*")


TITLES = {plain(title): column.key for column in COLUMNS for title in (column.title, *column.aliases)}
# No title is longer, spaces and line breaks included.
LONGEST_TITLE = 100
IGNORED = frozenset(plain(title) for title in TOLD)


def letter_of(column: int) -> str:
    """The letters of a column that is counted from 0: A, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_of(row: int, column: int) -> str:
    """The name of a cell; rows count from 1 as people count them, columns from 0."""
    return f"{letter_of(column)}{row}"
