"""A person is invited, chooses a password, binds an authenticator, comes back with a code and with a recovery code."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apps.notifications.tasks import send_letters
from apps.organisations.models import PersonSession
from apps.organisations.services.accounts.second_step import code_at
from tests.chromium import by_page
from tests.web.conftest import Site

pytestmark = pytest.mark.browser
PASSWORD, CHOSEN = "example-only", "neun-und-zwanzig"
SHOTS = os.environ.get("SHOTS")
SIZES = (("desk", 1440, 900), ("telephone", 390, 844))


@pytest.fixture
def windows(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Two people's browsers; a page that breaks the content policy fails the test."""
    contexts, complaints = [], []
    for _ in range(2):
        context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(30_000)
        context.on(
            "console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None
        )
        contexts.append(context)
    yield contexts
    for context in contexts:
        context.close()
    assert complaints == []


def look(page: Page, name: str) -> None:
    """No page is wider than its window; pictures for whoever wants to look."""
    for size, width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} {size}"
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"account_{name}_{size}.png"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/account/sign-in/")
    page.get_by_label("用户名").fill("new.handler@example.invalid")
    page.get_by_label("密码").fill(CHOSEN)
    page.get_by_label("密码").press("Enter")


def test_from_the_invitation_to_the_recovery_code(  # noqa: PLR0915 - one journey
    real_site: Site, live_server, windows: list[BrowserContext], settings: LazySettings
) -> None:
    settings.DEMO_CODES_SHOWN = False
    admin, person = (context.new_page() for context in windows)
    settings.DEMO_CODES_SHOWN = True
    by_page(admin, live_server.url, "admin", PASSWORD)
    settings.DEMO_CODES_SHOWN = False
    admin.get_by_role("link", name="账号", exact=True).click()
    look(admin, "accounts")
    admin.get_by_role("link", name="邀请人员").click()
    admin.get_by_label("姓名").fill("欧阳长青")
    admin.get_by_label("邮箱").fill("new.handler@example.invalid")
    admin.get_by_label("用户名").fill("cq.ouyang")
    admin.get_by_label("角色").select_option("handler")
    admin.get_by_label("机关").select_option(label="重庆市生态环境局")
    admin.get_by_role("button", name="发送邀请").click()
    expect(admin.get_by_text("已邀请欧阳长青")).to_be_visible()
    look(admin, "invitations")

    send_letters()
    link = re.search(r"/account/invitation/\S+", mail.outbox[-1].body)
    assert link is not None
    person.goto(live_server.url + link[0])
    expect(person.get_by_role("main")).to_contain_text("重庆市生态环境局")
    look(person, "join")
    person.get_by_label("新密码", exact=False).first.fill(CHOSEN)
    person.get_by_label("再输一遍新密码").fill(CHOSEN)
    person.get_by_role("button", name="开通账号").click()

    expect(person.get_by_role("heading", name="启用动态验证码")).to_be_visible()
    expect(person.locator(".account-qr svg")).to_be_visible()
    look(person, "enrol")
    person.goto(live_server.url + reverse("web:worklist"))
    expect(person.get_by_role("heading", name="启用动态验证码")).to_be_visible()
    secret = person.locator("#secret").inner_text().replace(" ", "")
    person.get_by_label("应用显示的六位验证码").fill(code_at(secret, datetime.now(tz=UTC)))
    person.get_by_role("button", name="启用").click()
    recovery = person.locator("#codes li").all_inner_texts()
    assert len(recovery) == 10
    look(person, "codes")
    with person.expect_download() as download:
        person.get_by_role("link", name="下载").click()
    assert recovery[0] in download.value.path().read_text()
    person.get_by_role("link", name="已保存，继续").click()
    expect(person.get_by_role("heading", name="办理工作台")).to_be_visible()
    person.get_by_role("button", name="退出").click()

    sign_in(person, live_server.url)
    look(person, "code")
    person.get_by_label("验证码").fill(code_at(secret, datetime.now(tz=UTC) + timedelta(seconds=30)))
    person.get_by_role("button", name="登录").click()
    expect(person.get_by_text("上次登录：")).to_be_visible()
    person.get_by_role("link", name="欧阳长青").click()
    expect(person.get_by_text("剩余 10 个，共 10 个")).to_be_visible()
    look(person, "account")
    person.get_by_role("button", name="退出").click()

    sign_in(person, live_server.url)
    person.get_by_label("验证码").fill(recovery[3])
    person.get_by_role("button", name="登录").click()
    person.get_by_role("link", name="欧阳长青").click()
    expect(person.get_by_text("剩余 9 个，共 10 个")).to_be_visible()
    admin.goto(f"{live_server.url}/account/people/?q=cq.ouyang")
    admin.get_by_role("link", name="欧阳长青").click()
    look(admin, "account_of")


def test_a_session_is_about_to_end_and_ends_and_nothing_is_lost(
    real_site: Site, live_server, windows: list[BrowserContext], settings: LazySettings
) -> None:
    settings.SESSION_IDLE_SECONDS = 302
    page = windows[0].new_page()
    by_page(page, live_server.url, "dazu.filer", PASSWORD)
    page.goto(f"{live_server.url}/account/password/")
    banner = page.locator(".session-end")
    expect(banner).to_contain_text("您有一段时间没有操作")
    look(page, "ending")
    settings.SESSION_IDLE_SECONDS = 3600
    banner.get_by_role("button", name="继续使用").click()
    expect(banner).to_be_hidden()

    settings.SESSION_IDLE_SECONDS = 302
    page.reload()
    page.get_by_label("现在的密码").fill("typed before the end")
    expect(banner).to_be_visible()
    PersonSession.objects.all().delete()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(banner).to_contain_text("登录已结束")
    settings.SESSION_IDLE_SECONDS = 3600
    with page.context.expect_page() as opened:
        banner.get_by_role("link", name="在新窗口重新登录").click()
    again = opened.value
    by_page(again, live_server.url, "dazu.filer", PASSWORD)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(banner).to_be_hidden()
    page.get_by_label("新密码", exact=False).first.fill(CHOSEN)
    page.get_by_label("再输一遍新密码").fill(CHOSEN)
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("现在的密码不正确")).to_be_visible()
