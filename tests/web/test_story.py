"""The two stories, walked in a browser by the people themselves."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from apps.transfers.models import Paper
from tests.chromium import show_code
from tests.transfers.world import at
from tests.web.conftest import Site

pytestmark = pytest.mark.browser

PASSWORD = "example-only"
# Stacked rows print each cell's title in its left padding: a cell whose padding another rule takes away shows both in one place.
TITLES_OVER_TEXT = """
[...document.querySelectorAll('.stacks td[data-title]')]
  .filter((cell) => parseFloat(getComputedStyle(cell).paddingLeft) < 120)
  .map((cell) => cell.dataset.title)
"""
SignIn = Callable[[str], Page]


@pytest.fixture
def as_person(real_site: Site, live_server, browser: Browser) -> Iterator[SignIn]:
    """Signs a person in, in a browser of their own; a page that breaks the content policy fails the test."""
    contexts, complaints = [], []

    def sign_in(username: str) -> Page:
        context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(live_server.url)
        page.get_by_role("link", name="登录").first.click()
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        show_code(page)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


def fill_application(page: Page, folder: Path, *, operator: str, code: str, name: str, tonnes: str) -> None:
    page.get_by_role("link", name="新建申请").click()
    page.get_by_role("button", name="开始填写").click()
    page.locator("#id_operator_text").fill(operator)
    page.get_by_role("option").filter(has_text=operator).click()
    page.get_by_label("拟转移期限自").fill("2026-01-05")
    page.get_by_label("拟转移期限至").fill("2026-12-31")
    page.get_by_label("废物代码").fill(code)
    page.get_by_label("废物名称").fill(name)
    page.get_by_label("形态").select_option(label="固态")
    page.get_by_label("包装方式").fill("吨袋")
    page.get_by_label("利用处置方式").fill("R4")
    page.get_by_label("数量（吨）", exact=True).fill(tonnes)
    page.get_by_label("承运人").fill("示例危货运输有限公司")
    page.get_by_label("合同编号").fill("HT-2026-001")
    for material in ("接受人危险废物经营许可证复印件", "接受人贮存、利用或者处置方式说明", "委托协议、意向书或者合同"):
        paper = folder / f"{material}.pdf"
        paper.write_bytes(b"%PDF-1.7 example")
        page.get_by_label(material).set_input_files(paper)


def open_case(page: Page, number: str) -> None:
    page.get_by_role("link", name="办理工作台").click()
    page.get_by_role("link", name=number).click()


def do(page: Page, act: str) -> None:
    page.get_by_role("link", name=act, exact=True).click()
    page.get_by_role("button", name=f"确认{act}").click()
    # The page also has a place for what others do meanwhile, empty until somebody does.
    expect(page.get_by_role("status").filter(has_text=re.compile(r"\S"))).to_have_count(1)


def test_dazu_files_boards_to_suining_and_both_bureaus_act(real_site: Site, as_person: SignIn, tmp_path: Path) -> None:
    filer = as_person("dazu.filer")
    suining = real_site.world.enterprise("O-SC1").name
    fill_application(filer, tmp_path, operator=suining, code="900-045-49", name="废弃电路板", tonnes="１２０")
    result = filer.get_by_role("region", name="检查结果")
    expect(result).to_contain_text("可以提交")
    expect(result).to_contain_text("名单内直接审批")
    expect(result).to_contain_text("2026-01-12 周一")
    expect(filer.get_by_role("group", name="第 1 项")).to_contain_text("2880.0000")
    filer.get_by_role("button", name="提交（名单内直接审批）").click()
    expect(filer.get_by_role("status")).to_contain_text("2026-50-51-00001")
    expect(filer.get_by_role("main")).to_contain_text("剩 5 个工作日")
    entry = real_site.world.entry("O-SC1", "900-045-49", "CQ")
    assert (entry.held_t, entry.used_t) == (Decimal(120), Decimal(0))

    real_site.clock("2026-01-06")
    chongqing = as_person("cq.handler")
    open_case(chongqing, "2026-50-51-00001")
    expect(chongqing.get_by_role("main")).to_contain_text("剩 4 个工作日")
    do(chongqing, "商请接受地")
    expect(chongqing.get_by_role("main")).to_contain_text("函商接受地")

    real_site.clock("2026-01-08")
    sichuan = as_person("sc.handler")
    open_case(sichuan, "2026-50-51-00001")
    do(sichuan, "同意接受")
    expect(sichuan.get_by_role("main")).to_contain_text("已批准")

    filer.get_by_role("link", name="我的申请").click()
    filer.get_by_role("link", name="2026-50-51-00001").click()
    main = filer.get_by_role("main")
    expect(main).to_contain_text("120.0000 吨")
    expect(main).to_contain_text("2026-01-08 周四 至 2026-12-31 周四（含当日）")
    expect(main).to_contain_text("渝环危转〔2026〕1号")
    filer.get_by_role("link", name="批准决定书", exact=True).click()
    paper = filer.get_by_role("article")
    expect(paper).to_contain_text("川环危转函〔2026〕1号")
    expect(paper).to_contain_text("120.0000")
    entry.refresh_from_db()
    assert (entry.held_t, entry.used_t) == (Decimal(0), Decimal(120))
    numbers = dict(Paper.objects.values_list("kind", "number"))
    assert numbers == {
        "receipt": "2026-50-51-00001",
        "acceptance": "渝环危转受〔2026〕1号",
        "letter": "渝环危转函〔2026〕1号",
        "reply_agree": "川环危转函〔2026〕1号",
        "approval": "渝环危转〔2026〕1号",
    }


def test_chengdu_files_batteries_to_chongqing_and_sichuan_approves_alone(
    real_site: Site, as_person: SignIn, tmp_path: Path
) -> None:
    filer = as_person("chengdu.filer")
    qijiang = real_site.world.enterprise("O-CQ1").name
    fill_application(filer, tmp_path, operator=qijiang, code="900-052-31", name="废铅蓄电池", tonnes="300.5")
    filer.get_by_role("button", name="提交（名单内直接审批）").click()
    expect(filer.get_by_role("status")).to_contain_text("2026-51-50-00001")

    real_site.clock("2026-01-07")
    sichuan = as_person("sc.handler")
    open_case(sichuan, "2026-51-50-00001")
    expect(sichuan.get_by_role("link", name="商请接受地")).to_have_count(0)
    do(sichuan, "批准")
    main = sichuan.get_by_role("main")
    expect(main).to_contain_text("300.5000 吨")
    expect(main).to_contain_text(re.compile(r"有效期\s*2026-01-07 周三 至 2026-12-31 周四"))
    sichuan.get_by_role("link", name="通报函", exact=True).click()
    expect(sichuan.get_by_role("article")).to_contain_text("300.5000")
    entry = real_site.world.entry("O-CQ1", "900-052-31", "SC")
    assert (entry.held_t, entry.used_t) == (Decimal(0), Decimal("300.5"))
    assert dict(Paper.objects.values_list("kind", "number")) == {
        "receipt": "2026-51-50-00001",
        "acceptance": "川环危转受〔2026〕1号",
        "approval": "川环危转〔2026〕1号",
        "notice": "川环危转函〔2026〕1号",
    }


def test_without_scripts_a_draft_is_filled_in_and_checked(real_site: Site, live_server, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{live_server.url}/account/sign-in/")
    page.get_by_label("用户名").fill("dazu.filer")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("密码").press("Enter")
    page.get_by_role("link", name="新建申请").click()
    page.get_by_role("button", name="开始填写").click()
    page.get_by_label("废物代码").fill("900-045-49")
    page.get_by_role("button", name="增加一项").click()
    expect(page.get_by_label("废物代码")).to_have_count(2)
    expect(page.get_by_label("废物代码").first).to_have_value("900-045-49")
    page.get_by_label("合同编号").fill("HT-1")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_role("region", name="检查结果")).to_contain_text("请选择接受人")
    expect(page.get_by_label("合同编号")).to_have_value("HT-1")
    context.close()


def test_no_page_is_wider_than_a_telephone(real_site: Site, live_server, as_person: SignIn) -> None:
    case = real_site.world.filed(now=at("2026-01-05"))
    draft = real_site.world.draft(now=at("2026-01-05"))
    pages = {
        "dazu.filer": [
            reverse("web:own_applications"),
            reverse("web:own_application", args=[case.pk]),
            reverse("web:draft", args=[draft.pk]) + "?checked=1",
            reverse("web:public_list", args=[case.edition_id]),
        ],
        "cq.handler": [
            reverse("web:worklist"),
            reverse("web:case", args=[case.pk]),
            reverse("web:request_correction", args=[case.pk]),
        ],
    }
    for username, addresses in pages.items():
        page = as_person(username)
        page.set_viewport_size({"width": 390, "height": 844})
        for address in addresses:
            page.goto(live_server.url + address)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
            overlaps = page.evaluate(TITLES_OVER_TEXT)
            assert overlaps == [], address
