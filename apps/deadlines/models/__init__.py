"""Tables of the calendar and the clocks."""

from apps.deadlines.models.calendar import CalendarDay, CalendarYear, ClockShift
from apps.deadlines.models.changes import CalendarChange
from apps.deadlines.models.clocks import ClockStop, Deadline
from apps.deadlines.models.events import DeadlineEvent
from apps.deadlines.models.ladders import LadderRung

__all__ = [
    "CalendarChange",
    "CalendarDay",
    "CalendarYear",
    "ClockShift",
    "ClockStop",
    "Deadline",
    "DeadlineEvent",
    "LadderRung",
]
