"""The desk of the lists: both sides' pages from a draft to a confirmed list, and what is refused on the way."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.organisations.permissions import standing_of
from apps.whitelists.models import Edition, EditionLine
from apps.whitelists.permissions import may_see
from apps.whitelists.services.gaps import warn_gaps
from apps.whitelists.services.lines import mark_of
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.whitelists.negotiation import BOARDS, NOW, OIL, Table, proposed

DESTINATION, ORIGIN = "sc.whitelist_admin", "cq.whitelist_admin"
ACT = {"letter_no": "川环函〔2026〕90号", "remark": ""}


def to(name: str, *keys: object) -> str:
    return reverse(f"web:{name}", args=keys)


def text_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def read_by(client: Client, url: str) -> dict[str, str]:
    """What the page of an act lets its form carry: the round and the lines that were read."""
    return dict(re.findall(r'name="(seen_\w+)" value="(\w+)"', text_of(client, url)))


@pytest.fixture
def december(site: Site) -> Site:
    site.clock("2026-12-01")
    return site


def test_a_list_is_begun_filled_in_and_proposed(december: Site) -> None:
    client = december.client(DESTINATION)
    typed = {"origin": "500000", "destination": "510000", "consent_mode": "joint"}
    refused = client.post(to("new_edition"), typed | {"begins_on": "2026-06-01", "ends_on": "2026-12-31"})
    assert (refused.status_code, 'data-code="edition.standing"' in refused.content.decode()) == (422, True)
    client.post(to("new_edition"), typed | {"begins_on": "2027-01-01", "ends_on": "2027-12-31"})
    edition = Edition.objects.get(status="draft")
    line = {"operator": december.world.enterprise("O-SC1").pk, "method": "r4", "remark": "线路板"}
    bad = client.post(to("add_line", edition.pk), line | {"wastes": "900-45-49", "quota_t": "0"})
    assert [code in bad.content.decode() for code in ("wastes.form", "tonnes.zero")] == [True, True]
    good = {"wastes": "900－045－49", "quota_t": "3,000", "then": "again"}
    assert client.post(to("add_line", edition.pk), line | good).url == to("add_line", edition.pk)
    twin = client.post(to("add_line", edition.pk), line | good)
    assert (twin.status_code, 'data-code="line.twice"' in twin.content.decode()) == (422, True)
    made = EditionLine.objects.get(edition=edition)
    assert (made.waste_codes, made.method, made.quota_t, made.number) == (["900-045-49"], "R4", 3000, "01")
    page = text_of(client, to("edition", edition.pk))
    assert "只有您这一方看得到" in page
    assert "3000.0000" in page
    answer = client.post(to("propose_edition", edition.pk), ACT | read_by(client, to("propose_edition", edition.pk)))
    assert answer.url == to("edition", edition.pk)
    assert edition.name in text_of(december.client(ORIGIN), to("whitelist"))


def test_who_read_an_earlier_line_or_round_is_told(december: Site) -> None:
    table = proposed(december.world)
    client, key = december.client(ORIGIN), table.edition.pk
    line = table.line(BOARDS)
    form = {"operator": line.operator_id, "wastes": line.wastes, "method": line.method, "seen": 1}
    first = client.post(to("edit_line", key, line.pk), form | {"quota_t": "2500"})
    assert first.url.endswith(f"#line-{line.number}")
    late = client.post(to("edit_line", key, line.pk), form | {"quota_t": "1"})
    assert (late.status_code, 'data-code="line.moved"' in late.content.decode()) == (409, True)
    assert "2500.0000 吨" in late.content.decode()
    struck = client.post(to("strike_line", key, line.pk), {"seen": "1", "action": "strike"}, follow=True)
    assert "已被修改" in struck.content.decode()
    page = text_of(client, to("confirm_edition", key))
    assert "恢复为对方提出的内容" in page
    assert client.post(to("reset_lines", key), follow=True).status_code == 200
    moved = client.post(to("confirm_edition", key), {"letter_no": "渝1号", "seen_round": 0})
    assert (moved.status_code, 'data-code="edition.moved"' in moved.content.decode()) == (409, True)
    client.post(to("confirm_edition", key), {"letter_no": "渝环函〔2026〕80号", "seen_round": 1})
    assert table.now().status == "confirmed"
    assert text_of(client, to("counter_edition", key), 409)


@pytest.mark.parametrize("guarded", [True, False])
def test_what_a_colleague_changed_is_not_handed_over_unread(december: Site, *, guarded: bool) -> None:
    """Without the mark of the lines, the control, the colleague's figure goes out in one's own name."""
    table = proposed(december.world)
    client, url = december.client(ORIGIN), to("counter_edition", table.edition.pk)
    table.change(BOARDS, "2500", by=table.origin)
    typed = {"remark": "数量偏大", "letter_no": ""} | read_by(client, url)
    table.change(BOARDS, "1", by=table.origin)
    if not guarded:
        table.counter(remark="数量偏大")
        assert table.edition.rounds.get(position=2).lines.get(waste_codes=[BOARDS[1]]).quota_t == 1
        return
    late = client.post(url, typed)
    page = late.content.decode()
    assert (late.status_code, 'data-code="edition.lines_moved"' in page) == (409, True)
    assert (table.now().status, "1.0000</td>" in page, "数量偏大" in page) == ("proposed", True, True)
    # What the refusal shows has been read: from there it goes out.
    again = dict(re.findall(r'name="(seen_\w+)" value="(\w+)"', page))
    assert client.post(url, typed | again).url == to("edition", table.edition.pk)
    assert table.now().status == "countered"


def test_a_countered_list_shows_what_changed_to_the_other_side(december: Site) -> None:
    table = proposed(december.world)
    table.change(BOARDS, "2500", by=table.origin)
    table.strike(OIL, by=table.origin)
    handler = december.client("cq.handler")
    before = text_of(handler, to("edition", table.edition.pk))
    assert ("2500.0000" in before, "6000.0000" in before) == (False, True)  # the last round, not what is worked on
    table.counter(remark="油类不再外运")
    page = text_of(december.client(DESTINATION), to("edition_round", table.edition.pk, 2))
    assert [word in page for word in ("调减", "划去", "-500.0000", "-6000.0000", "油类不再外运")] == [True] * 5
    assert "9000.0000" in page
    only = text_of(december.client(DESTINATION), to("edition_round", table.edition.pk, 2) + "?kind=added")
    assert "没有改动条目" in only


def test_what_blocks_stands_on_the_page_and_there_is_nothing_to_press(december: Site) -> None:
    table = Table(december.world)
    table.add(("O-SC1", "900-214-08", "R9"), "10")
    page = text_of(december.client(DESTINATION), to("propose_edition", table.edition.pk))
    assert ("须改正" in page, "提出给对方</button>" in page) == (True, False)
    posted = december.client(DESTINATION).post(
        to("propose_edition", table.edition.pk),
        ACT | {"seen_round": 0, "seen_lines": mark_of(table.edition.lines.all()), "knows_warnings": "on"},
    )
    assert (posted.status_code, table.now().status) == (409, "draft")


def test_the_desk_tells_of_gaps_and_what_was_told(december: Site) -> None:
    december.clock("2026-12-21")
    warn_gaps(now=at("2026-12-21"))
    page = text_of(december.client(ORIGIN), to("whitelist"))
    assert "没有接续的已确认名单" in page
    assert "名单即将期满" in page
    # Whoever may begin the next list is led there, the others are told for whom they wait.
    assert page.count("起草下一期") == page.count("提出</span>") == 3
    assert page.count("<svg") == 6
    assert text_of(december.client("auditor"), to("whitelist")).count("<svg") == 12


def test_pages_cost_the_same_for_many_lines(december: Site, django_assert_max_num_queries) -> None:
    table = proposed(december.world)
    client, url = december.client(ORIGIN), to("edition", table.edition.pk)
    text_of(client, url)
    with django_assert_max_num_queries(40) as counted:
        text_of(client, url)
        few = len(counted.captured_queries)
    line = table.line(BOARDS)
    EditionLine.objects.bulk_create(
        EditionLine(
            edition=table.edition,
            number=f"1{number:03d}",
            operator=line.operator,
            waste_codes=[f"{number:03d}-001-49"],
            method="R4",
            quota_t=1,
        )
        for number in range(120)
    )
    with django_assert_max_num_queries(few):
        page = text_of(client, url)
    assert "第 1 / 3 页" in page
    assert "900-214-08" not in text_of(client, f"{url}?q=900-045-49").split("<tbody>")[1]


def test_lists_that_one_may_see_are_those_that_are_listed(december: Site) -> None:
    table = proposed(december.world)
    for name in (
        "cq.whitelist_admin",
        "sc.whitelist_admin",
        "gz.whitelist_admin",
        "cq.handler",
        "auditor",
        "dazu.filer",
    ):
        standing = standing_of(december.world.user(name), NOW.date())
        for status in ("draft", "proposed", "countered", "abandoned"):
            Edition.objects.filter(pk=table.edition.pk).update(status=status)
            for letter in ("", "川1号"):
                Edition.objects.filter(pk=table.edition.pk).update(destination_letter_no=letter)
                seen = {one.pk for one in Edition.objects.all() if may_see(one, standing)}
                assert set(Edition.objects.visible_to(standing).values_list("pk", flat=True)) == seen, (name, status)


def test_what_concerns_many_lines_is_said_once(december: Site) -> None:
    """An operator's tonnes over its permit block every line of it; the page says the figures at the first."""
    table = Table(december.world)
    for waste, method in (("900-045-49", "R4"), ("900-049-50", "R8")):
        table.add(("O-SC1", waste, method), "9000000")
    rows = december.client(DESTINATION).get(to("edition", table.edition.pk)).context["content"].rows
    said = [one.sentence for row in rows for one in row.findings if one.code == "capacity.exceeded"]
    assert "18000000.0000 吨" in said[0]
    assert said[1:] == ["同第01号条目。"]


def test_whoever_is_to_answer_reads_first_what_was_handed_over(december: Site) -> None:
    table = proposed(december.world)
    page = text_of(december.client(ORIGIN), to("edition", table.edition.pk))
    assert "四川省提出，等您这一方答复" in page
    assert page.index("等您这一方答复") < page.index(to("edition_round", table.edition.pk, 1)) < page.index("确认名单")
    assert "等您这一方答复" not in text_of(december.client(DESTINATION), to("edition", table.edition.pk))
