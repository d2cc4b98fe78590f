"""When two provinces are warned that their list ends and no next one is confirmed (docs/rules.md §16). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from apps.deadlines.workdays import ZONE, WorkCalendar, working_day_before

# Working days before the first day without a list, the most urgent first.
AHEAD = (1, 10, 30)
NINE = time(9)


@dataclass(frozen=True, slots=True)
class Span:
    """A confirmed list: its key, its direction, its period."""

    key: int
    origin_id: str
    destination_id: str
    begins_on: date
    ends_on: date

    @property
    def pair(self) -> tuple[str, str]:
        return self.origin_id, self.destination_id


@dataclass(frozen=True, slots=True)
class Gap:
    """A list after which nothing is confirmed: the first day without one, and the day of the next list, if any."""

    span: Span
    from_on: date
    until: date | None


def gaps_after(spans: Iterable[Span], *, since: date) -> list[Gap]:
    """Gaps that begin on the day ``since`` or later, the nearest first."""
    by_pair: dict[tuple[str, str], list[Span]] = {}
    for span in spans:
        by_pair.setdefault(span.pair, []).append(span)
    found = []
    for of_pair in by_pair.values():
        of_pair.sort(key=lambda span: span.begins_on)
        following: Sequence[Span | None] = [*of_pair[1:], None]
        for span, after in zip(of_pair, following, strict=True):
            from_on = span.ends_on + timedelta(days=1)
            if from_on >= since and (after is None or after.begins_on > from_on):
                found.append(Gap(span, from_on, after.begins_on if after else None))
    return sorted(found, key=lambda gap: (gap.from_on, gap.span.key))


def warning_due(gap: Gap, *, now: datetime, calendar: WorkCalendar) -> tuple[int, datetime] | None:
    """The most urgent warning whose moment (09:00 of its day) has come, and that moment."""
    for ahead in AHEAD:
        at = datetime.combine(working_day_before(gap.from_on, ahead, calendar), NINE, tzinfo=ZONE)
        if at <= now:
            return ahead, at
    return None
