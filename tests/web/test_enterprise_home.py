"""What waits, what is under way, what can leave tomorrow; as many queries for one approval as for nine."""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.organisations.enums import Role
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.ending import declare_complete
from apps.transfers.services.pausing import pause
from apps.transfers.services.reviewing import Point, accept, endorse, request_correction
from apps.transfers.services.shipping import confirm_shipment, record_shipment
from apps.transfers.services.supplementing import ask_supplement
from apps.web.enterprise.balance import Balance, balances_of
from tests.organisations.factories import MembershipFactory
from tests.transfers.world import at
from tests.web.conftest import Site

DAY0, DAY1, DAY2 = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")


def approved(site: Site, **wish: object) -> Application:
    case = site.world.filed(now=DAY0, **wish)
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=DAY1)
    return consent(application_id=case.pk, by=site.world.user("sc.handler"), now=DAY2)


def shipped(site: Site, case: Application, tonnes: str, number: int = 1) -> Application:
    record_shipment(
        application_id=case.pk,
        by=site.world.user("dazu.filer"),
        now=at("2026-01-08"),
        item_id=case.items.get().pk,
        manifest_no=f"2026500100{number:04d}",
        amount_t=Decimal(tonnes),
        shipped_on=date(2026, 1, 8),
        carrier_name="示例危货运输有限公司",
    )
    return case


def balance(case: Application, day: str = "2026-01-09") -> Balance:
    return balances_of([Application.objects.get(pk=case.pk)], day=date.fromisoformat(day))[0]


def home(site: Site, username: str = "dazu.filer") -> str:
    return site.client(username).get(reverse("web:home")).content.decode()


def busy(site: Site, number: int) -> None:
    """One of everything that the home shows."""
    world, handler = site.world, site.world.user("cq.handler")
    case = approved(site, items={"900-045-49": "10"})
    shipped(site, case, "4", number)
    pause(application_id=case.pk, by=handler, now=at("2026-01-08"), until_on=None, reason="检查")
    corrected = world.filed(now=DAY0, items={"900-045-49": "10"})
    request_correction(application_id=corrected.pk, by=handler, now=DAY1, points=[Point("合同", "缺页", "请补")])
    asked = accept(application_id=world.filed(now=DAY0, items={"900-045-49": "10"}).pk, by=handler, now=DAY1)
    ask_supplement(application_id=asked.pk, by=handler, now=DAY1, question="包装？")
    world.draft(now=DAY0)


def count(site: Site, username: str) -> int:
    client = site.client(username)
    client.get(reverse("web:home"))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("web:home")).status_code == 200
    return len(queries)


def test_as_many_queries_for_much_as_for_little(site: Site) -> None:
    site.clock("2026-01-08")
    busy(site, 1)
    little = {name: count(site, name) for name in ("dazu.filer", "suining.operator")}
    for number in range(2, 5):
        busy(site, number)
    assert {name: count(site, name) for name in little} == little
    assert max(little.values()) <= 20


def test_corrections_first_then_questions(site: Site) -> None:
    busy(site, 1)
    site.clock("2026-01-08")
    text = home(site)
    assert "有 2 件等您办理" in text
    assert text.index("待补正") < text.index("包装？") < text.index("明天可以转移")
    assert "重庆市生态环境局" in text


def test_who_has_done_nothing_is_shown_the_way(site: Site) -> None:
    assert "从这里开始" in home(site, "kunming.filer")
    assert "没有待确认的车次" in home(site, "suining.operator")


def test_a_viewer_begins_nothing(site: Site) -> None:
    shipped(site, approved(site), "20")
    site.clock("2026-01-08")
    text = home(site, "dazu.viewer")
    assert reverse("web:new_application") not in text
    assert '/shipments/">登记转移' not in text
    assert "100.0000" in text


def test_of_two_enterprises_each_row_says_whose(site: Site) -> None:
    approved(site)
    user = site.world.user("dazu.filer")
    MembershipFactory(user=user, role=Role.FILER, enterprise=site.world.enterprise("G-CQ2"))
    site.clock("2026-01-08")
    assert f"（自 {site.world.enterprise('G-CQ1')}）" in home(site)


def test_nobody_sees_what_is_another_enterprises(site: Site) -> None:
    case = approved(site)
    site.clock("2026-01-08")
    for username in ("jiulongpo.filer", "kunming.filer", "meishan.operator"):
        assert case.number not in home(site, username)


def test_a_balance_on_a_day(site: Site) -> None:
    case = shipped(site, approved(site), "70")
    now = balance(case)
    assert (now.approved_t, now.shipped_t, now.left_t, now.received_t, now.waiting) == (120, 70, 50, 0, 1)
    assert (now.can_leave, now.days_left, now.step.act) == (True, 357, "shipments")
    assert balance(case, "2026-01-06").can_leave is False
    assert "有效期自 2026-01-07 起" in balance(case, "2026-01-06").step.words
    last = balance(case, "2026-12-31")
    assert (last.can_leave, last.days_left, last.step.words) == (True, 1, "还剩 1 天，到期未转移的数量失效。")
    over = balance(case, "2027-01-01")
    assert (over.can_leave, over.days_left, over.step.act) == (False, 0, "close")
    assert "余 50.0000 吨不能再转移" in over.step.words


def test_what_is_shipped_waits_for_its_confirmation_then_for_its_end(site: Site) -> None:
    case = shipped(site, approved(site), "120")
    assert balance(case).step.words == "已全部转移，1 车次待接受人确认，确认后可终结。"
    confirm_shipment(
        application_id=case.pk,
        shipment_id=case.shipments.get().pk,
        by=site.world.user("suining.operator"),
        now=at("2026-01-09"),
        received_t=Decimal("119.5"),
        arrived_on=date(2026, 1, 8),
    )
    done = balance(case)
    assert (done.received_t, done.step.act, done.can_leave) == (Decimal("119.5"), "close", False)


def test_paused_or_declared_complete_nothing_leaves(site: Site) -> None:
    paused, complete = approved(site, items={"900-045-49": "10"}), approved(site, items={"900-045-49": "10"})
    pause(
        application_id=paused.pk,
        by=site.world.user("cq.handler"),
        now=at("2026-01-08"),
        until_on=date(2026, 1, 20),
        reason="检修",
    )
    declare_complete(application_id=complete.pk, by=site.world.user("dazu.filer"), now=at("2026-01-08"))
    assert balance(paused).step.words == "暂停转移：检修（至 2026-01-20）。"
    assert [balance(paused).can_leave, balance(paused, "2026-01-21").can_leave] == [False, True]
    assert balance(complete).can_leave is False
