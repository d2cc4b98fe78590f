"""The calendar's page, and a change of it: prepared, looked at, ordered, carried out, told."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.deadlines.enums import ChangeStatus
from apps.deadlines.models import CalendarChange, CalendarYear, Deadline, DeadlineEvent
from apps.organisations.enums import Role
from apps.organisations.models import Membership
from apps.transfers.models import Application
from apps.transfers.services.years import apply_change
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes

CALENDAR = "/clock/calendar/"
REASON = "全市停电检修，通知〔2026〕1号"
OFF = {"day": "2026-01-09", "becomes": "off", "name": "停电", "reason": REASON}
NOTICE = b"date,kind,name\n2027-01-01,day_off,\xe5\x85\x83\xe6\x97\xa6\n2027-01-04,day_off,\xe5\x85\x83\xe6\x97\xa6\n"


def prepared(client: Client, url: str = "web:calendar_day", **typed: object) -> CalendarChange:
    response = client.post(reverse(url), typed or OFF)
    assert response.status_code == 302, codes(response)
    return CalendarChange.objects.order_by("-pk")[0]


def page_of(change: CalendarChange) -> str:
    return reverse("web:calendar_change", args=[change.pk])


def seen_on(client: Client, change: CalendarChange) -> str:
    return client.get(page_of(change)).context["seen"]


def ordered(client: Client, change: CalendarChange) -> CalendarChange:
    assert client.post(page_of(change), {"seen": seen_on(client, change)}).status_code == 302
    return CalendarChange.objects.get(pk=change.pk)


def test_a_year_at_a_glance(site: Site) -> None:
    response = site.client("cq.handler").get(CALENDAR)
    sheet = response.context["sheet"]
    assert (sheet.year, len(sheet.months), sheet.works, sheet.makeups) == (2026, 12, 248, 6)
    assert [month.works for month in sheet.months][:2] == [21, 16]
    text = response.content.decode()
    assert "2026-02-14 周六 调休上班（春节）" in text
    spring = next(one for one in sheet.breaks if one.name == "春节")
    assert (spring.first, spring.last, spring.days) == (date(2026, 2, 15), date(2026, 2, 23), 9)
    assert spring.worked == (date(2026, 2, 14), date(2026, 2, 28))
    assert "载入年历" not in text


def test_a_year_without_notice_is_marked(site: Site) -> None:
    response = site.client("admin").get(f"{CALENDAR}?year=2027")
    assert response.context["sheet"].is_provisional
    assert "is-provisional" in response.content.decode()
    assert site.client("admin").get(f"{CALENDAR}?year=1066").context["sheet"].year == 2026


def test_the_alarm_stands_while_a_clock_reaches_into_a_year_without_notice(site: Site) -> None:
    client = site.client("admin")
    assert codes(client.get(CALENDAR)) == set()
    site.clock("2026-12-28")
    site.world.filed(now=at("2026-12-28"), period=("2026-12-29", "2026-12-31"))
    response = client.get(CALENDAR)
    assert codes(response) == {"calendar_cover"}
    assert "2027年年历尚未载入" in response.content.decode()
    home = client.get("/account/home/", follow=True)
    assert codes(home) == {"calendar_cover"}
    file = SimpleUploadedFile("2027.csv", NOTICE)
    change = prepared(client, "web:calendar_load", year=2027, origin="file", file=file, source="通知", reason="已公布")
    told = {day.isoformat(): (was, to) for day, was, to in client.get(page_of(change)).context["differences"]}
    assert told["2027-01-04"] == ("工作日", "放假（元旦）")
    # A file without a day that everybody reckons with is seen to be without it.
    assert told["2027-10-01"] == ("放假（国庆节，暂定）", "工作日")
    apply_change(change_id=ordered(client, change).pk, now=at("2026-12-28", "10:05"))
    assert codes(client.get(CALENDAR)) == set()
    assert CalendarYear.objects.filter(year=2027).exists()


def test_a_day_is_changed_after_its_effect_was_seen(site: Site) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    assert case.due_at == at("2026-01-13", "00:00")
    client = site.client("admin")
    change = prepared(client)
    response = client.get(page_of(change))
    assert (response.context["count"], dict(response.context["kinds"])["全程时限"]) == (2, 1)
    assert "2026-01-13 周二" in response.content.decode()
    assert Application.objects.get(pk=case.pk).due_at == case.due_at  # nothing is changed by looking
    change = ordered(client, change)
    assert change.status == ChangeStatus.WAITING
    assert "等待执行" in client.get(page_of(change), headers={"HX-Request": "true"}).content.decode()

    done = apply_change(change_id=change.pk, now=at("2026-01-05", "10:05"))
    assert (done.status, done.moved, done.total) == (ChangeStatus.DONE, 2, 3)
    assert Application.objects.get(pk=case.pk).due_at == at("2026-01-14", "00:00")
    event = DeadlineEvent.objects.get(deadline__reference=case.number, deadline__kind="whole", kind="moved")
    assert event.details["text"] == "2026-01-09 周五：上班改为休息（停电）"
    assert apply_change(change_id=change.pk, now=at("2026-01-05", "10:06")).finished_at == at("2026-01-05", "10:05")
    text = client.get(CALENDAR).content.decode()
    assert REASON in text
    assert str(site.world.user("admin")) in text


def test_what_was_looked_at_on_another_calendar_is_not_carried_out(site: Site) -> None:
    """Twice refused: when it is ordered, and (two ordered before either is carried out) when it would be."""
    client = site.client("admin")
    first, second, third = prepared(client), prepared(client), prepared(client)
    seen = seen_on(client, third)
    ordered(client, first)
    ordered(client, second)
    assert apply_change(change_id=first.pk, now=at("2026-01-05")).status == ChangeStatus.DONE
    refused = apply_change(change_id=second.pk, now=at("2026-01-05"))
    assert (refused.status, refused.moved) == (ChangeStatus.REFUSED, 0)
    assert "又有改动" in client.get(page_of(second)).content.decode()
    response = client.post(page_of(third), {"seen": seen})
    assert (response.status_code, codes(response)) == (409, {"calendar_moved"})
    assert CalendarChange.objects.get(pk=third.pk).status == ChangeStatus.PREPARED


@pytest.mark.parametrize(
    ("url", "typed", "code"),
    [
        ("calendar_day", OFF | {"day": "2026-01-10"}, "calendar_no_change"),
        ("calendar_day", OFF | {"name": ""}, "calendar_no_name"),
        ("calendar_day", OFF | {"day": "2027-01-08"}, "calendar_year_unknown"),
        ("calendar_day", OFF | {"reason": ""}, "required"),
        (
            "calendar_load",
            {"year": 2030, "origin": "package", "source": "通知", "reason": "试"},
            "calendar_not_announced",
        ),
        ("calendar_load", {"year": 2026, "origin": "package", "source": "通知", "reason": "试"}, "calendar_no_change"),
        ("calendar_load", {"year": 2027, "origin": "file", "source": "通知", "reason": "试"}, "calendar.no_file"),
    ],
)
def test_refused_in_a_sentence(site: Site, url: str, typed: dict[str, object], code: str) -> None:
    response = site.client("admin").post(reverse(f"web:{url}"), typed)
    assert (response.status_code, codes(response)) == (422, {code})
    assert not CalendarChange.objects.filter(status=ChangeStatus.PREPARED).exists()


def test_every_bad_row_of_a_file_is_named(site: Site) -> None:
    file = SimpleUploadedFile("2027.csv", "date,kind,name\n2027-02-30,day_off,春节\n2027-01-05,x,元旦\n".encode())
    typed = {"year": 2027, "origin": "file", "file": file, "source": "通知", "reason": "试"}
    response = site.client("admin").post(reverse("web:calendar_load"), typed)
    assert codes(response) == {"calendar_bad_rows"}
    assert "第 2 行" in response.content.decode()
    assert "第 3 行" in response.content.decode()


def test_the_moved_cases_are_shown_fifty_at_a_time(site: Site, django_assert_max_num_queries) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    whole = Deadline.objects.get(reference=case.number, kind="whole")
    Deadline.objects.bulk_create(
        Deadline(
            reference=f"2026-50-51-9{number:04d}", kind="whole", sequence=1, base_on=whole.base_on, base_days=5,
            started_on=whole.started_on, days=5, due_at=whole.due_at, planned_from=whole.planned_from,
        )
        for number in range(120)
    )  # fmt: skip
    client = site.client("admin")
    change = prepared(client)
    client.get(page_of(change))
    with django_assert_max_num_queries(12):
        response = client.get(f"{page_of(change)}?page=3")
    assert (response.context["count"], len(response.context["rows"])) == (122, 22)
    assert "第 3 / 3 页，共 122 个" in response.content.decode()


def test_the_log_names_whoever_ordered_the_change(site: Site) -> None:
    """Somebody else's is looked at but not carried out in their name."""
    change, other = prepared(site.client("admin")), site.world.user("auditor")
    Membership.objects.create(user=other, role=Role.SYSTEM_ADMIN, valid_from=date(2026, 1, 1))
    client = site.client("auditor")
    assert "确认执行" not in client.get(page_of(change)).content.decode()
    answer = client.post(page_of(change), {"seen": seen_on(site.client("admin"), change)})
    assert (answer.status_code, codes(answer)) == (409, {"calendar_not_yours"})
    assert CalendarChange.objects.get(pk=change.pk).status == ChangeStatus.PREPARED
    assert ordered(site.client("admin"), change).status == ChangeStatus.WAITING


def test_nobody_else_changes_the_calendar(site: Site) -> None:
    change = prepared(site.client("admin"))
    for name in ("cq.handler", "cq.whitelist_admin", "auditor", "dazu.filer"):
        client = site.client(name)
        assert client.post(reverse("web:calendar_day"), OFF).status_code == 403
        assert client.post(page_of(change), {"seen": change.calendar}).status_code == 403
    assert CalendarChange.objects.get(pk=change.pk).status == ChangeStatus.PREPARED
