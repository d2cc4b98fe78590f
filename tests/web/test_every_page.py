"""Every page of the permission table, by those who may open it, on a desk's screen and on a telephone.

A page that gets its row there is walked here without anybody thinking of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.web.axe import grave_faults
from tests.web.conftest import Site
from tests.web.permission_table import READERS, TABLE
from tests.web.test_permission_table import address, every_stage
from tests.web.typing_people import read

pytestmark = pytest.mark.browser

SIZES: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "telephone": {"width": 390, "height": 844}}
PARTIES = ("filer", "operator")
OK = 200
# Stacked rows print each cell's title in its left padding: a cell whose padding another rule takes away shows both in
# one place. A bare text beside the title is left where it is too narrow.
TITLES_OVER_TEXT = """
[...document.querySelectorAll('.stacks td[data-title]')]
  .filter((cell) => cell.offsetParent && parseFloat(getComputedStyle(cell).paddingLeft) < 100)
  .map((cell) => cell.dataset.title)
"""


@dataclass(frozen=True)
class Visit:
    """An address as one reader opens it."""

    name: str
    stage: str | None
    reader: str
    url: str


@pytest.fixture
def visits(real_site: Site) -> list[Visit]:
    """Each row of the table by a party and by whoever else comes first of those whom it shows something."""
    cases = every_stage(real_site)
    found = []
    for name, stage, expected in TABLE:
        url = address(name, cases[stage] if stage else None)
        shown = [reader for reader, status in expected.items() if status == OK]
        party = next((reader for reader in shown if reader in PARTIES), None)
        other = next((reader for reader in shown if reader not in PARTIES and READERS[reader]), None)
        visitor = "visitor" if "visitor" in shown else None
        # What anybody may read is the same page for all of them.
        readers = [visitor] if visitor else [reader for reader in (party, other) if reader]
        found += [Visit(name, stage, reader, url) for reader in readers if _is_page(real_site, reader, url)]
    return found


def _is_page(site: Site, reader: str, url: str) -> bool:
    """Files and pictures have nothing to walk; nor has a reader who stands on none of the desk's own pages."""
    username = READERS[reader]
    response = site.client(username or "auditor").get(url)
    read(response)
    return response.headers.get("Content-Type", "").startswith("text/html") and b"<main" in read(response)


@pytest.fixture
def people(real_site: Site, live_server, browser: Browser) -> Iterator["People"]:
    everybody = People(real_site, live_server.url, browser)
    yield everybody
    everybody.leave()


class People:
    """A browser of their own for each reader, signed in already."""

    def __init__(self, site: Site, base: str, browser: Browser) -> None:
        self.site, self.base, self.browser = site, base, browser
        self.contexts: dict[str, BrowserContext] = {}
        self.pages: dict[str, Page] = {}

    def page(self, reader: str) -> Page:
        if reader not in self.pages:
            context = self.browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
            context.set_default_timeout(30_000)
            if username := READERS[reader]:
                session = self.site.client(username).cookies[settings.SESSION_COOKIE_NAME].value
                context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.base}])
            self.contexts[reader], self.pages[reader] = context, context.new_page()
        return self.pages[reader]

    def leave(self) -> None:
        for context in self.contexts.values():
            context.close()


def test_nothing_grave_on_any_page(people: People, visits: list[Visit]) -> None:
    """Each opened anew in either size: some pages look at theirs when they are loaded."""
    assert len(visits) > len({name for name, _, _ in TABLE}) / 2
    faults = {}
    for size, visit in product(SIZES, visits):
        page = people.page(visit.reader)
        page.set_viewport_size(SIZES[size])
        page.goto(people.base + visit.url)
        found = grave_faults(page) + _layout_faults(page, SIZES[size]["width"])
        if found:
            faults[f"{visit.name} ({visit.stage}) for {visit.reader}, {size}"] = found
    assert not faults, "\n".join(f"{where}: {what}" for where, what in faults.items())


def _layout_faults(page: Page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    faults = [f"{wide} wide"] if wide > width else []
    titles = page.evaluate(TITLES_OVER_TEXT) if width == SIZES["telephone"]["width"] else []
    heads = page.locator("h1").count()
    return faults + [f"title over text: {title}" for title in titles] + ([] if heads == 1 else [f"{heads} h1"])


def test_a_page_with_faults_would_be_seen(people: People) -> None:
    """The control: a nameless input, pale text, something too wide, no heading."""
    page = people.page("visitor")
    page.set_viewport_size(SIZES["telephone"])
    page.set_content(
        "<main><input><p style='color: #ccc; background: #fff'>淡而难读的字</p><p style='width: 900px'>宽</p></main>"
    )
    found = " ".join(grave_faults(page) + _layout_faults(page, 390))
    for fault in ("label", "color-contrast", "document-title", "wide", "0 h1"):
        assert fault in found
