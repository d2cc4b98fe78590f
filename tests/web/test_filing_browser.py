"""The filing page in a browser: what is typed saves itself, is checked as it is typed, and is never lost."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apps.organisations.models import PersonSession
from apps.transfers.enums import State
from apps.transfers.models import Application
from apps.transfers.services.filing import withdraw
from tests.transfers.world import at
from tests.web.conftest import Site

pytestmark = pytest.mark.browser

NOW = at("2026-01-05")
Open = Callable[[Application], Page]


@pytest.fixture
def filer(real_site: Site, live_server, browser: Browser) -> Iterator[BrowserContext]:
    """Dazu's filer, signed in; a page that breaks the content policy or its own script fails the test."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(15_000)
    sign_in(context, real_site, live_server.url)
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None
    )
    yield context
    context.close()
    assert complaints == []


def sign_in(context: BrowserContext, site: Site, url: str) -> None:
    cookie = site.client("dazu.filer").cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": url}])


@pytest.fixture
def opened(filer: BrowserContext, live_server) -> Open:
    def open_draft(draft: Application) -> Page:
        page = filer.new_page()
        page.goto(live_server.url + reverse("web:draft", args=[draft.pk]))
        return page

    return open_draft


@pytest.fixture
def draft(real_site: Site) -> Application:
    return real_site.world.draft(now=NOW)


def stored(draft: Application) -> Application:
    return Application.objects.get(pk=draft.pk)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("已自动保存")


def row(page: Page, number: int = 1):
    return page.get_by_role("group", name=f"第 {number} 项", exact=True)


def test_what_is_typed_saves_itself_and_survives_a_reload(draft: Application, opened: Open) -> None:
    page = opened(draft)
    expect(page.get_by_role("button", name="保存草稿")).to_be_hidden()
    page.get_by_label("合同编号").fill("HT-自动")
    row(page).get_by_label("数量（吨）", exact=True).fill("１３０．５")
    saved(page)
    expect(row(page)).to_contain_text("130.5000")
    expect(row(page)).to_contain_text("2869.5000")
    assert (stored(draft).contract_no, stored(draft).items.get().amount_t) == ("HT-自动", Decimal("130.5"))
    page.reload()
    expect(page.get_by_label("合同编号")).to_have_value("HT-自动")
    expect(page.locator("#kept")).to_be_hidden()


def test_what_is_wrong_is_told_at_its_field_and_kept(draft: Application, opened: Open) -> None:
    page = opened(draft)
    row(page).get_by_label("数量（吨）", exact=True).fill("-5")
    expect(row(page)).to_contain_text("数量不能为负。")
    expect(page.locator("#saved")).to_contain_text("暂未保存")
    expect(row(page).get_by_label("数量（吨）", exact=True)).to_have_attribute("aria-invalid", "true")
    assert stored(draft).items.get().amount_t == Decimal(120)
    page.reload()
    page.get_by_role("button", name="恢复").click()
    expect(row(page).get_by_label("数量（吨）", exact=True)).to_have_value("-5")
    row(page).get_by_label("数量（吨）", exact=True).fill("5")
    saved(page)
    expect(row(page)).not_to_contain_text("数量不能为负。")
    assert stored(draft).items.get().amount_t == Decimal(5)


def test_two_tabs_warn_and_overwrite_nothing_silently(draft: Application, opened: Open) -> None:
    one, other = opened(draft), opened(draft)
    one.get_by_label("合同编号").fill("第一窗口")
    saved(one)
    other.get_by_label("合同编号").fill("第二窗口")
    expect(other.locator("#kept")).to_contain_text("另一窗口保存了不同的内容")
    assert stored(draft).contract_no == "第一窗口"
    expect(other.get_by_label("合同编号")).to_have_value("第二窗口")
    other.get_by_role("button", name="用本页的内容覆盖").click()
    saved(other)
    assert stored(draft).contract_no == "第二窗口"
    one.get_by_label("承运人").fill("第一窗口的承运人")
    expect(one.locator("#kept")).to_contain_text("另一窗口保存了不同的内容")
    one.get_by_role("button", name="载入另一窗口的内容").click()
    expect(one.get_by_label("合同编号")).to_have_value("第二窗口")


