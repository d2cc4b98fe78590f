"""Two journeys in a browser: a case that is reminded, breached, supervised and decided; a changed day of the calendar."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from apps.transfers.models import Application
from apps.transfers.tasks import sweep_calendar_changes, sweep_deadlines
from tests.transfers.world import at
from tests.web.conftest import Site

pytestmark = pytest.mark.browser


@contextmanager
def page_of(site: Site, base: str, browser: Browser, username: str) -> Iterator[Page]:
    """A page of that person's own browser, signed in."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    key = site.client(username).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": base}])
    try:
        yield context.new_page()
    finally:
        context.close()


def test_reminded_breached_supervised_decided(real_site: Site, live_server, browser: Browser) -> None:
    site, base = real_site, live_server.url
    case = site.world.filed(now=at("2026-01-05"), generator="G-SC1", operator="O-CQ1", items={"900-052-31": "10"})
    story = f"{base}/bureau/cases/{case.pk}/"
    with page_of(site, base, browser, "sc.handler") as page:
        site.clock("2026-01-08", "09:01")
        sweep_deadlines()
        page.goto(story)
        reminded = page.get_by_role("listitem").filter(has_text="全程时限：提醒").first
        expect(reminded).to_contain_text(f"告知：{site.world.user('sc.handler')}")
        site.clock("2026-01-13", "00:01")
        sweep_deadlines()
        page.goto(story)
        expect(page.get_by_role("listitem").filter(has_text="全程时限：逾期").first).to_contain_text("2026-01-12 24:00")
        expect(page.get_by_role("heading", name="时间用在哪里")).to_be_visible()
    with page_of(site, base, browser, "sc.section_head") as page:
        page.goto(f"{base}/bureau/cases/")
        pinned = page.get_by_role("region", name="由您督办")
        expect(pinned.get_by_role("listitem").filter(has_text=case.number or "").first).to_contain_text(
            "处室负责人督办"
        )
        pinned.get_by_role("link", name="全部督办案件").click()
        expect(page.get_by_role("heading", name="督办案件")).to_be_visible()
        page.get_by_role("link", name=case.number or "").click()
        page.get_by_role("link", name="批准", exact=True).click()
        page.get_by_role("button", name="批准").click()
        page.goto(f"{base}/clock/supervised/")
        expect(page.get_by_text("没有督办的案件")).to_be_visible()
    case = Application.objects.get(pk=case.pk)
    assert (case.state, case.supervised_since) == ("approved", None)


def test_a_day_of_the_calendar_is_changed(real_site: Site, live_server, browser: Browser) -> None:
    site, base = real_site, live_server.url
    case = site.world.filed(now=at("2026-01-05"))
    with page_of(site, base, browser, "admin") as page:
        page.goto(f"{base}/clock/calendar/")
        page.get_by_role("link", name="2026-01-09 周五 工作日，调整").click()
        page.get_by_label("休息").check()
        page.get_by_label("名称").fill("停电检修")
        page.get_by_label("理由").fill("供电公司通知〔2026〕1号")
        page.get_by_role("button", name="查看影响").click()
        row = page.get_by_role("row").filter(has_text="全程时限")
        expect(row).to_contain_text(case.number or "")
        expect(row).to_contain_text("2026-01-13 周二")
        assert Application.objects.get(pk=case.pk).due_at == at("2026-01-13", "00:00")
        page.get_by_role("button", name="确认执行").click()
        expect(page.get_by_text("等待执行")).to_be_visible()
        sweep_calendar_changes()
        expect(page.get_by_text("已执行")).to_be_visible()  # the page asked again by itself
        page.get_by_role("link", name="返回2026年工作日历").click()
        expect(page.get_by_role("row").filter(has_text="停电检修").last).to_contain_text("已执行")
    with page_of(site, base, browser, "cq.handler") as page:
        page.goto(f"{base}/bureau/cases/{case.pk}/")
        moved = page.get_by_role("listitem").filter(has_text="全程时限：因年历调整而变更").first
        expect(moved).to_contain_text("由 2026-01-12 改为 2026-01-13")
    assert Application.objects.get(pk=case.pk).due_at == at("2026-01-14", "00:00")
