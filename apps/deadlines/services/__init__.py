"""Writes of the calendar and the clocks: one function, one verb, one transaction."""

from apps.deadlines.services.calendar import holiday_names, load_calendar
from apps.deadlines.services.clocks import (
    Start,
    end_all_clocks,
    end_clock,
    end_clocks,
    open_clocks,
    reopen_clock,
    restart_clock,
    resume_clock,
    start_clock,
    start_clock_before,
    start_clocks,
    stop_clock,
)
from apps.deadlines.services.ladders import load_ladders
from apps.deadlines.services.moment import read_now, set_clock_shift
from apps.deadlines.services.reckoning import ReckonedSpan, reckoning_of
from apps.deadlines.services.recompute import MovedClock
from apps.deadlines.services.refusals import BadRow, CalendarRefused, ClockRefused, ClockShiftForbidden
from apps.deadlines.services.rungs import Ringing, lock_due, record_many_rungs, record_rungs
from apps.deadlines.services.years import CalendarLoad, load_calendar_year

__all__ = [
    "BadRow",
    "CalendarLoad",
    "CalendarRefused",
    "ClockRefused",
    "ClockShiftForbidden",
    "MovedClock",
    "ReckonedSpan",
    "Ringing",
    "Start",
    "end_all_clocks",
    "end_clock",
    "end_clocks",
    "holiday_names",
    "load_calendar",
    "load_calendar_year",
    "load_ladders",
    "lock_due",
    "open_clocks",
    "read_now",
    "reckoning_of",
    "record_many_rungs",
    "record_rungs",
    "reopen_clock",
    "restart_clock",
    "resume_clock",
    "set_clock_shift",
    "start_clock",
    "start_clock_before",
    "start_clocks",
    "stop_clock",
]
