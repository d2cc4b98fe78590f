"""The filing page as one types: what is kept and checked at each pause, against lists of 500 entries."""

from collections.abc import Sequence

from apps.catalogue.models import Division
from apps.organisations.enums import PermitKind
from apps.organisations.models import Enterprise, Permit, PermitLine
from apps.transfers.models import Application
from apps.whitelists.enums import MovementKind
from apps.whitelists.models import Edition, QuotaMovement, WhitelistEntry
from benchmarks import requests
from benchmarks.load import Step
from benchmarks.world import METHOD, NOW

ENTRIES = 500
CODES = ("900-045-49", "900-041-49", "900-049-50", "772-007-50", "900-052-31")
FIRST_USCC = 911_900_000_000_000_000
# Not listed: the check looks for other operators, and every one of those added has room.
UNLISTED = "R9"


def widen() -> int:
    """Fill the lists of this year up to 500 entries, of operators with a permit for them; gives how many were added."""
    editions = list(Edition.objects.filter(begins_on__year=NOW.year).order_by("pk"))
    added: list[WhitelistEntry] = []
    for province in {edition.destination_id for edition in editions}:
        operators = _operators(province, ENTRIES // len(CODES))
        added += [
            WhitelistEntry(
                edition=edition, number=f"{place}/{n}", operator=one, waste_codes=[code], method=METHOD, quota_t=9_000
            )
            for edition in editions
            if edition.destination_id == province
            for place, one in enumerate(operators)
            for n, code in enumerate(CODES)
        ]
    WhitelistEntry.objects.bulk_create(added)
    # The books agree at the end: a quota is the sum of what was entered.
    QuotaMovement.objects.bulk_create(
        QuotaMovement(
            entry=entry,
            kind=MovementKind.ADJUST,
            reference=f"bench:{entry.pk}",
            round=0,
            amount_t=entry.quota_t,
            occurred_at=NOW,
            recorded_at=NOW,
        )
        for entry in added
    )
    return len(added)


def _operators(province: str, count: int) -> list[Enterprise]:
    places = list(Division.objects.filter(code__startswith=province[:2], level="county").order_by("pk"))
    first = FIRST_USCC + int(province)
    operators = Enterprise.objects.bulk_create(
        [
            Enterprise(
                name=f"示例经营单位{province}-{n}",
                uscc=str(first + n * 10**7),
                division=places[n % len(places)],
                province_id=province,
                is_operator=True,
            )
            for n in range(count)
        ]
    )
    permits = Permit.objects.bulk_create(
        [
            Permit(
                enterprise=one,
                number=f"示例{one.pk}",
                kind=PermitKind.COMPREHENSIVE,
                valid_from=NOW.date().replace(month=1, day=1),
                valid_until=NOW.date().replace(year=NOW.year + 4),
            )
            for one in operators
        ]
    )
    PermitLine.objects.bulk_create(
        PermitLine(permit=permit, waste_code=code, method=METHOD, capacity_t=10_000)
        for permit in permits
        for code in CODES
    )
    return operators


def typing(drafts: Sequence[Application], cookies: dict[int, str]) -> list[list[Step]]:
    """One pause in typing for each draft: on the list, and, every second one, off it with alternatives."""
    return [
        [requests.typing(draft, cookies[draft.created_by_id], method=UNLISTED if place % 2 else METHOD)]
        for place, draft in enumerate(drafts)
    ]
