"""The bell, the list, the wishes and the feed behind the door."""

import logging

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.notifications.enums import MessageKind, Subject
from apps.notifications.models import Message, Preference
from apps.notifications.services.delivering import deliver_messages
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import endorse
from tests.transfers.world import at
from tests.web.conftest import Site

NOW = at("2026-01-05")


@pytest.fixture
def case(site: Site) -> Application:
    case = site.world.filed(now=NOW)
    deliver_messages(now=NOW)
    return case


def tell(site: Site, username: str, count: int, **columns: object) -> list[Message]:
    told = {"kind": MessageKind.PROGRESS, "source": "list", "title": "进展", "sentence": "有进展。"}
    rows = [
        Message(
            recipient=site.world.user(username),
            source_id=10_000 + number,
            occurred_at=NOW,
            created_at=NOW,
            **{**told, **columns},
        )
        for number in range(count)
    ]
    return Message.objects.bulk_create(rows)


def shown(client: Client, address: str = "") -> str:
    response = client.get(address or reverse("web:notices"))
    assert response.status_code == 200
    return response.content.decode()


def bell_of(client: Client) -> str:
    return client.get(reverse("web:bell")).content.decode()


def test_a_message_leads_to_the_case_and_is_read_then(site: Site, case: Application) -> None:
    client = site.client("cq.handler")
    assert '<span class="bell-count">1<' in bell_of(client)
    assert "待移出地审核" in shown(client)
    message = Message.objects.get(recipient__username="cq.handler")
    assert client.get(reverse("web:notice", args=[message.pk])).url == reverse("web:case", args=[case.pk])
    assert "bell-count" not in bell_of(client)


def test_each_party_is_led_to_its_own_desk(site: Site, case: Application) -> None:
    message = Message.objects.get(recipient__username="suining.operator")
    answer = site.client("suining.operator").get(reverse("web:notice", args=[message.pk]))
    assert answer.url == reverse("web:own_application", args=[case.pk])
    # Another's message is no message.
    assert site.client("dazu.filer").get(reverse("web:notice", args=[message.pk])).status_code == 404
    assert site.client("dazu.filer").post(reverse("web:notice_read", args=[message.pk])).status_code == 404
    assert Message.objects.get(pk=message.pk).read_at is not None


def test_reading_the_case_reads_what_was_told_of_it(site: Site, case: Application) -> None:
    other = site.world.filed(now=NOW)
    deliver_messages(now=NOW)
    client = site.client("cq.handler")
    assert '<span class="bell-count">2<' in bell_of(client)
    page = shown(client, reverse("web:case", args=[case.pk]))
    assert '<span class="bell-count">1<' in page
    assert Message.objects.get(recipient__username="cq.handler", read_at=None).subject_id == other.pk


def test_a_case_that_is_theirs_no_longer_says_so(site: Site, case: Application) -> None:
    tell(site, "gz.handler", 1, subject=Subject.CASE, subject_id=case.pk)
    message = Message.objects.get(recipient__username="gz.handler")
    answer = site.client("gz.handler").get(reverse("web:notice", args=[message.pk]), follow=True)
    assert "您已不能查看" in answer.content.decode()


def test_a_list_of_seventy_is_paged_and_filtered(site: Site) -> None:
    tell(site, "cq.handler", 70)
    tell(site, "cq.handler", 1, kind=MessageKind.LATE, title="逾期了", source="case")
    client = site.client("cq.handler")
    first = shown(client)
    assert first.count('class="notice-title"') == 30
    older = f"{reverse('web:notices')}?before={Message.objects.order_by('-pk')[29].pk}"
    assert older.replace("&", "&amp;").split("/")[-1] in first
    assert shown(client, older).count('class="notice-title"') == 30
    late = shown(client, f"{reverse('web:notices')}?kind=late")
    assert late.count('class="notice-title"') == 1
    assert "没有符合条件" in shown(client, f"{reverse('web:notices')}?kind=decided&unread=1")
    assert shown(client, f"{reverse('web:notices')}?kind=nonsense&before=x").count('class="notice-title"') == 30


