"""The lines of the list that a case stands on, with their tonnes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.transfers.enums import OPEN_STATES, Route
from apps.transfers.models import Application, Item
from apps.transfers.rules.findings import CheckResult
from apps.transfers.services.claims import live_claims
from apps.whitelists.models import WhitelistEntry
from apps.whitelists.rules.numbers import number_key

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry in tonnes. ``held_t`` is held by others; ``left_t`` what this case leaves, never below zero."""

    entry: WhitelistEntry
    quota_t: Decimal
    used_t: Decimal
    held_t: Decimal
    asked_t: Decimal

    @property
    def available_t(self) -> Decimal:
        return self.quota_t - self.used_t - self.held_t

    @property
    def over_t(self) -> Decimal:
        return max(self.asked_t - self.available_t, ZERO)

    @property
    def left_t(self) -> Decimal:
        return max(self.available_t - self.asked_t, ZERO)

    @property
    def spoken_for_t(self) -> Decimal:
        return min(self.used_t + self.held_t + self.asked_t, self.quota_t)


def lines_of_check(application: Application, items: Iterable[Item], result: CheckResult) -> list[EntryLine]:
    """The entries that the check matched; a hold of the application itself counts as free."""
    return _lines(result.entry_by_item, items, _own(application))


def lines_of_case(application: Application, items: Iterable[Item]) -> list[EntryLine]:
    """The entries on which an open case holds tonnes; none on the general procedure, which touches no list.

    ``items`` have their entries at hand: all of them stand in the application's own edition.
    """
    edition = application.edition
    if edition is None or application.route == Route.GENERAL or application.state not in OPEN_STATES:
        return []
    items = list(items)
    listed = {item.position: item.entry for item in items if item.entry is not None}
    for entry in listed.values():
        entry.edition = edition
    asked = _asked({position: entry.pk for position, entry in listed.items()}, items)
    return _told(asked, {entry.pk: entry for entry in listed.values()}.values(), _own(application))


def _own(application: Application) -> dict[int, Decimal]:
    return {claim.entry_id: claim.within_t for claim in live_claims(application)} if application.round else {}


def _lines(matched: Mapping[int, int], items: Iterable[Item], own: Mapping[int, Decimal]) -> list[EntryLine]:
    asked = _asked(matched, items)
    return _told(asked, WhitelistEntry.objects.filter(pk__in=asked).select_related("edition"), own) if asked else []


def _asked(matched: Mapping[int, int], items: Iterable[Item]) -> dict[int, Decimal]:
    """What the items ask of each entry, summed."""
    asked: dict[int, Decimal] = defaultdict(Decimal)
    for item in items:
        if item.position in matched:
            asked[matched[item.position]] += item.amount_t or ZERO
    return asked


def _told(
    asked: Mapping[int, Decimal], entries: Iterable[WhitelistEntry], own: Mapping[int, Decimal]
) -> list[EntryLine]:
    return [
        EntryLine(entry, entry.quota_t, entry.used_t, entry.held_t - own.get(entry.pk, ZERO), asked[entry.pk])
        for entry in sorted(entries, key=lambda entry: number_key(entry.number))
    ]
