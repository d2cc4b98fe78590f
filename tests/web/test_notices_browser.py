"""A person is told, opens what it is about, chooses how to be told: once with scripts, once without any."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, expect

from apps.notifications.models import Preference
from apps.notifications.services.delivering import deliver_messages
from tests.transfers.world import at
from tests.web.conftest import Site

pytestmark = pytest.mark.browser
NOW = at("2026-01-05")


@pytest.mark.parametrize("scripts", [True, False])
def test_told_opened_chosen(real_site: Site, live_server, browser: Browser, scripts: bool) -> None:
    cases = [real_site.world.filed(now=NOW) for _ in range(2)]
    deliver_messages(now=NOW)
    context = browser.new_context(locale="zh-CN", java_script_enabled=scripts)
    context.set_default_timeout(15_000)
    session = real_site.client("cq.handler").cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    try:
        page.goto(live_server.url + reverse("web:worklist"))
        page.get_by_role("link", name="消息 2 条未读").click()
        page.get_by_role("link", name="待移出地审核").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(cases[-1].number)
        page.get_by_role("link", name="消息 1 条未读").click()
        page.get_by_role("button", name="全部标为已读").click()
        expect(page.get_by_text("已将 1 条消息标为已读")).to_be_visible()
        page.get_by_role("link", name="通知设置").click()
        page.get_by_role("radio", name="逾期：邮件每日汇总").check(force=True)
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_text("通知设置已保存")).to_be_visible()
        assert Preference.objects.get(kind="late").mail == "daily"
        page.get_by_role("link", name="日历订阅").click()
        page.get_by_role("button", name="生成地址").click()
        assert "/notices/due.ics?key=" in page.locator("#feed-address").input_value()
    finally:
        context.close()
