"""A list during its year on its pages: adjustments, suspensions, permits, and the ledger of a line."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.organisations.models import Permit
from apps.transfers.services.reviewing import endorse
from apps.whitelists.models import Adjustment, Bar, ListEvent, WhitelistEntry
from apps.whitelists.services.ledger import hold
from tests.transfers.world import at
from tests.web.conftest import Site

ORIGIN, DESTINATION = "cq.whitelist_admin", "sc.whitelist_admin"
ASKED = {"direction": "down", "amount_t": "25.5", "letter_no": "川环函〔2026〕41号", "reason": "检修延期"}
PAPER = {"document_no": "川环罚〔2026〕3号", "from_on": "2026-01-05", "reason": "超许可范围贮存"}


def to(name: str, *keys: object) -> str:
    return reverse(f"web:{name}", args=keys)


def text_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def entry(site: Site) -> WhitelistEntry:
    return site.world.entry("O-SC1", "900-045-49", "CQ")


@pytest.fixture
def other(entry: WhitelistEntry) -> WhitelistEntry:
    return entry.edition.entries.exclude(operator=entry.operator).get()


def proposed(site: Site, entry: WhitelistEntry, **given: str) -> Adjustment:
    site.client(DESTINATION).post(to("propose_adjustment", entry.pk), ASKED | given)
    return Adjustment.objects.get(entry=entry, status="open")


def test_what_would_remain_is_seen_before_anything_is_proposed(
    site: Site, entry: WhitelistEntry, other: WhitelistEntry
) -> None:
    client, url = site.client(DESTINATION), to("propose_adjustment", entry.pk)
    look = {"then": "reckon", "direction": "move", "amount_t": "1000", "target_no": other.number}
    part = client.post(url, look, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    after = (entry.quota_t - 1000, other.quota_t + 1000)
    assert [f"{amount:.4f}</strong>" in part for amount in after] == [True, True]
    assert "按目前的数字可以这样调整" in part
    whole = client.post(url, look | {"direction": "down", "amount_t": "9999999"})
    assert (whole.status_code, 'data-code="quota.below_taken"' in whole.content.decode()) == (200, True)
    assert "请填写函号" not in whole.content.decode()
    assert not Adjustment.objects.exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"direction": ""}, "required"),
        ({"amount_t": "0"}, "tonnes.zero"),
        ({"direction": "move"}, "target.missing"),
        ({"direction": "move", "target_no": "999"}, "target.unknown"),
        ({"letter_no": " "}, "required"),
        ({"amount_t": "99999"}, "quota.below_taken"),
        ({"direction": "up", "amount_t": "9000000"}, "adjustment.not_covered"),
    ],
)
def test_what_is_wrong_with_a_proposal_stands_beside_it(
    site: Site, entry: WhitelistEntry, given: dict[str, str], code: str
) -> None:
    answer = site.client(DESTINATION).post(to("propose_adjustment", entry.pk), ASKED | given)
    assert (answer.status_code, f'data-code="{code}"' in answer.content.decode()) == (422, True)
    assert not Adjustment.objects.exists()


def test_one_side_proposes_and_the_other_confirms_by_its_letter(
    site: Site, entry: WhitelistEntry, other: WhitelistEntry
) -> None:
    row = proposed(site, entry, direction="move", target_no=other.number)
    origin, url = site.client(ORIGIN), to("adjustment", row.pk)
    for name in ("whitelist", "adjustments"):
        assert f'href="{url}"' in text_of(origin, to(name))
    assert "等您这一方答复的调整" not in text_of(site.client(DESTINATION), to("whitelist"))
    assert "调整待答复" in text_of(origin, to("edition", entry.edition_id))
    for actor, action in ((DESTINATION, "confirm"), (ORIGIN, "take_back"), ("cq.handler", "confirm")):
        answer = site.client(actor).post(url, {"action": action, "letter_no": "渝1号"})
        assert answer.status_code == 403
    assert origin.post(url, {"action": "confirm", "letter_no": ""}).status_code == 422
    assert origin.post(url, {"action": "nothing"}).status_code == 404
    assert origin.post(url, {"action": "confirm", "letter_no": "渝环函〔2026〕17号"}).status_code == 302
    now = {one.pk: one.quota_t for one in entry.edition.entries.all()}
    assert (now[entry.pk], now[other.pk]) == (entry.quota_t - Decimal("25.5"), other.quota_t + Decimal("25.5"))
    late = origin.post(url, {"action": "decline", "reason": "不同意"})
    assert (late.status_code, 'data-code="adjustment.moved"' in late.content.decode()) == (409, True)
    ledger = text_of(origin, to("entry_ledger", entry.pk))
    assert f'href="{url}">调整（{row.letter_no}）' in ledger


def test_tonnes_move_to_a_line_that_is_made_by_it(site: Site, entry: WhitelistEntry) -> None:
    operator = site.world.enterprise("O-SC2")
    line = operator.permits.latest("valid_from").lines.get(waste_code="900-023-29")
    new = {"direction": "new", "new_operator": str(operator.pk), "new_wastes": "900-023-29", "new_method": line.method}
    client, url = site.client(DESTINATION), to("propose_adjustment", entry.pk)
    missing = client.post(url, ASKED | new | {"new_wastes": "", "new_method": ""})
    assert (missing.status_code, missing.content.decode().count('data-code="new.missing"')) == (422, 2)
    twin = client.post(url, ASKED | new | {"new_wastes": "900-214-08", "new_method": "R9", "then": "reckon"})
    assert "重复列入" in twin.content.decode()
    part = client.post(url, ASKED | new | {"then": "reckon"}, headers={"HX-Request": "true"}).content.decode()
    assert ["新条目　" in part, "25.5000</strong>" in part, "可以这样调整" in part] == [True] * 3
    row = proposed(site, entry, **new)
    assert "新条目" in text_of(site.client(ORIGIN), to("adjustment", row.pk))
    site.client(ORIGIN).post(to("adjustment", row.pk), {"action": "confirm", "letter_no": "渝环函〔2026〕17号"})
    made = WhitelistEntry.objects.get(adjustments_in=row)
    assert (made.quota_t, made.wastes) == (Decimal("25.5"), "900-023-29")
    assert "第04号条目" in text_of(site.client(ORIGIN), to("adjustments"))


def test_declined_and_taken_back(site: Site, entry: WhitelistEntry) -> None:
    first = proposed(site, entry)
    answer = site.client(ORIGIN).post(to("adjustment", first.pk), {"action": "decline", "reason": "需求仍在"})
    assert answer.url == to("adjustment", first.pk)
    second = proposed(site, entry)
    site.client(DESTINATION).post(to("adjustment", second.pk), {"action": "take_back"})
    page = text_of(site.client("auditor"), to("adjustments"))
    assert ["不同意</span>" in page, "已撤回</span>" in page] == [True, True]


def test_a_ledger_tells_what_each_movement_left_and_leads_to_its_case(site: Site, entry: WhitelistEntry) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    page = text_of(site.client("cq.handler"), to("entry_ledger", entry.pk))
    left = f"{entry.quota_t - 120:.4f}"
    rows = [row for row in page.split("<tr>") if case.number in row]
    assert (len(rows), f"<strong>{left}</strong>" in rows[0]) == (1, True)
    assert f'href="{to("case", case.pk)}"' in rows[0]
    assert to("entry_ledger", entry.pk) in text_of(site.client("auditor"), to("edition_use", entry.edition_id))
    assert to("entry_ledger", entry.pk) in text_of(site.client(ORIGIN), to("public_list", entry.edition_id))
    assert to("entry_ledger", entry.pk) not in text_of(site.client("dazu.filer"), to("public_list", entry.edition_id))


def test_pages_cost_the_same_for_many_rows(site: Site, entry: WhitelistEntry, django_assert_max_num_queries) -> None:
    client = site.client(DESTINATION)
    urls = [to("entry_ledger", entry.pk), to("adjustments"), to("suspensions"), to("edition", entry.edition_id)]
    taken_back = proposed(site, entry)
    client.post(to("adjustment", taken_back.pk), {"action": "take_back"})
    proposed(site, entry)
    suspend(site, entry=entry.pk)
    few = []
    for url in urls:
        text_of(client, url)
        with django_assert_max_num_queries(40) as counted:
            text_of(client, url)
        few.append(len(counted.captured_queries))
    row, bar = Adjustment.objects.get(status="open"), Bar.objects.get()
    for number in range(60):
        moment = at("2026-01-05")
        hold(amounts={entry.pk: Decimal(1)}, reference=f"CASE-{number}", round=1, occurred_at=moment, now=moment)
        row.pk, row.status, row.ended_by, row.ended_at = None, "taken_back", row.proposed_by, moment
        row.save()
        bar.pk, bar.edition, bar.entry = None, entry.edition, None
        bar.save()
    for url, before in zip(urls, few, strict=True):
        with django_assert_max_num_queries(before):
            text_of(client, url)
    assert "共 61 笔" in text_of(client, urls[0])


def suspend(site: Site, username: str = DESTINATION, *, status: int = 302, **of: int) -> str:
    (name, key), *_ = of.items()
    answer = site.client(username).post(f"{to('suspend_listed')}?{name}={key}", PAPER)
    assert answer.status_code == status
    return answer.content.decode()


def test_a_suspension_shows_what_it_touches_before_it_is_made(site: Site, entry: WhitelistEntry) -> None:
    waiting, draft = site.world.filed(now=at("2026-01-05")), site.world.draft(now=at("2026-01-05"))
    client, url = site.client(DESTINATION), f"{to('suspend_listed')}?operator={entry.operator_id}"
    page = text_of(client, url)
    assert ("4 <span" in page, waiting.number in page, to("entry_ledger", entry.pk) in page) == (True, True, True)
    assert (f"/{draft.pk}/" in page, Bar.objects.exists()) == (False, False)
    look = {"then": "look", "waste_code": "900-049-50"}
    part = client.post(url, look, headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in part, waiting.number in part, "1 <span" in part) == (False, False, True)
    client.post(url, PAPER | {"waste_code": "900-049-50"})
    assert Bar.objects.get().waste_code == "900-049-50"
    twice = client.post(url, PAPER | {"waste_code": "900-049-50"})
    assert (twice.status_code, 'data-code="bar.already"' in twice.content.decode()) == (409, True)
    past = client.post(url, PAPER | {"from_on": "2026-01-04"})
    assert (past.status_code, 'data-code="bar.past"' in past.content.decode()) == (422, True)


def test_lines_lists_and_operators_are_suspended_by_whose_they_are(site: Site, entry: WhitelistEntry) -> None:
    for of in ({"entry": entry.pk}, {"edition": entry.edition_id}):
        suspend(site, "gz.whitelist_admin", status=403, **of)
        suspend(site, ORIGIN, **of)
    suspend(site, ORIGIN, status=403, operator=entry.operator_id)
    for odd in ("", "?entry=0", "?entry=x", f"?entry={entry.pk}&operator=1", f"?edition={10**12}"):
        assert site.client(ORIGIN).get(to("suspend_listed") + odd).status_code == 404
    page = text_of(site.client(ORIGIN), to("edition", entry.edition_id))
    assert ("本名单自" in page, "已暂停" in page) == (True, True)
    bar = Bar.objects.get(entry=entry)
    lifted = {"document_no": "渝环函〔2026〕9号", "lifted_on": "2026-01-05", "reason": "整改到位"}
    assert site.client(DESTINATION).post(to("lift_suspension", bar.pk), lifted).status_code == 403
    early = site.client(ORIGIN).post(to("lift_suspension", bar.pk), lifted | {"lifted_on": "2026-01-02"})
    assert (early.status_code, 'data-code="bar.past"' in early.content.decode()) == (422, True)
    assert site.client(ORIGIN).post(to("lift_suspension", bar.pk), lifted).url == to("suspensions")
    page = text_of(site.client("auditor"), to("suspensions"))
    assert ("整改到位" in page, to("lift_suspension", bar.pk) in page) == (True, False)
    again = site.client(ORIGIN).post(to("lift_suspension", bar.pk), lifted)
    assert (again.status_code, 'data-code="bar.lifted"' in again.content.decode()) == (409, True)


def test_a_permit_is_withheld_and_comes_back_and_whoever_lists_its_holder_is_told(
    site: Site, entry: WhitelistEntry
) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    permit = Permit.objects.get(
        enterprise=entry.operator, valid_from__lte=at("2026-01-05"), valid_until__gte="2026-01-05"
    )
    client, url = site.client(DESTINATION), to("permit_status", permit.pk)
    assert url in text_of(client, to("listed_operators"))
    typed = {"status": "suspended", "document_no": "川环罚〔2026〕3号", "effective_on": "2026-01-05", "reason": "超期"}
    assert site.client(ORIGIN).post(url, typed).status_code == 403
    for given, code in (
        ({"reason": " "}, "required"),
        ({"effective_on": "2026-01-06"}, "permit.effective_in_future"),
        ({"status": "valid"}, "invalid_choice"),
    ):
        answer = client.post(url, typed | given)
        assert (answer.status_code, f'data-code="{code}"' in answer.content.decode()) == (422, True)
    assert client.post(url, typed).url == url
    assert Permit.objects.get(pk=permit.pk).status == "suspended"
    event = ListEvent.objects.get(kind="permit_status")
    told = set(event.recipients.values_list("bureau__province", "enterprise"))
    assert {("500000", None), ("510000", None), (None, entry.operator_id)} <= told
    assert "由“有效”变更为“暂扣”" in event.sentence
    client.post(url, typed | {"status": "cancelled"})
    final = text_of(client, url)
    assert ("状态不能再改" in final, "登记</button>" in final) == (True, False)
    late = client.post(url, typed | {"status": "valid"})
    assert (late.status_code, 'data-code="permit.status_final"' in late.content.decode()) == (409, True)


def test_carrying_over_lands_on_the_draft_whence_every_step_is_in_sight(site: Site) -> None:
    source = site.world.entry("O-SC1", "900-045-49", "CQ").edition
    site.clock("2026-12-01")
    client = site.client(DESTINATION)
    assert to("carry_over", source.pk) in text_of(client, to("edition", source.pk))
    period = {"begins_on": "2027-01-01", "ends_on": "2027-12-31", "name": "2027年度名单"}
    answer = client.post(to("carry_over", source.pk), period, follow=True)
    page, key = answer.content.decode(), int(answer.request["PATH_INFO"].rstrip("/").rpartition("/")[2])
    assert answer.request["PATH_INFO"] == to("edition", key)
    for name in ("import_lines", "edition_export", "propose_edition", "add_line", "abandon_edition"):
        assert f'href="{to(name, key)}"' in page
    assert to("lines_template", key) in text_of(client, to("import_lines", key))
