"""Correction, questions and shipments at the door: without scripts, twice, out of time, and with other people's keys."""

import pytest
from django.urls import reverse

from apps.transfers.models import Application, CorrectionPoint, Shipment, Supplement
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import Point, accept, endorse, request_correction
from apps.transfers.services.supplementing import ask_supplement
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes

DAY0, DAY1, DAY2 = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")
POINTS = [Point("合同", "缺页", "请补"), Point("包装", "不一致", "请核对")]


@pytest.fixture
def corrected(site: Site) -> Application:
    case = site.world.filed(now=DAY0)
    request_correction(application_id=case.pk, by=site.world.user("cq.handler"), now=DAY1, points=POINTS)
    site.clock("2026-01-07")
    return Application.objects.get(pk=case.pk)


@pytest.fixture
def asked(site: Site) -> Supplement:
    case = accept(application_id=site.world.filed(now=DAY0).pk, by=site.world.user("cq.handler"), now=DAY1)
    site.clock("2026-01-07")
    return ask_supplement(application_id=case.pk, by=site.world.user("cq.handler"), now=DAY1, question="包装？")


@pytest.fixture
def approved(site: Site) -> Application:
    case = site.world.filed(now=DAY0)
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=DAY1)
    site.clock("2026-01-08")
    return consent(application_id=case.pk, by=site.world.user("sc.handler"), now=DAY2)


def answers(case: Application, action: str = "save", **changes: str) -> dict[str, str]:
    return {
        "action": action,
        "version": str(case.version),
        "seen_route": "fast_track",
        "answer_1": "已补第 3 页",
        "answer_2": "已改",
        "done_1": "on",
        **changes,
    }


def correct(site: Site, case: Application, by: str = "dazu.filer", **typed: str):
    return site.client(by).post(reverse("web:correction", args=[case.pk]), answers(case, **typed))


def kept() -> list[tuple[str, bool]]:
    return list(CorrectionPoint.objects.order_by("position").values_list("answer", "is_done"))


def test_without_scripts_answers_are_saved_and_submitted(site: Site, corrected: Application) -> None:
    assert correct(site, corrected).status_code == 302
    assert kept() == [("已补第 3 页", True), ("已改", False)]
    stored = {"seen_1": "已补第 3 页", "seen_2": "已改"}
    answer = correct(site, corrected, action="submit", **stored)
    assert answer.url == reverse("web:own_application", args=[corrected.pk])
    assert Application.objects.get(pk=corrected.pk).state == "origin_review"
    again = correct(site, corrected, action="submit", **stored)
    assert again.status_code == 302


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"answer_2": " "}, "correction.unanswered"),
        ({"seen_route": "general"}, "route.changed"),
        ({"seen_route": ""}, "route.changed"),
        ({"version": "999"}, "draft.changed"),
        ({"version": "x"}, "draft.changed"),
    ],
)
def test_what_is_refused_loses_nothing(site: Site, corrected: Application, changes, code) -> None:
    answer = correct(site, corrected, **({"action": "submit"} | changes))
    assert (answer.status_code, code in codes(answer)) == (409, True)
    assert "已补第 3 页" in answer.content.decode()
    assert kept()[0] == ("已补第 3 页", True)
    assert Application.objects.get(pk=corrected.pk).state == "correction"


def test_an_answer_too_long_is_told_at_its_point(site: Site, corrected: Application) -> None:
    answer = correct(site, corrected, answer_1="字" * 4001)
    assert (answer.status_code, "answer.long" in codes(answer)) == (422, True)
    assert "字" * 4001 in answer.content.decode()
    assert kept() == [("", False), ("已改", False)]


def test_what_another_wrote_is_shown_and_kept(site: Site, corrected: Application) -> None:
    correct(site, corrected)
    answer = correct(site, corrected, answer_1="别的", seen_1="", seen_2="已改")
    assert "answer.conflict" in codes(answer)
    assert kept()[0][0] == "已补第 3 页"
    # Having seen it, one may overwrite it.
    assert 'name="seen_1" value="已补第 3 页"' in answer.content.decode()


def test_a_script_saves_one_point(site: Site, corrected: Application) -> None:
    address, client = reverse("web:correction", args=[corrected.pk]), site.client("dazu.filer")
    saved = client.post(address, {"action": "point:2", "answer_2": "已改\r\n两处", "seen_2": "", "done_2": "on"})
    assert saved.json() == {"answer": "已改\n两处", "is_done": True}
    refused = client.post(address, {"action": "point:2", "answer_2": "别的", "seen_2": ""})
    assert (refused.status_code, refused.json()["code"]) == (409, "answer.conflict")
    for number in ("3", "x", "9" * 40, ""):
        assert client.post(address, {"action": f"point:{number}"}).status_code == 404


