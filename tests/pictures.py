"""Takes the README's pictures of the running demo: `make demo` in one window, `make pictures` in another.

Nothing stays behind in the demo: the draft that is filled in for its picture is deleted again. Pictures of pages are
1440 wide, as a desk's screen shows them; the telephone's is 390 wide at double density.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typst
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.chromium import QUIET_CHROMIUM, by_page, chromium

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
BASE = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PASSWORD = "baimingdan-2026"
HEAVIEST = 250 * 1024
# Two pages of A4, each 595 points wide, beside each other.
PAPER_PPI = 72
SPREAD = """#set page(width: auto, height: auto, margin: 0pt, fill: luma(235))
#grid(columns: 2, gutter: 4pt, ..range(1, 3).map(n => box(fill: white, image("paper.pdf", page: n, width: 595pt))))
"""


def main() -> int:
    """All pictures; 1 when one of them is heavier than a README should load."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    words = {"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*QUIET_CHROMIUM, "--lang=zh-CN"], env={**os.environ, **words}
        )
        with person(browser, "dazu.filer") as page:
            expect(page.get_by_role("heading", name="明天可以转移")).to_be_visible()
            take(page, "enterprise_home")
            filing(page)
        with person(browser, "gz.handler") as page:
            take(page, "worklist")
            page.locator("tr.is-supervised a.code").last.click()
            expect(page.get_by_role("heading", name="名单条目")).to_be_visible()
            take(page, "case")
        with person(browser, "cq.signatory", width=390, height=844, scale=2) as page:
            page.goto(f"{BASE}/bureau/signing/")
            page.locator("main a[href*='/bureau/signing/']").and_(
                page.locator("a:has-text('商请接受地')")
            ).first.click()
            expect(page.get_by_role("button", name="签发")).to_be_visible()
            take(page, "signing")
        with person(browser, "sc.whitelist_admin") as page:
            page.goto(f"{BASE}/demand/board/")
            expect(page.get_by_role("heading", name="需求与能力")).to_be_visible()
            take(page, "board")
            page.goto(f"{BASE}/whitelist/")
            expect(page.get_by_role("heading", name="名单商定")).to_be_visible()
            take(page, "lists")
        with person(browser, "auditor") as page:
            approval(page)
        browser.close()
    heavy = [path.name for path in sorted(FOLDER.glob("*.png")) if path.stat().st_size > HEAVIEST]
    if heavy:
        sys.stderr.write(f"✗ 超过 {HEAVIEST // 1024} kB：{'、'.join(heavy)}\n")
    return 1 if heavy else 0


@contextmanager
def person(browser: Browser, username: str, *, width: int = 1440, height: int = 900, scale: int = 1) -> Iterator[Page]:
    """The page where this person starts, signed in."""
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
    )
    page = context.new_page()
    by_page(page, BASE, username, PASSWORD)
    yield page
    context.close()


def take(page: Page, name: str) -> None:
    """What stands on the screen now."""
    page.screenshot(path=FOLDER / f"{name}.png")


def filing(page: Page) -> None:
    """More than the entry has left, so that its bar, the finding, the split and the route are all seen."""
    tomorrow = page.locator(".day", has_text=DAY).first.inner_text()[: len("2026-11-24")]
    page.goto(f"{BASE}/enterprise/applications/new/")
    page.locator("main button[type=submit]").first.click()
    # The list that is found by typing takes the plain one's place when its script has run.
    operator = page.locator("input[role=combobox]").and_(page.get_by_label("接受人"))
    expect(operator).to_be_visible()
    operator.fill("涪江")
    page.get_by_role("option", name=re.compile("涪江")).first.click()
    page.get_by_label("拟转移期限自").fill(tomorrow)
    page.get_by_label("拟转移期限至").fill(f"{tomorrow[:4]}-12-31")
    item = page.get_by_role("group", name="第 1 项", exact=True)
    for label, text in (("废物名称", "废电路板"), ("包装方式", "吨袋"), ("数量（吨）", "2000")):
        item.get_by_label(label, exact=True).fill(text)
    item.get_by_label("形态").select_option("solid")
    for label, text in (("废物代码", "900-045-49"), ("利用处置方式", "R4")):
        item.get_by_label(label).fill(text)
        item.get_by_label(label).press("Tab")
    expect(page.locator("#check")).to_contain_text("超量商请")
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    page.evaluate("scrollTo(0, 0)")
    take(page, "filing")
    page.get_by_role("link", name="删除草稿").click()
    page.locator("main button[type=submit]").click()


def approval(page: Page) -> None:
    """The first two pages of the newest approval, as they stand in its PDF."""
    page.goto(f"{BASE}/bureau/cases/?scope=approved")
    page.locator("main tbody a.code").first.click()
    paper = page.get_by_role("link", name=re.compile("批准决定书|决定书")).first.get_attribute("href")
    answer = page.request.get(f"{BASE}{paper}pdf/")
    if answer.headers["content-type"] != "application/pdf":
        sys.exit("✗ 文书还没有排成 PDF：文书字体下载完成后再试。")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "paper.pdf").write_bytes(answer.body())
        Path(folder, "page.typ").write_text(SPREAD, encoding="utf-8")
        typst.compile(
            Path(folder, "page.typ"), output=FOLDER / "approval.png", root=folder, format="png", ppi=PAPER_PPI
        )


if __name__ == "__main__":
    sys.exit(main())
