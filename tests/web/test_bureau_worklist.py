"""The worklist: its order, its pages by key, filters, search and spreadsheet."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from apps.organisations.models import Enterprise
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.noting import take_on
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.sweeping import sweep
from apps.web.bureau import views
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import read

LIST = reverse("web:worklist")
SMALL = {"900-045-49": "1"}
MOST_PAGES = 20


def get(site: Site, query: str = "", username: str = "cq.handler") -> HttpResponse:
    response = site.client(username).get(LIST + query)
    assert response.status_code == 200
    return response


def numbers(response: HttpResponse) -> list[str]:
    return [line.number for line in response.context["lines"]]


def file(site: Site, count: int, **changes: object) -> list[Application]:
    return [site.world.filed(now=at("2026-01-05"), items=SMALL, **changes) for _ in range(count)]


def walk(site: Site, query: str) -> list[list[str]]:
    """Every page from the first on, by its own links."""
    pages, after = [], ""
    for _ in range(MOST_PAGES):
        response = get(site, f"{query}&after={after}" if after else query)
        pages.append(numbers(response))
        after = response.context["after"]
        if not after:
            return pages
    pytest.fail(f"the pages have no end: {pages}")


@pytest.mark.parametrize("scope", ["open", "all"])
def test_pages_have_every_case_once_ties_and_all(site: Site, scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a day are due at the same moment; one has no limit at all, two are supervised."""
    monkeypatch.setattr(views, "A_PAGE", 3)
    cases = file(site, 11)
    Application.objects.filter(pk=cases[4].pk).update(due_at=None)
    for place, hours in ((7, 2), (2, 1)):
        late = at("2026-01-05") - timedelta(hours=hours)
        Application.objects.filter(pk=cases[place].pk).update(supervised_since=late)
    pages = walk(site, f"?scope={scope}")
    shown = [number for page in pages for number in page]
    assert sorted(shown) == sorted(case.number for case in cases)
    assert [len(page) for page in pages] == [3, 3, 3, 2]
    if scope == "open":
        assert shown[:2] == [cases[7].number, cases[2].number]
        assert shown[-1] == cases[4].number


