"""The limits and terms as stored: data of the agreement, kept by every process."""

from dataclasses import dataclass

from apps.catalogue.kept import Kept
from apps.transfers.enums import ClockKind, Route
from apps.transfers.models import StageLimit, Terms

# Clocks whose days are terms of every route (Terms) and that are watched all the same.
LADDERS = {ClockKind.LAPSE: "lapse"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Working days by route and clock, with the ladder that watches each."""

    rows: dict[tuple[str, str], StageLimit]

    def days(self, route: str, clock: ClockKind) -> int:
        """Working days of the clock on the route. KeyError when the limits were never loaded."""
        return self.rows[route, clock].days

    def ladder(self, route: str, clock: ClockKind) -> str:
        row = self.rows.get((route, clock))
        return row.ladder if row else LADDERS.get(clock, "")

    def total_days(self, route: Route, *, with_local_opinion: bool) -> int:
        """Working days from filing to the latest finish when every stage takes all of its days."""
        if route == Route.FAST_TRACK:
            return self.days(route, ClockKind.WHOLE)
        stages = [ClockKind.ORIGIN, ClockKind.DESTINATION, ClockKind.DECISION]
        if route == Route.GENERAL and with_local_opinion:
            stages.append(ClockKind.LOCAL)
        return sum(self.days(route, stage) for stage in stages)


def _read_limits() -> Limits:
    return Limits({(row.route, row.clock): row for row in StageLimit.objects.all()})


def _read_terms() -> Terms:
    return Terms.objects.filter(pk=1).first() or Terms(pk=1)


# All limits; and the one row of terms, its defaults where nobody has set any. Both as of a stamp (`Kept`).
read_limits = Kept(_read_limits)
read_terms = Kept(_read_terms)
