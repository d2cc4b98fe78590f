"""The yearly report, the list as an annex and its history, as their readers get them."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.organisations.models import User
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import endorse, reject
from apps.whitelists.enums import EditionStatus, RoundKind
from apps.whitelists.models import Edition, EditionRound, RoundLine, WhitelistEntry
from apps.whitelists.services.ledger import adjust
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import read

REPORT, SHEET, PDF = "web:exchange_report", "web:exchange_sheet", "web:exchange_pdf"


@pytest.fixture
def year(site: Site) -> Site:
    """One approval of 120 t, and one refusal whose reason begins like a formula."""
    world = site.world
    case = world.filed(now=at("2026-01-05"), items={"900-045-49": "120"})
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"))
    refused = world.filed(now=at("2026-01-05"), items={"900-045-49": "5"})
    reject(application_id=refused.pk, by=world.user("cq.handler"), now=at("2026-01-06"), reasons="=1+1 材料不实。")
    site.clock("2026-05-06")
    return site


def page_of(site: Site, name: str, *args: object, by: str = "cq.whitelist_admin", **asked: str) -> str:
    response = site.client(by).get(reverse(name, args=args), asked)
    assert response.status_code == 200
    return read(response).decode()


def workbook(site: Site, **asked: str) -> openpyxl.Workbook:
    response = site.client("cq.whitelist_admin").get(reverse(SHEET), asked)
    return openpyxl.load_workbook(io.BytesIO(read(response)))


def test_page_and_workbook_say_the_same_and_no_cell_is_a_formula(year: Site) -> None:
    told = page_of(year, REPORT, year="2026")
    assert "120.0000" in told
    assert "重庆市 → 四川省" in told
    assert "=1+1 材料不实。" in told
    book = workbook(year, year="2026")
    assert book.sheetnames[0] == "说明"
    sheet = book["各方向批准与转移"]
    assert [cell.value for cell in sheet[2]][:3] == ["重庆市 → 四川省", 1, 120]
    assert [cell.value for cell in sheet[3]][:3] == ["合计", 1, 120]
    cells = [cell for one in book for row in one for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "=1+1 材料不实。" in [cell.value for cell in cells]
    totals = [book[name].cell(book[name].max_row, column).value for name, column in (("按废物代码", 4), ("明细", 7))]
    assert totals == [120, 120]


def test_pdf_of_the_year(year: Site) -> None:
    response = year.client("auditor").get(reverse(PDF), {"year": "2026", "basis": "edition"})
    assert read(response).startswith(b"%PDF-1.7")
    assert "attachment" in response.headers["Content-Disposition"]


def test_without_fonts_the_reader_is_sent_back_with_a_sentence(year: Site, settings, tmp_path, caplog) -> None:
    settings.FONTS_DIR = tmp_path
    response = year.client("auditor").get(reverse(PDF), {"year": "2026"}, follow=True)
    assert "PDF 暂不能生成" in read(response).decode()
    assert response.redirect_chain[0][0].startswith(reverse(REPORT))


def test_others_pairs_are_not_told_and_not_offered(year: Site) -> None:
    pair = "500000-510000"
    assert "120.0000" in page_of(year, REPORT, year="2026", pair=pair)
    elsewhere = page_of(year, REPORT, by="gz.whitelist_admin", year="2026", pair=pair)
    assert "这一年度、这一口径下没有申请。" in elsewhere
    assert pair not in elsewhere


def test_in_spring_the_last_year_is_shown_first_and_nonsense_counts_as_nothing(year: Site) -> None:
    year.clock("2026-04-30")
    assert "2025年度危险废物跨省转移" in page_of(year, REPORT)
    year.clock("2026-05-01")
    assert "2026年度危险废物跨省转移" in page_of(year, REPORT, year="二〇二六", basis="x", pair="1-2")


@pytest.fixture
def listed(site: Site) -> Edition:
    return Edition.objects.get(origin="500000", destination="510000", begins_on__year=2026)


def test_the_annex_is_the_list_as_confirmed_and_as_it_stands(site: Site, listed: Edition) -> None:
    entry = site.world.entry("O-SC1", "900-045-49", "CQ")
    now = site.clock("2026-03-02")
    adjust(entry_id=entry.pk, change_t=Decimal(-500), reference="adjustment:1", occurred_at=now, now=now)
    agreed = page_of(site, "web:list_annex", listed.pk)
    assert "3000.0000" in agreed
    assert listed.destination_letter_no in agreed
    assert "草稿" not in agreed
    present = page_of(site, "web:list_annex", listed.pk, **{"as": "now"})
    assert "2500.0000" in present
    assert "3000.0000" not in present


@pytest.fixture
def proposed(site: Site, listed: Edition) -> Edition:
    """Next year's list as its first round says it, with a line struck."""
    edition = Edition.objects.create(
        name="2027年度名单", origin=listed.origin, destination=listed.destination, begins_on="2027-01-01",
        ends_on="2027-12-31", status=EditionStatus.PROPOSED,
    )  # fmt: skip
    made = EditionRound.objects.create(
        edition=edition, position=1, kind=RoundKind.PROPOSED, province=listed.destination, letter_no="川环函〔2026〕9号",
        made_by=User.objects.get(username="sc.whitelist_admin"), made_by_name="某人", made_at=at("2026-01-04"),
    )  # fmt: skip
    operator = site.world.enterprise("O-SC1")
    for number, tonnes, is_struck in (("01", "77.7", False), ("02", "5.5", True)):
        RoundLine.objects.create(
            round=made, number=number, operator=operator, waste_codes=["900-045-49"], method="R4",
            quota_t=Decimal(tonnes), is_struck=is_struck,
        )  # fmt: skip
    return edition


