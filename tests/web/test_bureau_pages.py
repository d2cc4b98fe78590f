"""A bureau's desk: the worklist, the buttons, acts and what is typed into them."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.transfers.enums import State
from apps.transfers.models import Application
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.sweeping import sweep
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes

REFUSED_TEXTS = [
    ("", "required"),
    (" 　\n", "required"),
    ("长" * 4001, "max_length"),
    ("空\x00字", "null_characters_not_allowed"),
]


@pytest.fixture
def case(site: Site) -> Application:
    return site.world.filed(now=at("2026-01-05"))


@pytest.fixture
def asked(site: Site, case: Application) -> Application:
    return endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))


def state_of(case: Application) -> str:
    return Application.objects.get(pk=case.pk).state


def url(name: str, case: Application) -> str:
    return reverse(f"web:{name}", args=[case.pk])


def buttons(site: Site, username: str, case: Application) -> list[str]:
    return [act.name for act in site.client(username).get(url("case", case)).context["acts"]]


def test_buttons_are_the_machines_answer(site: Site, case: Application) -> None:
    assert buttons(site, "cq.handler", case) == ["accept", "endorse", "request_correction", "reject", "suspend"]
    assert buttons(site, "sc.handler", case) == []
    assert buttons(site, "cq.whitelist_admin", case) == []
    assert buttons(site, "auditor", case) == []
    site.client("cq.handler").post(url("accept", case))
    assert buttons(site, "cq.handler", case) == ["endorse", "reject", "suspend"]
    site.client("cq.handler").post(url("endorse", case))
    # The signer of the last act may recall it for some minutes; nobody else of the bureau can do anything now.
    assert buttons(site, "cq.handler", case) == ["recall"]
    assert buttons(site, "cq.signatory", case) == []
    assert buttons(site, "sc.handler", case) == ["consent", "object", "suspend"]


def test_under_prior_consent_the_origin_approves(site: Site) -> None:
    case = site.world.filed(generator="G-SC1", operator="O-CQ1", items={"900-052-31": "30"}, now=at("2026-01-05"))
    assert "approve" in buttons(site, "sc.handler", case)
    assert "endorse" not in buttons(site, "sc.handler", case)


@pytest.mark.parametrize(("text", "code"), REFUSED_TEXTS)
@pytest.mark.parametrize("name", ["reject", "object"])
def test_reasons_are_asked_for_and_kept(site: Site, case: Application, name: str, text: str, code: str) -> None:
    if name == "object":
        endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    before = state_of(case)
    client = site.client("sc.handler" if name == "object" else "cq.handler")
    response = client.post(url(name, case), {"reasons": text})
    assert response.status_code == 422
    assert code in codes(response)
    if "\x00" not in text:
        assert text.strip() in response.content.decode()
    assert state_of(case) == before


def test_four_thousand_characters_and_emoji_are_reasons(site: Site, case: Application) -> None:
    text = "理" * 3998 + "由🙂"
    assert site.client("cq.handler").post(url("reject", case), {"reasons": text}).status_code == 302
    assert Application.objects.get(pk=case.pk).reasons == text
    assert text in site.client("dazu.filer").get(url("own_application", case)).content.decode()


def test_who_comes_second_is_told_and_keeps_what_was_typed(site: Site, case: Application) -> None:
    site.client("cq.handler").post(url("reject", case), {"reasons": "先到的理由"})
    response = site.client("cq.signatory").post(url("reject", case), {"reasons": "后到的理由"})
    assert response.status_code == 409
    assert "state.moved" in codes(response)
    text = response.content.decode()
    assert "施春生" in text
    assert "后到的理由" in text
    assert Application.objects.get(pk=case.pk).reasons == "先到的理由"


def test_a_correction_notice_is_typed_point_by_point(site: Site, case: Application) -> None:
    client, address = site.client("cq.handler"), url("request_correction", case)
    assert "只能告知一次" in client.get(address).content.decode()
    form = {"subject": ["合同", ""], "problem": ["未盖章", ""], "demand": ["补盖章", ""]}
    more = client.post(address, form | {"action": "add_point"})
    assert more.status_code == 200
    assert "未盖章" in more.content.decode()
    assert len(more.context["form"].rows) == 3
    assert client.post(address, form).status_code == 302
    assert Application.objects.get(pk=case.pk).correction_points.count() == 1
    page = site.client("dazu.filer").get(url("own_application", case)).content.decode()
    assert "去补正" in page
    assert "未盖章" in page


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, "correction.empty"),
        ({"subject": ["合同"], "problem": [""], "demand": [""]}, "correction.incomplete"),
        ({"subject": ["长" * 61], "problem": ["x"], "demand": ["x"]}, "max_length"),
        ({"subject": ["x"], "problem": ["长" * 4001], "demand": ["x"]}, "max_length"),
        ({"subject": ["只有一栏"]}, "correction.incomplete"),
    ],
)
def test_an_incomplete_notice_is_refused(site: Site, case: Application, form: dict, code: str) -> None:
    response = site.client("cq.handler").post(url("request_correction", case), form)
    assert response.status_code in {409, 422}
    assert code in codes(response)
    assert state_of(case) == State.ORIGIN_REVIEW


def grant(case: Application, amount: str, **changes: str) -> dict[str, str]:
    return {f"amount_{case.items.get().pk}": amount, "until": "2026-12-31", "reasons": "", **changes}


@pytest.mark.parametrize(
    ("amount", "changes", "code"),
    [
        ("120.0001", {}, "amount.more"),
        ("-1", {}, "tonnes.negative"),
        ("1e30", {}, "tonnes.too_many"),
        ("吨", {}, "required"),
        ("", {}, "required"),
        ("0", {"reasons": "无"}, "amount.nothing"),
        ("60", {}, "reasons.missing"),
        ("120", {"until": "2027-01-01"}, "until.later"),
        ("120", {"until": "2026-01-01", "reasons": "早"}, "until.past"),
        ("120", {"until": "2026-06-30"}, "reasons.missing"),
        ("60", {"reasons": "长" * 4001}, "max_length"),
    ],
)
def test_a_consent_out_of_bounds_is_refused(site: Site, asked: Application, amount, changes, code) -> None:
    response = site.client("sc.handler").post(url("consent", asked), grant(asked, amount, **changes))
    assert response.status_code in {409, 422}
    assert code in codes(response)
    assert state_of(asked) == State.DESTINATION_REVIEW


def test_foreign_items_in_a_consent_count_for_nothing(site: Site, asked: Application) -> None:
    other = site.world.filed(now=at("2026-01-05"), items={"900-045-49": "7"})
    form = grant(asked, "１２０") | {f"amount_{other.items.get().pk}": "1"}
    assert site.client("sc.handler").post(url("consent", asked), form).status_code == 302
    assert state_of(asked) == State.APPROVED
    assert other.items.get().consented_t is None


def test_a_partial_consent_goes_to_decision_and_the_origin_approves_less(site: Site, asked: Application) -> None:
    site.client("sc.handler").post(url("consent", asked), grant(asked, "100", reasons="能力有限"))
    assert state_of(asked) == State.DECISION
    handler = site.client("cq.handler")
    assert "能力有限" in handler.get(url("case", asked)).content.decode()
    assert 'value="100"' in handler.get(url("approve", asked)).content.decode()
    more = handler.post(url("approve", asked), grant(asked, "101"))
    assert "amount.more" in codes(more)
    handler.post(url("approve", asked), grant(asked, "90"))
    assert state_of(asked) == State.APPROVED
    assert asked.items.get().approved_t == Decimal(90)


def test_an_opinion_against_needs_reasons(site: Site) -> None:
    case = site.world.filed(now=at("2026-01-05"), route="general", operator="O-SC2", items={"900-023-29": "5"})
    local = site.client("dazu.local")
    assert [act.name for act in local.get(url("case", case)).context["acts"]] == ["give_opinion"]
    assert "required" in codes(local.post(url("give_opinion", case), {}))
    assert "invalid_choice" in codes(local.post(url("give_opinion", case), {"agrees": "maybe"}))
    assert "reasons.missing" in codes(local.post(url("give_opinion", case), {"agrees": "no", "reasons": " "}))
    assert local.post(url("give_opinion", case), {"agrees": "no", "reasons": "距离过远"}).status_code == 302
    assert state_of(case) == State.ORIGIN_REVIEW
    assert "距离过远" in site.client("cq.handler").get(url("case", case)).content.decode()


def test_the_worklist_goes_by_due_moment_supervised_first(site: Site) -> None:
    early = site.world.filed(now=at("2026-01-05"))
    late = site.world.filed(now=at("2026-01-07"))
    sooner = site.world.filed(now=at("2026-01-06"))
    sweep(now=site.clock("2026-01-13", "00:30"))
    page = site.client("cq.handler").get(reverse("web:worklist"))
    assert [line.pk for line in page.context["lines"]] == [early.pk, sooner.pk, late.pk]
    text = page.content.decode()
    assert "督办" in text
    assert "已逾期 1 个工作日" in text
    assert "督办：处室负责人" in site.client("cq.handler").get(url("case", early)).content.decode()
    filer = site.client("dazu.filer").get(url("own_application", early)).content.decode()
    assert "督办" not in filer
    assert "逾期" in filer


@pytest.mark.parametrize(
    "query",
    [
        "?scope=all&state=origin_review&route=fast_track&q=大足",
        "?scope=nonsense&state=nonsense&route=nonsense",
        "?page=99999&q=%00",
        "?page=-1",
        "?page=x&q=" + "长" * 3000,
        "?q=%25_%27",
    ],
)
def test_any_address_of_the_worklist_is_a_page(site: Site, case: Application, query: str) -> None:
    assert site.client("cq.handler").get(reverse("web:worklist") + query).status_code == 200
    assert site.client("dazu.filer").get(reverse("web:own_applications") + query).status_code == 200


@pytest.mark.parametrize("key", ["0", "999999999", "9" * 18, "9" * 19, "9" * 60])
def test_a_key_that_nobody_has_is_not_found(site: Site, key: str) -> None:
    client = site.client("cq.handler")
    for address in (
        f"/bureau/cases/{key}/",
        f"/enterprise/applications/{key}/",
        f"/records/papers/{key}/",
        f"/lists/{key}/",
    ):
        assert client.get(address).status_code == 404
