"""Finding by typing: code, name or initials, twenty at most, for the filer of the draft only."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.catalogue.models import WasteCode
from apps.catalogue.pinyin import initials_of
from apps.organisations.models import Enterprise
from apps.transfers.models import Application
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes, typed


@pytest.fixture
def draft(site: Site) -> Application:
    return site.world.draft(now=at("2026-01-05"))


def found(site: Site, draft: Application, kind: str, text: str, who: str = "dazu.filer") -> list[dict[str, str]]:
    answer = site.client(who).get(reverse("web:lookup", args=[draft.pk]), {"kind": kind, "q": text})
    assert answer.status_code == 200
    return answer.json()["found"]


@pytest.mark.parametrize(
    ("text", "initials"),
    [("重庆市綦江区", "cqsqjq"), ("（大足）R4-循环", "dzr4xh"), ("🙂 ", ""), ("", "")],
)
def test_initials_are_what_people_type(text: str, initials: str) -> None:
    assert initials_of(text) == initials


@pytest.mark.parametrize("text", ["900-045-49", "９００－０４５", "电路板", "fdlb", " FDLB "])
def test_a_code_is_found(site: Site, draft: Application, text: str) -> None:
    assert "900-045-49" in [one["value"] for one in found(site, draft, "code", text)]


def test_a_category_finds_its_codes(site: Site, draft: Application) -> None:
    values = [one["value"] for one in found(site, draft, "code", "hw31")]
    assert values
    assert all(value.endswith("-31") for value in values)


@pytest.mark.parametrize("text", ["R4", "r4", "金属"])
def test_a_method_is_found(site: Site, draft: Application, text: str) -> None:
    assert "R4" in [one["value"] for one in found(site, draft, "method", text)]


@pytest.mark.parametrize("text", ["滇池电子", "dcdz", "安宁", "91530181MADEM0089F", "Y5301819002"])
def test_an_operator_is_found(site: Site, draft: Application, text: str) -> None:
    assert [one["value"] for one in found(site, draft, "operator", text)] == [str(site.world.enterprise("O-YN2").pk)]


def test_operators_of_the_own_province_are_none_to_choose(site: Site, draft: Application) -> None:
    values = {int(one["value"]) for one in found(site, draft, "operator", "")}
    assert values == {site.world.enterprise(name).pk for name in ("O-SC1", "O-SC2", "O-GZ1", "O-GZ2", "O-YN1", "O-YN2")}


@pytest.mark.parametrize(
    ("kind", "text"),
    [("operator", "%"), ("code", "_"), ("code", "' OR 1=1"), ("method", "🙂"), ("code", "9" * 5000), ("x", "a")],
)
def test_strange_text_finds_nothing(site: Site, draft: Application, kind: str, text: str) -> None:
    assert found(site, draft, kind, text) == []


def test_twenty_at_most_with_one_question_more(site: Site, draft: Application) -> None:
    client, address = site.client("dazu.filer"), reverse("web:lookup", args=[draft.pk])
    client.get(address, {"kind": "code"})
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(address, {"kind": "code"}).json()["found"]) == 20
    assert len(asked) <= 7


def test_a_null_byte_is_left_out(site: Site, draft: Application) -> None:
    assert found(site, draft, "code", "900-045\x00-49")[0]["value"] == "900-045-49"


def test_what_is_imported_and_registered_gets_initials(site: Site) -> None:
    assert not WasteCode.objects.filter(initials="").exists()
    assert not Enterprise.objects.filter(initials="").exists()
    enterprise = site.world.enterprise("O-SC1")
    enterprise.name = "四川改名再生有限公司"
    enterprise.save()
    assert Enterprise.objects.get(pk=enterprise.pk).initials == "scgmzsyxgs"


# What the page posts as one types.


def live(client: Client, draft: Application, **changes):
    return client.post(reverse("web:draft", args=[draft.pk]), typed(draft, action="live", **changes))


def test_what_is_typed_is_kept_and_checked_in_one_answer(site: Site, draft: Application) -> None:
    answer = live(site.client("dazu.filer"), draft, rows=[{"amount_t": "3100"}])
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in text
    assert 'id="item1_live"' in text
    assert "超量商请" in text
    assert {"quota.exceeded", "check.passed"} <= codes(answer)
    assert Application.objects.get(pk=draft.pk).version == draft.version + 1


def test_nothing_typed_saves_nothing(site: Site, draft: Application) -> None:
    client = site.client("dazu.filer")
    live(client, draft)
    kept = Application.objects.get(pk=draft.pk)
    assert live(client, kept).status_code == 200
    assert Application.objects.get(pk=draft.pk).version == kept.version


def test_a_stale_tab_overwrites_nothing(site: Site, draft: Application) -> None:
    client = site.client("dazu.filer")
    live(client, draft, contract_no="先保存")
    answer = live(client, draft, contract_no="后保存")
    assert answer.status_code == 409
    assert "draft.conflict" in codes(answer)
    assert Application.objects.get(pk=draft.pk).contract_no == "先保存"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"amount_t": "-5"}, "tonnes.negative"),
        ({"amount_t": "1e30"}, "tonnes.too_many"),
        ({"contracted_t": "0"}, "tonnes.zero"),
        ({"method": "ZZ"}, "method.unknown"),
        ({"waste_name": "长" * 4000}, "max_length"),
        ({"packaging": "\x00"}, "null_characters_not_allowed"),
    ],
)
def test_what_is_wrong_is_told_with_its_input(site: Site, draft: Application, row: dict[str, str], code: str) -> None:
    answer = live(site.client("dazu.filer"), draft, rows=[{}, row])
    assert answer.status_code == 422
    assert codes(answer) == {code}
    assert f'data-of="item2_{next(iter(row))}"' in answer.content.decode()
    assert Application.objects.get(pk=draft.pk).version == draft.version


def test_a_method_is_understood_with_its_name(site: Site, draft: Application) -> None:
    assert live(site.client("dazu.filer"), draft, rows=[{"method": "ｒ4"}]).status_code == 200
    assert Application.objects.get(pk=draft.pk).items.get().method == "R4"


def test_the_exemption_and_the_contract_are_fields(site: Site, draft: Application) -> None:
    answer = live(
        site.client("dazu.filer"),
        draft,
        rows=[{"contracted_t": "１００"}, {}],
        exempt_item=["1"],
        contract_until="2026-06-30",
        contract_receiver="别的公司",
    )
    assert {"contract.short", "contract.ends_early", "contract.party"} <= codes(answer)
    assert "运输工具满足防雨、防渗漏、防遗撒要求" in answer.content.decode()
    kept = Application.objects.get(pk=draft.pk)
    assert [item.is_transport_exempt for item in kept.items.all()] == [True, False]
    assert kept.is_transport_exempt is False


def test_after_filing_a_page_that_is_still_open_is_told(site: Site, draft: Application) -> None:
    client = site.client("dazu.filer")
    live(client, draft)
    draft = Application.objects.get(pk=draft.pk)
    client.post(reverse("web:draft", args=[draft.pk]), typed(draft, action="submit", seen_route="fast_track"))
    answer = live(client, draft, contract_no="太晚")
    assert answer.status_code == 409
    assert "draft.closed" in codes(answer)


@pytest.mark.parametrize("who", ["dazu.viewer", "jiulongpo.filer", "suining.operator", "cq.handler"])
def test_others_neither_save_nor_look_up(site: Site, draft: Application, who: str) -> None:
    client = site.client(who)
    assert live(client, draft, contract_no="别人").status_code in {403, 404}
    assert client.get(reverse("web:lookup", args=[draft.pk]), {"kind": "code"}).status_code in {403, 404}
    assert Application.objects.get(pk=draft.pk).contract_no == draft.contract_no


def test_the_live_check_does_not_ask_per_item(site: Site, draft: Application) -> None:
    client = site.client("dazu.filer")

    def asked(count: int) -> int:
        kept = Application.objects.get(pk=draft.pk)
        live(client, kept, rows=[{"amount_t": "1"}] * count)
        kept = Application.objects.get(pk=draft.pk)
        with CaptureQueriesContext(connection) as sent:
            assert live(client, kept, rows=[{"amount_t": "1", "waste_name": "改"}] * count).status_code == 200
        return len(sent)

    few = asked(2)
    assert asked(50) == few <= 30
