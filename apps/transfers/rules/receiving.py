"""When the operator has to confirm what it received (order 23, art. 18). Pure."""

from dataclasses import dataclass
from datetime import date

from apps.deadlines.workdays import WorkCalendar, add_working_days, count_working_days

CONFIRM_DAYS = 5


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The last day to confirm a trip, and how it stands: ``left`` working days, or ``late`` ones."""

    by_on: date
    left: int = 0
    late: int = 0
    is_confirmed: bool = False


def confirmation_of(
    *, shipped_on: date, arrived_on: date | None, confirmed_on: date | None, today: date, calendar: WorkCalendar
) -> Confirmation:
    """Five working days from arrival; as long as nobody has said when it arrived, from the day it left."""
    by_on = add_working_days(arrived_on or shipped_on, CONFIRM_DAYS, calendar).day
    until = confirmed_on or today
    late = count_working_days(after=by_on, until=until, calendar=calendar)
    left = count_working_days(after=today, until=by_on, calendar=calendar) if confirmed_on is None else 0
    # Late on a Saturday is late too.
    return Confirmation(by_on, left, max(late, int(until > by_on)), confirmed_on is not None)