def test_all_read_means_what_was_shown(site: Site) -> None:
    tell(site, "cq.handler", 3)
    newest = Message.objects.latest("pk").pk
    tell(site, "cq.handler", 1, source="case")
    tell(site, "sc.handler", 1)
    answer = site.client("cq.handler").post(reverse("web:notices_read"), {"until": newest, "unread": "1"}, follow=True)
    assert "已将 3 条消息标为已读" in answer.content.decode()
    assert answer.request["QUERY_STRING"] == "unread=1"
    assert Message.objects.filter(read_at=None).count() == 2


def test_a_message_about_many_cases_leads_to_the_desk(site: Site) -> None:
    for username in ("cq.handler", "dazu.filer"):
        (row,) = tell(site, username, 1, subject=Subject.DESK, title="7 件案件的时限有变更")
        client = site.client(username)
        assert f'<a href="{reverse("web:notice", args=[row.pk])}">7 件' in shown(client)
        assert client.get(reverse("web:notice", args=[row.pk])).url == reverse("web:home")
        assert Message.objects.unread().filter(pk=row.pk).count() == 0


def test_the_bell_says_no_more_than_ninety_nine(site: Site) -> None:
    tell(site, "cq.handler", 120)
    assert "99+" in bell_of(site.client("cq.handler"))


def test_the_bell_is_one_query_and_a_visitor_gets_none(site: Site) -> None:
    tell(site, "cq.handler", 5)
    client = site.client("cq.handler")
    bell_of(client)
    with CaptureQueriesContext(connection) as asked:
        bell_of(client)
    assert sum("notifications_message" in query["sql"] for query in asked) == 1
    assert Client().get(reverse("web:bell")).status_code == 204


def test_the_list_does_not_ask_per_message(site: Site) -> None:
    client = site.client("cq.handler")
    tell(site, "cq.handler", 2)
    shown(client)
    with CaptureQueriesContext(connection) as few:
        shown(client)
    tell(site, "cq.handler", 28, source="case")
    with CaptureQueriesContext(connection) as many:
        shown(client)
    assert len(many) == len(few)


def test_wishes_are_kept_kind_by_kind(site: Site) -> None:
    client, address = site.client("dazu.filer"), reverse("web:notice_preferences")
    page = shown(client, address)
    assert "mail-mending" in page
    assert "mail-supervised" not in page
    answer = client.post(address, {"mail-mending": "none", "mail-progress": "nonsense"}, follow=True)
    assert "通知设置已保存" in answer.content.decode()
    kept = dict(Preference.objects.values_list("kind", "mail"))
    assert (kept["mending"], kept["progress"]) == ("none", "daily")
    assert "supervised" not in kept
    client.post(address, {"mail-mending": "daily"})
    assert Preference.objects.get(kind="mending").mail == "daily"


def test_the_feed_shows_its_address_once_and_keeps_it_from_the_log(site: Site, case: Application, caplog) -> None:
    client, address = site.client("cq.handler"), reverse("web:calendar_feed")
    page = client.post(address, {"action": "issue"}).content.decode()
    key = page.split("?key=")[1].split('"')[0]
    assert key not in shown(client, address)
    feed = f"{reverse('web:due_feed')}?key={key}"
    answer = Client().get(feed)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer.headers["Cache-Control"]
    assert case.number in answer.content.decode()
    client.post(address, {"action": "revoke"})
    with caplog.at_level(logging.DEBUG):
        assert Client().get(feed).status_code == 404
        assert Client().get(reverse("web:due_feed")).status_code == 404
        assert Client().get(f"{reverse('web:due_feed')}?key=%00").status_code == 404
    assert key not in caplog.text


def test_the_destinations_handler_hears_and_the_filer_hears_the_decision(site: Site, case: Application) -> None:
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-06"))
    deliver_messages(now=at("2026-01-06"))
    assert "待函复移出地" in shown(site.client("sc.handler"))
    consent(application_id=case.pk, by=site.world.user("sc.handler"), now=at("2026-01-07"))
    deliver_messages(now=at("2026-01-07"))
    assert "已批准" in shown(site.client("dazu.filer"))
