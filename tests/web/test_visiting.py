"""Signing in, going home, what a visitor sees, and how errors look."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.organisations.enums import Role
from apps.whitelists.models import WhitelistEntry
from tests.organisations.factories import MembershipFactory
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes


@pytest.mark.parametrize(
    ("username", "goes_to"),
    [
        ("cq.handler", "web:worklist"),
        ("dazu.local", "web:worklist"),
        ("auditor", "web:worklist"),
        ("admin", "web:calendar"),
    ],
)
def test_home_is_the_persons_desk(site: Site, username: str, goes_to: str) -> None:
    assert site.client(username).get(reverse("web:home")).url == reverse(goes_to)


def test_an_enterprises_people_see_what_waits_for_them(site: Site) -> None:
    for username in ("dazu.filer", "dazu.viewer", "suining.operator"):
        assert site.client(username).get(reverse("web:home")).status_code == 200


def test_who_has_several_desks_chooses(site: Site) -> None:
    user = site.world.user("dazu.filer")
    MembershipFactory(user=user, role=Role.OPERATOR_STAFF, enterprise=site.world.enterprise("O-SC1"))
    text = site.client("dazu.filer").get(reverse("web:home")).content.decode()
    assert "我的申请" in text
    assert "拟接受的转移" in text


def test_signing_in_tells_nobody_which_names_exist(site: Site) -> None:
    closed = site.world.user("chengdu.filer")
    closed.is_active = False
    closed.save()
    answers = set()
    for name, password in [("dazu.filer", "wrong"), ("nobody", "wrong"), ("chengdu.filer", "example-only")]:
        response = Client().post(reverse("web:sign_in"), {"username": name, "password": password})
        assert response.status_code == 200
        assert codes(response) == {"invalid_login"}
        answers.add(response.content.decode().split('role="alert"')[1].split("</div>")[0])
    assert len(answers) == 1


@pytest.mark.parametrize(("name", "password"), [("", ""), ("a" * 5000, "b" * 5000), ("x\x00", "y"), ("🙂", "🙂")])
def test_strange_names_are_refused_in_a_sentence(site: Site, name: str, password: str) -> None:
    response = Client().post(reverse("web:sign_in"), {"username": name, "password": password})
    assert response.status_code == 200
    assert codes(response)


def test_signing_in_and_out(site: Site) -> None:
    client = Client()
    form = {"username": "dazu.filer", "password": "example-only", "next": "https://example.org/"}
    assert client.post(reverse("web:sign_in"), form).url == reverse("web:home")
    assert client.post(reverse("web:sign_out")).url == reverse("web:sign_in")
    assert client.get(reverse("web:home")).status_code == 302


def test_the_lists_show_nothing_of_cases(site: Site) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    text = Client().get(reverse("web:public_list", args=[case.edition_id])).content.decode()
    assert "3000.0000" in text
    assert "2880.0000" in text
    assert case.number not in text
    assert str(case.generator) not in text


def test_the_lists_in_force_with_their_sums(site: Site) -> None:
    listed = site.world.entry("O-SC1", "900-045-49", "CQ").edition
    quota = sum(entry.quota_t for entry in listed.entries.all())
    url = reverse("web:public_lists")

    def statements() -> int:
        with CaptureQueriesContext(connection) as sent:
            text = Client().get(url).content.decode()
        assert f"{listed.entries.count()}</td>" in text
        assert f"{quota:.4f}" in text
        return len(sent)

    few = statements()
    WhitelistEntry.objects.create(
        edition=listed, number="x", operator=site.world.enterprise("O-SC2"), waste_codes=["900-041-49"], method="R4"
    )
    assert statements() == few <= 5


def test_a_long_list_is_paged_and_searched_and_its_sums_are_of_all(site: Site) -> None:
    listed = site.world.entry("O-SC1", "900-045-49", "CQ").edition
    url, operator = reverse("web:public_list", args=[listed.pk]), site.world.enterprise("O-SC2")
    known = listed.entries.count()

    def statements() -> int:
        with CaptureQueriesContext(connection) as sent:
            Client().get(url)
        return len(sent)

    few = statements()
    WhitelistEntry.objects.bulk_create(
        WhitelistEntry(
            edition=listed, number=f"x{n:02d}", operator=operator, waste_codes=["900-041-49"], method="R4", quota_t=1
        )
        for n in range(60)
    )
    assert statements() == few <= 8

    def told(**asked: str) -> str:
        return Client().get(url, asked).content.decode()

    assert f"{known + 60} 条" in told()
    assert told().count('data-title="条目"') == 50
    assert told(page="2").count('data-title="条目"') == known + 10
    for text, lines in (
        ("９００－０４５－４９", 1),
        ("900-045", 1),
        ("hw49", 50),
        ("HW08", 1),
        (operator.initials[:6], 50),
        ("无此单位", 0),
    ):
        assert told(q=text).count('data-title="条目"') == lines, text
    assert "没有符合“无此单位”的条目。" in told(q="无此单位")


def test_a_list_out_of_force_is_not_public(site: Site) -> None:
    old = site.world.entry("O-SC1", "900-045-49", "CQ", year=2021).edition
    assert Client().get(reverse("web:public_list", args=[old.pk])).status_code == 404


def test_an_expired_form_is_told_in_chinese(site: Site) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("web:sign_in"), {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()


def test_too_many_fields_are_a_sentence(site: Site, settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
    response = site.client("dazu.filer").post(reverse("web:new_application"), {str(n): "1" for n in range(9)})
    assert response.status_code == 400
    assert "请求无法理解" in response.content.decode()


def test_the_moved_clock_is_told_where_it_may_be_moved(site: Site, settings) -> None:
    assert "演示时钟：" in Client().get(reverse("web:landing")).content.decode()


@pytest.mark.parametrize(
    "wanted", ["nowhere", "-1", "a\x00b", "🙂", "https://example.org/", "//example.org/", "web:home"]
)
def test_who_is_in_goes_home_when_where_they_were_going_is_no_path(site: Site, wanted: str) -> None:
    assert site.client("dazu.filer").get(reverse("web:sign_in"), {"next": wanted}).url == reverse("web:home")


@pytest.mark.parametrize(
    ("username", "name", "asked"),
    [
        ("admin", "accounts", {"q": "\x00"}),
        ("cq.whitelist_admin", "edition_list", {"pair": "\x00-\x00"}),
    ],
)
def test_what_no_text_can_hold_finds_nothing(site: Site, username: str, name: str, asked: dict[str, str]) -> None:
    assert site.client(username).get(reverse(f"web:{name}"), asked).status_code == 200
