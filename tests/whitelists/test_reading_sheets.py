"""A handed-in sheet: what is understood, what is named cell by cell, what is refused as a whole."""

import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from openpyxl.workbook.protection import WorkbookProtection

from apps.whitelists.spreadsheets import reading, workbooks
from apps.whitelists.spreadsheets.cells import Unreadable
from apps.whitelists.spreadsheets.checking import CheckedSheet, check_sheet
from apps.whitelists.spreadsheets.fields import Known, Operator
from apps.whitelists.spreadsheets.reading import read_sheet
from apps.whitelists.spreadsheets.writing import Choices, SheetLine, write_annotated, write_list
from tests.organisations.factories import make_uscc

USCC, OTHER_USCC = make_uscc(1), make_uscc(2)
SUINING, HOME, ABROAD = "遂宁示例环保（集团）有限公司", "眉山示例再生资源有限公司", "昆明示例环保有限公司"
KNOWN = Known(
    destination_id="510000",
    destination_name="四川省",
    operators=(
        Operator(1, SUINING, USCC, "510000"),
        Operator(2, HOME, OTHER_USCC, "510000"),
        Operator(3, ABROAD, make_uscc(3), "530000"),
    ),
    codes=frozenset({"900-045-49", "900-249-08", "900-041-49"}),
    categories=frozenset({"HW08", "HW49"}),
    methods=frozenset({"R4", "D10"}),
    begins_on="2027-01-01",
)
TITLES = ["条目号", "接受人", "废物代码", "利用处置方式", "核定数量（吨）", "说明"]
GOOD = ["01", SUINING, "900-045-49", "R4", 120, ""]
Change = Callable[[openpyxl.Workbook], None]


def book(*rows: list[object], titles: list[str] = TITLES, change: Change | None = None) -> bytes:
    made = openpyxl.Workbook()
    made.active.title = "名单"
    for row in (titles, *rows):
        made.active.append(row)
    if change:
        change(made)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def checked(content: bytes) -> CheckedSheet:
    return check_sheet(read_sheet(content), KNOWN, progress=[].append)


def problems(content: bytes) -> list[tuple[str, str]]:
    return [(problem.cell, problem.code) for problem in checked(content).problems]


def refusal(content: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as raised:
        checked(content)
    assert raised.value.sentence.endswith("。")
    return raised.value


def row(**values: object) -> list[object]:
    places = {"number": 0, "operator": 1, "codes": 2, "method": 3, "quota": 4, "remark": 5}
    cells = list(GOOD)
    for key, value in values.items():
        cells[places[key]] = value
    return cells


def test_a_good_row_is_a_line() -> None:
    (line,) = checked(book(GOOD)).lines
    assert (line.number, line.operator_id, line.waste_codes, line.method) == ("01", 1, ("900-045-49",), "R4")
    assert (line.quota_t, line.category, line.is_struck) == (Decimal("120.0000"), "", False)


@pytest.mark.parametrize(
    ("typed", "tonnes"),
    [
        (12.5, "12.5"),
        (0.1 + 0.2, "0.3"),
        (1e5, "100000"),
        ("１２３．５", "123.5"),
        (" 1,234.5 ", "1234.5"),
        ("１，２３４吨", "1234"),
        ("35.5 t", "35.5"),
        ("0.0001", "0.0001"),
        ("+7", "7"),
    ],
)
def test_tonnes_in_every_dress(typed: object, tonnes: str) -> None:
    (line,) = checked(book(row(quota=typed))).lines
    assert line.quota_t == Decimal(tonnes)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "tonnes.missing"),
        (0, "tonnes.not_positive"),
        (-5, "tonnes.not_positive"),
        ("1.23456", "tonnes.too_fine"),
        (1.23456, "tonnes.too_fine"),
        ("1E+05", "tonnes.scientific"),
        ("12,34", "tonnes.not_a_number"),
        ("约100", "tonnes.not_a_number"),
        ("5000千克", "tonnes.unit"),
        ("3万吨", "tonnes.unit"),
        (10**11, "tonnes.too_many"),
        (date(2027, 1, 5), "cell.day"),
        (True, "cell.flag"),
        ("=SUM(E9:E10)", "cell.formula"),
        ("#N/A", "cell.error"),
    ],
)
def test_bad_tonnes_are_named(typed: object, code: str) -> None:
    assert problems(book(row(quota=typed))) == [("E2", code)]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"operator": "查无此厂"}, ("B2", "operator.unknown")),
        ({"operator": ABROAD}, ("B2", "operator.foreign")),
        ({"operator": ""}, ("B2", "operator.missing")),
        ({"codes": ""}, ("C2", "wastes.missing")),
        ({"codes": "90-45-49"}, ("C2", "code.form")),
        ({"codes": "900-999-49"}, ("C2", "code.unknown")),
        ({"codes": "HW77"}, ("C2", "category.unknown")),
        ({"codes": date(2027, 1, 5)}, ("C2", "cell.day")),
        ({"method": "X9"}, ("D2", "method.unknown")),
        ({"number": "一二三四五六七八九"}, ("A2", "number.long")),
        ({"number": "01\u202e"}, ("A2", "number.sign")),
        ({"operator": "\ufdfa" * 2001}, ("B2", "cell.long")),
        ({"remark": "长" * 301}, ("F2", "remark.long")),
        ({"remark": "=cmd|' /C calc'!A0"}, ("F2", "cell.formula")),
    ],
)
def test_bad_cells_are_named(change: dict[str, object], found: tuple[str, str]) -> None:
    assert problems(book(row(**change))) == [found]


