"""A list as a spreadsheet at the desk: carried over, exported, edited, handed in with errors and without, loaded."""

from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from kombu.exceptions import OperationalError

from apps.organisations.models import Permit
from apps.whitelists.enums import ImportStatus
from apps.whitelists.models import Demand, Edition, EditionLine, LineImport
from apps.whitelists.tasks import check_lines, sweep_imports
from tests.web.conftest import Site
from tests.web.sheet_objects import ADMINISTRATOR, confirmed, drafted
from tests.web.typing_people import read

PERIOD = {"begins_on": "2027-01-01", "ends_on": "2027-12-31", "name": "2027年度示例名单"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Keys of the imports whose check was asked for; a test does the worker's work itself."""
    keys: list[int] = []
    monkeypatch.setattr(check_lines, "apply_async", partial(_keep, keys))
    return keys


def _keep(keys: list[int], *, args: tuple[int], **_: object) -> None:
    keys += args


@pytest.fixture
def client(site: Site) -> Client:
    return site.client(ADMINISTRATOR)


def to(name: str, pk: int) -> str:
    return reverse(f"web:{name}", args=[pk])


def exported(client: Client, edition: Edition) -> openpyxl.Workbook:
    response = client.get(to("edition_export", edition.pk))
    assert "attachment" in response.headers["Content-Disposition"]
    return openpyxl.load_workbook(BytesIO(read(response)))


def hand_in(client: Client, edition: Edition, content: bytes, name: str = "名单.xlsx") -> str:
    """The address of the import."""
    response = client.post(to("import_lines", edition.pk), {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 302, read(response).decode()
    return response.headers["Location"]


def content_of(book: openpyxl.Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_carry_over_shows_the_figures_and_makes_the_draft(site: Site, client: Client) -> None:
    source = confirmed()
    line = source.entries.order_by("number").first()
    Permit.objects.filter(enterprise=line.operator).update(valid_until=date(2026, 12, 31))
    Demand.objects.create(
        enterprise=site.world.enterprise("G-SC1"),
        origin_id=source.origin_id,
        destination_id=source.destination_id,
        operator=line.operator,
        year=2027,
        part="year",
        waste_code=(line.waste_codes or ["900-041-49"])[0],
        amount_t=Decimal("77.5"),
    )
    page = read(client.get(to("carry_over", source.pk))).decode()
    assert "没有有效期内的危险废物经营许可证" in page
    assert "77.5000" in page
    assert 'value="2027-01-01"' in page
    only = read(client.get(to("carry_over", source.pk) + "?only=marked")).decode()
    assert 0 < only.count("不再成立</strong>") < source.entries.count() + 1
    assert client.post(to("carry_over", source.pk), PERIOD).status_code == 302
    made = Edition.objects.get(name=PERIOD["name"])
    assert made.lines.count() == source.entries.count()
    again = client.post(to("carry_over", source.pk), PERIOD)
    assert (again.status_code, 'data-code="carry.exists"' in read(again).decode()) == (422, True)


def test_a_whole_round_by_spreadsheet(site: Site, client: Client, sent: list[int]) -> None:
    edition = drafted()
    book = exported(client, edition)
    sheet = book["名单条目"]
    kept = sheet.max_row - 1
    assert kept == edition.lines.count() > 2
    sheet["G2"] = "一百吨"
    sheet["B3"] = "查无此厂"
    sheet["D4"] = "900-999-99"
    at_state = hand_in(client, edition, content_of(book))
    waiting = read(client.get(at_state)).decode()
    assert 'hx-trigger="every 1s"' in waiting
    check_lines(sent[-1])
    bad = read(client.get(at_state, headers={"HX-Request": "true"})).decode()
    assert "<html" not in bad
    assert "3 行有错误，共 3 处" in bad
    for cell in ("G2", "B3", "D4"):
        assert f">{cell}<" in bad
    marked = openpyxl.load_workbook(BytesIO(read(client.get(f"{at_state}annotated/"))))
    assert marked["名单条目"]["G2"].fill.fgColor.rgb == "FFF9D9D6"

    book = exported(client, edition)
    sheet = book["名单条目"]
    sheet["G2"], sheet["G3"] = float(sheet["G2"].value) + 10, 0.5
    sheet.delete_rows(4)
    sheet.append(["N1", sheet["B2"].value, "", "900-039-49", "", sheet["F2"].value, "7,5００.５吨"])
    at_state = hand_in(client, edition, content_of(book))
    check_lines(sent[-1])
    preview = read(client.get(at_state)).decode()
    for word in ("增加", "去掉", "调增", "调减", "+7500.5000", "+10.0000"):
        assert word in preview
    seen = preview.split('name="seen" value="')[1].split('"')[0]
    assert edition.lines.count() == kept
    assert client.post(at_state, {"action": "load", "seen": "stale"}).status_code == 409
    assert client.post(at_state, {"action": "load", "seen": seen}).status_code == 302
    assert "已载入" in read(client.get(at_state)).decode()
    assert edition.lines.get(number="N1").quota_t == Decimal("7500.5")
    # The list that came out goes in again and changes nothing.
    at_state = hand_in(client, edition, content_of(exported(client, edition)))
    check_lines(sent[-1])
    assert "完全一致" in read(client.get(at_state)).decode()


def test_a_queue_that_is_down_leaves_the_file_to_the_sweep(
    site: Site, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(args: object, **options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(check_lines, "apply_async", down)
    edition = drafted()
    at_state = hand_in(client, edition, content_of(exported(client, edition)))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE whitelists_lineimport SET touched_at = touched_at - interval '1 hour'")
    sweep_imports()
    assert "核对无误" in read(client.get(at_state)).decode()


def test_what_can_not_be_read_is_said_where_it_was_chosen(site: Site, client: Client, sent: list[int]) -> None:
    edition = drafted()
    none = client.post(to("import_lines", edition.pk), {})
    assert (none.status_code, "请选择要导入的文件" in read(none).decode()) == (422, True)
    huge = SimpleUploadedFile("大.xlsx", bytes(10 * 1024 * 1024 + 1))
    assert client.post(to("import_lines", edition.pk), {"file": huge}).status_code == 422
    at_state = hand_in(client, edition, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧.xls")
    check_lines(sent[-1])
    assert "旧版 .xls" in read(client.get(at_state)).decode()


def test_a_file_is_its_own_persons(site: Site, client: Client, sent: list[int]) -> None:
    edition = drafted()
    at_state = hand_in(client, edition, content_of(exported(client, edition)))
    check_lines(sent[-1])
    for reader in ("sc.whitelist_admin", "cq.handler", "auditor", "admin"):
        other = site.client(reader)
        assert other.get(at_state).status_code == 404
        assert other.post(at_state, {"action": "load"}).status_code == 404
    assert client.post(at_state, {"action": "discard"}).status_code == 302
    assert LineImport.objects.latest("pk").status == ImportStatus.DISCARDED


def test_working_lines_are_exported_to_the_side_whose_turn_it_is(site: Site, client: Client) -> None:
    edition = drafted()
    assert site.client("sc.whitelist_admin").get(to("edition_export", edition.pk)).status_code == 404
    Edition.objects.filter(pk=edition.pk).update(status="proposed")
    other = exported(site.client("sc.whitelist_admin"), edition)["名单条目"]
    assert other.max_row - 1 == edition.lines.count()
    # Nothing was handed over in a round: who is not at turn sees no line.
    assert exported(client, edition)["名单条目"].max_row == 1


def test_use_is_exported_to_bureaus_only(site: Site, client: Client) -> None:
    heads = [cell.value for cell in exported(client, confirmed())["名单条目"][1]]
    assert heads[-3:] == ["在办（吨）", "已批准（吨）", "剩余（吨）"]
    heads = [cell.value for cell in exported(site.client("dazu.filer"), confirmed())["名单条目"][1]]
    assert heads[-1] == "说明"


def test_the_questions_do_not_grow_with_the_lines(site: Site, client: Client) -> None:
    edition = drafted()
    pages = [to("edition_export", edition.pk), to("carry_over", confirmed().pk)]

    def count() -> list[int]:
        counts = []
        for address in pages:
            read(client.get(address))
            with CaptureQueriesContext(connection) as queries:
                read(client.get(address))
            counts.append(len(queries))
        return counts

    before = count()
    first = edition.lines.first()
    EditionLine.objects.bulk_create(
        EditionLine(
            edition=edition,
            number=f"x{serial}",
            operator_id=first.operator_id,
            waste_codes=["900-041-49"],
            method="R4",
            quota_t=1,
        )
        for serial in range(200)
    )
    assert count() == before
    assert max(before) <= 20
