"""A December's demand in a browser: declared as one types, found short on the board; and an entry that runs out."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.transfers.services.alerting import sweep_alerts
from apps.whitelists.models import Demand
from apps.whitelists.services.ledger import hold
from tests.transfers.world import at
from tests.web.conftest import Site

pytestmark = pytest.mark.browser


def enter(page: Page, base: str, site: Site, username: str) -> None:
    session = site.client(username).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base}])


def test_demand_is_declared_and_its_shortage_seen(real_site: Site, live_server, page: Page) -> None:
    site, base = real_site, live_server.url
    enter(page, base, site, "dazu.filer")
    page.goto(base + reverse("web:demand"))
    page.get_by_label("废物代码").fill("900-045-49")
    page.get_by_label("需求（吨）").fill("１６０００")
    page.get_by_label("意向接受人").fill("fjxlb")
    page.get_by_role("option", name="涪江线路板").click()
    page.get_by_role("button", name="申报", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已申报 2027 年全年 900-045-49 16000.0000 吨")
    assert Demand.objects.get().operator == site.world.enterprise("O-SC1")
    page.get_by_role("link", name="修改 900-045-49").click()
    expect(page.get_by_label("意向接受人")).to_have_value("四川示范涪江线路板再生有限公司（船山区）")
    page.get_by_label("需求（吨）").fill("17000")
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_text("修改 1 次")).to_be_visible()

    enter(page, base, site, "sc.whitelist_admin")
    page.goto(base + reverse("web:demand_board"))
    expect(page.get_by_text("缺 2000.0000")).to_be_visible()
    page.get_by_role("link", name="四川省 HW49").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("HW49 其他废物 → 四川省")
    expect(page.get_by_role("cell", name=site.world.enterprise("G-CQ1").name)).to_be_visible()


def test_a_draft_is_told_that_its_entry_runs_short(real_site: Site, live_server, page: Page) -> None:
    site, base = real_site, live_server.url
    draft, entry = site.world.draft(now=at("2026-01-05")), site.world.entry("O-SC1", "900-045-49", "CQ")
    enter(page, base, site, "dazu.filer")
    page.goto(base + reverse("web:draft", args=[draft.pk]))
    page.get_by_role("button", name="余量变化时告诉我").click()
    expect(page.get_by_role("button", name="不再告诉我")).to_be_visible()
    moment = at("2026-01-05", "11:00")
    hold(amounts={entry.pk: Decimal(2750)}, reference="CASE-1", round=1, occurred_at=moment, now=moment)
    sweep_alerts(now=moment)
    site.clock("2026-01-05", "11:01")
    page.goto(base + reverse("web:home"))
    told = page.get_by_role("region", name="告知")
    expect(told).to_contain_text("用量达到 90％：核定 3000.0000 吨，已批准 0.0000 吨、在办 2750.0000 吨")