def test_keys_of_more_than_four_bytes_are_keys(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut to four bytes such a key would begin the next page anew, for ever."""
    monkeypatch.setattr(views, "A_PAGE", 2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('transfers_application_id_seq')")
        (stood,) = cursor.fetchone()
        try:
            cursor.execute("SELECT setval('transfers_application_id_seq', %s)", [2**31 + 2**32])
            cases = file(site, 3)
        finally:
            # No rollback takes a sequence back.
            cursor.execute("SELECT setval('transfers_application_id_seq', %s)", [stood])
    assert cases[0].pk > 2**32
    for query, shown in (("?scope=open", cases), ("?scope=all", cases[::-1])):
        assert walk(site, query) == [[case.number for case in page] for page in (shown[:2], shown[2:])]


def test_backwards_are_the_same_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "A_PAGE", 3)
    file(site, 8)
    for scope in ("open", "all"):
        pages = walk(site, f"?scope={scope}")
        last = get(site, f"?scope={scope}&after={_after(site, scope, 2)}")
        assert numbers(last) == pages[2]
        before = get(site, f"?scope={scope}&before={last.context['before']}")
        assert numbers(before) == pages[1]
        first = get(site, f"?scope={scope}&before={before.context['before']}")
        assert numbers(first) == pages[0]
        assert first.context["before"] == ""


def _after(site: Site, scope: str, pages: int) -> str:
    after = ""
    for _ in range(pages):
        after = get(site, f"?scope={scope}&after={after}").context["after"]
    return after


def test_a_case_that_goes_meanwhile_moves_nobody_off_the_next_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With pages by count the case that slid to the first page would never be seen."""
    monkeypatch.setattr(views, "A_PAGE", 3)
    cases = file(site, 6)
    first = get(site, "?scope=mine")
    endorse(application_id=cases[0].pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    second = get(site, f"?scope=mine&after={first.context['after']}")
    assert numbers(second) == [case.number for case in cases[3:]]


@pytest.mark.parametrize("place", ["x", "1.2", "-1", "9" * 40, "1.1.1.1", "%00", "９", f"{2**63}", f"{10**18}.1.1"])
def test_a_place_that_nobody_was_given_is_the_first_page(site: Site, place: str) -> None:
    case = file(site, 1)[0]
    for name in ("after", "before"):
        for scope in ("all", "open"):
            assert numbers(get(site, f"?scope={scope}&{name}={place}")) == [case.number]


@pytest.mark.parametrize("username", ["cq.handler", "auditor", "dazu.local"])
def test_a_list_asks_no_more_for_more_rows(site: Site, username: str) -> None:
    client = site.client(username)
    file(site, 1)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST + "?scope=open")
    file(site, 5)
    with CaptureQueriesContext(connection) as many:
        client.get(LIST + "?scope=open")
    assert len(many) == len(few) <= 8


def test_filters_stand_in_the_address(site: Site) -> None:
    fast = file(site, 1)[0]
    general = site.world.filed(now=at("2026-01-05"), route="general", operator="O-SC2", items={"900-023-29": "5"})
    inward = site.world.filed(now=at("2026-01-05"), generator="G-SC2", operator="O-CQ2", items={"900-045-49": "2"})
    late = site.world.filed(now=at("2025-12-22"), items=SMALL, period=("2026-01-05", "2026-12-31"))
    sweep(now=site.clock("2026-01-05"))
    take_on(application_id=fast.pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    expected = {
        "state=local_opinion": {general},
        "route=fast_track": {fast, inward, late},
        "pair=51-50": {inward},
        "pair=50-51": {fast, general, late},
        "category=hw29": {general},
        "category=HW49": {fast, inward, late},
        "operator=" + general.operator.name[4:9]: {general},
        "own=1": {fast},
        "supervised=1": {late},
        "route=fast_track&pair=50-51&own=1": {fast},
        "state=nonsense&route=x&pair=9&category=4": {fast, general, inward, late},
        "state=correction": set(),
    }
    found = {query: set(numbers(get(site, f"?scope=open&{query}"))) for query in expected}
    assert found == {query: {case.number for case in cases} for query, cases in expected.items()}
    assert numbers(get(site, "?scope=open"))[0] == late.number


def test_counts_tell_what_waits_and_what_is_supervised(site: Site) -> None:
    file(site, 2)
    endorse(application_id=file(site, 1)[0].pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    sweep(now=site.clock("2026-01-13", "00:30"))
    response = get(site)
    assert {name: count for name, _, count in response.context["work"].counts()} == {
        "mine": 2,
        "open": 3,
        "approved": None,
        "ended": None,
        "all": None,
    }
    assert response.context["work"].sums["supervised"] == 3
    assert "已逾期 1 个工作日" in response.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "2026-50-51-00001",
        " 2026 50 51 00001 ",
        "2026505100001",
        "２０２６－５０－５１－００００１",
        "2026—50—51—00001",
        "00001",
        "1",
    ],
)
def test_a_number_jumps_to_its_case(site: Site, typed: str) -> None:
    case = file(site, 2)[0]
    assert case.number == "2026-50-51-00001"
    client = site.client("cq.handler")
    address = reverse("web:case", args=[case.pk])
    assert client.get(LIST, {"q": typed}).url == address
    assert client.get(LIST, {"q": typed, "scope": "ended"}).url == address
    fragment = client.get(LIST, {"q": typed}, headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (200, address)


def test_a_number_of_others_is_not_told(site: Site) -> None:
    case = file(site, 1)[0]
    for username in ("gz.handler", "dazu.filer"):
        response = get(site, f"?q={case.number}", username)
        assert numbers(response) == []


@pytest.mark.parametrize(
    "typed", ["大足", "废弃电器", "900-045-49", "90004549", "hw49", "2026-50", "2026-50-51-000", "dz"]
)
def test_names_codes_and_parts_of_numbers_are_found(site: Site, typed: str) -> None:
    case = file(site, 1)[0]
    Enterprise.objects.filter(pk=case.generator_id).update(name="重庆大足废弃电器拆解有限公司", initials="cqdzfqdqcj")
    other = site.world.filed(now=at("2026-01-05"), generator="G-SC1", operator="O-CQ1", items={"900-052-31": "30"})
    assert numbers(get(site, f"?q={typed}")) == [case.number]
    assert other.number in numbers(get(site, "?scope=open"))


@pytest.mark.parametrize("typed", ["%25", "_", "'", "\\", "9" * 50, "没有这样的单位", "🙂", "%00", "HW4", "900-045"])
def test_what_is_not_there_is_told(site: Site, typed: str) -> None:
    file(site, 1)
    response = site.client("cq.handler").get(LIST, {"q": typed.replace("%00", "\0没有").replace("%25", "%")})
    assert response.status_code == 200
    assert numbers(response) == []
    assert "没有找到" in response.content.decode()


def sheet_of(site: Site, query: str = "", username: str = "cq.handler"):
    response = site.client(username).get(reverse("web:worklist_export") + query)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")
    return load_workbook(BytesIO(read(response)))["案件"]


def test_the_spreadsheet_has_the_filtered_list(site: Site) -> None:
    cases = file(site, 3)
    take_on(application_id=cases[0].pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    endorse(application_id=cases[2].pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    head, *rows = sheet_of(site, "?scope=mine").iter_rows(values_only=True)
    assert head[0] == "编号"
    assert [row[0] for row in rows] == [cases[0].number, cases[1].number]
    first = dict(zip(head, rows[0], strict=True))
    assert first["办理时限"] == datetime(2026, 1, 12)  # noqa: DTZ001 - a spreadsheet's day has no zone
    assert (first["申请（吨）"], first["承办人"], first["督办"]) == (1, "施春生", None)
    assert first["移出地与接受地"] == "重庆市移出，四川省接受"


@pytest.mark.parametrize("name", ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1", '=HYPERLINK("http://x","点击")'])
def test_no_name_becomes_a_formula(site: Site, name: str) -> None:
    case = file(site, 1)[0]
    Enterprise.objects.filter(pk=case.generator_id).update(name=name)
    cell = sheet_of(site)["H2"]
    assert (cell.value, cell.data_type) == (name, "s")
    assert cell.quotePrefix


def test_a_long_list_is_written_in_batches(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and written a few rows at a time, and cut off with a word where it would be too long to be opened."""
    monkeypatch.setattr("apps.web.bureau.export.AT_ONCE", 2)
    cases = file(site, 5)
    assert len(list(sheet_of(site).iter_rows())) == 6
    monkeypatch.setattr("apps.web.bureau.export.MOST_ROWS", 4)
    column = [row[0] for row in sheet_of(site).iter_rows(values_only=True)]
    assert column == ["编号", *(case.number for case in cases[:4]), "仅列出前 4 件，请缩小筛选范围。"]


def test_nobody_exports_what_they_may_not_read(site: Site) -> None:
    file(site, 1)
    for username in ("gz.handler", "dazu.filer", "admin"):
        assert len(list(sheet_of(site, "?scope=all", username).iter_rows())) == 1


def test_the_index_serves_the_page(site: Site) -> None:
    """The order of the list and the bound of a page are the index's own expressions."""
    file(site, 3)
    after = get(site, "?scope=open").context["work"]
    rows = after.cases().order_by(*after.order.order(is_backwards=False))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        plan = rows.explain()
        cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on")
    assert "application_waiting" in plan
    assert "Sort" not in plan


def test_what_the_other_side_left_unanswered_stands_on_top(site: Site) -> None:
    """On the last day of the whole: the destination's limit was the day before, and only the origin can move."""
    late, answered = file(site, 2)
    for case in (late, answered):
        endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-05"))
    site.clock("2026-01-09", "17:55")
    assert [one.pk for one in get(site).context["unanswered"]] == []
    now = site.clock("2026-01-12", "17:55")
    consent(application_id=answered.pk, by=site.world.user("sc.handler"), now=now)
    response = get(site)
    assert [one.pk for one in response.context["unanswered"]] == [late.pk]
    assert "对方逾期未复函" in response.content.decode()
    assert not get(site, username="sc.handler").context["unanswered"]
    assert not get(site, "?state=decision").context["unanswered"]
