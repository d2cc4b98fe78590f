"""Filing, correcting and withdrawing through the page."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.transfers.enums import State
from apps.transfers.models import Application
from apps.transfers.services.reviewing import Point, request_correction
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes, typed


@pytest.fixture
def draft(site: Site) -> Application:
    """A draft that the page itself has saved: what it posts again is no change."""
    draft = site.world.draft(now=at("2026-01-05"))
    site.client("dazu.filer").post(reverse("web:draft", args=[draft.pk]), typed(draft))
    return Application.objects.get(pk=draft.pk)


@pytest.fixture
def filer(site: Site) -> Client:
    return site.client("dazu.filer")


def submit(client: Client, draft: Application, **changes):
    form = typed(draft, **{"action": "submit", "seen_route": "fast_track", **changes})
    return client.post(reverse("web:draft", args=[draft.pk]), form)


def test_filing_shows_the_filed_case(draft: Application, filer: Client) -> None:
    response = submit(filer, draft)
    assert response.status_code == 302
    page = filer.get(response.url)
    assert "2026-50-51-00001" in page.content.decode()
    assert "剩 5 个工作日" in page.content.decode()


def test_a_double_click_files_once_and_shows_the_case(site: Site, draft: Application, filer: Client) -> None:
    submit(filer, draft)
    again = submit(filer, draft)
    assert again.url == reverse("web:own_application", args=[draft.pk])
    assert Application.objects.exclude(number=None).count() == 1
    assert site.world.entry("O-SC1", "900-045-49", "CQ").held_t == Decimal(120)


def test_what_changed_after_the_check_is_checked_again_not_filed(draft: Application, filer: Client) -> None:
    response = submit(filer, draft, rows=[{"amount_t": "80"}])
    assert "checked=1" in response.url
    page = filer.get(response.url)
    assert "请核对结果后再提交" in page.content.decode()
    kept = Application.objects.get(pk=draft.pk)
    assert (kept.state, kept.items.get().amount_t) == (State.DRAFT, Decimal(80))


@pytest.mark.parametrize("route", ["over_quota", "", "nonsense"])
def test_another_route_than_seen_files_nothing(draft: Application, filer: Client, route: str) -> None:
    response = submit(filer, draft, seen_route=route)
    assert response.status_code == 409
    assert "route.changed" in codes(response)
    assert response.context["result"].route == "fast_track"
    assert Application.objects.get(pk=draft.pk).state == State.DRAFT


def test_a_blocking_finding_is_shown_with_all_others(site: Site, filer: Client) -> None:
    draft = site.world.draft(now=at("2026-01-05"), materials=())
    filer.post(reverse("web:draft", args=[draft.pk]), typed(draft))
    draft = Application.objects.get(pk=draft.pk)
    response = submit(filer, draft)
    assert response.status_code == 409
    assert {"check.blocking", "material.missing"} <= codes(response)


def test_two_windows_lose_nothing(draft: Application, filer: Client) -> None:
    old = typed(draft, rows=[{"amount_t": "77"}])
    filer.post(reverse("web:draft", args=[draft.pk]), typed(draft, contract_no="另一窗口"))
    response = filer.post(reverse("web:draft", args=[draft.pk]), old)
    assert response.status_code == 409
    assert 'value="77"' in response.content.decode()
    assert Application.objects.get(pk=draft.pk).contract_no == "另一窗口"


@pytest.fixture
def in_correction(site: Site, draft: Application, filer: Client) -> Application:
    submit(filer, draft)
    request_correction(
        application_id=draft.pk,
        by=site.world.user("cq.handler"),
        now=site.clock("2026-01-06"),
        points=[Point("合同", "未盖章", "补盖章"), Point("数量", "不符", "说明")],
    )
    return Application.objects.get(pk=draft.pk)


def test_in_a_correction_the_page_changes_the_case_and_the_checklist_files_it(
    in_correction: Application, filer: Client
) -> None:
    url, checklist = (reverse(f"web:{name}", args=[in_correction.pk]) for name in ("draft", "correction"))
    page = filer.get(url).content.decode()
    assert "未盖章" in page
    assert f'href="{checklist}"' in page
    assert 'name="answer_1"' not in page
    form = typed(
        in_correction, contract_no="新合同", action="submit", seen_route="fast_track", answer_1="已补", answer_2="已改"
    )
    kept = filer.post(url, form)
    assert (kept.status_code, kept.url) == (302, checklist)
    case = Application.objects.get(pk=in_correction.pk)
    assert (case.state, case.round, case.contract_no) == (State.CORRECTION, 1, "新合同")
    assert set(case.correction_points.values_list("answer", flat=True)) == {""}
    assert "申请内容已保存" in filer.get(checklist).content.decode()


def test_in_a_correction_what_cannot_be_kept_stays_on_the_page(in_correction: Application, filer: Client) -> None:
    url = reverse("web:draft", args=[in_correction.pk])
    response = filer.post(url, typed(in_correction, contract_no="长" * 61, action="submit"))
    assert response.status_code == 422
    assert "max_length" in codes(response)
    assert "长" * 61 in response.content.decode()


def test_the_operator_is_fixed_in_a_correction(site: Site, in_correction: Application, filer: Client) -> None:
    other = site.world.enterprise("O-SC2").pk
    response = filer.post(reverse("web:draft", args=[in_correction.pk]), typed(in_correction, operator=str(other)))
    assert response.status_code == 422
    assert Application.objects.get(pk=in_correction.pk).operator_id == in_correction.operator_id


@pytest.mark.parametrize(("reason", "code"), [("", "required"), ("　 ", "required"), ("长" * 4001, "max_length")])
def test_withdrawing_needs_a_reason(site: Site, filer: Client, reason: str, code: str) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    response = filer.post(reverse("web:withdraw", args=[case.pk]), {"reason": reason})
    assert response.status_code == 422
    assert code in codes(response)
    assert Application.objects.get(pk=case.pk).state == State.ORIGIN_REVIEW


def test_withdrawing_twice_is_told(site: Site, filer: Client) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    url = reverse("web:withdraw", args=[case.pk])
    assert filer.post(url, {"reason": "长" * 4000}).status_code == 302
    again = filer.post(url, {"reason": "再撤"})
    assert again.status_code == 409
    assert "state.moved" in codes(again)
    assert "再撤" in again.content.decode()
