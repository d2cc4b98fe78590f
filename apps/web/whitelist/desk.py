"""The desk of whoever negotiates lists: what waits, what was told, and twelve months of each direction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.catalogue.models import Province
from apps.catalogue.reading import places
from apps.organisations.enums import Role
from apps.organisations.permissions import Standing
from apps.web.moment import calendar_of, now_of, standing_for, today_of, version_of
from apps.web.rendering import page
from apps.web.whitelist.strips import Strip, strip_of, window_of
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Adjustment, Edition, ListEvent
from apps.whitelists.permissions import may_edit
from apps.whitelists.reading import lists
from apps.whitelists.rules.gaps import Gap, warning_due
from apps.whitelists.services.gaps import gaps_of

TOLD_DAYS = 14
MOST_TOLD = 20
IN_WORK = (EditionStatus.DRAFT, EditionStatus.PROPOSED, EditionStatus.COUNTERED)


@dataclass(frozen=True, slots=True)
class Direction:
    """An ordered pair with its lists that hold or are agreed on in these twelve months."""

    origin: Province
    destination: Province
    editions: list[Edition]
    strip: Strip


@dataclass(frozen=True, slots=True)
class GapShown:
    """A gap of which a warning has come due, and what can be done about it."""

    gap: Gap
    direction: Direction
    in_work: Edition | None
    """The list that is being agreed on, when the reader may know of it."""
    may_begin: bool
    """Whether the reader may begin the next list from the one that ends."""


@login_required
@require_safe
def whitelist(request: HttpRequest) -> HttpResponse:
    """For whitelist administrators and the auditor."""
    standing = standing_for(request)
    if not (standing.is_auditor or Role.WHITELIST_ADMIN in standing.roles):
        raise PermissionDenied
    first, last = window_of(today_of(request))
    seen = Edition.objects.visible_to(standing).exclude(status=EditionStatus.ABANDONED)
    rows = seen.filter(begins_on__lte=last, ends_on__gte=first) | seen.filter(status__in=IN_WORK)
    editions = list(rows.order_by("begins_on", "pk").distinct())
    kept = places(version_of(request)).provinces
    for one in editions:
        one.origin, one.destination = kept[one.origin_id], kept[one.destination_id]
    directions = _directions(editions, standing, request, kept)
    in_work = [one for one in editions if one.status in IN_WORK]
    context = {
        "here": "web:whitelist",
        "waiting": [one for one in in_work if may_edit(one, standing)],
        "with_others": [one for one in in_work if not may_edit(one, standing)],
        "adjustments": _adjustments(standing),
        "gaps": _gaps(request, standing, directions),
        "told": _told(request, standing),
        "told_days": TOLD_DAYS,
        "directions": directions,
        "may_open": Role.WHITELIST_ADMIN in standing.roles,
    }
    return page(request, "web/whitelist/desk.html", context)


def _directions(
    editions: list[Edition], standing: Standing, request: HttpRequest, kept: dict[str, Province]
) -> list[Direction]:
    own = standing.provinces(Role.WHITELIST_ADMIN)
    taking_part = sorted(key for key, one in kept.items() if one.is_participating)
    pairs = [(a, b) for a in taking_part for b in taking_part if a != b and (standing.is_auditor or own & {a, b})]
    by_pair: dict[tuple[str, str], list[Edition]] = {pair: [] for pair in pairs}
    for one in editions:
        if (one.origin_id, one.destination_id) in by_pair:
            by_pair[one.origin_id, one.destination_id].append(one)
    today = today_of(request)
    return [Direction(kept[a], kept[b], found, strip_of(found, today=today)) for (a, b), found in by_pair.items()]


def _gaps(request: HttpRequest, standing: Standing, directions: Iterable[Direction]) -> list[GapShown]:
    """Gaps of the person's directions of which a warning has come due."""
    own = standing.provinces(Role.WHITELIST_ADMIN)
    by_pair = {(one.origin.pk, one.destination.pk): one for one in directions}
    now, calendar = now_of(request), calendar_of(request)
    due = [
        (gap, by_pair[gap.span.pair])
        for gap in gaps_of(kept=lists(version_of(request)), now=now)
        if gap.span.pair in by_pair and warning_due(gap, now=now, calendar=calendar)
    ]
    return [_shown(gap, direction, own) for gap, direction in due]


def _shown(gap: Gap, direction: Direction, own: frozenset[str]) -> GapShown:
    in_work = next((one for one in direction.editions if one.status in IN_WORK and one.ends_on >= gap.from_on), None)
    return GapShown(gap, direction, in_work, may_begin=in_work is None and direction.destination.pk in own)


def _adjustments(standing: Standing) -> list[Adjustment]:
    rows = Adjustment.objects.waiting_for(standing).select_related(
        "edition", "entry", "target__operator", "new_operator", "province__division"
    )
    return list(rows.order_by("proposed_at", "pk"))


def _told(request: HttpRequest, standing: Standing) -> list[ListEvent]:
    since = now_of(request) - timedelta(days=TOLD_DAYS)
    told = (
        ListEvent.objects.told_to(standing)
        .filter(recorded_at__gte=since)
        .select_related("edition")
        .order_by("-occurred_at", "-pk")
    )
    return list(told[:MOST_TOLD])
