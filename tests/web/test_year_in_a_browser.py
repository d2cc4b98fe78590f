"""Two provinces adjust a list in a browser; an operator is suspended and comes back."""

from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.whitelists.models import Bar, WhitelistEntry
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.test_demand_browser import enter

pytestmark = pytest.mark.browser


def test_one_province_proposes_to_move_tonnes_and_the_other_confirms(real_site: Site, live_server, page: Page) -> None:
    site, base = real_site, live_server.url
    entry = site.world.entry("O-SC1", "900-045-49", "CQ")
    other = entry.edition.entries.exclude(operator=entry.operator).get()
    enter(page, base, site, "sc.whitelist_admin")
    page.goto(base + reverse("web:edition", args=[entry.edition_id]))
    page.get_by_role("link", name=f"调整 第{entry.number}号条目").click()
    page.get_by_label("调往同一名单的另一条目").check()
    page.get_by_label("数量（吨）").fill("100000")
    page.get_by_label("调入条目号").fill(other.number)
    # What would remain follows what is typed, and says what would refuse it.
    expect(page.get_by_text("核定数量不能调整为 -97000.0000 吨")).to_be_visible()
    page.get_by_label("数量（吨）").fill("500")
    expect(page.get_by_text("按目前的数字可以这样调整")).to_be_visible()
    expect(page.get_by_role("cell", name="2500.0000 -500.0000")).to_be_visible()
    page.get_by_label("函号").fill("川环函〔2026〕41号")
    page.get_by_label("理由").fill("检修延期")
    page.get_by_role("button", name="提出给对方").click()
    expect(page.get_by_role("status")).to_contain_text("等待对方答复")

    enter(page, base, site, "cq.whitelist_admin")
    page.goto(base + reverse("web:whitelist"))
    waiting = page.get_by_role("region", name="等您这一方答复的调整")
    waiting.get_by_role("link", name=f"第{entry.number}号").first.click()
    page.get_by_label("您这一方的函号").fill("渝环函〔2026〕17号")
    page.get_by_role("button", name="确认调整").click()
    expect(page.get_by_role("status")).to_contain_text("已确认")
    page.get_by_role("link", name=f"第{entry.number}号", exact=True).click()
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("调整（川环函〔2026〕41号）")
    expect(first).to_contain_text("2500.0000")
    assert WhitelistEntry.objects.get(pk=entry.pk).quota_t == entry.quota_t - Decimal(500)


def test_an_operator_is_suspended_and_comes_back(real_site: Site, live_server, page: Page) -> None:
    site, base = real_site, live_server.url
    waiting, operator = site.world.filed(now=at("2026-01-05")), site.world.enterprise("O-SC1")
    enter(page, base, site, "sc.whitelist_admin")
    page.goto(base + reverse("web:suspensions"))
    page.get_by_role("link", name="暂停接受人").click()
    page.get_by_role("link", name=f"暂停 {operator.name}").click()
    touched = page.get_by_role("region", name="将涉及")
    expect(touched.get_by_role("link", name=waiting.number)).to_be_visible()
    page.get_by_label("范围").select_option("900-049-50")
    expect(touched.get_by_role("link", name=waiting.number)).to_have_count(0)
    page.get_by_label("范围").select_option("")
    expect(touched.get_by_role("link", name=waiting.number)).to_be_visible()
    page.get_by_label("文号").fill("川环罚〔2026〕3号")
    page.get_by_label("理由").fill("超许可范围贮存")
    page.get_by_role("button", name="暂停").click()
    force = page.get_by_role("region", name="生效中")
    expect(force.get_by_role("row", name=operator.name)).to_contain_text("川环罚〔2026〕3号")

    enter(page, base, site, "dazu.filer")
    draft = site.world.draft(now=at("2026-01-05"))
    page.goto(base + reverse("web:draft", args=[draft.pk]))
    expect(page.get_by_text("川环罚〔2026〕3号：超许可范围贮存").first).to_be_visible()

    enter(page, base, site, "sc.whitelist_admin")
    page.goto(base + reverse("web:suspensions"))
    page.get_by_role("link", name=f"解除 {operator.name}").click()
    page.get_by_label("解除文号").fill("川环函〔2026〕90号")
    page.get_by_label("解除理由").fill("整改到位")
    page.get_by_role("button", name="解除暂停").click()
    expect(page.get_by_role("region", name="已解除")).to_contain_text("整改到位")
    assert not Bar.objects.standing_on(at("2026-01-05").date()).exists()
