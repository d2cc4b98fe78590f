"""Due moments as an iCalendar feed (RFC 5545) that calendar programs subscribe to."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Alarm, Calendar, Event

from apps.notifications.services.due_moments import DueMoment

# On the due day at 09:00, and on the day before at 09:00: the day begins at midnight.
ALARMS = (timedelta(hours=9), timedelta(hours=-15))
REFRESH = timedelta(hours=1)


def calendar_of(moments: Iterable[DueMoment], *, name: str, now: datetime, link: Callable[[int], str]) -> bytes:
    """The feed. Every clock keeps its UID, so that a moved day moves its entry; ``link`` says where a case opens."""
    calendar = Calendar()
    calendar.add("prodid", "-//baimingdan//due moments//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    # Of a property that the standard does not know the library escapes nothing: one line, whatever the name holds.
    calendar.add("x-wr-calname", " ".join(f"办理时限（{name}）".split()))
    calendar.add("x-wr-timezone", settings.TIME_ZONE)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for moment in moments:
        calendar.add_component(_event(moment, now, link))
    return calendar.to_ical()


def _event(moment: DueMoment, now: datetime, link: Callable[[int], str]) -> Event:
    event = Event()
    event.add("uid", f"clock-{moment.clock_id}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    event.add("dtstamp", now)
    # A whole day: a limit ends with its day, at 24:00.
    event.add("dtstart", moment.due_on)
    event.add("dtend", moment.due_on + timedelta(days=1))
    event.add("summary", f"{moment.what}到期{'（暂定）' if moment.is_provisional else ''} {moment.number}")
    event.add("description", f"{moment.parties}\n{moment.what}于 {moment.due_on} 24:00 到期。")
    event.add("url", link(moment.case_id))
    event.add("status", "TENTATIVE" if moment.is_provisional else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    for trigger in ALARMS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{moment.number} {moment.what}到期")
        alarm.add("trigger", trigger)
        event.add_component(alarm)
    return event
