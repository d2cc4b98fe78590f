"""The enterprise's desk walked in a browser: files dropped, a correction point by point, a question, a balance to close."""

import base64
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from apps.deadlines.models import Deadline
from apps.transfers.models import Application, Attachment, CorrectionPoint, Shipment, Supplement
from apps.transfers.services.answering import consent
from apps.transfers.services.pausing import pause
from apps.transfers.services.reviewing import Point, accept, endorse, request_correction
from apps.transfers.services.shipping import record_shipment
from apps.transfers.services.supplementing import ask_supplement
from apps.whitelists.models import WhitelistEntry
from tests.chromium import by_page
from tests.transfers.office import EXE, PDF, PNG
from tests.transfers.world import at
from tests.web.axe import grave_faults
from tests.web.conftest import Site
from tests.web.test_story import PASSWORD, SignIn

pytestmark = pytest.mark.browser

POINTS = [
    Point("委托协议、意向书或者合同", "第 3 页缺少接受人签章", "补充加盖接受人公章的第 3 页"),
    Point("包装方式", "申请写“吨袋”，合同写“周转箱”", "核对后改为一致，并在此说明"),
]
DROP = """
([slot, files]) => {
  const carried = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    carried.items.add(new File([bytes], name));
  }
  const target = document.querySelector(`[data-slot="${slot}"]`);
  for (const kind of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}
"""


# A browser logs every refused file and answer as an error of its own.
REFUSALS = ("status of 409", "status of 422")


@pytest.fixture
def as_person(site: Site, live_server, browser: Browser) -> Iterator[SignIn]:
    """Signs a person in, in a browser of their own; a page that breaks the content policy fails the test."""
    contexts, complaints = [], []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(refusal in message.text for refusal in REFUSALS):
            complaints.append(message.text)

    def sign_in(username: str) -> Page:
        context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        by_page(page, live_server.url, username, PASSWORD)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


def drop(page: Page, slot: str, **files: bytes) -> None:
    named = [[name.replace("_", "."), base64.b64encode(content).decode()] for name, content in files.items()]
    page.evaluate(DROP, [slot, named])


def shoot(page: Page, name: str) -> None:
    """Pictures for whoever wants to look: SHOTS names their folder. No page is wider than its window."""
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert grave_faults(page) == [], name
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
def site(real_site: Site) -> Iterator[Site]:
    return real_site


def approved(site: Site, **wish: object) -> Application:
    world = site.world
    case = world.filed(now=at("2026-01-05"), **wish)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"))


def test_files_are_dropped_and_chosen_with_progress(site: Site, live_server, as_person: SignIn) -> None:
    draft = site.world.draft(now=at("2026-01-05"), materials=())
    page = as_person("dazu.filer")
    page.goto(live_server.url + reverse("web:draft", args=[draft.pk]))
    slot = page.locator('[data-slot="contract"]')
    expect(slot).to_contain_text("尚未提供")
    drop(page, "contract", 合同_pdf=PDF + bytes(300_000), 附图_png=PNG, 程序_pdf=EXE)
    expect(slot.locator(".file-list li")).to_have_count(2)
    expect(slot.get_by_role("alert")).to_contain_text("“程序.pdf”的内容不是 PDF")
    page.get_by_label("接受人危险废物经营许可证复印件").set_input_files(
        [{"name": f"许可证{number}.pdf", "mimeType": "application/pdf", "buffer": PDF} for number in (1, 2)]
    )
    expect(page.locator('[data-slot="permit_copy"] .file-list li')).to_have_count(2)
    # The check beside the form has taken them into account.
    expect(page.locator("#check")).to_contain_text("还有 1 处需要处理")
    expect(page.locator(".is-stale")).to_have_count(0)
    shoot(page, "attachments")
    slot.get_by_role("button", name="移除 附图.png").click()
    expect(slot.locator(".file-list li")).to_have_count(1)
    names = Attachment.objects.filter(application=draft, removed_at=None).values_list("original_name", flat=True)
    assert sorted(names) == ["合同.pdf", "许可证1.pdf", "许可证2.pdf"]


