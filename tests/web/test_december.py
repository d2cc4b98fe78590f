"""A December in a browser: from this year's list to next year's, and what happens to that one in its first weeks."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from apps.catalogue.enums import PaperKind
from apps.figures.exchange import Basis
from apps.transfers.models import Application, Paper
from apps.transfers.services.answering import consent
from apps.transfers.services.following import follow_suspensions
from apps.transfers.services.reviewing import endorse
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.tasks import check_lines
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.test_sheets import content_of, exported, sent

pytestmark = pytest.mark.browser
__all__ = ["sent"]

SHEET, MARKED = "名单条目", "FFF9D9D6"
BOARDS, OIL, CATALYST = "01", "02", "03"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Desk = Callable[[str], Page]


@pytest.fixture
def desk(real_site: Site, live_server, browser: Browser) -> Iterator[Desk]:
    """Each person at a browser of their own; a page that breaks the content policy fails the test."""
    contexts, complaints, pages = [], [], {}

    def open_for(username: str) -> Page:
        if username not in pages:
            context = browser.new_context(
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                viewport={"width": 1440, "height": 900},
                base_url=live_server.url,
            )
            context.set_default_timeout(30_000)
            contexts.append(context)
            session = real_site.client(username).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
            pages[username] = context.new_page()
            pages[username].on(
                "console", lambda message: complaints.append(message.text) if message.type == "error" else None
            )
        return pages[username]

    yield open_for
    for context in contexts:
        context.close()
    # A refused form is an answer of its own kind (422), which a browser also mentions.
    assert [text for text in complaints if "422" not in text] == []


def to(name: str, *keys: object) -> str:
    return reverse(f"web:{name}", args=keys)


def done(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_visible()


def test_a_december(real_site: Site, desk: Desk, sent: list[int]) -> None:
    site = real_site
    site.clock("2026-12-01")
    _demand_is_declared(desk)
    edition = _this_years_list_is_carried_over(site, desk)
    _lines_are_imported(site, desk, edition, sent)
    _it_is_proposed_countered_and_confirmed(site, desk, edition)
    entry = _it_is_in_force_at_midnight(site, desk, edition)
    waiting, approved = _january(site, desk, entry)
    _its_quota_is_adjusted(desk, entry)
    _its_line_is_suspended_and_lifted(site, desk, entry, waiting, approved)
    _the_year_is_reported(site, desk)


def _demand_is_declared(desk: Desk) -> None:
    page = desk("dazu.filer")
    page.goto(to("demand"))
    page.get_by_label("废物代码").fill("900-045-49")
    page.get_by_label("需求（吨）").fill("3800")
    page.get_by_label("意向接受人").fill("fjxlb")
    page.get_by_role("option", name="涪江线路板").click()
    page.get_by_role("button", name="申报", exact=True).click()
    done(page, "已申报 2027 年全年 900-045-49 3800.0000 吨")


def _this_years_list_is_carried_over(site: Site, desk: Desk) -> Edition:
    source = Edition.objects.get(origin__short="CQ", destination__short="SC", begins_on="2026-01-01")
    page = desk("sc.whitelist_admin")
    page.goto(to("demand_board"))
    expect(page.get_by_role("row", name="四川省 HW49")).to_contain_text("3800.0000")
    page.goto(to("edition", source.pk))
    page.get_by_role("link", name="以本期起草下一期").click()
    # The demand stands beside the line that it would use.
    expect(page.get_by_role("row").filter(has_text="900-045-49")).to_contain_text("3800.0000")
    page.get_by_role("button", name="起草下一期").click()
    done(page, "延续 3 条")
    return Edition.objects.get(carried_from=source)


def _lines_are_imported(site: Site, desk: Desk, edition: Edition, sent: list[int]) -> None:
    book = exported(site.client("sc.whitelist_admin"), edition)
    rows = {row[0].value: row for row in book[SHEET].iter_rows(min_row=2) if row[0].value}
    tonnes = {number: row[6] for number, row in rows.items()}
    good = {BOARDS: 3500, OIL: 6000, CATALYST: 120}
    for number, bad in ((BOARDS, "三千五百"), (OIL, -1), (CATALYST, "=100+20")):
        tonnes[number].value = bad
    page = _handed_in(desk, edition, book, sent)
    expect(page.get_by_role("alert")).to_contain_text("3 行有错误")
    for number in good:
        expect(page.get_by_role("cell", name=tonnes[number].coordinate, exact=True)).to_be_visible()
    with page.expect_download() as marked:
        page.get_by_role("link", name="下载标注了错误的文件").click()
    annotated = openpyxl.load_workbook(BytesIO(marked.value.path().read_bytes()))
    assert {annotated[SHEET][tonnes[number].coordinate].fill.fgColor.rgb for number in good} == {MARKED}
    for number, amount in good.items():
        tonnes[number].value = amount
    page = _handed_in(desk, edition, book, sent)
    done(page, "核对无误，共 3 条")
    page.get_by_role("button", name="载入，替换现有条目").click()
    done(page, "已载入")


def _handed_in(desk: Desk, edition: Edition, book: openpyxl.Workbook, sent: list[int]) -> Page:
    page = desk("sc.whitelist_admin")
    page.goto(to("import_lines", edition.pk))
    page.get_by_label("Excel 或 CSV 文件").set_input_files(
        {"name": "名单.xlsx", "mimeType": XLSX, "buffer": content_of(book)}
    )
    page.get_by_role("button", name="上传并核对").click()
    done(page, "等待核对")
    check_lines(sent[-1])
    return page


def _it_is_proposed_countered_and_confirmed(site: Site, desk: Desk, edition: Edition) -> None:
    site.clock("2026-12-08")
    _act(desk("sc.whitelist_admin"), edition, "提出给对方", "提出给对方", "已提出", 函号="川环函〔2026〕1301号")
    site.clock("2026-12-10")
    page = desk("cq.whitelist_admin")
    page.goto(to("whitelist"))
    page.get_by_role("link", name=edition.name).first.click()
    page.get_by_role("link", name="修改 第01号条目").click()
    page.get_by_label("核定数量（吨）").fill("3800")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="划去 第03号条目").click()
    _act(page, edition, "反馈意见", "反馈给对方", "已反馈", 意见="废电路板按申报需求安排；催化剂不再外运。")
    site.clock("2026-12-14")
    page = desk("sc.whitelist_admin")
    page.goto(to("edition_round", edition.pk, 2))
    expect(page.get_by_role("row").filter(has_text="900-045-49")).to_contain_text("3800.0000")
    expect(page.get_by_role("row").filter(has_text="900-049-50")).to_contain_text("划去")
    _act(page, edition, "提出给对方", "提出给对方", "已提出", 函号="川环函〔2026〕1322号")
    site.clock("2026-12-18")
    _act(desk("cq.whitelist_admin"), edition, "确认名单", "确认名单", "名单已确认", 函号="渝环函〔2026〕1240号")
    numbers = WhitelistEntry.objects.filter(edition=edition).values_list("number", "quota_t")
    assert dict(numbers) == {BOARDS: Decimal(3800), OIL: Decimal(6000)}


def _act(page: Page, edition: Edition, act: str, button: str, told: str, **typed: str) -> None:
    page.goto(to("edition", edition.pk))
    page.get_by_role("link", name=act, exact=True).click()
    for label, words in typed.items():
        assert page.get_by_label(label).count() == 1, page.locator("main").inner_text()
        page.get_by_label(label).fill(words)
    known = page.get_by_label("已知悉上述提醒")
    if known.count():
        known.check()
    page.get_by_role("button", name=button, exact=True).click()
    done(page, told)


def _it_is_in_force_at_midnight(site: Site, desk: Desk, edition: Edition) -> WhitelistEntry:
    page = desk("dazu.filer")
    site.clock("2026-12-31", "23:59:59")
    page.goto(to("public_lists"))
    expect(page.get_by_text(edition.name)).to_have_count(0)
    site.clock("2027-01-01", "00:00")
    page.reload()
    page.get_by_role("link", name=edition.name).click()
    expect(page.get_by_role("row").filter(has_text="900-045-49")).to_contain_text("3800.0000")
    return WhitelistEntry.objects.get(edition=edition, number=BOARDS)


def _january(site: Site, desk: Desk, entry: WhitelistEntry) -> tuple[Application, Application]:
    """One application waits, another is approved on the new list."""
    site.clock("2027-01-04", "08:00")
    made = [
        site.world.draft(
            items={"900-045-49": amount}, now=at("2027-01-04", "08:00"), period=("2027-01-04", "2027-12-31")
        )
        for amount in ("120", "80")
    ]
    page = desk("dazu.filer")
    for draft in made:
        page.goto(to("draft", draft.pk))
        page.get_by_role("button", name="提交（名单内直接审批）").click()
        expect(page.get_by_role("status").first).to_contain_text("2027-50-51-")
    waiting, approved = made
    endorse(application_id=approved.pk, by=site.world.user("cq.handler"), now=site.clock("2027-01-05"))
    consent(application_id=approved.pk, by=site.world.user("sc.handler"), now=site.clock("2027-01-06"))
    entry.refresh_from_db()
    assert (entry.held_t, entry.used_t) == (Decimal(120), Decimal(80))
    return waiting, approved


def _its_quota_is_adjusted(desk: Desk, entry: WhitelistEntry) -> None:
    """Proposed by Sichuan's letter, confirmed by Chongqing's."""
    page = desk("sc.whitelist_admin")
    page.goto(to("edition", entry.edition_id))
    page.get_by_role("link", name="调整 第01号条目").click()
    page.get_by_label("调增").check()
    page.get_by_label("数量（吨）").fill("400")
    page.get_by_label("函号").fill("川环函〔2027〕8号")
    page.get_by_label("理由", exact=False).fill("接受人扩产完成。")
    page.get_by_role("button", name="提出给对方").click()
    page = desk("cq.whitelist_admin")
    page.goto(to("whitelist"))
    page.get_by_role("link", name="第01号").first.click()
    page.get_by_label("函号").fill("渝环函〔2027〕6号")
    page.get_by_role("button", name="确认调整").click()
    done(page, "确认")
    entry.refresh_from_db()
    assert entry.quota_t == Decimal(4200)


def _its_line_is_suspended_and_lifted(
    site: Site, desk: Desk, entry: WhitelistEntry, waiting: Application, approved: Application
) -> None:
    """The application shows why it stands still, the approval is paused and goes on again."""
    site.clock("2027-01-07")
    page = desk("sc.whitelist_admin")
    page.goto(to("edition", entry.edition_id))
    page.get_by_role("link", name="暂停 第01号条目").click()
    expect(page.locator("#touched")).to_contain_text("1")
    page.get_by_label("文号").fill("川环函〔2027〕15号")
    page.get_by_label("理由").fill("接受人超量贮存，责令整改。")
    page.get_by_role("button", name="暂停", exact=True).click()
    done(page, "暂停")
    follow_suspensions(now=site.clock("2027-01-07", "10:02"))
    bureau = desk("cq.handler")
    bureau.goto(to("case", waiting.pk))
    expect(bureau.get_by_role("main")).to_contain_text("川环函〔2027〕15号")
    expect(bureau.get_by_role("link", name="中止审查").first).to_be_visible()
    filer = desk("dazu.filer")
    filer.goto(to("own_application", approved.pk))
    expect(filer.get_by_role("main")).to_contain_text("暂停转移")
    expect(filer.get_by_role("main")).to_contain_text("接受人超量贮存，责令整改")
    site.clock("2027-01-14")
    page.goto(to("suspensions"))
    page.get_by_role("link", name="解除").first.click()
    page.get_by_label("解除文号").fill("川环函〔2027〕22号")
    page.get_by_label("解除理由").fill("整改完成，经复核符合要求。")
    page.get_by_role("button", name="解除暂停").click()
    follow_suspensions(now=site.clock("2027-01-14", "10:02"))
    kinds = list(Paper.objects.filter(application=approved).order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == [PaperKind.PAUSE, PaperKind.PAUSE_LIFTED]
    filer.reload()
    expect(filer.get_by_role("main")).to_contain_text("恢复转移")


def _the_year_is_reported(site: Site, desk: Desk) -> None:
    """By the lists' year and by the day of decision it is the one approval."""
    site.clock("2028-01-10")
    page = desk("sc.whitelist_admin")
    for basis in Basis:
        page.goto(f"{to('exchange_report')}?year=2027&basis={basis.value}&pair=500000-510000")
        head = page.locator("dl.headline")
        expect(head).to_contain_text("80.0000")
        expect(head).to_contain_text("1 件")
    with page.expect_download() as sheet:
        page.get_by_role("link", name="下载电子表格").click()
    book = openpyxl.load_workbook(BytesIO(sheet.value.path().read_bytes()))
    cells = {cell for one in book for row in one.iter_rows(values_only=True) for cell in row}
    assert {site.world.enterprise("O-SC1").name, 80} <= cells
