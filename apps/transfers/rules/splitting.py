"""Which half of an application goes where (docs/rules.md §3): listed and unlisted, or within quota and over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from apps.transfers.enums import Route
from apps.transfers.rules.findings import CheckResult

ZERO = Decimal(0)


class SplitKind(StrEnum):
    """Where the line runs."""

    LISTED = "listed"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Share:
    """What one half takes of an item, by the item's position in the whole."""

    position: int
    amount_t: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """Two halves, neither empty; their shares of an item add up to its tonnes. ``routes`` as each will be filed."""

    kind: SplitKind
    first: tuple[Share, ...]
    second: tuple[Share, ...]
    routes: tuple[Route, Route]

    @property
    def told(self) -> str:
        """The whole split in one line: two of them are the same when these are."""
        halves = (
            " ".join(f"{share.position}={share.amount_t:f}" for share in half) for half in (self.first, self.second)
        )
        return "|".join((self.kind.value, *self.routes, *halves))


def split(amounts: Sequence[tuple[int, Decimal | None]], result: CheckResult) -> Split | None:
    """The split that the check's ``result`` suggests for items given as (position, tonnes).

    On the general procedure the listed items leave the unlisted ones; over quota what is left of each entry, taken
    by the items in order, leaves the excess. None when there is nothing to gain or one half would be empty.
    """
    items = [(position, amount) for position, amount in amounts if amount is not None and amount > ZERO]
    if len(items) != len(amounts):
        return None
    if result.route == Route.GENERAL:
        return _by_list(items, result)
    return _by_quota(items, result) if result.route == Route.OVER_QUOTA else None


def _by_list(items: Sequence[tuple[int, Decimal]], result: CheckResult) -> Split | None:
    listed = tuple(Share(*item) for item in items if item[0] in result.entry_by_item)
    unlisted = tuple(Share(*item) for item in items if item[0] not in result.entry_by_item)
    if not listed or not unlisted:
        return None
    return Split(SplitKind.LISTED, listed, unlisted, (result.listed_route or Route.FAST_TRACK, Route.GENERAL))


def _by_quota(items: Sequence[tuple[int, Decimal]], result: CheckResult) -> Split | None:
    left = {claim.entry_id: claim.within_t for claim in result.claims}
    within, over = [], []
    for position, amount in items:
        entry_id = result.entry_by_item[position]
        fits = min(amount, left[entry_id])
        left[entry_id] -= fits
        if fits:
            within.append(Share(position, fits))
        if amount > fits:
            over.append(Share(position, amount - fits))
    if not within or not over:
        return None
    return Split(SplitKind.QUOTA, tuple(within), tuple(over), (Route.FAST_TRACK, Route.OVER_QUOTA))