def test_a_file_that_is_too_large_is_not_even_sent(site: Site, live_server, as_person: SignIn) -> None:
    draft = site.world.draft(now=at("2026-01-05"), materials=())
    page = as_person("dazu.filer")
    page.goto(live_server.url + reverse("web:draft", args=[draft.pk]))
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/files/") else None)
    page.evaluate(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(20 * 1024 * 1024 + 1)], "大.pdf"));
          const slot = document.querySelector('[data-slot="contract"]');
          slot.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }"""
    )
    expect(page.get_by_role("alert")).to_contain_text("“大.pdf”超过 20 MB")
    assert asked == []


def test_a_session_that_ends_loses_no_file(site: Site, live_server, as_person: SignIn) -> None:
    draft = site.world.draft(now=at("2026-01-05"), materials=())
    page = as_person("dazu.filer")
    page.goto(live_server.url + reverse("web:draft", args=[draft.pk]))
    kept = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    drop(page, "contract", 合同_pdf=PDF)
    slot = page.locator('[data-slot="contract"]')
    expect(slot.get_by_role("alert")).to_contain_text("登录已过期，文件没有上传")
    page.context.add_cookies(kept)
    slot.get_by_role("button", name="重试").click()
    expect(slot.locator(".file-list li")).to_have_count(1)


def test_a_correction_point_by_point_with_the_clock_stopped(site: Site, live_server, as_person: SignIn) -> None:
    world, case = site.world, site.world.filed(now=at("2026-01-05"))
    request_correction(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"), points=POINTS)
    whole = Deadline.objects.get(reference=case.number, kind="whole")
    assert whole.status == "stopped"
    site.clock("2026-01-12")
    page = as_person("dazu.filer")
    expect(page.get_by_role("heading", level=1)).to_contain_text("有 1 件等您办理")
    shoot(page, "home-correction")
    page.get_by_role("link", name="去补正").click()
    page.get_by_label("补正说明").first.fill("已补充第 3 页，见合同附件。")
    page.get_by_label("此项已补正").first.check()
    first = page.locator('[data-point="1"]')
    expect(first.get_by_role("status")).to_contain_text("已保存")
    # Nothing typed is gone after a reload.
    page.reload()
    expect(page.get_by_label("补正说明").first).to_have_value("已补充第 3 页，见合同附件。")
    expect(page.get_by_label("此项已补正").first).to_be_checked()
    page.get_by_role("button", name="提交补正").click()
    expect(page.get_by_role("alert")).to_contain_text("第 2 项尚未说明")
    expect(page.locator('[data-slot="contract"]')).not_to_contain_text("尚未说明")
    # The form of the application has no second place for answers: it changes the case and leads back.
    page.locator('[data-point="2"]').get_by_role("link", name="修改申请内容").click()
    expect(page.get_by_role("region", name="需要补正的事项（2 项）")).to_contain_text(POINTS[1].problem)
    page.get_by_label("包装方式").fill("周转箱")
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    shoot(page, "draft-in-correction")
    page.get_by_role("button", name="保存，去逐项说明并提交").click()
    expect(page.get_by_role("status").first).to_contain_text("申请内容已保存")
    assert case.items.get().packaging == "周转箱"
    page.get_by_label("补正说明").nth(1).fill("以合同为准，申请已改为“周转箱”。")
    expect(page.locator("[data-answered]")).to_have_text("2")
    drop(page, "contract", 第三页_pdf=PDF)
    expect(page.locator('[data-slot="contract"] .file-list li')).to_have_count(2)
    shoot(page, "correction")
    page.get_by_role("button", name="提交补正（名单内直接审批）").click()
    expect(page.get_by_role("status").first).to_contain_text("补正已提交")
    # Thursday 8, Friday 9, Monday 12 were left when it stopped on the 6th … and run on from the 12th.
    assert Deadline.objects.get(pk=whole.pk).status == "running"
    assert [point.answer[:3] for point in CorrectionPoint.objects.all()] == ["已补充", "以合同"]
    shoot(page, "case-after-correction")


def test_an_answer_that_two_tabs_write(site: Site, live_server, as_person: SignIn) -> None:
    world, case = site.world, site.world.filed(now=at("2026-01-05"))
    request_correction(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"), points=POINTS)
    page = as_person("dazu.filer")
    address = live_server.url + reverse("web:correction", args=[case.pk])
    page.goto(address)
    other = page.context.new_page()
    other.goto(address)
    page.get_by_label("补正说明").first.fill("甲写的")
    expect(page.locator('[data-point="1"] [data-told]')).to_contain_text("已保存")
    other.get_by_label("补正说明").first.fill("乙写的")
    expect(other.locator('[data-point="1"] [data-told]')).to_contain_text("已在另一处改为“甲写的”")
    expect(other.get_by_label("补正说明").first).to_have_value("乙写的")
    assert CorrectionPoint.objects.get(position=1).answer == "甲写的"


def test_a_question_and_its_answer(site: Site, live_server, as_person: SignIn) -> None:
    world, case = site.world, site.world.filed(now=at("2026-01-05"))
    accept(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    site.clock("2026-01-06")
    bureau = as_person("cq.handler")
    bureau.goto(live_server.url + reverse("web:case", args=[case.pk]))
    bureau.get_by_role("link", name="补充说明", exact=True).click()
    bureau.get_by_label("请申请人说明").fill("废电路板破碎前是否已拆除含汞部件？请附照片。")
    bureau.get_by_role("button", name="发出").click()
    expect(bureau.get_by_role("status")).to_contain_text("已要求申请人补充说明")
    shoot(bureau, "supplements-bureau")
    filer = as_person("dazu.filer")
    filer.get_by_role("link", name="去说明").click()
    filer.get_by_label("说明", exact=True).fill("已全部拆除，见照片。")
    question = Supplement.objects.get()
    drop(filer, f"supplement-{question.pk}", 照片_png=PNG)
    expect(filer.locator(".file-list li")).to_have_count(1)
    shoot(filer, "supplements")
    filer.get_by_role("button", name="提交说明").last.click()
    expect(filer.get_by_role("status").first).to_contain_text("第 1 问已经说明")
    bureau.reload()
    expect(bureau.get_by_role("main")).to_contain_text("已全部拆除，见照片。")
    expect(bureau.get_by_role("link", name="照片.png")).to_be_visible()
    filer.goto(live_server.url + reverse("web:own_application", args=[case.pk]))
    shoot(filer, "case")


def test_an_approval_is_shipped_confirmed_and_closed(site: Site, live_server, as_person: SignIn) -> None:
    case = approved(site)
    site.clock("2026-01-08")
    filer = as_person("dazu.filer")
    expect(filer.get_by_role("table", name="各项批准明天可以转移的数量")).to_contain_text("120.0000")
    filer.get_by_role("link", name="登记转移").click()
    for number, tonnes in ((1, "70"), (2, "50")):
        if number == 1:
            filer.get_by_label("转移联单编号").fill("20265001000001")
        expect(filer.get_by_label("转移联单编号")).to_have_value(f"2026500100000{number}")
        filer.get_by_label("转移废物").select_option(index=0)
        filer.get_by_label("转移量（吨）").fill(tonnes)
        filer.get_by_role("button", name="登记转移").click()
        expect(filer.get_by_role("status").first).to_contain_text("转移已登记")
    expect(filer.get_by_role("main")).to_contain_text("已全部转移，2 车次待接受人确认")
    shoot(filer, "shipments")
    site.clock("2026-01-16")
    operator = as_person("suining.operator")
    expect(operator.get_by_role("table", name="待确认接受的车次")).to_contain_text("已逾期 1 个工作日")
    shoot(operator, "home-operator")
    operator.get_by_role("link", name="去确认").first.click()
    shoot(operator, "shipments-operator")
    for number in ("2", "1"):
        operator.get_by_label(f"联单 2026500100000{number} 运抵日期").fill("2026-01-08")
        operator.get_by_role("button", name="确认接受").first.click()
        expect(operator.get_by_role("status").first).to_contain_text("已确认接受")
    expect(operator.get_by_role("main")).to_contain_text("逾期确认")
    filer.goto(live_server.url + reverse("web:home"))
    filer.get_by_role("link", name="终结", exact=True).click()
    filer.get_by_role("button", name="确认终结").click()
    expect(filer.get_by_role("main")).to_contain_text("已终结")
    assert Application.objects.get(pk=case.pk).state == "closed"
    assert Shipment.objects.filter(confirmed_at__isnull=False).count() == 2
    shoot(filer, "case-closed")


def test_a_running_application_is_taken_back_and_its_tonnes_are_free(
    site: Site, live_server, as_person: SignIn
) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    entry = WhitelistEntry.objects.get(pk=case.items.get().entry_id)
    assert entry.held_t > 0
    site.clock("2026-01-06")
    filer = as_person("dazu.filer")
    filer.goto(live_server.url + reverse("web:own_application", args=[case.pk]))
    filer.get_by_role("link", name="撤回申请").first.click()
    filer.get_by_label("撤回原因").fill("生产安排有变，本批不再转移。")
    shoot(filer, "withdraw")
    filer.get_by_role("button", name="确认撤回").click()
    expect(filer.get_by_role("main")).to_contain_text("申请人撤回")
    assert Application.objects.get(pk=case.pk).state == "withdrawn"
    assert WhitelistEntry.objects.get(pk=entry.pk).held_t == entry.held_t - case.items.get().amount_t
    expect(filer.get_by_role("link", name="照此再申请")).to_be_visible()
    shoot(filer, "case-withdrawn")


def test_a_full_home_and_an_empty_one(site: Site, live_server, as_person: SignIn) -> None:
    world = site.world
    for tonnes in ("20", "35.5"):
        case = approved(site, items={"900-045-49": tonnes})
    pause(
        application_id=case.pk,
        by=world.user("cq.handler"),
        now=at("2026-01-07"),
        until_on=None,
        reason="接受人停产检修",
    )
    shipping = approved(site, items={"900-045-49": "12.25"}, period=("2026-01-05", "2026-01-31"))
    record_shipment(
        application_id=shipping.pk,
        by=world.user("dazu.filer"),
        now=at("2026-01-08"),
        item_id=shipping.items.get().pk,
        manifest_no="20265001000009",
        amount_t=Decimal("8.5"),
        shipped_on=date(2026, 1, 8),
        carrier_name="示例危货运输有限公司",
    )
    corrected = world.filed(now=at("2026-01-07"))
    request_correction(application_id=corrected.pk, by=world.user("cq.handler"), now=at("2026-01-08"), points=POINTS)
    asked = world.filed(now=at("2026-01-07"))
    accept(application_id=asked.pk, by=world.user("cq.handler"), now=at("2026-01-08"))
    ask_supplement(
        application_id=asked.pk, by=world.user("cq.handler"), now=at("2026-01-08"), question="请说明包装物的防渗措施。"
    )
    sent = world.filed(now=at("2026-01-07"))
    endorse(application_id=sent.pk, by=world.user("cq.handler"), now=at("2026-01-08"))
    world.draft(now=at("2026-01-08"))
    site.clock("2026-01-08", "16:00")
    filer = as_person("dazu.filer")
    expect(filer.get_by_role("heading", level=1)).to_contain_text("有 2 件等您办理")
    tomorrow = filer.get_by_role("table", name="各项批准明天可以转移的数量")
    expect(tomorrow).to_contain_text("暂停转移：接受人停产检修")
    expect(tomorrow).to_contain_text("还剩 23 天")
    expect(filer.get_by_role("table", name="办理中的申请")).to_contain_text("四川省生态环境厅")
    shoot(filer, "home-full")
    empty = as_person("kunming.filer")
    expect(empty.get_by_role("main")).to_contain_text("从这里开始")
    shoot(empty, "home-empty")
