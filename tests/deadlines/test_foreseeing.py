"""What is foreseen is what happens: for plain clocks, stopped and resumed ones, and those that follow another."""

from datetime import date

from apps.deadlines.services import load_calendar, load_calendar_year, resume_clock, start_clock_before, stop_clock
from apps.deadlines.services.foreseeing import foresee
from apps.deadlines.services.years import calendar_with, checked_days
from tests.deadlines.conftest import at
from tests.deadlines.test_years import start, stored

NOW = "2026-01-09 10:00"


def test_what_is_foreseen_is_what_happens(calendar):
    for number in range(3):
        start(calendar, date(2026, 1, 5), reference=f"plain-{number}")
    start(calendar, date(2026, 1, 2), reference="early", days=3)  # due on the 7th: past
    leader = start(calendar, date(2026, 1, 7), reference="leader")
    start_clock_before(
        reference="leader", kind="destination", leader=leader, now=at("2026-01-08 10:00"), calendar=calendar
    )
    start(calendar, date(2026, 1, 5), reference="resumed")
    stop_clock(reference="resumed", kind="whole", day=date(2026, 1, 6), now=at("2026-01-06 10:00"), calendar=calendar)
    resume_clock(reference="resumed", kind="whole", day=date(2026, 1, 8), now=at("2026-01-08 10:00"), calendar=calendar)
    start(calendar, date(2026, 1, 5), reference="standing")
    stop_clock(reference="standing", kind="whole", day=date(2026, 1, 7), now=at("2026-01-07 10:00"), calendar=calendar)
    rows = [*stored(2026), {"date": "2026-01-12", "kind": "day_off", "name": "停"}]
    wanted = calendar_with(load_calendar(), 2026, checked_days(2026, rows))
    asked = {"first_day": date(2026, 1, 12), "last_day": date(2026, 1, 12), "calendar": wanted, "now": at(NOW)}
    seen = foresee(**asked, first=0, most=50)
    pages = [one for first in range(0, 8, 2) for one in foresee(**asked, first=first, most=2).rows]
    done = load_calendar_year(year=2026, rows=rows, source="通知", now=at(NOW))
    assert sorted(seen.rows, key=str) == sorted(done.moved, key=str)
    assert (seen.count, pages) == (done.moved_count, list(seen.rows))
    assert {one.reference for one in seen.rows} == {"plain-0", "plain-1", "plain-2", "leader", "resumed"}
    assert seen.kinds == {"whole": 5, "destination": 1}