def test_a_round_is_marked_as_a_draft_and_read_by_both_bureaus_only(site: Site, proposed: Edition) -> None:
    told = page_of(site, "web:list_annex", proposed.pk, round="1")
    for words in ("草稿", "川环函〔2026〕9号", "77.7000", "另有 1 条已划去"):
        assert words in told
    assert "5.5000" not in told
    address = reverse("web:list_annex", args=[proposed.pk])
    for username in ("gz.whitelist_admin", "dazu.filer", "meishan.operator"):
        assert site.client(username).get(address).status_code == 404
    for wrong in ("2", "x", "99999999"):
        assert site.client("cq.whitelist_admin").get(address, {"round": wrong}).status_code == 404


def test_rounds_of_a_confirmed_list_are_not_for_everybody(site: Site, listed: Edition) -> None:
    address = reverse("web:list_annex", args=[listed.pk])
    assert site.client("dazu.filer").get(address).status_code == 200
    assert site.client("dazu.filer").get(address, {"round": "1"}).status_code == 404


def test_history_tells_a_day_and_what_changed(year: Site) -> None:
    entry = year.world.entry("O-SC1", "900-045-49", "CQ")
    now = year.clock("2026-06-01")
    adjust(entry_id=entry.pk, change_t=Decimal(250), reference="adjustment:1", occurred_at=now, now=now)
    asked = {"pair": "500000-510000", "on": "2026-01-05", "against": "2026-06-01"}
    told = page_of(year, "web:list_history", **asked)
    for words in ("2026-01-05 周一 的名单", "125.0000", "调增", "+250.0000", "3250.0000"):
        assert words in told
    before = page_of(year, "web:list_history", pair="500000-510000", on="2020-05-01")
    assert "没有有效的名单；第一期名单自 2021-01-01 周五 起" in before


@pytest.mark.parametrize(("on", "code"), [("2030-01-01", "history.future"), ("gestern", "history.day")])
def test_history_refuses_what_is_no_past_day(site: Site, on: str, code: str) -> None:
    response = site.client("cq.handler").get(reverse("web:list_history"), {"pair": "500000-510000", "on": on})
    assert response.status_code == 400
    assert f'data-code="{code}"' in read(response).decode()


def test_more_entries_cost_no_more_statements(site: Site, listed: Edition) -> None:
    client = site.client("cq.whitelist_admin")
    addresses = [reverse("web:list_annex", args=[listed.pk]), reverse("web:list_history")]

    def statements(url: str) -> int:
        with CaptureQueriesContext(connection) as sent:
            assert client.get(url, {"pair": "500000-510000"}).status_code == 200
        return len(sent)

    for url in addresses:
        statements(url)
    few = [statements(url) for url in addresses]
    operator = site.world.enterprise("O-SC2")
    WhitelistEntry.objects.bulk_create(
        WhitelistEntry(edition=listed, number=f"x{n}", operator=operator, waste_codes=["900-041-49"], method="R4")
        for n in range(60)
    )
    assert [statements(url) for url in addresses] == few
    assert max(few) <= 14
