"""One suspension and its lifting, on the pages of an application and of an approval that hang on it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import endorse
from apps.transfers.tasks import follow_suspensions
from apps.whitelists.services.suspending import lift, suspend_operator
from tests.transfers.world import at
from tests.web.conftest import Site

pytestmark = pytest.mark.browser
SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})


@pytest.fixture
def filed(real_site: Site) -> tuple[Application, Application]:
    """An approval, and an application under review."""
    world = real_site.world
    case = world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-05"))
    approved = consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-05", "11:00"))
    return approved, world.filed(now=at("2026-01-05"), items={"900-045-49": "30"})


@contextmanager
def signed_in(site: Site, browser: Browser, url: str, username: str) -> Iterator[Page]:
    """The person at the home page; how one signs in is another story."""
    session = site.client(username).cookies[settings.SESSION_COOKIE_NAME].value
    context, complaints = browser.new_context(locale="zh-CN", viewport=SIZES[0]), []
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else 0)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    page.goto(url + reverse("web:home"))
    yield page
    context.close()
    assert complaints == []


def looks_right(page: Page) -> None:
    for size in reversed(SIZES):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_suspension_reaches_the_case_and_the_approval_and_its_lifting_too(
    real_site: Site, live_server, browser: Browser, filed: tuple[Application, Application]
) -> None:
    approved, under_review = filed
    real_site.clock("2026-01-06")
    by, operator_id = real_site.world.user("sc.whitelist_admin"), approved.operator_id or 0
    paper = {"document_no": "川环罚〔2026〕3号", "reason": "超许可范围贮存", "from_on": date(2026, 1, 6)}
    bar = suspend_operator(operator_id=operator_id, waste_code="", by=by, now=at("2026-01-06"), **paper)
    follow_suspensions()

    with signed_in(real_site, browser, live_server.url, "dazu.filer") as filer:
        expect(filer.get_by_role("main")).to_contain_text("川环罚〔2026〕3号")
        filer.goto(live_server.url + reverse("web:own_application", args=[approved.pk]))
        expect(filer.get_by_role("main")).to_contain_text("暂停转移，不得装运")
        looks_right(filer)
        filer.goto(live_server.url + reverse("web:own_application", args=[under_review.pk]))
        looks_right(filer)
        filer.get_by_role("link", name="另选接受人，重新申请").click()
        looks_right(filer)
        filer.get_by_role("button", name="新建草稿").click()
        expect(filer.get_by_role("main")).to_contain_text("请选择接受人")

    with signed_in(real_site, browser, live_server.url, "cq.handler") as origin:
        origin.goto(live_server.url + reverse("web:case", args=[approved.pk]))
        expect(origin.get_by_role("main")).to_contain_text("暂停转移告知书")
        looks_right(origin)
        origin.goto(live_server.url + reverse("web:case", args=[under_review.pk]))
        looks_right(origin)
        origin.get_by_role("link", name="中止审查（代填理由）").click()
        expect(origin.get_by_label("说明")).to_have_value(re.compile("超许可范围贮存"))

    real_site.clock("2026-01-12")
    paper = {"document_no": "川环函〔2026〕90号", "reason": "整改到位", "lifted_on": date(2026, 1, 12)}
    lift(bar_id=bar.pk, by=by, now=at("2026-01-12"), **paper)
    follow_suspensions()
    with signed_in(real_site, browser, live_server.url, "dazu.filer") as filer:
        filer.goto(live_server.url + reverse("web:own_application", args=[approved.pk]))
        expect(filer.get_by_role("main")).not_to_contain_text("不得装运")
        expect(filer.get_by_role("main")).to_contain_text("恢复转移告知书")
        expect(filer.get_by_role("link", name="登记转移").first).to_be_visible()
