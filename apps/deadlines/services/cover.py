"""Whether the calendar reaches as far as the clocks that run by it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min

from apps.deadlines.models import Deadline
from apps.deadlines.services.calendar import load_calendar
from apps.deadlines.workdays import WorkCalendar, due_day_of, end_of_day, local_day


@dataclass(frozen=True, slots=True)
class CalendarCover:
    """How far the calendar reaches.

    ``missing_year`` is the first year from this one on that is not loaded; ``clocks`` are the open ones that reach
    into it or beyond, the first of them due on ``first_due_on``.
    """

    missing_year: int
    clocks: int
    first_due_on: date | None

    @property
    def is_covered(self) -> bool:
        """Whether no open clock reaches into a year without notice."""
        return self.clocks == 0

    @property
    def sentence(self) -> str:
        """The alarm in words; empty while there is none."""
        if self.is_covered:
            return ""
        return (
            f"{self.missing_year}年年历尚未载入：{self.clocks}个未结时限的到期日暂定，"
            f"最早的 {self.first_due_on} 到期。通知公布后请尽快载入。"
        )


def calendar_cover(*, now: datetime, calendar: WorkCalendar | None = None) -> CalendarCover:
    """How the open clocks stand to the years that are loaded. One query, served by the index of open due moments."""
    known = (calendar or load_calendar()).known_years
    missing = local_day(now).year
    while missing in known:
        missing += 1
    beyond = Deadline.objects.open().filter(due_at__gt=end_of_day(date(missing - 1, 12, 31)))
    found = beyond.order_by().aggregate(clocks=Count("pk"), first=Min("due_at"))
    return CalendarCover(missing, found["clocks"], due_day_of(found["first"]) if found["first"] else None)