def test_operators_by_code_or_name_in_any_width() -> None:
    titles = ["接受人", "统一社会信用代码", "废物类别", "方式", "数量"]
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in USCC)
    sheet = checked(
        book(
            ["", wide, "HW49 其他废物", "r4", 1],
            [SUINING.replace("（", "(").replace("）", ") "), "", "08", "Ｄ１０", 1],
            [HOME, OTHER_USCC, "HW08", "R4（再循环）", 1],
            titles=titles,
        )
    )
    assert [(line.operator_id, line.category, line.method) for line in sheet.lines] == [
        (1, "HW49", "R4"),
        (1, "HW08", "D10"),
        (2, "HW08", "R4"),
    ]
    wrong = problems(
        book([SUINING, OTHER_USCC, "HW49", "R4", 1], ["", 915101117654321001, "HW49", "R4", 1], titles=titles)
    )
    assert wrong == [("B2", "operator.differs"), ("B3", "uscc.number")]


def test_codes_apart_by_any_sign_and_beside_their_category() -> None:
    titles = ["类别", *TITLES]
    (line,) = checked(book(["HW49", *row(codes="900-045-49， 900－041－49\n900-045-49")], titles=titles)).lines
    assert (line.waste_codes, line.category) == (("900-045-49", "900-041-49"), "")
    assert problems(book(["HW08", *GOOD], titles=titles)) == [("A2", "category.differs")]


def test_a_likely_name_is_offered() -> None:
    (problem,) = checked(book(row(operator="遂宁示例环保集团有限公司"))).problems
    assert SUINING in problem.why


def test_headings_blank_lines_and_totals_are_passed_over() -> None:
    made = openpyxl.Workbook()
    for cells in (
        ["附件1 名单"],
        [],
        [" 接 受\n人 ", "危险废物代码", "处置方式", "数量（吨）", "联系人"],
        [],
        GOOD[1:5],
        [None, "  "],
    ):
        made.active.append(cells)
    made.active.append(["合计：", None, None, 120])
    made.active.merge_cells("A1:E1")
    file = BytesIO()
    made.save(file)
    sheet = checked(file.getvalue())
    assert [line.row for line in sheet.lines] == [5]
    assert sheet.notes == ["没有读取的列：联系人。", "第 7 行是合计行，没有读取。"]


def test_what_stands_twice_names_the_other_row() -> None:
    assert problems(book(GOOD, row(number="02"))) == [("C3", "line.twice")]
    assert problems(book(GOOD, row(codes="900-041-49"))) == [("A3", "number.twice")]


def test_rows_without_a_number_get_a_free_one() -> None:
    sheet = checked(book(row(number=None), row(number=1, codes="HW08"), row(number=None, codes="HW49")))
    assert [line.number for line in sheet.lines] == ["02", "01", "03"]


def _merge(made: openpyxl.Workbook) -> None:
    made.active.merge_cells("B2:B3")


def _hide_row(made: openpyxl.Workbook) -> None:
    made.active.row_dimensions[2].hidden = True


def _hide_column(made: openpyxl.Workbook) -> None:
    made.active.column_dimensions["E"].hidden = True


def _hide_sheet(made: openpyxl.Workbook) -> None:
    made.create_sheet("底稿").append(["不给看"])
    made["底稿"].sheet_state = "veryHidden"


def _twice(made: openpyxl.Workbook) -> None:
    made.copy_worksheet(made.active)


def test_what_hides_or_joins_cells_is_named() -> None:
    assert ("B2", "cell.merged") in problems(book(GOOD, row(number="02", codes="HW08"), change=_merge))
    assert problems(book(GOOD, change=_hide_row)) == [("A2", "row.hidden")]
    assert problems(book(GOOD, change=_hide_column)) == [("E1", "column.hidden")]
    hidden = refusal(book(GOOD, change=_hide_sheet))
    assert (hidden.code, "底稿" in hidden.sentence) == ("sheet.hidden", True)
    assert refusal(book(GOOD, change=_twice)).code == "sheet.several"


