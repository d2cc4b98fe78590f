"""The limits and terms as stored: data of the agreement, read once per act."""

from dataclasses import dataclass

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


def read_limits() -> Limits:
    """All limits, in one query."""
    return Limits({(row.route, row.clock): row for row in StageLimit.objects.all()})


def read_terms() -> Terms:
    """The one row of terms; its defaults where nobody has set any."""
    return Terms.objects.filter(pk=1).first() or Terms(pk=1)
