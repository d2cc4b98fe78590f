"""Papers in a real browser: opened by the clerk, checked by the address in the QR picture, at both sizes."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from apps.documents.models import Rendering
from apps.documents.tasks import render_papers
from apps.transfers.models import Application
from apps.transfers.rules.papers.errata import Slip
from apps.transfers.services.answering import consent
from apps.transfers.services.erratum import issue_erratum
from apps.transfers.services.pausing import pause
from apps.transfers.services.reviewing import endorse
from tests.chromium import by_page
from tests.transfers.world import at
from tests.web.conftest import Site

pytestmark = pytest.mark.browser
SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
PASSWORD = "example-only"


@pytest.fixture
def approved(real_site: Site) -> Application:
    world = real_site.world
    case = world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    case = consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"))
    real_site.clock("2026-01-08")
    return case


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Somebody with a telephone and no account; a page that breaks the content policy fails the test."""
    context, complaints = browser.new_context(locale="zh-CN", viewport=SIZES[1]), []
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" and "404" not in said.text else 0
    )
    yield page
    context.close()
    assert complaints == []


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_address_in_the_picture_leads_to_how_the_paper_stands(
    real_site: Site, live_server, visitor: Page, approved: Application
) -> None:
    render_papers()
    approval = approved.papers.get(kind="approval")
    printed = Rendering.objects.get(paper=approval, mark="").check_address
    visitor.goto(live_server.url + urlsplit(printed).path)
    expect(visitor.get_by_role("heading", name="真实")).to_contain_text("有效")
    main = visitor.get_by_role("main")
    expect(main).to_contain_text(approval.number)
    expect(main).to_contain_text("120.0000")
    assert fits(visitor)

    origin = real_site.world.user("cq.handler")
    pause(application_id=approved.pk, by=origin, now=at("2026-01-08"), until_on=None, reason="停产整治")
    slips = [Slip("如实记录", "据实记录")]
    erratum = issue_erratum(paper_id=approval.pk, by=origin, now=at("2026-01-08", "11:00"), slips=slips)
    render_papers()
    visitor.reload()
    expect(visitor.get_by_role("heading", name="真实")).to_contain_text("暂停转移（已更正）")
    visitor.get_by_role("link", name="核验该更正").click()
    expect(main).to_contain_text(erratum.number)
    visitor.get_by_role("link", name="核验原文书").click()
    expect(main).to_contain_text(approval.number)

    visitor.get_by_label("校验码").fill("0000-0000-0000-0000")
    visitor.get_by_role("button", name="核验").click()
    expect(visitor.get_by_role("heading", name="查无此文书")).to_be_visible()
    assert fits(visitor)


def test_the_clerk_opens_the_paper_and_takes_the_pdf_along(
    real_site: Site, live_server, browser: Browser, approved: Application
) -> None:
    approval = approved.papers.get(kind="approval")
    context = browser.new_context(locale="zh-CN", viewport=SIZES[0], java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(30_000)
    by_page(page, live_server.url, "dazu.filer", PASSWORD)
    page.goto(live_server.url + reverse("web:paper", args=[approval.pk]))
    expect(page.get_by_role("main")).to_contain_text("2026-01-08 10:00")
    for size in SIZES:
        page.set_viewport_size(size)
        assert fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-1.7")
    approval.refresh_from_db()
    assert approval.delivered_at is not None
    assert approval.delivered_at - at("2026-01-08") < timedelta(minutes=5)
    context.close()
