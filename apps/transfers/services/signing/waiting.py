"""What waits for somebody on the signing desk; readings only."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Q, QuerySet

from apps.organisations.enums import DECIDING_ROLES
from apps.organisations.models import Deputy, Membership, User
from apps.organisations.permissions import standing_of
from apps.transfers.enums import PreparationState
from apps.transfers.models import Application, Preparation
from apps.transfers.models.signing import LIVE
from apps.transfers.rules.signing import up_to
from apps.transfers.services.signing.opening import has_moved

WAITING = (PreparationState.PREPARED, PreparationState.REVIEWED)
IS_SIGNATURE = Q(state=PreparationState.PREPARED, roles__len=2) | Q(state=PreparationState.REVIEWED)


def waiting_for(user: User, on: date) -> Q:
    """Steps that the person may do on that day, themselves or as deputy; two queries at most."""
    mine = _roles_by_bureau(user, on)
    wanted = Q(pk__in=[])
    for bureau_id, roles in mine.items():
        wanted |= Q(bureau=bureau_id, waits_for__in=up_to(roles))
    return wanted & Q(state__in=WAITING) & ~Q(handler=user) & (Q(reviewer__isnull=True) | ~Q(reviewer=user))


def desk_of(user: User, on: date) -> Mapping[str, QuerySet[Preparation]]:
    """Prepared acts by what they are to this person: to sign, to review, to mend, on their way; the oldest first.

    What the case left behind waits for nobody but its handler.
    """
    live = Preparation.objects.filter(state__in=LIVE).annotate(has_moved=has_moved())
    for_me = live.filter(waiting_for(user, on), has_moved=False)
    own = live.filter(handler=user)
    to_mend = Q(state=PreparationState.SENT_BACK) | Q(has_moved=True)
    return {
        "sign": for_me.filter(IS_SIGNATURE),
        "review": for_me.exclude(IS_SIGNATURE),
        "back": own.filter(to_mend),
        "sent": own.exclude(to_mend),
    }


def live_on(application: Application, bureau_ids: frozenset[int]) -> list[Preparation]:
    """What a bureau has prepared on a case and not signed yet."""
    rows = Preparation.objects.filter(application=application, bureau__in=bureau_ids, state__in=LIVE)
    return list(rows.select_related("handler", "reviewer").annotate(has_moved=has_moved()))


def _roles_by_bureau(user: User, on: date) -> dict[int, set[str]]:
    """Roles held, and those of the people for whom the person stands in."""
    found: dict[int, set[str]] = {}
    for holding in standing_of(user, on).holdings:
        if holding.role in DECIDING_ROLES and holding.bureau_id is not None:
            found.setdefault(holding.bureau_id, set()).add(holding.role)
    if not found:
        return {}
    absent = Deputy.objects.in_force_on(on).filter(deputy=user, bureau__in=found)
    pairs = list(absent.values_list("bureau_id", "person_id"))
    if pairs:
        rows = Membership.objects.in_force_on(on).filter(
            role__in=DECIDING_ROLES,
            bureau__in=[bureau for bureau, _ in pairs],
            user__in=[person for _, person in pairs],
        )
        for bureau_id, person_id, role in rows.values_list("bureau_id", "user_id", "role"):
            if (bureau_id, person_id) in pairs and bureau_id is not None:
                found[bureau_id].add(role)
    return found
