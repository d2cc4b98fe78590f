"""The signing desk: preparing from the act's page, reviewing, signing, sending back, several at once, deputies."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.organisations.models import Bureau, Deputy
from apps.transfers.enums import State
from apps.transfers.models import Application, Paper, PaperCounter, Preparation, SignoffChain
from apps.transfers.services.signing.preparing import prepare
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes

BATTERIES = {"generator": "G-SC1", "operator": "O-CQ1", "items": {"900-052-31": "300"}}


@pytest.fixture
def case(site: Site) -> Application:
    bureau = Bureau.objects.get(level="provincial", province__short="SC")
    SignoffChain.objects.create(bureau=bureau, roles=["handler", "section_head", "signatory"])
    return site.world.filed(now=at("2026-01-05"), **BATTERIES)


def url(name: str, *keys: int) -> str:
    return reverse(f"web:{name}", args=keys)


def grant(case: Application, amount: str = "300") -> dict[str, str]:
    return {f"amount_{case.items.get().pk}": amount, "until": "2026-12-31"}


def prepared(site: Site, case: Application) -> Preparation:
    site.client("sc.handler").post(url("approve", case.pk), grant(case) | {"remark": "请核"})
    return Preparation.objects.get(application=case, act="approve")


def post(site: Site, who: str, preparation: Preparation, action: str, **more: object):
    form = {"action": action, "revision": preparation.revision, "remark": "", **more}
    return site.client(who).post(url("preparation", preparation.pk), form)


def rows(site: Site, who: str, tab: str) -> list[int]:
    return [row.pk for row in site.client(who).get(url("signing"), {"tab": tab}).context["page"]]


def test_the_acts_page_sends_it_on_and_the_chain_signs(site: Site, case: Application) -> None:
    page = site.client("sc.handler").get(url("approve", case.pk)).content.decode()
    assert "送审核" in page
    assert "金青山、魏立言、陶守正" in page
    waiting = prepared(site, case)
    assert Application.objects.get(pk=case.pk).state == State.ORIGIN_REVIEW
    assert rows(site, "sc.section_head", "review") == [waiting.pk]
    assert rows(site, "sc.handler", "sent") == [waiting.pk]
    assert rows(site, "sc.handler", "review") == rows(site, "cq.signatory", "sign") == []
    assert post(site, "sc.section_head", waiting, "review").status_code == 302
    assert rows(site, "sc.signatory", "sign") == [waiting.pk]
    assert post(site, "sc.signatory", waiting, "sign").status_code == 302
    assert Application.objects.get(pk=case.pk).state == State.APPROVED
    after = site.client("sc.signatory").get(url("preparation", waiting.pk))
    assert after.context["recall_minutes"] in {9, 10}
    assert "分钟）、文书送达和其后办理之前可以收回" in after.content.decode()
    assert site.client("sc.handler").get(url("preparation", waiting.pk)).context["recall_minutes"] is None
    assert [paper.kind for paper in after.context["papers"]] == ["acceptance", "approval", "notice"]
    told = "经办 华长青，审核 金青山，签发 魏立言"
    assert told in site.client("sc.handler").get(url("case", case.pk)).content.decode()
    # Who prepared and reviewed is the bureau's own: the applicant reads who decided.
    assert "华长青" not in site.client("chengdu.filer").get(url("own_application", case.pk)).content.decode()


def test_the_preflight_shows_what_will_be_and_leaves_nothing(site: Site, case: Application) -> None:
    waiting = prepared(site, case)
    papers, counters = Paper.objects.count(), list(PaperCounter.objects.values_list("last", flat=True))
    page = site.client("sc.section_head").get(url("preparation", waiting.pk))
    ahead, text = page.context["ahead"], page.content.decode()
    assert (ahead.refused, ahead.becomes, ahead.changed) == (None, "已批准", [])
    assert [paper.number for paper in page.context["drafts"]] == [
        *("川环危转受〔2026〕1号", "川环危转〔2026〕1号", "川环危转函〔2026〕1号")
    ]
    (effect,) = ahead.rehearsal.entries
    assert (effect.used_after_t - effect.used_before_t, effect.available_after_t) == (300, effect.available_before_t)
    (year,) = ahead.rehearsal.capacity
    assert year.taken_after_t - year.taken_before_t == 300
    assert "抄送" in text
    assert "今日核对没有提示" in text
    assert (Paper.objects.count(), list(PaperCounter.objects.values_list("last", flat=True))) == (papers, counters)
    kept = Application.objects.get(pk=case.pk)
    assert (kept.state, kept.log_length, kept.version) == (case.state, case.log_length, case.version)


def test_sent_back_the_handler_finds_what_was_typed_and_why(site: Site, case: Application) -> None:
    waiting = prepared(site, case)
    empty = post(site, "sc.section_head", waiting, "send_back")
    assert "remark.missing" in codes(empty)
    assert post(site, "sc.section_head", waiting, "send_back", remark="数量核减至 200 吨").status_code == 302
    assert rows(site, "sc.handler", "back") == [waiting.pk]
    page = site.client("sc.handler").get(url("approve", case.pk)).content.decode()
    assert "已退回：数量核减至 200 吨" in page
    site.client("sc.handler").post(url("approve", case.pk), grant(case, "200"))
    again = Preparation.objects.get(pk=waiting.pk)
    assert (again.revision, again.payload["amounts"]) == (2, {str(case.items.get().pk): "200.0000"})
    stale = post(site, "sc.section_head", waiting, "review")
    assert stale.status_code == 409
    assert "preparation.changed" in codes(stale)
    assert "核减" in site.client("sc.section_head").get(url("preparation", waiting.pk)).content.decode()


def test_the_second_of_two_is_told_who_signed(site: Site, case: Application) -> None:
    waiting = prepared(site, case)
    post(site, "sc.section_head", waiting, "review")
    post(site, "sc.signatory", waiting, "sign")
    late = post(site, "sc.bureau_head", waiting, "sign")
    assert late.status_code == 409
    assert "魏立言 已于 2026-01-05 10:00 签发" in late.content.decode()


@pytest.mark.parametrize("action", ["", "burn", "sign"])
def test_an_action_out_of_turn_is_a_sentence(site: Site, case: Application, action: str) -> None:
    waiting = prepared(site, case)
    response = post(site, "sc.section_head", waiting, action, revision="１", remark="x\0y")
    assert response.status_code == 409
    assert codes(response)


def test_a_remark_too_long_is_kept_and_refused(site: Site, case: Application) -> None:
    waiting = prepared(site, case)
    response = post(site, "sc.section_head", waiting, "send_back", remark="长" * 1001)
    assert response.status_code == 422
    assert "长" * 1001 in response.content.decode()


def test_the_handler_drops_it(site: Site, case: Application) -> None:
    waiting = prepared(site, case)
    assert post(site, "sc.section_head", waiting, "drop").status_code == 409
    assert post(site, "sc.handler", waiting, "drop").status_code == 302
    assert rows(site, "sc.section_head", "review") == []


def test_what_the_case_left_behind_waits_for_its_handler_only(site: Site, case: Application) -> None:
    waiting = prepared(site, case)
    SignoffChain.objects.update(roles=["handler"])
    site.client("sc.signatory").post(url("reject", case.pk), {"reasons": "材料不实"})
    assert Application.objects.get(pk=case.pk).state == State.REJECTED
    assert rows(site, "sc.section_head", "review") == []
    assert rows(site, "sc.handler", "back") == [waiting.pk]
    page = site.client("sc.section_head").get(url("preparation", waiting.pk)).content.decode()
    assert "魏立言 2026-01-05 10:00 办理" in page


def test_several_are_signed_together_with_a_table(site: Site, case: Application) -> None:
    SignoffChain.objects.update(roles=["handler", "signatory"])
    others = [site.world.filed(now=at("2026-01-05"), **BATTERIES) for _ in range(2)]
    waiting = [prepared(site, one) for one in (case, *others)]
    post(site, "sc.signatory", waiting[1], "send_back", remark="请核对")
    chosen = [f"{one.pk}:{one.revision}" for one in waiting] + ["x:1", "9999999:1", "", "1" * 40 + ":1"]
    response = site.client("sc.signatory").post(url("sign_batch"), {"chosen": chosen})
    assert (response.context["signed"], response.context["refused"]) == (2, 1)
    assert "preparation.sent_back" in codes(response)
    assert site.client("sc.signatory").post(url("sign_batch"), {}).status_code == 302


def test_a_person_names_their_own_deputy_and_ends_it(site: Site, case: Application) -> None:
    people = {name: str(site.world.user(name).pk) for name in ("sc.signatory", "sc.section_head", "cq.handler")}
    form = {"valid_from": "2026-01-05", "valid_until": "2026-01-09", "deputy": people["sc.section_head"]}
    client = site.client("sc.signatory")
    assert client.post(url("deputies"), form | {"person": people["sc.signatory"]}).status_code == 302
    assert rows(site, "sc.section_head", "sign") == []
    waiting = prepared(site, case)
    # Reviewed by the head of the bureau, what waits for the signatory waits for the deputy, too.
    post(site, "sc.bureau_head", waiting, "review")
    assert rows(site, "sc.section_head", "sign") == [waiting.pk]
    page = site.client("sc.section_head").get(url("preparation", waiting.pk)).content.decode()
    assert "您代 魏立言 办理" in page
    for wrong, code in (
        ({"person": people["sc.section_head"]}, "invalid_choice"),
        ({"person": people["sc.signatory"], "deputy": people["cq.handler"]}, "invalid_choice"),
        ({"person": people["sc.signatory"], "deputy": people["sc.signatory"]}, "deputy.self"),
        ({"person": people["sc.signatory"]}, "deputy.overlap"),
        ({"person": people["sc.signatory"], "valid_until": "2026-01-04"}, "deputy.term"),
        ({"person": people["sc.signatory"], "valid_until": "明天"}, "day.form"),
    ):
        refused = client.post(url("deputies"), form | wrong)
        assert refused.status_code == 422, wrong
        assert code in codes(refused), wrong
    kept = Deputy.objects.get()
    assert site.client("sc.handler").post(url("deputies"), {"end": kept.pk}).status_code == 422
    assert site.client("cq.bureau_head").post(url("deputies"), {"end": kept.pk}).status_code == 422
    assert client.post(url("deputies"), {"end": kept.pk}).status_code == 302
    assert rows(site, "sc.section_head", "sign") == []


def test_the_bureaus_head_names_for_others(site: Site, case: Application) -> None:
    people = {name: str(site.world.user(name).pk) for name in ("sc.signatory", "sc.section_head")}
    form = {"valid_from": "2026-01-05", "valid_until": "2026-01-09"}
    form |= {"person": people["sc.signatory"], "deputy": people["sc.section_head"]}
    assert site.client("sc.bureau_head").post(url("deputies"), form).status_code == 302
    assert Deputy.objects.get().named_by == site.world.user("sc.bureau_head")


def test_the_desk_and_the_preflight_do_not_ask_per_row(site: Site, case: Application) -> None:
    def count(address: str) -> int:
        client = site.client("sc.section_head")
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    waiting = prepared(site, case)
    few = count(url("signing"))
    one = count(url("preparation", waiting.pk))
    for _ in range(4):
        prepared(site, site.world.filed(now=at("2026-01-05"), **BATTERIES))
    assert count(url("signing")) == few <= 20
    assert count(url("preparation", waiting.pk)) == one <= 110


def test_every_act_of_the_desk_can_be_told_in_words(site: Site, case: Application) -> None:
    """Acts whose content is days, points, kinds: each page of a prepared one opens."""
    handler, now = site.world.user("sc.handler"), at("2026-01-05")
    for name, form in {
        "request_correction": {"subject": "合同", "problem": "数量不一致", "demand": "更正"},
        "suspend": {"reason": "experts", "expected_end_on": "2026-01-16", "reasons": "专家评审"},
        "reject": {"reasons": "能力不足"},
        "accept": {},
    }.items():
        assert site.client("sc.handler").post(url(name, case.pk), form).status_code == 302, name
        waiting = Preparation.objects.get(act=name)
        assert site.client("sc.section_head").get(url("preparation", waiting.pk)).status_code == 200
        post(site, "sc.section_head", waiting, "send_back", remark="再议")
        page = site.client("sc.handler").get(url(name, case.pk)).content.decode()
        assert all(text in page for text in form.values()), name
    assert prepare(application_id=case.pk, name="approve", by=handler, now=now, arguments={}).is_clean
