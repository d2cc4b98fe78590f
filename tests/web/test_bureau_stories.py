"""The longer ways in a browser: the local opinion and the general procedure, over quota, less with consent, objection."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from apps.transfers.enums import State
from apps.transfers.models import Application, LogRow
from tests.chromium import by_page
from tests.transfers.world import at
from tests.web.conftest import Site

pytestmark = pytest.mark.browser
PASSWORD = "example-only"
Opens = Callable[[str, str, Application], Page]


@pytest.fixture
def opens(real_site: Site, live_server, browser: Browser) -> Iterator[Opens]:
    """Signs a person in and opens one of their pages of the case."""
    contexts = []

    def open_page(username: str, name: str, case: Application) -> Page:
        context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        by_page(page, live_server.url, username, PASSWORD)
        page.goto(live_server.url + reverse(f"web:{name}", args=[case.pk]))
        return page

    yield open_page
    for context in contexts:
        context.close()


def act(page: Page, name: str, **typed: str) -> None:
    """Press the act's button on the case's page, type, confirm; the case's page comes back with a word."""
    page.get_by_role("link", name=name, exact=True).click()
    for label, text in typed.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name=f"确认{name}").click()
    expect(page.get_by_role("status").filter(has_text="。").first).to_be_visible()


def state_of(case: Application) -> str:
    return Application.objects.get(pk=case.pk).state


def test_the_general_procedure_from_the_local_opinion_to_the_approval(real_site: Site, opens: Opens) -> None:
    case = real_site.world.filed(now=at("2026-01-05"), route="general", operator="O-SC2", items={"900-023-29": "5"})
    local = opens("dazu.local", "case", case)
    local.get_by_role("link", name="出具属地意见").click()
    local.get_by_label("同意移出", exact=True).check()
    local.get_by_label("说明").fill("近一年无违法记录。")
    local.get_by_role("button", name="确认出具属地意见").click()
    expect(local.get_by_role("main")).to_contain_text("近一年无违法记录。")
    assert state_of(case) == State.ORIGIN_REVIEW
    real_site.clock("2026-01-06")
    origin = opens("cq.handler", "case", case)
    expect(origin.get_by_role("main")).to_contain_text("近一年无违法记录。")
    act(origin, "受理")
    act(origin, "商请接受地")
    real_site.clock("2026-01-07")
    act(opens("sc.handler", "case", case), "同意接受")
    assert state_of(case) == State.DECISION
    real_site.clock("2026-01-08")
    origin.reload()
    act(origin, "批准")
    expect(origin.get_by_role("main")).to_contain_text("5.0000")
    assert state_of(case) == State.APPROVED


def test_over_quota_the_excess_is_granted_and_less_is_agreed_to(real_site: Site, opens: Opens) -> None:
    case = real_site.world.filed(now=at("2026-01-05"), route="over_quota", items={"900-045-49": "3100"})
    origin = opens("cq.handler", "case", case)
    act(origin, "商请接受地")
    real_site.clock("2026-01-07")
    act(opens("sc.handler", "case", case), "同意接受")
    assert case.claims.get().granted_over_t == Decimal(100)
    real_site.clock("2026-01-08")
    origin.reload()
    act(origin, "征询核减意见", **{"第 1 项 900-045-49（吨）": "3050", "理由": "年末贮存能力有限。"})
    filer = opens("dazu.filer", "own_application", case)
    filer.get_by_role("link", name="答复核减征询").click()
    expect(filer.get_by_role("main")).to_contain_text("申请 3100.0000 吨，拟批准 3050.0000 吨")
    filer.get_by_label("同意", exact=True).check()
    filer.get_by_role("button", name="确认答复核减征询").click()
    expect(filer.get_by_role("status").first).to_contain_text("答复已记录")
    origin.get_by_role("link", name="批准", exact=True).click()
    expect(origin.get_by_role("main")).to_contain_text("申请人同意（潘景行")
    origin.get_by_label("第 1 项 900-045-49（吨）").fill("3050")
    origin.get_by_role("button", name="确认批准").click()
    expect(origin.get_by_role("main")).to_contain_text("3050.0000")
    assert LogRow.objects.get(application=case, act="approve").details["reduction"] == "agreed"
    assert case.claims.get().approved_over_t == Decimal(50)


def test_an_objection_leaves_only_the_refusal(real_site: Site, opens: Opens) -> None:
    case = real_site.world.filed(now=at("2026-01-05"))
    origin = opens("cq.handler", "case", case)
    act(origin, "商请接受地")
    real_site.clock("2026-01-06")
    act(opens("sc.handler", "case", case), "不同意接受", 理由="贮存能力不足。")
    real_site.clock("2026-01-07")
    origin.reload()
    expect(origin.get_by_role("link", name="批准", exact=True)).to_have_count(0)
    act(origin, "不予批准", 理由="接受地不同意接受。")
    filer = opens("dazu.filer", "own_application", case)
    expect(filer.get_by_role("main")).to_contain_text("接受地不同意接受。")
    assert state_of(case) == State.REJECTED
