"""Cases that lie with the other province past its limit: the origin may remind it, or take them back."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from apps.deadlines.models import Deadline
from apps.organisations.enums import DECIDING_ROLES
from apps.transfers.enums import ClockKind, State
from apps.transfers.models import Application
from apps.transfers.models.application import waiting_order
from apps.web.moment import calendar_of, now_of, standing_for, today_of, user_of
from apps.web.showing import show_due

# Of the destination; the whole's where the destination's has no working day of its own.
KINDS = (ClockKind.DESTINATION, ClockKind.WHOLE)
MOST = 5


def unanswered(request: HttpRequest) -> Sequence[Application]:
    """The most urgent of them, with their due days; one more than ``MOST`` when there are more. One query."""
    own = standing_for(request).provinces(*DECIDING_ROLES)
    if not own:
        return ()
    now = now_of(request)
    late = Deadline.objects.overdue(now).filter(reference=OuterRef("number"), kind__in=KINDS)
    cases = Application.objects.read_for_authority(user_of(request), today_of(request))
    rows = cases.filter(Exists(late), origin__in=own, state=State.DESTINATION_REVIEW)
    found = list(rows.select_related("operator").order_by(*waiting_order())[: MOST + 1])
    show_due(found, now=now, calendar=calendar_of(request))
    return found
