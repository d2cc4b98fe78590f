"""What is suspended, on the pages of a case: the bureau's, the sender's, the copy for another operator."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.following import follow_suspensions
from apps.transfers.services.reviewing import endorse
from apps.whitelists.models import Bar, WhitelistEntry
from apps.whitelists.services.suspending import suspend_operator
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.test_bureau_case import CASE_BOUND
from tests.web.typing_people import codes

PAPER = {"document_no": "川环罚〔2026〕3号", "reason": "超许可范围贮存"}


@pytest.fixture
def case(site: Site) -> Application:
    return site.world.filed(now=at("2026-01-05"))


def suspended(site: Site, from_on: str = "2026-01-06") -> Bar:
    asked = {"by": site.world.user("sc.whitelist_admin"), "now": at("2026-01-06"), **PAPER}
    operator = site.world.enterprise("O-SC1")
    bar = suspend_operator(operator_id=operator.pk, waste_code="", from_on=date.fromisoformat(from_on), **asked)
    site.clock("2026-01-06", "11:00")
    return bar


def text_of(site: Site, who: str, name: str, case: Application, query: str = "") -> str:
    response = site.client(who).get(reverse(f"web:{name}", args=[case.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def another_operator_lists_it(site: Site) -> WhitelistEntry:
    """O-SC2 gets a permit and a line for the same waste."""
    entry, operator = site.world.entry("O-SC1", "900-045-49", "CQ"), site.world.enterprise("O-SC2")
    permit = operator.permits.get(valid_from__year=2025)
    permit.lines.create(waste_code="900-045-49", method="R4", capacity_t=5000)
    line = {"waste_codes": ["900-045-49"], "method": "R4", "quota_t": Decimal(500)}
    return WhitelistEntry.objects.create(edition=entry.edition, number="90", operator=operator, **line)


def test_the_bureau_sees_what_is_suspended_by_which_document_and_what_fits(site: Site, case: Application) -> None:
    suspended(site)
    another_operator_lists_it(site)
    text = text_of(site, "cq.handler", "case", case)
    for said in ("已被暂停，现在不能批准", PAPER["document_no"], PAPER["reason"], "2026-01-06 周二", "另选接受人"):
        assert said in text
    assert str(site.world.enterprise("O-SC2")) in text
    assert f"{reverse('web:reject', args=[case.pk])}?because=suspended" in text
    # Who holds nothing of the case is offered nothing.
    assert "because=suspended" not in text_of(site, "sc.handler", "case", case)


@pytest.mark.parametrize("name", ["suspend", "reject"])
def test_the_forms_come_filled_in_when_the_notice_led_there_only(site: Site, case: Application, name: str) -> None:
    suspended(site)
    filled = f"{case.operator}自 2026-01-06 周二 起暂停（川环罚〔2026〕3号：超许可范围贮存）。"
    assert filled in text_of(site, "cq.handler", name, case, "?because=suspended")
    assert PAPER["document_no"] not in text_of(site, "cq.handler", name, case)


def test_a_review_waits_for_the_lists_no_longer_than_for_a_permit(site: Site, case: Application) -> None:
    client, url = site.client("cq.handler"), reverse("web:suspend", args=[case.pk])
    form = {"seen": case.log_length, "reason": "barred", "reasons": "等待整改", "expected_end_on": "2026-01-20"}
    site.clock("2026-01-06", "09:00")
    assert codes(client.post(url, form)) == {"suspension.barred"}
    suspended(site)
    assert codes(client.post(url, {**form, "expected_end_on": "2026-03-20"})) == {"suspension.too_long"}
    assert client.post(url, form).status_code == 302
    assert Application.objects.get(pk=case.pk).state == "suspended"


def test_the_sender_sees_it_and_copies_the_case_for_another(site: Site, case: Application) -> None:
    suspended(site)
    another_operator_lists_it(site)
    filer = site.world.filer_of("G-CQ1").username
    again = reverse("web:again", args=[case.pk])
    assert f"{again}?elsewhere=1" in text_of(site, filer, "own_application", case)
    response = site.client(filer).post(again, {"operator": "other"}, follow=True)
    draft = Application.objects.latest("pk")
    assert (draft.operator, draft.contract_no, draft.transit.count()) == (None, "", 0)
    assert [(item.waste_code, item.amount_t) for item in draft.items.all()] == [("900-045-49", Decimal(120))]
    assert f"改选 {site.world.enterprise('O-SC2')}" in response.content.decode()


def test_what_is_to_come_is_told_as_such_and_asks_for_nothing_yet(site: Site, case: Application) -> None:
    suspended(site, "2026-02-02")
    text = text_of(site, "cq.handler", "case", case)
    assert "即将暂停" in text
    assert "将自" in text
    assert "because=suspended" not in text


def test_an_approval_tells_each_of_its_pauses_and_its_copy_asks_for_what_is_left(site: Site, case: Application) -> None:
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    consent(application_id=case.pk, by=site.world.user("sc.handler"), now=at("2026-01-05", "11:00"))
    item = case.items.get()
    case.shipments.create(
        item=item,
        manifest_no="20265001000088",
        amount_t=Decimal(20),
        shipped_on=date(2026, 1, 5),
        carrier_name="示例",
        recorded_by=site.world.filer_of("G-CQ1"),
        recorded_at=at("2026-01-05"),
    )
    suspended(site)
    follow_suspensions(now=at("2026-01-06", "10:30"))
    filer = site.world.filer_of("G-CQ1").username
    for who, name in (("cq.handler", "case"), ("sc.handler", "case"), (filer, "own_application"), (filer, "shipments")):
        text = text_of(site, who, name, case)
        assert "暂停转移，不得装运" in text
        assert PAPER["document_no"] in text
    assert "解除暂停</a>" not in text_of(site, "cq.handler", "case", case)
    site.client(filer).post(reverse("web:again", args=[case.pk]), {"operator": "other"})
    assert Application.objects.latest("pk").items.get().amount_t == Decimal(100)


def test_the_page_asks_no_more_for_more_suspensions(site: Site, case: Application) -> None:
    entry = site.world.entry("O-SC1", "900-045-49", "CQ")
    client, url = site.client("cq.handler"), reverse("web:case", args=[case.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as plain:
        client.get(url)
    assert len(plain) <= CASE_BOUND
    suspended(site)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for scope in (
        {"entry": entry},
        {"edition": entry.edition},
        {"operator": case.operator, "waste_code": "900-045-49"},
    ):
        Bar.objects.create(**scope, from_on="2026-01-06", recorded_at=at("2026-01-06"), **PAPER)
    client.get(url)
    with CaptureQueriesContext(connection) as many:
        assert client.get(url).content.decode().count(PAPER["document_no"]) >= 4
    assert len(many) <= len(one) + 1
