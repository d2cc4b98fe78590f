"""Imports a next edition of the national catalogue from CSV: every row checked first, then everything or nothing."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from apps.catalogue.models import CatalogueEdition, WasteCategory, WasteCode
from apps.catalogue.rules import CATEGORY_FORM, are_hazard_properties, category_of, is_waste_code

COLUMNS = ("category_code", "category_name", "industry", "waste_code", "description", "hazard_properties")
LONGEST = {"category_name": 60, "industry": 60, "description": 2000, "hazard_properties": 20}
# Far more than any catalogue; keeps a wrong file from filling the memory.
MOST_BYTES = 20 * 1024 * 1024
MOST_PROBLEMS = 200
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason for refusing: line of the file (0: the import as a whole), column, stable code, sentence."""

    line: int
    column: str
    code: str
    reason: str

    def __str__(self) -> str:
        where = f"第 {self.line} 行" if self.line else "整份文件"
        return f"{where} {self.column}：{self.reason}" if self.column else f"{where}：{self.reason}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or why it did nothing: `problems` is empty exactly when the edition was loaded."""

    name: str
    valid_from: date
    imported_at: datetime
    rows: int
    problems: tuple[Problem, ...] = ()
    encoding: str = ""
    edition_id: int | None = None
    closed_edition: str = ""
    new_categories: tuple[str, ...] = ()
    renamed_categories: tuple[str, ...] = ()

    @property
    def is_imported(self) -> bool:
        """Whether the edition stands in the database."""
        return self.edition_id is not None


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One line of the file, by column, without surrounding blanks."""

    line: int
    category_code: str
    category_name: str
    industry: str
    waste_code: str
    description: str
    hazard_properties: str


def import_catalogue_edition(*, name: str, valid_from: date, rows_csv: bytes, now: datetime) -> ImportReport:
    """Load a next edition from CSV (UTF-8 or GB18030, the columns of the 2021 file) and close the one before.

    Nothing is loaded when anything is wrong; the report then names every problem with line, column and reason.
    The edition in force until now ends the day before `valid_from`.
    """
    name = name.strip()
    rows, problems, encoding = _read(rows_csv)
    report = ImportReport(name, valid_from, now, rows=len(rows), encoding=encoding)
    with transaction.atomic():
        # Two imports at once: the second one waits and then sees the first one's edition.
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {CatalogueEdition._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        known = dict(WasteCategory.objects.values_list("code", "name"))
        problems = [*_edition_problems(name, valid_from), *problems, *_row_problems(rows, known)]
        if problems:
            return replace(report, problems=_in_order(problems))
        return _load(report, rows, known)


def _read(content: bytes) -> tuple[list[CatalogueRow], list[Problem], str]:
    """Rows of the file, what is wrong with its shape, and its encoding."""
    if len(content) > MOST_BYTES:
        return [], [_whole("file.too_large", f"文件超过 {MOST_BYTES // 1024 // 1024} MB。")], ""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        rows, problems = _parse(text)
        return rows, problems, encoding
    return [], [_whole("file.encoding", "文件既不是 UTF-8 也不是 GB18030 编码，请另存为其中一种。")], ""


def _parse(text: str) -> tuple[list[CatalogueRow], list[Problem]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            return [], [_whole("file.column_missing", f"首行缺少栏目：{'、'.join(missing)}。")]
        twice = [column for column in COLUMNS if header.count(column) > 1]
        if twice:
            return [], [_whole("file.column_twice", f"首行栏目重复：{'、'.join(twice)}。")]
        rows, problems = _rows_of(reader, header)
    except csv.Error:
        return [], [Problem(reader.line_num, "", "file.csv", "引号或者分隔符有误，无法按 CSV 读取。")]
    if not rows and not problems:
        problems = [_whole("file.empty", "文件只有首行，没有废物代码。")]
    return rows, problems


def _rows_of(reader: "Iterator[list[str]]", header: Sequence[str]) -> tuple[list[CatalogueRow], list[Problem]]:
    rows, problems = [], []
    line = getattr(reader, "line_num", 1) + 1
    for cells in reader:
        start, line = line, getattr(reader, "line_num", line) + 1
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            reason = f"应有 {len(header)} 栏，实有 {len(cells)} 栏。"
            problems.append(Problem(start, "", "row.width", reason))
            continue
        named = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        rows.append(CatalogueRow(start, *(named[column] for column in COLUMNS)))
    return rows, problems


def _edition_problems(name: str, valid_from: date) -> Iterator[Problem]:
    if not name or len(name) > 40:  # noqa: PLR2004 - width of the column
        yield _whole("edition.name", "版本名称应为 1 至 40 个字。")
    if CatalogueEdition.objects.filter(name=name).exists():
        yield _whole("edition.name_taken", f"版本“{name}”已经存在。")
    latest = CatalogueEdition.objects.order_by("-valid_from").first()
    if latest is None:
        return
    if valid_from <= latest.valid_from:
        reason = f"施行日期 {valid_from} 应晚于现有版本“{latest.name}”的施行日期 {latest.valid_from}。"
        yield _whole("edition.too_early", reason)
    elif latest.valid_until is not None and latest.valid_until != valid_from - timedelta(days=1):
        reason = f"现有版本“{latest.name}”至 {latest.valid_until} 止，施行日期应为其次日，不得重叠或者间断。"
        yield _whole("edition.not_adjoining", reason)


def _row_problems(rows: Sequence[CatalogueRow], known: dict[str, str]) -> Iterator[Problem]:
    first_line: dict[str, int] = {}
    named: dict[str, tuple[str, int]] = {}
    for row in rows:
        yield from _form_problems(row)
        if row.waste_code in first_line:
            reason = f"废物代码 {row.waste_code} 与第 {first_line[row.waste_code]} 行重复。"
            yield Problem(row.line, "waste_code", "row.code_twice", reason)
        first_line.setdefault(row.waste_code, row.line)
        if not row.category_name:
            if row.category_code not in known and row.category_code not in named:
                reason = f"{row.category_code} 是新类别，须填写类别名称。"
                yield Problem(row.line, "category_name", "row.category_unnamed", reason)
            continue
        name, line = named.setdefault(row.category_code, (row.category_name, row.line))
        if name != row.category_name:
            reason = f"{row.category_code} 的名称“{row.category_name}”与第 {line} 行的“{name}”不一致。"
            yield Problem(row.line, "category_name", "row.category_named_twice", reason)


def _form_problems(row: CatalogueRow) -> Iterator[Problem]:
    if CATEGORY_FORM.fullmatch(row.category_code) is None:
        yield Problem(row.line, "category_code", "row.category_form", f"“{row.category_code}”应形如 HW49。")
    if not is_waste_code(row.waste_code):
        yield Problem(row.line, "waste_code", "row.code_form", f"“{row.waste_code}”应形如 900-045-49。")
    elif category_of(row.waste_code) != row.category_code:
        reason = f"{row.waste_code} 末两位与类别 {row.category_code} 不符。"
        yield Problem(row.line, "waste_code", "row.code_category", reason)
    if not are_hazard_properties(row.hazard_properties):
        reason = f"“{row.hazard_properties}”应由 T、C、I、R、In 组成，以“,”或者“/”分隔，不重复。"
        yield Problem(row.line, "hazard_properties", "row.hazard", reason)
    yield from _text_problems(row)


def _text_problems(row: CatalogueRow) -> Iterator[Problem]:
    for column in ("industry", "description"):
        if not getattr(row, column):
            yield Problem(row.line, column, "row.empty", "不能为空。")
    for column, longest in LONGEST.items():
        value: str = getattr(row, column)
        if len(value) > longest:
            yield Problem(row.line, column, "row.too_long", f"有 {len(value)} 个字，超过 {longest} 个字。")
        # PostgreSQL keeps no NUL, and no paper prints the others.
        if _UNPRINTABLE.search(value) is not None:
            yield Problem(
                row.line,
                column,
                "row.unprintable",
                "含有控制字符或者私用区字符（多为从文档里带出的字体符号），请改为通用字符。",
            )


def _load(report: ImportReport, rows: Sequence[CatalogueRow], known: dict[str, str]) -> ImportReport:
    names = {row.category_code: row.category_name for row in reversed(rows) if row.category_name}
    new = sorted(names.keys() - known.keys())
    renamed = sorted(code for code in names.keys() & known.keys() if names[code] != known[code])
    closed = _close_latest(report.valid_from)
    edition = CatalogueEdition.objects.create(name=report.name, valid_from=report.valid_from)
    WasteCategory.objects.bulk_create(
        [WasteCategory(code=code, name=names[code]) for code in (*new, *renamed)],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name"],
    )
    WasteCode.objects.bulk_create(
        [
            WasteCode(
                edition=edition,
                code=row.waste_code,
                category_id=row.category_code,
                industry=row.industry,
                description=row.description,
                hazard_properties=row.hazard_properties,
            )
            for row in rows
        ]
    )
    return replace(
        report,
        edition_id=edition.pk,
        closed_edition=closed,
        new_categories=tuple(f"{code} {names[code]}" for code in new),
        renamed_categories=tuple(f"{code} {known[code]} → {names[code]}" for code in renamed),
    )


def _close_latest(valid_from: date) -> str:
    latest = CatalogueEdition.objects.order_by("-valid_from").first()
    if latest is None:
        return ""
    latest.valid_until = valid_from - timedelta(days=1)
    latest.save(update_fields=["valid_until"])
    return latest.name


def _whole(code: str, reason: str) -> Problem:
    return Problem(0, "", code, reason)


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    ordered = tuple(sorted(problems, key=lambda problem: problem.line))
    if len(ordered) <= MOST_PROBLEMS:
        return ordered
    rest = _whole("file.more_problems", f"另有 {len(ordered) - MOST_PROBLEMS} 处问题未列出。")
    return (*ordered[:MOST_PROBLEMS], rest)
