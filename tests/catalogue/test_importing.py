from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.catalogue.models import CatalogueEdition, WasteCategory, WasteCode
from apps.catalogue.services.importing import MOST_PROBLEMS, import_catalogue_edition
from apps.catalogue.services.loading import fixtures_folder
from tests.catalogue.factories import CatalogueEditionFactory, WasteCodeFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 12, 1, tzinfo=UTC)
FROM = date(2025, 1, 1)
NAME = "国家危险废物名录（示例版）"
HEAD = "category_code,category_name,industry,waste_code,description,hazard_properties"
GOOD = "HW49,其他废物,非特定行业,900-045-49,废电路板,T"


def load(*lines, head=HEAD, encoding="utf-8", name=NAME, valid_from=FROM):
    content = "\n".join([head, *lines, ""]).encode(encoding)
    return import_catalogue_edition(name=name, valid_from=valid_from, rows_csv=content, now=NOW)


def problems(report):
    assert not report.is_imported
    assert CatalogueEdition.objects.filter(name=NAME).count() == 0
    assert all(problem.reason.endswith("。") for problem in report.problems)
    return [(problem.line, problem.column, problem.code) for problem in report.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_next_edition_closes_the_one_before(encoding):
    before = WasteCodeFactory().edition
    report = load(GOOD, 'HW31,含铅废物,非特定行业,900-052-31,废铅蓄电池,"T,C"', "", encoding=encoding)
    assert (report.is_imported, report.rows, report.closed_edition) == (True, 2, before.name)
    assert report.new_categories == ("HW31 含铅废物",)
    assert [edition.name for edition in CatalogueEdition.objects.in_force_on(date(2024, 12, 31))] == [before.name]
    edition = CatalogueEdition.objects.in_force_on(FROM).get()
    assert (edition.pk, edition.codes.count(), before.codes.count()) == (report.edition_id, 2, 1)
    assert edition.codes.get(code="900-052-31").hazard_properties == "T,C"


def test_the_very_file_of_2021_can_be_imported():
    content = (fixtures_folder() / "catalogue" / "codes_2021.csv").read_bytes()
    report = import_catalogue_edition(name=NAME, valid_from=FROM, rows_csv=content, now=NOW)
    assert (report.problems, report.rows) == ((), 467)
    assert WasteCategory.objects.count() == 46


def test_every_bad_row_is_reported_and_nothing_is_loaded():
    before = CatalogueEditionFactory()
    report = load(
        GOOD,
        "HW49,其他废物,非特定行业,900045-49,废电路板,T",
        GOOD.replace("900-045-49", "900-046-31"),
        GOOD.replace("900-045-49", "900-047-49").replace("废电路板", ""),
    )
    assert problems(report) == [
        (3, "waste_code", "row.code_form"),
        (4, "waste_code", "row.code_category"),
        (5, "description", "row.empty"),
    ]
    assert str(report.problems[1]) == "第 4 行 waste_code：900-046-31 末两位与类别 HW49 不符。"
    assert CatalogueEdition.objects.get() == before
    assert CatalogueEdition.objects.get().valid_until is None
    assert not WasteCode.objects.exists()
    assert not WasteCategory.objects.exists()


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (GOOD, "waste_code", "row.code_twice"),
        ("HW9,其他废物,甲,900-046-49,乙,T", "category_code", "row.category_form"),
        ("HW48,,甲,321-004-48,乙,T", "category_name", "row.category_unnamed"),
        ("HW49,别的废物,甲,900-046-49,乙,T", "category_name", "row.category_named_twice"),
        ("HW49,其他废物,甲,900-046-49,乙,X", "hazard_properties", "row.hazard"),
        ("HW49,其他废物,甲,900-046-49,乙,", "hazard_properties", "row.hazard"),
        ("HW49,其他废物,,900-046-49,乙,T", "industry", "row.empty"),
        (f"HW49,其他废物,{'甲' * 61},900-046-49,乙,T", "industry", "row.too_long"),
        (f"HW49,其他废物,甲,900-046-49,{'乙' * 2001},T", "description", "row.too_long"),
        ("HW49,其他废物,甲,900-046-49,乙\0,T", "description", "row.unprintable"),
        ("HW49,其他废物,甲,900-046-49,4\uf0a2,T", "description", "row.unprintable"),
        ("HW49,其他废物,甲,900-046-49,乙", "", "row.width"),
        ("HW49,其他废物,甲,900-046-49,乙,T,多", "", "row.width"),
    ],
)
def test_what_is_wrong_with_a_row(line, column, code):
    assert (3, column, code) in problems(load(GOOD, line))


