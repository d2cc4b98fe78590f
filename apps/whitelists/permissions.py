"""Who may negotiate and keep lists (docs/rules.md §9): the whitelist administrators of the two provinces."""

from apps.organisations.enums import PROVINCIAL_ROLES, Role
from apps.organisations.permissions import Standing
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Edition


def sides_of(edition: Edition, standing: Standing) -> frozenset[str]:
    """Provinces of the list (division codes) whose whitelist administrator the person is."""
    return standing.provinces(Role.WHITELIST_ADMIN) & {edition.origin_id, edition.destination_id}


def acts_for(edition: Edition, standing: Standing, province_id: str) -> bool:
    """Whether the person acts for this side and no other: nobody negotiates with themselves."""
    return sides_of(edition, standing) == {province_id}


def may_see(edition: Edition, standing: Standing) -> bool:
    """Confirmed lists: everybody who works here. A draft: its drafting side. What lies between the provinces: both."""
    if edition.status == EditionStatus.CONFIRMED:
        return bool(standing.roles)
    if edition.status == EditionStatus.DRAFT:
        return edition.destination_id in standing.provinces(Role.WHITELIST_ADMIN)
    both = {edition.origin_id, edition.destination_id}
    return standing.is_auditor or bool(standing.provinces(*PROVINCIAL_ROLES) & both)