def _with_part(content: bytes, name: str, data: bytes = b"x") -> bytes:
    file = BytesIO(content)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as container:
        container.writestr(name, data)
    return file.getvalue()


def _with(content: bytes, old: bytes, new: bytes, *, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """The workbook with something else in the XML of one part."""
    source, out = zipfile.ZipFile(BytesIO(content)), BytesIO()
    assert part in source.namelist()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old in data
                data = data.replace(old, new, 1)
            target.writestr(name, data)
    return out.getvalue()


def _with_entities(content: bytes) -> bytes:
    turned = _with(content, b"<v>120</v>", b"<v>&b;</v>")
    return _with(turned, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><worksheet')


SECOND_ROW = b'<row r="2"'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"%PDF-1.7", "file.kind"),
        (b"PK\x03\x04 broken", "file.kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "file.old"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "file.encrypted"),
        (b"\x00\x01\xff\xfe\x00", "file.kind"),
        (_with_part(book(GOOD), "xl/vbaProject.bin"), "file.macros"),
        (_with_part(book(GOOD), "xl/media/bomb.png", bytes(workbooks.MOST_UNPACKED)), "file.bomb"),
        (_with_entities(book(GOOD)), "file.entities"),
        (book(titles=["只有一格"]), "sheet.none"),
        (book(), "sheet.empty"),
        (book(GOOD, titles=[*TITLES[:5], "数量"]), "column.twice"),
        (book([*GOOD, *[""] * 60, "远"]), "file.wide"),
        # Rows far beyond what a sheet can have, that go back, or that come twice.
        *((_with(book(GOOD), SECOND_ROW, b'<row r="%d"' % row), "file.kind") for row in (999_999_999, 0, 1)),
        (_with(book(GOOD), b"<v>120</v>", b"<v>" + b"9" * 400 + b"</v>"), "file.kind"),
        # What weighs little and becomes a great many objects, in the sheet and beside it.
        (_with(book(GOOD), SECOND_ROW, b"<row>" + b"<c/>" * 100_001 + b"</row>" + SECOND_ROW), "file.bomb"),
        (_with(book(GOOD), b"<sheetData>", b"<x/>" * 100_001 + b"<sheetData>"), "file.bomb"),
        (_with(book(GOOD), b"</sheetData>", b"<row/>" * 200_001 + b"</sheetData>"), "file.bomb"),
        (_with_part(book(GOOD), workbooks.TEXTS, b"<sst>" + b"<si/>" * 1_500_001 + b"</sst>"), "file.bomb"),
        (_with(book(GOOD), b"<fonts", b"<x/>" * 300_001 + b"<fonts", part="xl/styles.xml"), "file.bomb"),
        (_with(book(GOOD), b"<sheetData>", b"<x a='" + b"a" * 50_000 + b"'/><sheetData>"), "file.bomb"),
        (_with(book(GOOD), b"</sheets>", b'<sheet name="x" r:id="rId1"/></sheets>', part=workbooks.BOOK), "file.kind"),
    ],
)
def test_files_refused_as_a_whole(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_too_long_a_sheet_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 1)
    monkeypatch.setattr(workbooks, "TITLE_ROWS", 1)
    assert refusal(book(GOOD, GOOD)).code == "file.long"
    monkeypatch.setattr(reading, "MOST_ROWS", 1)
    assert refusal("\n".join([",".join(TITLES)] * 3).encode()).code == "file.long"


def test_a_formula_that_all_rows_share_is_not_worked_out_for_each() -> None:
    """Each row's own form of a long one takes seconds: of the first its beginning is shown, of the others nothing."""
    shared = b'<f t="shared" si="0" ref="E2:E3">' + b"A1+" * 1000 + b"1</f><v>120</v>"
    content = _with(book(GOOD, GOOD), b"<v>120</v>", shared)
    content = _with(content, b'<v>120</v></c><c r="F3"', b'<f t="shared" si="0"/><v>120</v></c><c r="F3"')
    found = [one for one in checked(content).problems if one.code == "cell.formula"]
    assert [(one.cell, one.shown[:7]) for one in found] == [("E2", "=A1+A1+"), ("E3", "=…")]


def test_a_row_at_the_very_end_costs_nothing() -> None:
    def put_last(made: openpyxl.Workbook) -> None:
        for column, value in enumerate(row(number="99", codes="HW08"), start=1):
            made.active.cell(1_048_576, column, value)

    assert [line.row for line in checked(book(GOOD, change=put_last)).lines] == [2, 1_048_576]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_encoding(encoding: str, delimiter: str) -> None:
    text = "\r\n".join(delimiter.join(str(cell) for cell in cells) for cells in (TITLES, GOOD, []))
    (line,) = checked(text.encode(encoding)).lines
    assert (line.operator_id, line.quota_t) == (1, Decimal(120))