def test_a_quoted_line_break_does_not_shift_the_lines():
    report = load('HW49,其他废物,甲,900-046-49,"乙\n丙",T', "HW49,其他废物,甲,x,乙,T")
    assert problems(report) == [(4, "waste_code", "row.code_form")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.column_missing"),
        (HEAD.replace("industry", "trade").encode(), "file.column_missing"),
        (f"{HEAD},industry\n".encode(), "file.column_twice"),
        (f"{HEAD}\n".encode(), "file.empty"),
        (b"\xff\xff\xff", "file.encoding"),
        (f'{HEAD}\nHW49,"x'.encode(), "file.csv"),
    ],
)
def test_what_is_wrong_with_a_file(content, code):
    report = import_catalogue_edition(name=NAME, valid_from=FROM, rows_csv=content, now=NOW)
    assert [problem[2] for problem in problems(report)] == [code]


@pytest.mark.parametrize("valid_from", [date(2021, 1, 1), date(2020, 12, 31)])
def test_a_date_that_is_not_later_is_refused(valid_from):
    CatalogueEditionFactory()
    assert [code for *_, code in problems(load(GOOD, valid_from=valid_from))] == ["edition.too_early"]


@pytest.mark.parametrize("valid_until", [date(2024, 12, 30), date(2025, 1, 1)])
def test_an_edition_adjoins_the_one_before(valid_until):
    CatalogueEditionFactory(valid_until=valid_until)
    assert [code for *_, code in problems(load(GOOD))] == ["edition.not_adjoining"]


def test_a_name_that_is_taken_is_refused():
    CatalogueEditionFactory()
    report = load(GOOD, name="国家危险废物名录（2021年版）")
    assert [problem.code for problem in report.problems] == ["edition.name_taken"]
    assert [problem.code for problem in load(GOOD, name=" ").problems] == ["edition.name"]


def test_a_category_that_is_renamed_is_told():
    WasteCodeFactory()
    report = load(GOOD.replace("其他废物", "其它废物"))
    assert report.renamed_categories == ("HW49 其他废物 → 其它废物",)
    assert WasteCategory.objects.get().name == "其它废物"


def test_of_very_many_problems_the_rest_is_counted():
    report = load(*(f"HW49,其他废物,甲,bad{number},乙,T" for number in range(MOST_PROBLEMS + 5)))
    assert len(report.problems) == MOST_PROBLEMS + 1
    assert report.problems[-1].reason == "另有 5 处问题未列出。"


def test_a_crash_in_mid_load_leaves_nothing(monkeypatch):
    before = WasteCodeFactory().edition

    def crash(*args, **kwargs):
        # By now the old edition is closed and the new one written.
        assert CatalogueEdition.objects.count() == 2
        raise DatabaseError("connection lost")

    monkeypatch.setattr(WasteCode, "objects", SimpleNamespace(bulk_create=crash))
    with pytest.raises(DatabaseError, match="connection lost"):
        load(GOOD)
    assert CatalogueEdition.objects.get() == before
    assert CatalogueEdition.objects.get().valid_until is None


@given(st.binary(max_size=300))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_answered(content):
    report = import_catalogue_edition(name=NAME, valid_from=FROM, rows_csv=content, now=NOW)
    assert report.problems


@given(st.lists(st.text(max_size=12), min_size=6, max_size=6))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_row_is_answered(cells):
    report = load(",".join(f'"{cell.replace(chr(34), "")}"' for cell in cells), encoding="utf-8")
    assert report.problems


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_leave_one_edition_and_no_gap():
    CatalogueEditionFactory()
    start = Barrier(2)

    def run(name):
        try:
            start.wait(timeout=30)
            return load(GOOD, name=name)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(run, ["甲版", "乙版"]))
    assert sorted(report.is_imported for report in reports) == [False, True]
    refused = next(report for report in reports if not report.is_imported)
    assert [problem.code for problem in refused.problems] == ["edition.too_early"]
    assert CatalogueEdition.objects.count() == 2


def test_the_command_reports_and_exits_non_zero(tmp_path, capsys):
    file = tmp_path / "next.csv"
    file.write_text(f"{HEAD}\n{GOOD}\nHW49,其他废物,甲,x,乙,T\n", encoding="utf-8")
    with pytest.raises(CommandError, match="没有导入：共 1 处问题。"):
        call_command("import_catalogue", str(file), "--name", NAME, "--from", "2025-01-01")
    assert "第 3 行 waste_code：“x”应形如 900-045-49。" in capsys.readouterr().err
    file.write_text(f"{HEAD}\n{GOOD}\n", encoding="utf-8")
    call_command("import_catalogue", str(file), "--name", NAME, "--from", "2025-01-01")
    assert f"已导入“{NAME}”，1 个废物代码。" in capsys.readouterr().out


def test_the_command_explains_a_missing_file_and_a_wrong_date(tmp_path):
    with pytest.raises(CommandError, match="无法读取"):
        call_command("import_catalogue", str(tmp_path / "none.csv"), "--name", NAME, "--from", "2025-01-01")
    with pytest.raises(CommandError, match="应形如 2025-01-01"):
        call_command("import_catalogue", str(tmp_path / "none.csv"), "--name", NAME, "--from", "2025-13-01")
