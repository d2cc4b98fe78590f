"""The browser that tests and pictures drive, and its way in; knows nothing of Django."""

import os
import shutil

from playwright.sync_api import Page, expect

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET_CHROMIUM = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str | None:
    """The browser to drive: CHROMIUM, or the system's; None without one."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def by_page(page: Page, url: str, username: str, password: str) -> None:
    """Through the sign-in page of the site at ``url``; where a code is asked for, the one that the demo shows."""
    page.goto(f"{url}/account/sign-in/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_label("密码").press("Enter")
    show_code(page)


def show_code(page: Page) -> None:
    """After the password: type the shown code if there is a second step, and wait until the person is in."""
    code = page.locator("#id_code")
    inside = page.get_by_role("button", name="退出")
    expect(code.or_(inside).first).to_be_visible()
    if not code.count():
        return
    shown = page.locator("#demo-code")
    for _ in range(40):
        if shown.count():
            break
        # Every code of this minute was used by the same person in another window.
        page.wait_for_timeout(1_000)
        page.reload()
    code.fill(shown.inner_text())
    code.press("Enter")
    expect(inside).to_be_visible()
