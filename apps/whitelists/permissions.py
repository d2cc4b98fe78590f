"""Who may negotiate and keep lists (docs/rules.md §9): the whitelist administrators of the two provinces.

Some are callables for the state machine: they take the list (with ``today`` set on it by whoever loaded it) and a
person, or None where no person acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.organisations.enums import PROVINCIAL_ROLES, Role
from apps.organisations.permissions import Standing, standing_of
from apps.whitelists.enums import EditionStatus

if TYPE_CHECKING:
    from apps.organisations.models import User
    from apps.whitelists.models import Bar, Edition


def sides_of(edition: Edition, standing: Standing) -> frozenset[str]:
    """Provinces of the list (division codes) whose whitelist administrator the person is."""
    return standing.provinces(Role.WHITELIST_ADMIN) & {edition.origin_id, edition.destination_id}


def acts_for(edition: Edition, standing: Standing, province_id: str) -> bool:
    """Whether the person acts for this side and no other: nobody negotiates with themselves."""
    return sides_of(edition, standing) == {province_id}


def reads_ledger(edition: Edition, standing: Standing) -> bool:
    """Whether the person may read who drew on the list's lines: both bureaus' people and the auditor."""
    both = {edition.origin_id, edition.destination_id}
    return standing.is_auditor or bool(standing.provinces(*PROVINCIAL_ROLES) & both)


def may_lift(bar: Bar, standing: Standing) -> bool:
    """Who suspended lifts; of a suspension that names no side either side of the list does."""
    if bar.operator is not None:
        return bar.operator.province_id in standing.provinces(Role.WHITELIST_ADMIN)
    edition = bar.entry.edition if bar.entry is not None else bar.edition
    if edition is None:
        return False
    return acts_for(edition, standing, bar.province_id) if bar.province_id else len(sides_of(edition, standing)) == 1


def side_at_turn(edition: Edition) -> str:
    """The province (division code) that may change the working lines now; empty when nobody may."""
    if edition.status in {EditionStatus.DRAFT, EditionStatus.COUNTERED}:
        return edition.destination_id
    return edition.origin_id if edition.status == EditionStatus.PROPOSED else ""


def may_edit(edition: Edition, standing: Standing) -> bool:
    """Whether the person acts for the side whose turn it is."""
    side = side_at_turn(edition)
    return bool(side) and acts_for(edition, standing, side)


def may_see(edition: Edition, standing: Standing) -> bool:
    """Confirmed lists: everybody who works here. A draft: its drafting side. What lies between the provinces: both."""
    if edition.status == EditionStatus.CONFIRMED:
        return bool(standing.roles)
    drafting = edition.destination_id in standing.provinces(Role.WHITELIST_ADMIN)
    if edition.status == EditionStatus.DRAFT:
        return drafting
    if edition.status == EditionStatus.ABANDONED and not edition.destination_letter_no:
        return drafting  # it was never handed over
    both = {edition.origin_id, edition.destination_id}
    return standing.is_auditor or bool(standing.provinces(*PROVINCIAL_ROLES) & both)


def is_destination(edition: Edition, actor: User | None) -> bool:
    return actor is not None and acts_for(edition, standing_of(actor, edition.today), edition.destination_id)


def is_origin(edition: Edition, actor: User | None) -> bool:
    return actor is not None and acts_for(edition, standing_of(actor, edition.today), edition.origin_id)


def is_one_side(edition: Edition, actor: User | None) -> bool:
    return is_destination(edition, actor) or is_origin(edition, actor)


def is_installation(_: Edition, actor: User | None) -> bool:
    """A command of whoever runs the system: no person of either side."""
    return actor is None
