"""Which cases wait for somebody's own bureau."""

from django.db.models import Q

from apps.organisations.enums import DECIDING_ROLES
from apps.organisations.permissions import Standing
from apps.transfers.enums import State

WITH_ORIGIN = (State.ORIGIN_REVIEW, State.DECISION)
WITH_DESTINATION = (State.DESTINATION_REVIEW,)


def in_hand(standing: Standing) -> Q:
    """Cases in the hands of the bureaus in which the person decides or gives opinions; suspended ones too."""
    provinces, divisions = standing.provinces(*DECIDING_ROLES), standing.local_divisions()
    held = Q()
    if divisions:
        held |= Q(local_division__in=divisions, state=State.LOCAL_OPINION)
    for side, stages in (("origin", WITH_ORIGIN), ("destination", WITH_DESTINATION)):
        held |= Q(**{f"{side}__in": provinces, "state__in": stages})
        held |= Q(**{f"{side}__in": provinces, "state": State.SUSPENDED, "suspended_from__in": stages})
    return held
