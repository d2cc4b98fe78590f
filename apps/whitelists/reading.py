"""Lists and suspensions as this process keeps them; the entries' figures move with every filing and are not kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from apps.catalogue.kept import Kept
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Bar, Edition


@dataclass(frozen=True, slots=True)
class Lists:
    """The confirmed editions by key, and every suspension that was not lifted before it began."""

    editions: dict[int, Edition]
    bars: tuple[Bar, ...]

    def in_force(self, day: date, *, origin_id: str, destination_id: str) -> Edition | None:
        """The pair's confirmed edition whose period contains the day: there is at most one (an exclusion sees to it)."""
        found = (one for one in self.on(day, origin_id=origin_id) if one.destination_id == destination_id)
        return next(found, None)

    def on(self, day: date, *, origin_id: str) -> Iterable[Edition]:
        """Every edition in force on the day for waste that leaves the province."""
        return (
            one for one in self.editions.values() if one.origin_id == origin_id and one.begins_on <= day <= one.ends_on
        )

    def bars_on(self, day: date) -> list[Bar]:
        """Suspensions in force on the day."""
        return [bar for bar in self.bars if bar.is_in_force_on(day)]


def _read() -> Lists:
    confirmed = Edition.objects.filter(status=EditionStatus.CONFIRMED).order_by("pk")
    return Lists({edition.pk: edition for edition in confirmed}, tuple(Bar.objects.order_by("pk")))


lists = Kept(_read)