def test_a_session_that_ends_while_typing_loses_nothing(
    real_site: Site, draft: Application, opened: Open, filer: BrowserContext, live_server
) -> None:
    page = opened(draft)
    PersonSession.objects.all().delete()
    page.get_by_label("合同编号").fill("登录已结束时填写")
    expect(page.locator("#kept")).to_contain_text("登录已经结束")
    assert stored(draft).contract_no == "HT-2026-001"
    page.get_by_role("link", name="重新登录").click()
    page.get_by_label("用户名").fill("dazu.filer")
    page.get_by_label("密码").fill("example-only")
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile(r"/draft/$"))
    page.get_by_role("button", name="恢复").click()
    saved(page)
    assert stored(draft).contract_no == "登录已结束时填写"


def test_signing_in_elsewhere_lets_the_same_page_go_on(
    real_site: Site, draft: Application, opened: Open, filer: BrowserContext, live_server
) -> None:
    page = opened(draft)
    PersonSession.objects.all().delete()
    page.get_by_label("合同编号").fill("接着填写")
    expect(page.locator("#kept")).to_contain_text("登录已经结束")
    sign_in(filer, real_site, live_server.url)
    page.get_by_role("button", name="已在另一窗口登录，继续").click()
    saved(page)
    assert stored(draft).contract_no == "接着填写"


def test_a_lost_connection_is_told_and_made_good(draft: Application, opened: Open, filer: BrowserContext) -> None:
    page = opened(draft)
    filer.set_offline(True)
    page.get_by_label("合同编号").fill("断网时填写")
    expect(page.locator("#saved")).to_contain_text("连接中断")
    filer.set_offline(False)
    saved(page)
    assert stored(draft).contract_no == "断网时填写"


def test_operator_code_and_method_are_found_by_initials_with_the_keyboard(
    real_site: Site, opened: Open, live_server
) -> None:
    draft = real_site.world.draft(now=NOW)
    page = opened(draft)
    operator = page.get_by_label("接受人", exact=True)
    operator.fill("dcdz")
    options = page.locator(".combo-list").get_by_role("option")
    expect(options).to_have_count(1)
    expect(options).to_contain_text("云南示范滇池电子废物利用有限公司")
    operator.press("ArrowDown")
    operator.press("Enter")
    expect(operator).to_have_value(re.compile("滇池电子"))
    page.get_by_role("button", name="增加一项").click()
    code = row(page, 2).get_by_label("废物代码")
    code.fill("fqdlb")
    expect(page.locator(".combo-list").get_by_role("option").filter(has_text="900-045-49")).to_be_visible()
    code.press("ArrowDown")
    while "900-045-49" not in page.locator(f"#{code.get_attribute('aria-activedescendant')}").inner_text():
        code.press("ArrowDown")
    code.press("Enter")
    expect(code).to_have_value("900-045-49")
    method = row(page, 2).get_by_label("利用处置方式")
    method.fill("r4")
    method.press("ArrowDown")
    expect(method).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".combo-list").get_by_role("option").first).to_contain_text("R4")
    method.press("Escape")
    expect(method).to_have_attribute("aria-expanded", "false")
    row(page, 2).get_by_label("数量（吨）", exact=True).fill("7")
    saved(page)
    kept = stored(draft)
    assert kept.operator == real_site.world.enterprise("O-YN2")
    assert [(item.waste_code, item.method) for item in kept.items.all()] == [("900-045-49", "R4")] * 2


def test_an_alternative_is_taken_and_its_consequences_are_told(real_site: Site, opened: Open) -> None:
    real_site.world.filed(now=NOW, items={"900-045-49": "2900"})
    draft = real_site.world.draft(now=NOW, items={"900-045-49": "90", "900-049-50": "3"})
    draft.items.filter(position=2).update(method="R8")
    page = opened(draft)
    row(page).get_by_label("数量（吨）", exact=True).fill("150")
    expect(row(page)).to_contain_text("超出 50.0000 吨")
    row(page).get_by_role("button", name="改选 云南示范滇池电子废物利用有限公司").click()
    notices = page.get_by_role("status")
    expect(notices.filter(has_text="已改选接受人：云南示范滇池电子废物利用有限公司")).to_be_visible()
    expect(notices.filter(has_text="第 2 项原来对应名单条目")).to_be_visible()
    expect(row(page)).to_contain_text("剩余")
    assert stored(draft).operator == real_site.world.enterprise("O-YN2")


