"""The reminder letter (催复函): provinces are equals, so the origin asks and never urges by rank."""

from datetime import date, datetime

from apps.catalogue.enums import PaperKind
from apps.deadlines.workdays import WorkCalendar, end_of_day, working_day_before
from apps.organisations.models import User
from apps.transfers.enums import ClockKind
from apps.transfers.errors import Refused
from apps.transfers.models import Application
from apps.transfers.services import stages
from apps.transfers.services.acting import attending
from apps.transfers.services.acts import Act


def first_reminder_day(due_on: date, calendar: WorkCalendar) -> date:
    """From when the destination may be reminded: the working day before its due day (docs/rules.md §8, ladder)."""
    return working_day_before(due_on, 1, calendar)


def remind(*, application_id: int, by: User, now: datetime) -> Application:
    """Send the destination a reminder letter, at most one a day, from the working day before its due day on.

    The limit that it names is the destination's own; where it has none for want of a working day, the whole's.
    Raises NotFound, NotAllowed, Refused ``state.moved``, ``reminder.early``, ``reminder.today``.
    """
    with attending(application_id=application_id, name="remind", by=by, now=now) as act:
        clock = stages.running(act, ClockKind.DESTINATION) or stages.running(act, ClockKind.WHOLE)
        due_on = clock.due_on if clock else None
        if due_on is not None and act.on < (first := first_reminder_day(due_on, act.calendar)):
            raise Refused("reminder.early", f"接受地函复时限为 {due_on}，自其前一个工作日（{first}）起可以发出催复函。")
        if _reminded_today(act):
            raise Refused("reminder.today", "今日已经发出催复函，同一日不重复催复。")
        act.order_paper(PaperKind.REMINDER, act.application.origin_id, reply_by=due_on)
    return act.application


def _reminded_today(act: Act) -> bool:
    begins = end_of_day(date.fromordinal(act.on.toordinal() - 1))
    return act.application.log.filter(act="remind", occurred_at__gte=begins).exists()