def test_csv_that_would_become_a_formula_or_is_cut_off() -> None:
    assert problems(f"{','.join(TITLES)}\n01,{SUINING},HW49,R4,=1+1,\n".encode()) == [("E2", "cell.formula")]
    assert refusal("，".join(TITLES).encode()).code == "csv.delimiter"
    assert refusal(b'a,"' + b"x" * 140_000).code == "csv.broken"


def _list(*lines: SheetLine) -> bytes:
    choices = Choices((SUINING, HOME), (("HW49", "其他废物"),), (("R4", "再循环"),))
    with write_list(name="=示例名单", edition_id=7, lines=lines, choices=choices) as file:
        return file.read()


EXPORTED = SheetLine(
    "07",
    SUINING,
    USCC,
    "900-045-49、900-041-49",
    "",
    "R4",
    Decimal("12.3456"),
    is_struck=True,
    remark='=HYPERLINK("http://x","y")',
    held_t=Decimal(1),
    used_t=Decimal(2),
)


def test_an_export_comes_back_as_it_went_and_carries_no_formula() -> None:
    content = _list(EXPORTED)
    opened = openpyxl.load_workbook(BytesIO(content))
    assert [
        cell.coordinate for sheet in opened for cells in sheet.rows for cell in cells if cell.data_type == "f"
    ] == []
    assert opened["名单条目"]["I2"].quotePrefix
    assert opened["名单条目"]["L2"].value == 9.3456
    assert opened["选项"].sheet_state == "hidden"
    drops = {str(one.sqref): one.formula1 for one in opened["名单条目"].data_validations.dataValidation}
    assert drops["B2:B2002"] == "'选项'!$A$2:$A$3"
    sheet = read_sheet(content)
    assert sheet.mark == "7"
    found = check_sheet(sheet, KNOWN, progress=[].append)
    # A remark that begins like a formula was typed as text, and text it is.
    assert found.problems == []
    (line,) = found.lines
    assert (line.number, line.quota_t, line.is_struck) == ("07", Decimal("12.3456"), True)
    assert (line.remark, line.waste_codes) == (EXPORTED.remark, ("900-045-49", "900-041-49"))


def test_the_empty_template_says_that_it_is_empty() -> None:
    assert refusal(_list()).code == "sheet.empty"


def test_the_annotated_workbook_colours_and_says_why() -> None:
    content = book(GOOD, row(number="02", operator="查无此厂", quota="=1+1"), row(number="03", codes=""))
    sheet = read_sheet(content)
    found = check_sheet(sheet, KNOWN, progress=[].append)
    with write_annotated(sheet=sheet, title_row=found.title_row, problems=found.problems) as file:
        out = openpyxl.load_workbook(BytesIO(file.read())).active
    coloured = {cell.coordinate for cells in out.rows for cell in cells if cell.fill.fgColor.rgb == "FFF9D9D6"}
    assert coloured == {"B3", "E3", "C4"}
    assert (out["G1"].value, out["G2"].value) == ("错误说明", None)
    assert out["G3"].value.splitlines() == [
        "B3 没有登记这个经营单位",
        "E3 是公式，请复制后“选择性粘贴”为数值",
    ]
    assert (out["E3"].value, out["E3"].data_type, out["E2"].value) == ("=1+1", "s", 120)


def test_progress_is_told_and_ends_with_every_row() -> None:
    rows = [row(number=None, codes=f"900-{serial:03d}-49") for serial in range(600)]
    told: list[int] = []
    check_sheet(read_sheet(book(*rows)), KNOWN, progress=told.append)
    assert told == [250, 500, 600]


def test_workbooks_of_other_hands_are_read() -> None:
    """Rich text, strings that the file says twice, an empty styled row, a protected book."""
    file = BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = made.add_worksheet("名单")
    sheet.write_row(0, 0, TITLES)
    sheet.write_row(1, 0, GOOD)
    bold = made.add_format({"bold": True})
    sheet.write_rich_string(1, 1, bold, SUINING[:2], SUINING[2:])
    sheet.write_blank(2, 4, None, bold)
    made.close()
    opened = openpyxl.load_workbook(BytesIO(file.getvalue()), rich_text=True)
    opened.security = WorkbookProtection(lockStructure=True)
    again = BytesIO()
    opened.save(again)
    for content in (file.getvalue(), again.getvalue()):
        assert [line.operator_id for line in checked(content).lines] == [1]
