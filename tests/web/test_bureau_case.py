"""The case at a bureau's desk: what stands beside it, what stays inside, who is told what meanwhile."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.organisations.enums import Role
from apps.transfers.enums import NoteKind
from apps.transfers.models import Application, BureauNote, CaseHandler
from apps.transfers.services.noting import take_on, write_note
from apps.transfers.services.reviewing import accept, endorse
from apps.whitelists.models import Bar
from tests.organisations.factories import MembershipFactory
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.permission_table import READERS
from tests.web.typing_people import codes, read

SECRET = "合同价格异常，另行核实，不对外"
CASE_BOUND = 26


@pytest.fixture
def case(site: Site) -> Application:
    return site.world.filed(now=at("2026-01-05"))


@pytest.fixture
def asked(site: Site) -> Application:
    """Over quota, asked on the 6th: the reply is due on Tuesday 2026-01-20."""
    filed = site.world.filed(now=at("2026-01-05"), route="over_quota", items={"900-045-49": "3100"})
    return endorse(application_id=filed.pk, by=site.world.user("cq.handler"), now=at("2026-01-06"))


def url(name: str, case: Application) -> str:
    return reverse(f"web:{name}", args=[case.pk])


def page_of(site: Site, username: str, case: Application) -> HttpResponse:
    response = site.client(username).get(url("case", case))
    assert response.status_code == 200
    return response


def test_findings_are_those_of_the_filing(site: Site, asked: Application) -> None:
    """What changes afterwards shows only in the check that one asks for."""
    Bar.objects.create(
        operator=asked.operator, from_on="2026-01-06", reason="整改", document_no="函1", recorded_at=at("2026-01-06")
    )
    site.clock("2026-01-07")
    response = page_of(site, "cq.handler", asked)
    assert "第01号条目剩余 3000.0000 吨，本次申请 3100.0000 吨，超出 100.0000 吨" in response.content.decode()
    assert "整改" not in str(response.context["groups"])
    again = site.client("cq.handler").get(url("case_check", asked)).content.decode()
    assert "暂停" in again
    assert "超出 100.0000 吨" not in again


def test_entries_permit_and_history_stand_beside_the_case(site: Site, asked: Application) -> None:
    site.world.filed(now=at("2026-01-06"), items={"900-045-49": "7"}, route="over_quota")
    context = page_of(site, "sc.handler", asked).context
    (line, bar), (view,), history = *context["bars"], context["permits"], context["history"]
    assert (line.quota_t, line.used_t, line.asked_t, line.over_t) == (3000, 0, 3100, 100)
    assert [stretch.kind for stretch in bar.stretches] == ["this"]
    assert bar.limit_at == "96.77"
    assert (view.taken_t, view.asked_t, view.missing) == (0, 3100, [])
    assert (history.total, history.running, history.granted) == (1, 1, 0)
    assert history.latest[0]["tonnes"] == 7


def test_both_sides_stand_beside_each_other(site: Site, asked: Application) -> None:
    take_on(application_id=asked.pk, by=site.world.user("sc.section_head"), now=at("2026-01-06"))
    origin, destination = page_of(site, "cq.handler", asked).context["sides"]
    assert [step.title for step in origin.steps] == ["商请接受地"]
    assert destination.steps == []
    assert (destination.bureau.contact_name, destination.bureau.contact_phone) == ("钱知行", "028-00000001")
    assert str(destination.handler.handler) == "金青山"
    assert [(clock.title, clock.day) for clock in destination.clocks] == [("接受地函复时限", "2026-01-20 周二")]
    assert "初审时限" in [clock.title for clock in origin.clocks]


def test_an_inner_target_is_told_inside_only(site: Site, case: Application) -> None:
    titles = {
        name: [clock.title for clock in page_of(site, name, case).context["sides"][0].clocks]
        for name in ("cq.handler", "sc.handler", "auditor")
    }
    assert "移出地内部目标" in titles["cq.handler"]
    assert not {"移出地内部目标"} & {*titles["sc.handler"], *titles["auditor"]}


def test_a_reminder_is_one_click_when_it_is_time(site: Site, asked: Application) -> None:
    site.clock("2026-01-16")
    assert "自 2026-01-19 周一 起可以发出催复函" in page_of(site, "cq.handler", asked).content.decode()
    early = site.client("cq.handler").post(url("remind", asked), follow=True)
    assert "自其前一个工作日（2026-01-19）起" in early.content.decode()
    site.clock("2026-01-19")
    assert "发出催复函" in page_of(site, "cq.handler", asked).content.decode()
    done = site.client("cq.handler").post(url("remind", asked), follow=True).content.decode()
    assert "催复函 渝环危转函〔2026〕2号 已发出" in done
    assert "今日已发出催复函" in done
    twice = site.client("cq.handler").post(url("remind", asked), follow=True).content.decode()
    assert "同一日不重复催复" in twice
    assert asked.papers.filter(kind="reminder").count() == 1
    assert "发出催复函" not in page_of(site, "sc.handler", asked).content.decode().split("办理经过")[0]
    party = site.client("dazu.filer").get(url("own_application", asked)).content.decode()
    assert "发出催复函" not in party
    assert site.client("sc.handler").post(url("remind", asked)).status_code == 403
    assert site.client("gz.handler").post(url("remind", asked)).status_code == 404


def test_who_takes_a_case_on_is_shown_and_may_change(site: Site, case: Application) -> None:
    client = site.client("cq.handler")
    assert "我来承办" in page_of(site, "cq.handler", case).content.decode()
    client.post(url("take_on", case))
    assert "我来承办" not in page_of(site, "cq.handler", case).content.decode()
    late = site.client("cq.signatory").post(url("take_on", case), follow=True).content.decode()
    assert "该案件已由施春生承办" in late
    seen = CaseHandler.objects.get().handler_id
    site.client("cq.signatory").post(url("take_on", case), {"instead_of": seen})
    assert CaseHandler.objects.get().handler.username == "cq.signatory"
    for forged in ("x", "-1", "9" * 40, "１"):
        assert client.post(url("take_on", case), {"instead_of": forged}).status_code == 302
    assert CaseHandler.objects.get().handler.username == "cq.signatory"
    assert site.client("cq.whitelist_admin").post(url("take_on", case)).status_code == 403
    assert site.client("dazu.filer").post(url("take_on", case)).status_code == 404


def test_notes_are_read_inside_one_bureau_only(site: Site) -> None:
    """Everybody else, on every page of the case, and in the spreadsheet: not a word."""
    case = site.world.filed(now=at("2026-01-05"), route="general", operator="O-SC2", items={"900-023-29": "5"})
    write_note(
        application_id=case.pk,
        by=site.world.user("cq.handler"),
        now=at("2026-01-05"),
        kind=NoteKind.INTERNAL,
        text=SECRET,
    )
    readers = {name for name, username in READERS.items() if username and _sees(site, username, case, SECRET)}
    assert readers == {"origin_handler", "origin_signatory", "origin_lists"}


def _sees(site: Site, username: str, case: Application, secret: str) -> bool:
    client = site.client(username)
    pages = [
        url(name, case) for name in ("case", "case_notes", "own_application", "reckoning", "case_check", "case_moved")
    ]
    pages += [reverse("web:worklist") + "?scope=all", reverse("web:worklist_export") + "?scope=all"]
    return any(secret.encode() in read(client.get(address, follow=True)) for address in pages)


def test_a_note_is_written_once_and_refused_in_a_sentence(site: Site, case: Application) -> None:
    client, address = site.client("cq.handler"), url("case_notes", case)
    assert client.post(address, {"kind": "internal", "text": "核对合同"}).status_code == 302
    assert "核对合同" in page_of(site, "cq.handler", case).content.decode()
    call = {"kind": "telephone", "text": "已打电话", "counterpart": ""}
    refused = client.post(address, call)
    assert refused.status_code == 422
    assert "note.counterpart" in codes(refused)
    assert "已打电话" in refused.content.decode()
    for typed in (
        {"kind": "internal", "text": " "},
        {"kind": "x", "text": "字"},
        {"kind": "internal", "text": "长" * 4001},
        {},
    ):
        assert client.post(address, typed).status_code == 422
    assert client.post(address, {"kind": "internal", "text": "字\0"}).status_code == 422
    assert BureauNote.objects.count() == 1
    assert site.client("auditor").get(address).status_code == 403
    assert site.client("cq.whitelist_admin").post(address, {"kind": "internal", "text": "x"}).status_code == 403
    assert BureauNote.objects.count() == 1


def test_who_sits_in_both_bureaus_writes_for_neither(site: Site, case: Application) -> None:
    both = site.world.user("cq.handler")
    MembershipFactory(user=both, role=Role.HANDLER, enterprise=None, bureau=site.world.parties.bureaus["SC"])
    assert site.client("cq.handler").post(url("case_notes", case), {"kind": "internal", "text": "x"}).status_code == 403


def test_a_page_that_lies_open_is_told_who_acted(site: Site, case: Application) -> None:
    client = site.client("cq.signatory")
    address = f"{url('case_moved', case)}?seen={page_of(site, 'cq.signatory', case).context['seen']}"
    assert client.get(address).status_code == 204
    accept(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-05", "11:20"))
    told = client.get(address)
    assert told.status_code == 200
    assert "施春生" in told.content.decode()
    assert "2026-01-05 11:20" in told.content.decode()
    assert "受理" in told.content.decode()
    for seen in ("", "x", "-1", "9" * 30, "99"):
        assert client.get(url("case_moved", case), {"seen": seen}).status_code == 204


def test_nothing_is_done_on_what_was_not_read(site: Site, case: Application) -> None:
    """The case moved while a handler typed, though the act would still be possible: told, kept, then confirmed."""
    client = site.client("cq.signatory")
    seen = client.get(url("reject", case)).context["application"].log_length
    accept(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-05", "11:20"))
    typed = {"reasons": "材料不实，无法核实", "seen": str(seen)}
    told = client.post(url("reject", case), typed)
    text = told.content.decode()
    assert told.status_code == 409
    assert "施春生" in text
    assert "2026-01-05 11:20" in text
    assert "材料不实，无法核实" in text
    assert Application.objects.get(pk=case.pk).state == "origin_review"
    assert f'name="seen" value="{seen + 1}"' in text
    assert client.post(url("reject", case), {**typed, "seen": str(seen + 1)}).status_code == 302
    assert Application.objects.get(pk=case.pk).state == "rejected"


def test_what_is_no_longer_possible_is_told_with_who_did_what(site: Site, case: Application) -> None:
    client = site.client("cq.signatory")
    seen = client.get(url("reject", case)).context["application"].log_length
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-05", "11:20"))
    told = client.post(url("reject", case), {"reasons": "后到的理由", "seen": str(seen)})
    assert told.status_code == 409
    assert "state.moved" in codes(told)
    assert "商请接受地" in told.content.decode()
    assert "后到的理由" in told.content.decode()


def test_the_reckoning_is_asked_for(site: Site, case: Application) -> None:
    for username in ("cq.handler", "dazu.filer", "suining.operator"):
        text = site.client(username).get(url("reckoning", case)).content.decode()
        assert "起算日，不计入" in text
        assert "2026-01-12 周一" in text
    assert site.client("dazu.filer").get(url("reckoning", case)).context["back"] == url("own_application", case)


@pytest.mark.parametrize("username", ["cq.handler", "sc.handler", "auditor"])
def test_a_case_page_asks_a_bounded_number_of_questions(site: Site, asked: Application, username: str) -> None:
    site.clock("2026-01-07")
    client, address = site.client(username), url("case", asked)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    assert len(few) <= CASE_BOUND, "\n".join(query["sql"][:160] for query in few.captured_queries)
    item = asked.items.get()
    for position in range(2, 50):
        item.pk, item.position = None, position
        item.save()
    for number in range(5):
        site.world.filed(now=at("2026-01-06"), route="over_quota", items={"900-045-49": "1"})
        by = site.world.user("cq.handler" if username == "auditor" else username)
        write_note(application_id=asked.pk, by=by, now=at("2026-01-06"), kind=NoteKind.INTERNAL, text=f"第{number}条")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
