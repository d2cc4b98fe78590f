"""What the services refuse, each with a stable code and a sentence for people."""

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured


class ClockRefused(Exception):
    """A clock can't do what was asked; nothing was changed.

    Codes: clock_already_open, clock_not_open, clock_not_stopped, clock_already_stopped, clock_leader_not_running,
    clock_never_ended, clock_backwards, unknown_ladder.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a calendar file that was refused; line 1 is the file's header."""

    line: int
    reason: str


class CalendarRefused(Exception):
    """A year's calendar was refused as a whole; `rows` names every bad row. Codes: calendar_bad_rows, calendar_empty."""

    def __init__(self, code: str, sentence: str, rows: tuple[BadRow, ...] = ()) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.rows = rows


class ClockShiftForbidden(ImproperlyConfigured):
    """The stored clock shift isn't zero, or somebody tries to set one, where settings don't allow it."""

    code = "clock_shift_forbidden"
