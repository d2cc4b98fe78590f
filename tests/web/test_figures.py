"""Use, run-out, demand and its board, and what an enterprise is told, at the door."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.transfers.models import Application, QuotaWatch
from apps.transfers.services.alerting import sweep_alerts
from apps.whitelists.enums import EventKind
from apps.whitelists.models import Demand, WhitelistEntry
from apps.whitelists.services.demanding import Wanted, declare_demand
from apps.whitelists.services.events import Told, record
from apps.whitelists.services.ledger import commit, hold
from tests.transfers.world import at
from tests.web.conftest import Site

NOW = at("2026-01-05")


def text(site: Site, username: str, name: str, *args: object, **query: object) -> str:
    response = site.client(username).get(reverse(f"web:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def use_up(entry: WhitelistEntry, tonnes: str, name: str = "CASE-1", day: str = "2026-01-05") -> None:
    words = {"reference": name, "round": 1, "occurred_at": at(day), "now": at(day)}
    hold(amounts={entry.pk: Decimal(tonnes)}, **words)
    commit(amounts={entry.pk: Decimal(tonnes)}, **words)


def declared(site: Site, tonnes: str = "120", generator: str = "G-CQ1", **wanted: object) -> Demand:
    return declare_demand(
        enterprise_id=site.world.enterprise(generator).pk,
        by=site.world.filer_of(generator),
        now=NOW,
        period=(2027, "year"),
        wanted=Wanted(**{"waste_code": "900-045-49", "amount_t": Decimal(tonnes), **wanted}),
    )


@pytest.fixture
def entry(site: Site) -> WhitelistEntry:
    return site.world.entry("O-SC1", "900-045-49", "CQ")


def typed(site: Site, **more: object) -> dict[str, object]:
    return {
        "enterprise": site.world.enterprise("G-CQ1").pk,
        "period": "2027-year",
        "waste_code": "９００-045-49",
        "amount_t": "120.5",
        "method": "",
        "operator": "",
        "destination": "510000",
        "remark": "",
        "action": "declare",
        **more,
    }


def test_a_filer_declares_changes_and_takes_back(site: Site) -> None:
    client, url = site.client("dazu.filer"), reverse("web:demand")
    assert client.post(url, typed(site)).status_code == 302
    demand = Demand.objects.get()
    assert (demand.waste_code, demand.amount_t, demand.destination_id) == ("900-045-49", Decimal("120.5"), "510000")
    assert "120.5000" in client.get(url, {"edit": demand.pk}).content.decode()
    change = typed(site, action=f"change:{demand.pk}:1", amount_t="130", period="2027-first")
    assert client.post(url, change).status_code == 302
    demand = Demand.objects.get()
    assert (demand.amount_t, demand.part, demand.version) == (Decimal(130), "year", 2)
    assert client.post(url, change).status_code == 409
    assert "修改 1 次" in client.get(url).content.decode()
    assert client.post(url, {"action": f"withdraw:{demand.pk}"}).status_code == 302
    assert "还没有申报" in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("waste_code", "999-999-99", "demand.code"), ("amount_t", "0", "tonnes.zero"), ("method", "X9", "demand.method")],
)
def test_what_is_wrong_is_told_beside_its_field(site: Site, field: str, value: str, code: str) -> None:
    response = site.client("dazu.filer").post(reverse("web:demand"), typed(site, **{field: value}))
    assert response.status_code == 422
    assert f'data-code="{code}"' in response.content.decode()
    assert not Demand.objects.exists()


def test_a_viewer_reads_and_others_see_nothing(site: Site) -> None:
    demand = declared(site, "123")
    assert "123.0000" in text(site, "dazu.viewer", "demand")
    assert 'value="declare"' not in text(site, "dazu.viewer", "demand")
    assert "123.0000" not in text(site, "jiulongpo.filer", "demand")
    url = reverse("web:demand")
    assert site.client("dazu.viewer").post(url, typed(site)).status_code == 403
    assert site.client("jiulongpo.filer").post(url, {"action": f"withdraw:{demand.pk}"}).status_code == 404
    assert site.client("jiulongpo.filer").get(url, {"edit": demand.pk}).status_code == 404


def test_last_years_demand_is_copied(site: Site) -> None:
    declared(site)
    site.clock("2027-11-01")
    client = site.client("dazu.filer")
    key = site.world.enterprise("G-CQ1").pk
    assert f'value="copy:{key}"' in client.get(reverse("web:demand")).content.decode()
    client.post(reverse("web:demand"), {"action": f"copy:{key}"})
    assert Demand.objects.filter(year=2028, waste_code="900-045-49").exists()


def test_the_lookup_finds_operators_of_other_provinces(site: Site) -> None:
    client = site.client("dazu.filer")
    found = client.get(reverse("web:demand_lookup"), {"kind": "operator", "q": "fjxlb"}).json()["found"]
    assert [one["label"] for one in found] == ["四川示范涪江线路板再生有限公司（船山区）"]
    assert client.get(reverse("web:demand_lookup"), {"kind": "operator", "q": "巴山"}).json()["found"] == []
    assert client.get(reverse("web:demand_lookup"), {"kind": "code", "q": "900-045"}).json()["found"]


def test_the_board_is_scoped_and_marks_shortages(site: Site) -> None:
    declared(site, "90000", destination_id="510000")
    declared(site, "7", generator="G-CQ3", waste_code="900-023-29")
    of_origin = text(site, "cq.whitelist_admin", "demand_board")
    for words in ("90000.0000", "有缺口", "缺 ", "75000.0000", "去向未定", "7.0000"):
        assert words in of_origin
    of_destination = text(site, "sc.whitelist_admin", "demand_board")
    assert "90000.0000" in of_destination
    assert "7.0000</td>" not in of_destination.split("各类别")[0]
    assert "90000.0000" not in text(site, "gz.whitelist_admin", "demand_board")
    assert "还没有单位申报" in text(site, "gz.whitelist_admin", "demand_board")
    assert "90000.0000" in text(site, "auditor", "demand_board")
    detail = text(site, "cq.whitelist_admin", "demand_board", category="HW49", destination="510000")
    assert "大足" not in detail
    assert site.world.enterprise("G-CQ1").name in detail
    assert "涪江线路板" in detail


def test_use_of_every_list_and_of_one(site: Site, entry: WhitelistEntry) -> None:
    use_up(entry, "2400")
    page = text(site, "sc.handler", "utilisation", sort="share")
    assert "重庆市 → 四川省" in page
    assert "2400.0000" in page
    one = text(site, "cq.handler", "edition_use", entry.edition_id)
    assert "80.0%" in one
    assert "名单生效不足 7 日，暂不推算" in one
    assert "600.0000" in one
    assert "26.3%" in text(site, "cq.handler", "heat_map", origin="500000")
    assert "没有条目会在期满之前用完" in text(site, "cq.handler", "run_out")
    site.clock("2026-01-20")
    assert "近 20 日批准 2400.0000 吨，日均 120.0000 吨；余 600.0000 吨，按此约 5 天，至 2026-01-25 用完。" in text(
        site, "cq.handler", "run_out"
    )


@pytest.mark.parametrize(
    ("name", "query"), [("utilisation", {}), ("heat_map", {}), ("run_out", {}), ("edition_use", {})]
)
def test_pages_do_not_ask_per_entry(site: Site, entry: WhitelistEntry, name: str, query: dict[str, str]) -> None:
    use_up(entry, "2400")
    site.clock("2026-01-20")
    client = site.client("cq.handler")
    url = reverse(f"web:{name}", args=[entry.edition_id] if name == "edition_use" else [])

    def count() -> int:
        client.get(url, query)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url, query).status_code == 200
        return len(asked)

    few = count()
    for number in range(20):
        fresh = WhitelistEntry.objects.get(pk=entry.pk)
        fresh.pk, fresh.number, fresh.held_t, fresh.used_t = None, f"9{number:02}", Decimal(0), Decimal(0)
        fresh.save()
        use_up(fresh, "2000", f"CASE-9{number}")
    assert count() == few <= 14


def test_the_board_does_not_ask_per_line(site: Site) -> None:
    def count() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        return len(asked)

    client, url = site.client("cq.whitelist_admin"), reverse("web:demand_board")
    declared(site, destination_id="510000")
    few = count()
    for code in ("900-052-31", "900-023-29", "772-007-50"):
        declared(site, waste_code=code)
        declared(site, waste_code=code, destination_id="520000")
    assert count() == few


def test_a_draft_asks_to_be_told_and_its_enterprise_alone_is(site: Site, entry: WhitelistEntry) -> None:
    draft = site.world.draft(now=NOW)
    client = site.client("dazu.filer")
    url = reverse("web:draft", args=[draft.pk])
    page = client.get(url).content.decode()
    assert f'value="watch:{entry.pk}"' in page
    form = filled(draft) | {"action": f"watch:{entry.pk}"}
    assert client.post(url, form).status_code == 302
    assert QuotaWatch.objects.get().entry_id == entry.pk
    page = client.get(url).content.decode()
    assert f'value="unwatch:{entry.pk}"' in page
    use_up(entry, "2400")
    sweep_alerts(now=NOW)
    told = text(site, "dazu.viewer", "home")
    assert "用量达到 80％" in told
    for username in ("jiulongpo.filer", "suining.operator", "kunming.filer"):
        assert "用量达到" not in text(site, username, "home")
    site.clock("2026-01-20")
    assert "用量达到" not in text(site, "dazu.filer", "home")
    site.clock("2026-01-06")
    assert client.post(url, filled(draft) | {"action": f"unwatch:{entry.pk}"}).status_code == 302
    assert not QuotaWatch.objects.exists()


def test_the_last_three_are_told_and_the_rest_on_asking(site: Site, entry: WhitelistEntry) -> None:
    for number in range(5):
        record(
            kind=EventKind.SUSPENDED,
            sentence=f"第 {number} 件",
            told=[Told(enterprise_id=site.world.enterprise("G-CQ1").pk)],
            by=None,
            at=at("2026-01-05", f"09:0{number}"),
            now=NOW,
            edition=entry.edition,
        )
    page = text(site, "dazu.viewer", "home")
    assert page.index("第 4 件") < page.index("第 2 件") < page.index("更早的 2 项") < page.index("第 1 件")


def test_an_entry_that_is_not_the_drafts_is_not_watched(site: Site) -> None:
    draft, other = site.world.draft(now=NOW), site.world.entry("O-YN1", "900-052-31", "CQ")
    client = site.client("dazu.filer")
    answer = client.post(
        reverse("web:draft", args=[draft.pk]), filled(draft) | {"action": f"watch:{other.pk}"}, follow=True
    )
    assert "草稿现有明细不在该条目上" in answer.content.decode()
    assert not QuotaWatch.objects.exists()


def filled(draft: Application) -> dict[str, object]:
    """The page's form as it stands."""
    draft = Application.objects.get(pk=draft.pk)
    item = draft.items.get()
    return {
        "version": draft.version,
        "operator": draft.operator_id,
        "requested_from": f"{draft.requested_from}",
        "requested_until": f"{draft.requested_until}",
        "carrier_name": draft.carrier_name,
        "contract_no": draft.contract_no,
        "waste_code": item.waste_code,
        "waste_name": item.waste_name,
        "form": item.form,
        "packaging": item.packaging,
        "method": item.method,
        "amount_t": "120",
        "contracted_t": "",
    }
