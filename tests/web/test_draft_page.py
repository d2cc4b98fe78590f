"""The draft's page: what is typed is understood, refused in a sentence, and never lost."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.transfers.models import Application
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes, typed


@pytest.fixture
def draft(site: Site) -> Application:
    return site.world.draft(now=at("2026-01-05"))


@pytest.fixture
def filer(site: Site) -> Client:
    return site.client("dazu.filer")


def post(client: Client, draft: Application, **changes):
    return client.post(reverse("web:draft", args=[draft.pk]), typed(draft, **changes))


def stored(draft: Application) -> Application:
    return Application.objects.get(pk=draft.pk)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("１２．５", "12.5"),
        (" 1 200 ", "1200"),
        ("1,200.25吨", "1200.25"),
        ("0.0001", "0.0001"),
        ("1e2", "100"),
        ("　３０　", "30"),
    ],
)
def test_tonnes_as_people_type_them(draft: Application, filer: Client, text: str, amount: str) -> None:
    assert post(filer, draft, rows=[{"amount_t": text}]).status_code == 302
    assert stored(draft).items.get().amount_t == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-5", "tonnes.negative"),
        ("－５", "tonnes.negative"),
        ("0", "tonnes.zero"),
        ("-0.0", "tonnes.zero"),
        ("1e30", "tonnes.too_many"),
        ("1e999999", "tonnes.too_many"),
        ("10000000000", "tonnes.too_many"),
        ("0.00001", "tonnes.too_fine"),
        ("1e-999999", "tonnes.too_fine"),
        ("NaN", "tonnes.not_a_number"),
        ("Infinity", "tonnes.not_a_number"),
        ("十二", "tonnes.not_a_number"),
        ("🚚", "tonnes.not_a_number"),
        ("9" * 61, "max_length"),
        ("1\x00", "null_characters_not_allowed"),
    ],
)
def test_tonnes_refused_in_a_sentence_and_kept(draft: Application, filer: Client, text: str, code: str) -> None:
    response = post(filer, draft, rows=[{"amount_t": text}, {"waste_name": "另一行<b>"}])
    assert response.status_code == 422
    assert code in codes(response)
    if "\x00" not in text:
        assert f'value="{text}"' in response.content.decode()
    assert "另一行&lt;b&gt;" in response.content.decode()
    assert stored(draft).version == draft.version


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026/2/1", "2026-02-01"), ("２０２６－０２－０１", "2026-02-01"), ("2026年2月1日", "2026-02-01")],
)
def test_days_as_people_type_them(draft: Application, filer: Client, text: str, day: str) -> None:
    assert post(filer, draft, requested_from=text).status_code == 302
    assert str(stored(draft).requested_from) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [("2026-02-30", "day.none"), ("明天", "day.form"), ("0001-01-01", "day.far"), ("9" * 70, "max_length")],
)
def test_days_refused_in_a_sentence(draft: Application, filer: Client, text: str, code: str) -> None:
    response = post(filer, draft, requested_from=text)
    assert response.status_code == 422
    assert code in codes(response)


def test_a_pasted_code_is_understood(draft: Application, filer: Client) -> None:
    post(filer, draft, rows=[{"waste_code": "　９００－０４５ – ４９ "}])
    assert stored(draft).items.get().waste_code == "900-045-49"


def test_fifty_items_are_kept_and_the_fifty_first_is_refused(draft: Application, filer: Client) -> None:
    assert post(filer, draft, rows=[{}] * 50).status_code == 302
    draft = stored(draft)
    assert draft.items.count() == 50
    response = post(filer, draft, rows=[{"waste_name": f"第{n}种"} for n in range(51)])
    assert response.status_code == 422
    assert "items.many" in codes(response)
    assert 'value="第50种"' in response.content.decode()
    assert stored(draft).items.count() == 50


def test_blank_rows_are_no_items(draft: Application, filer: Client) -> None:
    blank = dict.fromkeys(("waste_code", "waste_name", "form", "packaging", "method", "amount_t"), " ")
    post(filer, draft, rows=[blank, {}, blank])
    assert stored(draft).items.count() == 1


def test_rows_come_and_go_without_losing_what_was_typed(draft: Application, filer: Client) -> None:
    more = post(filer, draft, rows=[{"waste_name": "甲"}, {"waste_name": "乙"}], action="add_item", contract_no="未存")
    assert [row["waste_name"].value() for row in more.context["rows"]] == ["甲", "乙", ""]
    assert 'value="未存"' in more.content.decode()
    fewer = post(filer, draft, rows=[{"waste_name": "甲"}, {"waste_name": "乙"}], action="remove_item:1")
    assert [row["waste_name"].value() for row in fewer.context["rows"]] == ["乙"]
    assert stored(draft).version == draft.version


@pytest.mark.parametrize("operator", ["999999999", "-1", "９", "abc", "9" * 40, "1; DROP TABLE"])
def test_a_foreign_operator_is_refused(draft: Application, filer: Client, operator: str) -> None:
    response = post(filer, draft, operator=operator)
    assert response.status_code == 422
    assert stored(draft).operator_id == draft.operator_id


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": [{"method": "ZZ"}]},
        {"rows": [{"form": "plasma"}]},
        {"rows": [{"waste_code": "9" * 4000}]},
        {"rows": [{"waste_name": "长" * 61}]},
        {"transit": ["999999"]},
        {"transit": ["500000"]},
        {"carrier_name": "长" * 101},
        {"contact_phone": "1" * 4001},
    ],
)
def test_what_no_column_takes_is_refused(draft: Application, filer: Client, changes) -> None:
    assert post(filer, draft, **changes).status_code == 422
    assert stored(draft).version == draft.version


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"contract_no": "长" * 61}, "最多 60 个字，现有 61 个字。"),
        ({"contract_no": "HT\0"}, "含有无法保存的字符（空字节），请删去后重新填写。"),
        ({"operator": "\0"}, "请从所列的选项中选择。"),
        ({"operator": "999999999"}, "请从所列的选项中选择。"),
        ({"transit": ["500000"]}, "请从所列的选项中选择。"),
        ({"rows": [{"form": "plasma"}]}, "请从所列的选项中选择。"),
    ],
)
def test_the_sentence_says_what_to_do(draft: Application, filer: Client, changes, sentence: str) -> None:
    assert sentence in post(filer, draft, **changes).content.decode()


def test_emoji_are_text(draft: Application, filer: Client) -> None:
    assert post(filer, draft, contact_name="王🙂", rows=[{"waste_name": "电路板🔋"}]).status_code == 302
    assert stored(draft).contact_name == "王🙂"


@pytest.mark.parametrize("version", ["0", "-1", "", "x", "9" * 30, "２"])
def test_a_stale_version_overwrites_nothing(draft: Application, filer: Client, version: str) -> None:
    response = post(filer, draft, version=version, contract_no="新的合同号")
    assert response.status_code == 409
    assert "draft.conflict" in codes(response)
    assert 'value="新的合同号"' in response.content.decode()
    assert stored(draft).contract_no == draft.contract_no


@pytest.mark.parametrize(
    "action", ["", "nonsense", "remove_item:x", "detach:99999999", "detach:" + "9" * 5000, "choose:", "choose:1:1:1:1"]
)
def test_a_strange_action_is_no_error(draft: Application, filer: Client, action: str) -> None:
    assert post(filer, draft, action=action).status_code in {200, 302, 404, 422}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("a.exe", b"MZ", "file.kind"), ("a.pdf", b"", "file.empty"), ("没有后缀", b"x", "file.kind")],
)
def test_a_bad_file_is_refused_and_the_rest_is_kept(
    draft: Application, filer: Client, name: str, content: bytes, code: str
) -> None:
    file = SimpleUploadedFile(name, content)
    response = post(filer, draft, file_contract=file, contract_no="新的合同号")
    assert response.status_code == 422
    assert code in codes(response)
    assert 'value="新的合同号"' in response.content.decode()


def test_a_file_is_taken_in_even_when_the_form_is_refused(draft: Application, filer: Client) -> None:
    file = SimpleUploadedFile("合同.pdf", b"%PDF-1.7")
    response = post(filer, draft, file_contract=file, rows=[{"amount_t": "-1"}])
    assert response.status_code == 422
    assert draft.attachments.filter(original_name="合同.pdf").exists()
    assert "合同.pdf" in response.content.decode()


@pytest.mark.parametrize("action", ["add_item", "remove_item:1", "check"])
def test_a_chosen_file_survives_every_button(draft: Application, filer: Client, action: str) -> None:
    post(filer, draft, file_contract=SimpleUploadedFile("合同.pdf", b"%PDF-1.7"), action=action)
    assert draft.attachments.filter(original_name="合同.pdf").exists()


def test_a_file_for_an_unknown_material_is_refused(draft: Application, filer: Client) -> None:
    response = post(filer, draft, file_nonsense=SimpleUploadedFile("a.pdf", b"%PDF"))
    assert "material.unknown" in codes(response)


def test_the_check_names_route_and_last_day(draft: Application, filer: Client) -> None:
    page = filer.post(reverse("web:draft", args=[draft.pk]), typed(draft, action="check"), follow=True)
    text = page.content.decode()
    assert "名单内直接审批" in text
    assert "2026-01-12 周一" in text
    assert "check.passed" in codes(page)
    assert page.context["checked"].items[1].line.left_t == Decimal(2880)


def test_over_quota_is_told_with_the_figures(site: Site, filer: Client) -> None:
    draft = site.world.draft(now=at("2026-01-05"), items={"900-045-49": "3100"})
    page = filer.get(reverse("web:draft", args=[draft.pk]), {"checked": "1"})
    assert "超出 100.0000 吨" in page.content.decode()
    assert "quota.exceeded" in codes(page)


def test_an_alternative_is_taken_with_one_button(site: Site, filer: Client) -> None:
    draft = site.world.draft(now=at("2026-01-05"), items={"900-045-49": "3100"})
    other = site.world.enterprise("O-YN2")
    page = filer.post(
        reverse("web:draft", args=[draft.pk]),
        typed(draft, action=f"choose:{other.pk}:1:R4", rows=[{"amount_t": "300"}]),
        follow=True,
    )
    assert page.status_code == 200
    assert stored(draft).operator_id == other.pk


def test_somebody_elses_enterprise_can_not_be_chosen(site: Site, filer: Client) -> None:
    url = reverse("web:new_application")
    assert filer.post(url, {"generator": site.world.enterprise("G-CQ2").pk}).status_code == 404
    assert filer.post(url, {"generator": "9" * 30}).status_code == 404
    assert filer.post(url, {"generator": "x"}).status_code == 404
    assert filer.post(url, {"generator": site.world.enterprise("G-CQ1").pk}).status_code == 302
    assert Application.objects.count() == 1


def test_a_draft_is_deleted_after_asking(draft: Application, filer: Client) -> None:
    url = reverse("web:delete_draft", args=[draft.pk])
    assert filer.get(url).status_code == 200
    assert Application.objects.filter(pk=draft.pk).exists()
    filer.post(url)
    assert not Application.objects.filter(pk=draft.pk).exists()