def test_two_halves_are_filed_with_one_click(real_site: Site, opened: Open) -> None:
    draft = real_site.world.draft(now=NOW, items={"900-045-49": "3100"})
    page = opened(draft)
    expect(page.locator(".split")).to_contain_text("3000.0000 吨")
    expect(page.locator(".split")).to_contain_text("100.0000 吨")
    page.get_by_role("button", name="拆分为两份，一并提交").click()
    expect(page.get_by_role("status").first).to_contain_text("2026-50-51-00001")
    expect(page.get_by_role("status").nth(1)).to_contain_text("2026-50-51-00002")
    assert sorted(Application.objects.values_list("route", flat=True)) == ["fast_track", "over_quota"]


def test_once_more_like_last_time_shows_what_no_longer_fits(real_site: Site, opened: Open, live_server) -> None:
    world = real_site.world
    last = world.filed(now=NOW, items={"900-045-49": "2900"})
    page = opened(world.draft(now=NOW))
    page.goto(live_server.url + reverse("web:again", args=[last.pk]))
    page.get_by_role("button", name="新建草稿").click()
    notice = page.get_by_role("region", name=f"照 {last.number} 新建")
    expect(notice).to_contain_text("上次按“名单内直接审批”办理，现在将按“超量商请”办理。")
    expect(notice).to_contain_text("剩余 100.0000 吨")
    expect(row(page).get_by_label("数量（吨）", exact=True)).to_have_value("2900")
    expect(page.get_by_label("拟转移期限自")).to_have_value("")


def test_filing_at_once_after_typing_waits_for_the_check(draft: Application, opened: Open) -> None:
    page = opened(draft)
    row(page).get_by_label("数量（吨）", exact=True).fill("3100")
    page.get_by_role("button", name="提交（名单内直接审批）").click()
    expect(page.locator("#saved")).to_contain_text("请核对检查结果后再提交")
    assert stored(draft).state == State.DRAFT
    page.get_by_role("button", name="提交（超量商请）").dblclick()
    expect(page).to_have_url(re.compile(rf"/applications/{draft.pk}/$"))
    assert Application.objects.exclude(number=None).count() == 1
    page.go_back()
    expect(page.get_by_role("status").first).to_contain_text("不能再修改")


def test_a_page_left_open_while_the_case_was_filed_elsewhere(real_site: Site, draft: Application, opened: Open) -> None:
    page, other = opened(draft), opened(draft)
    other.get_by_role("button", name=re.compile("^提交（")).click()
    expect(other).to_have_url(re.compile(rf"/applications/{draft.pk}/$"))
    page.get_by_label("合同编号").fill("太晚了")
    expect(page.locator("#kept")).to_contain_text("不能再修改")
    withdraw(application_id=draft.pk, by=real_site.world.filer_of("G-CQ1"), now=NOW, reason="试验")


def test_rows_come_and_go_in_place(draft: Application, opened: Open) -> None:
    page = opened(draft)
    for number in (2, 3):
        page.get_by_role("button", name="增加一项").click()
        row(page, number).get_by_label("废物名称").fill(f"第{number}种")
    row(page, 3).get_by_label("运输环节豁免").check()
    saved(page)
    page.get_by_role("button", name="移除第 2 项").click()
    expect(row(page, 2).get_by_label("废物名称")).to_have_value("第3种")
    saved(page)
    kept = [(item.waste_name, item.is_transport_exempt) for item in stored(draft).items.all()]
    assert kept == [("示例废物", False), ("第3种", True)]


def test_without_scripts_an_application_is_filed(real_site: Site, live_server, browser: Browser) -> None:
    draft = real_site.world.draft(now=NOW)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    sign_in(context, real_site, live_server.url)
    page = context.new_page()
    page.goto(live_server.url + reverse("web:draft", args=[draft.pk]))
    page.get_by_label("数量（吨）", exact=True).fill("１２．５")
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#check")).to_contain_text("可以提交")
    page.get_by_role("button", name="提交（名单内直接审批）").click()
    expect(page.get_by_role("status").first).to_contain_text("2026-50-51-00001")
    assert stored(draft).items.get().amount_t == Decimal("12.5")
    context.close()