def test_a_changed_route_is_confirmed_by_its_name(site: Site, corrected: Application) -> None:
    corrected.items.update(amount_t="3100")
    text = site.client("dazu.filer").get(reverse("web:correction", args=[corrected.pk])).content.decode()
    assert "办理程序将由“名单内直接审批”变为“<strong>超量商请</strong>”" in text
    assert correct(site, corrected, action="submit").status_code == 409
    seen = {"seen_1": "已补第 3 页", "seen_2": "已改", "seen_route": "over_quota"}
    assert correct(site, corrected, action="submit", **seen).status_code == 302
    assert Application.objects.get(pk=corrected.pk).route == "over_quota"


def test_only_the_filer_corrects(site: Site, corrected: Application) -> None:
    for username, status in (("dazu.viewer", 403), ("suining.operator", 403), ("jiulongpo.filer", 404)):
        assert correct(site, corrected, by=username).status_code == status
    assert kept() == [("", False), ("", False)]


def reply(site: Site, one: Supplement, by: str = "dazu.filer", **typed: str):
    form = {"supplement": str(one.pk), "answer": "内衬防渗膜", "action": "answer", **typed}
    return site.client(by).post(reverse("web:supplements", args=[one.application_id]), form)


def test_an_answer_is_given_once_however_often_it_is_pressed(site: Site, asked: Supplement) -> None:
    assert reply(site, asked).status_code == 302
    again = reply(site, asked, answer="别的")
    assert (again.status_code, codes(again)) == (409, {"supplement.answered"})
    assert Supplement.objects.get().answer == "内衬防渗膜"


def test_an_answer_that_is_refused_stays_on_the_page(site: Site, asked: Supplement) -> None:
    assert codes(reply(site, asked, answer=" ")) == {"supplement.empty"}
    long = reply(site, asked, answer="长" * 4001)
    assert codes(long) == {"supplement.long"}
    assert "长" * 4001 in long.content.decode()


@pytest.mark.parametrize("key", ["0", "x", "9" * 40, ""])
def test_no_such_question(site: Site, asked: Supplement, key) -> None:
    assert reply(site, asked, supplement=key).status_code == 404


def test_only_the_filer_answers(site: Site, asked: Supplement) -> None:
    for username, status in (("dazu.viewer", 403), ("suining.operator", 403), ("jiulongpo.filer", 404)):
        assert reply(site, asked, by=username).status_code == status
    assert Supplement.objects.get().answered_at is None


def test_a_bureau_asks_while_it_holds_the_case(site: Site, asked: Supplement) -> None:
    address = reverse("web:case_supplements", args=[asked.application_id])
    for username, status in (("sc.handler", 403), ("auditor", 403), ("gz.handler", 404), ("dazu.filer", 404)):
        assert site.client(username).post(address, {"question": "路线？"}).status_code == status
    handler = site.client("cq.handler")
    assert codes(handler.post(address, {"question": ""})) != set()
    assert codes(handler.post(address, {"question": "包装？"})) == {"supplement.asked"}
    assert handler.post(address, {"question": "路线？"}).status_code == 302
    assert Supplement.objects.count() == 2


def ship(site: Site, case: Application, by: str = "dazu.filer", **typed: str):
    form = {
        "item": str(case.items.get().pk),
        "manifest_no": "２０２６５００１ 000001",
        "amount_t": "５０",
        "shipped_on": "2026-01-08",
        "carrier_name": "示例",
        **typed,
    }
    return site.client(by).post(reverse("web:record_shipment", args=[case.pk]), form)


def test_a_trip_entered_twice_is_one(site: Site, approved: Application) -> None:
    first = ship(site, approved)
    assert first.url.startswith(reverse("web:shipments", args=[approved.pk]) + "?after=")
    assert codes(ship(site, approved)) == {"manifest.used"}
    assert Shipment.objects.get().amount_t == 50
    text = site.client("dazu.filer").get(first.url.split("#")[0]).content.decode()
    assert 'value="20265001000002"' in text


@pytest.mark.parametrize("after", ["0", "x", "9" * 40])
def test_the_next_trip_follows_no_strangers(site: Site, approved: Application, after) -> None:
    answer = site.client("dazu.filer").get(reverse("web:shipments", args=[approved.pk]), {"after": after})
    assert answer.status_code == 200


def test_more_than_is_left_is_told_with_its_figures(site: Site, approved: Application) -> None:
    answer = ship(site, approved, amount_t="120.0001")
    assert codes(answer) == {"shipment.over"}
    assert "尚可转移 120.0000 吨" in answer.content.decode()
    assert 'value="120.0001"' in answer.content.decode()
