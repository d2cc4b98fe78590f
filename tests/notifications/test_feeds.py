"""The feed: who has what in it, and an address that is secret, single and ends when it is told to."""

from datetime import date, timedelta

import pytest
from icalendar import Calendar

from apps.deadlines.models import Deadline
from apps.notifications.calendars import calendar_of
from apps.notifications.models import DueFeed
from apps.notifications.services import feeds
from apps.notifications.services.due_moments import due_moments_of
from apps.notifications.services.feeds import TooOften, issue_feed, open_feed, revoke_feed
from apps.organisations.models import User
from apps.transfers.models import Application
from apps.transfers.services.noting import take_on
from apps.transfers.services.reviewing import Point, endorse, request_correction
from apps.transfers.services.sweeping import sweep
from tests.transfers.world import World, at

NOW = at("2026-01-05")


def due_of(world: World, username: str, day: str = "2026-01-05") -> dict[str, date]:
    moments = due_moments_of(user=world.user(username), today=date.fromisoformat(day))
    return {moment.what: moment.due_on for moment in moments}


def test_the_origin_has_the_whole_and_its_target_until_the_letter(world: World) -> None:
    case = world.filed(now=NOW)
    assert due_of(world, "cq.handler") == {"全程时限": date(2026, 1, 12), "移出地内部目标": date(2026, 1, 8)}
    assert due_of(world, "cq.section_head") == due_of(world, "cq.handler")
    for other in ("sc.handler", "dazu.filer", "cq.signatory", "cq.whitelist_admin", "gz.handler", "auditor"):
        assert due_of(world, other) == {}
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=NOW)
    assert due_of(world, "cq.handler") == {}
    assert due_of(world, "sc.handler") == {"全程时限": date(2026, 1, 12), "接受地函复时限": date(2026, 1, 11)}


def test_a_case_that_a_colleague_took_on_is_theirs(world: World) -> None:
    case = world.filed(now=NOW)
    take_on(application_id=case.pk, by=world.user("cq.section_head"), now=NOW)
    assert due_of(world, "cq.handler") == {}


def test_a_correction_is_the_filers(world: World) -> None:
    case = world.filed(now=NOW)
    points = [Point("合同", "缺页", "补齐")]
    request_correction(application_id=case.pk, by=world.user("cq.handler"), now=NOW, points=points)
    assert set(due_of(world, "dazu.filer")) == {"补正期限", "余量保留期"}
    assert due_of(world, "cq.handler") == {}


def test_supervision_reaches_the_signatory(world: World) -> None:
    world.filed(now=NOW)
    sweep(now=at("2026-01-13"))
    assert "全程时限" in due_of(world, "cq.signatory", "2026-01-13")


def test_an_entry_keeps_its_uid_and_ends_with_its_day(world: World) -> None:
    world.filed(now=NOW)

    def feed() -> Calendar:
        moments = due_moments_of(user=world.user("cq.handler"), today=date(2026, 1, 5))
        return Calendar.from_ical(calendar_of(moments, name="施春生", now=NOW, link=lambda case: f"https://x/{case}/"))

    entry = next(one for one in feed().walk("VEVENT") if "全程" in one["summary"])
    assert (entry.decoded("dtstart"), entry.decoded("dtend")) == (date(2026, 1, 12), date(2026, 1, 13))
    assert str(entry["url"]) == f"https://x/{Application.objects.latest('pk').pk}/"
    assert [alarm.decoded("trigger") for alarm in entry.walk("VALARM")] == [timedelta(hours=9), timedelta(hours=-15)]
    before = {str(one["uid"]) for one in feed().walk("VEVENT")}
    clock = Deadline.objects.get(kind="whole")
    Deadline.objects.filter(pk=clock.pk).update(due_at=clock.due_at + timedelta(days=1), is_provisional=True)
    assert {str(one["uid"]) for one in feed().walk("VEVENT")} == before
    assert "（暂定）" in next(str(one["summary"]) for one in feed().walk("VEVENT") if "全程" in one["summary"])


def test_no_name_breaks_out_of_its_line() -> None:
    feed = calendar_of([], name="施\r\nBEGIN:VEVENT\rX:1\u2028", now=NOW, link=str)
    assert "X-WR-CALNAME:办理时限（施 BEGIN:VEVENT X:1 ）".encode() in feed.splitlines()


def test_a_new_key_ends_the_old_one_and_nobody_reads_either(world: World) -> None:
    user = world.user("cq.handler")
    first = issue_feed(user=user, now=NOW)
    second = issue_feed(user=user, now=NOW)
    assert open_feed(key=first, now=NOW) is None
    assert open_feed(key=second, now=NOW) == user
    kept = " ".join(DueFeed.objects.values_list("key_hash", flat=True))
    assert first not in kept
    assert second not in kept
    assert revoke_feed(user=user, now=NOW)
    assert open_feed(key=second, now=NOW) is None


def test_a_closed_account_has_no_feed(world: World) -> None:
    key = issue_feed(user=world.user("cq.handler"), now=NOW)
    User.objects.filter(username="cq.handler").update(is_active=False)
    assert open_feed(key=key, now=NOW) is None


def test_who_asks_too_often_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST_READS", 3)
    key = issue_feed(user=world.user("cq.handler"), now=NOW)
    for _ in range(3):
        open_feed(key=key, now=NOW)
    with pytest.raises(TooOften) as refused:
        open_feed(key=key, now=NOW + timedelta(minutes=20))
    assert refused.value.seconds == 40 * 60 + 1
    assert open_feed(key=key, now=NOW + timedelta(hours=1))
