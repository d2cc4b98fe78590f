"""The chain walked in browsers: prepared at a desk, reviewed, sent back and signed on a telephone without scripts."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from apps.organisations.models import Bureau
from apps.organisations.services.deputies import name_deputy
from apps.transfers.enums import State
from apps.transfers.models import Application, Preparation, SignoffChain
from tests.chromium import by_page
from tests.transfers.world import at
from tests.web.axe import grave_faults
from tests.web.conftest import Site

pytestmark = pytest.mark.browser

PASSWORD = "example-only"
DESK = {"width": 1440, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
BATTERIES = {"generator": "G-SC1", "operator": "O-CQ1", "items": {"900-052-31": "300"}}
SHOTS = os.environ.get("SHOTS", "")


def shoot(page: Page, name: str) -> None:
    """Pictures for who looks at the pages, where somebody asks for them."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.fixture
def sign_in(real_site: Site, live_server, browser: Browser) -> Iterator:
    contexts, complaints = [], []

    def as_person(username: str, size: dict[str, int] = DESK, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport=size, java_script_enabled=scripts
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        by_page(page, live_server.url, username, PASSWORD)
        return page

    yield as_person
    for context in contexts:
        context.close()
    assert [text for text in complaints if "409" not in text and "422" not in text] == []


@pytest.fixture
def case(real_site: Site) -> Application:
    bureau = Bureau.objects.get(level="provincial", province__short="SC")
    SignoffChain.objects.create(bureau=bureau, roles=["handler", "section_head", "signatory"])
    return real_site.world.filed(now=at("2026-01-05"), **BATTERIES)


def looks_right(page: Page) -> None:
    """No wider than the screen, and nothing that keeps somebody out."""
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert grave_faults(page) == []


def prepare_at_the_desk(handler: Page, address: str) -> None:
    handler.goto(address)
    expect(handler.get_by_role("main")).to_contain_text("经办（经办人） → 审核（处室负责人） → 签发（分管负责人）")
    handler.get_by_label("给审核人的说明（内部，不进文书）").fill("材料齐全，拟同意。")
    shoot(handler, "act_desk")
    handler.get_by_role("button", name="送审核").click()
    expect(handler.get_by_role("status").first).to_contain_text("批准已送审核")
    shoot(handler, "sent_desk")


def send_back_on_a_telephone(head: Page) -> None:
    head.get_by_role("link", name="签批").click()
    shoot(head, "desk_phone")
    head.get_by_role("link", name="批准", exact=True).click()
    expect(head.get_by_role("main")).to_contain_text("川环危转〔2026〕1号")
    shoot(head, "review_phone")
    head.get_by_label("意见（内部；退回时须填写）").fill("数量请核减至 250 吨。")
    head.get_by_role("button", name="退回经办人").click()
    expect(head.get_by_role("main")).to_contain_text("数量请核减至 250 吨。")


def prepare_again(handler: Page) -> None:
    handler.get_by_role("link", name="签批", exact=True).first.click()
    expect(handler.get_by_role("link", name="退回给我　1")).to_be_visible()
    shoot(handler, "back_desk")
    handler.get_by_role("link", name="批准", exact=True).click()
    handler.get_by_role("link", name="修改后再送").click()
    expect(handler.get_by_role("main")).to_contain_text("已退回：数量请核减至 250 吨。")
    handler.get_by_label("第 1 项 900-052-31（吨）").fill("２５０")
    shoot(handler, "again_desk")
    handler.get_by_role("button", name="送审核").click()


def test_the_chain_with_a_send_back_and_a_deputy_on_a_telephone(
    real_site: Site, live_server, sign_in, case: Application
) -> None:
    handler = sign_in("sc.handler")
    prepare_at_the_desk(handler, live_server.url + reverse("web:approve", args=[case.pk]))
    head = sign_in("sc.section_head", TELEPHONE, scripts=False)
    send_back_on_a_telephone(head)
    prepare_again(handler)

    head.get_by_role("link", name="← 签批").click()
    head.get_by_role("link", name="批准", exact=True).click()
    head.get_by_role("button", name="审核通过").click()

    signatory = real_site.world.user("sc.signatory")
    name_deputy(
        bureau=Bureau.objects.get(level="provincial", province__short="SC"),
        person=signatory,
        deputy=real_site.world.user("sc.bureau_head"),
        by=signatory,
        valid_from=date(2026, 1, 5),
        valid_until=date(2026, 1, 9),
        on=date(2026, 1, 5),
        at=at("2026-01-05"),
    )
    phone = sign_in("sc.signatory", TELEPHONE)
    phone.get_by_role("link", name="签批").click()
    phone.get_by_role("link", name="批准", exact=True).click()
    main = phone.get_by_role("main")
    expect(main).to_contain_text("250.0000（核减）")
    looks_right(phone)
    phone.get_by_text("批准决定书", exact=True).click()
    shoot(phone, "sign_phone")
    wide = sign_in("sc.signatory")
    wide.goto(phone.url)
    shoot(wide, "sign_desk")
    phone.get_by_role("button", name="签发").click()
    expect(main).to_contain_text("您刚刚签发")
    shoot(phone, "signed_phone")
    assert Application.objects.get(pk=case.pk).state == State.APPROVED

    # The other tab still shows what was to be signed: it is told who did.
    wide.get_by_role("button", name="签发").click()
    expect(wide.get_by_role("alert")).to_contain_text("魏立言 已于")
    phone.get_by_role("link", name="收回").click()
    phone.get_by_role("button", name="确认收回刚签发的文书").click()
    expect(phone.get_by_role("status").first).to_contain_text("已收回")
    assert Application.objects.get(pk=case.pk).state == State.ORIGIN_REVIEW


def test_several_together_and_a_deputy_named_by_keyboard(
    real_site: Site, live_server, sign_in, case: Application
) -> None:
    SignoffChain.objects.update(roles=["handler", "signatory"])
    others = [real_site.world.filed(now=at("2026-01-05"), **BATTERIES) for _ in range(2)]
    for one in (case, *others):
        form = {f"amount_{one.items.get().pk}": "300", "until": "2026-12-31"}
        real_site.client("sc.handler").post(reverse("web:approve", args=[one.pk]), form)
    Preparation.objects.filter(application=others[1]).update(revision=2)
    page = sign_in("sc.signatory")
    page.goto(live_server.url + reverse("web:signing"))
    Preparation.objects.filter(application=others[1]).update(revision=3)
    for box in page.get_by_role("checkbox").all():
        box.check()
    shoot(page, "batch_desk")
    looks_right(page)
    page.get_by_role("button", name="签发所选").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已签发 2 件，未签发 1 件")
    shoot(page, "batch_result_desk")
    page.set_viewport_size(TELEPHONE)
    shoot(page, "batch_result_phone")
    looks_right(page)
    page.goto(live_server.url + reverse("web:deputies"))
    page.get_by_label("代理人（B角）").select_option(label="金青山")
    page.get_by_label("至（含当日）").fill("2026-01-16")
    page.get_by_role("button", name="指定").press("Enter")
    expect(page.get_by_role("main")).to_contain_text("代理中")
    shoot(page, "deputies_phone")
    looks_right(page)
    page.set_viewport_size(DESK)
    shoot(page, "deputies_desk")
