"""Twelve months of one direction as a strip: which list holds when, and where none does; words say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Edition

MONTHS = 12
ONE_DAY = timedelta(days=1)
# Lists that hold are drawn over those that are still being agreed on.
KINDS = {
    EditionStatus.DRAFT: "work",
    EditionStatus.PROPOSED: "work",
    EditionStatus.COUNTERED: "work",
    EditionStatus.CONFIRMED: "force",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the strip in hundredths of its length: ``kind`` is force, work or gap."""

    kind: str
    at: str
    width: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The stretches, where each month begins, and the days without a confirmed list in words."""

    spans: list[Span]
    months: list[tuple[str, str]]
    gaps: list[tuple[date, date]]


def window_of(today: date) -> tuple[date, date]:
    """The first day of this month and the last of the eleventh after it."""
    first = today.replace(day=1)
    return first, date(first.year + 1, first.month, 1) - ONE_DAY


def strip_of(editions: Sequence[Edition], *, today: date) -> Strip:
    """The strip of one direction's lists."""
    first, last = window_of(today)
    inside = [one for one in editions if one.begins_on <= last and one.ends_on >= first and one.status in KINDS]
    inside.sort(key=lambda one: one.begins_on)
    force = [(max(one.begins_on, first), min(one.ends_on, last)) for one in inside if KINDS[_status(one)] == "force"]
    gaps = _gaps(force, first, last)
    drawn = [("gap", *gap) for gap in gaps]
    drawn += [
        (KINDS[_status(one)], max(one.begins_on, first), min(one.ends_on, last))
        for one in sorted(inside, key=lambda one: KINDS[_status(one)] == "force")
    ]
    whole = (last - first).days + 1
    spans = [Span(kind, _share((a - first).days, whole), _share((b - a).days + 1, whole)) for kind, a, b in drawn]
    months = [(_share((day - first).days, whole), f"{day:%m}") for day in _month_days(first)]
    return Strip(spans, months, gaps)


def _status(edition: Edition) -> EditionStatus:
    return EditionStatus(edition.status)


def _gaps(force: list[tuple[date, date]], first: date, last: date) -> list[tuple[date, date]]:
    found, day = [], first
    for begins, ends in force:
        if begins > day:
            found.append((day, begins - ONE_DAY))
        day = ends + ONE_DAY
    return [*found, (day, last)] if day <= last else found


def _month_days(first: date) -> list[date]:
    return [date(first.year + (first.month + n - 1) // 12, (first.month + n - 1) % 12 + 1, 1) for n in range(MONTHS)]


def _share(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.2f}"
