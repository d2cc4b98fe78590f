"""An import as somebody sees it: the progress polls itself to its end."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from apps.whitelists.models import EditionLine
from apps.whitelists.tasks import check_lines
from tests.web.conftest import Site
from tests.web.sheet_objects import ADMINISTRATOR, drafted
from tests.web.test_sheets import content_of, exported, sent, to

pytestmark = pytest.mark.browser
__all__ = ["sent"]


def test_an_import_in_a_browser(real_site: Site, live_server, page: Page, sent: list[int]) -> None:
    """The progress polls itself to its end; with the keyboard only, from the file to the loaded list."""
    real_site.clock("2026-01-05")
    client = real_site.client(ADMINISTRATOR)
    edition = drafted()
    book = exported(client, edition)
    book["名单条目"]["G2"] = 4321.5
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + to("import_lines", edition.pk))
    page.get_by_label("Excel 或 CSV 文件").set_input_files(
        {
            "name": "名单.xlsx",
            "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "buffer": content_of(book),
        }
    )
    page.get_by_role("button", name="上传并核对").press("Enter")
    expect(page.get_by_role("status").filter(has_text="等待核对")).to_be_visible()
    check_lines(sent[-1])
    expect(page.get_by_text("核对无误，共")).to_be_visible()
    page.get_by_role("button", name="载入，替换现有条目").press("Enter")
    expect(page.get_by_text("已载入")).to_be_visible()
    assert EditionLine.objects.filter(edition=edition, quota_t=Decimal("4321.5")).exists()
