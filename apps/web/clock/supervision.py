"""Cases under supervision (督办): a bureau's list, and what is pinned on a supervisor's desk."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.catalogue.reading import places
from apps.deadlines.enums import RungKind
from apps.deadlines.models import DeadlineEvent
from apps.deadlines.workdays import count_working_days, due_day_of
from apps.figures.times import AUTHORITIES, Holder, days_by_holder, stretches_of
from apps.organisations.enums import BUREAU_ROLES, Role
from apps.organisations.models import Bureau
from apps.organisations.permissions import Standing
from apps.organisations.reading import Bureaus, bureaus
from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.models import Application, LogRow
from apps.transfers.models.application import waiting_order
from apps.transfers.services.clockwork import SUPERVISORS
from apps.web.bureau.in_hand import WITH_DESTINATION, in_hand
from apps.web.clock.case_time import turns_of
from apps.web.moment import calendar_of, standing_for, today_of, user_of, version_of
from apps.web.rendering import page

A_PAGE = 20
MOST_PINNED = 5
HERE = "web:worklist"
SCOPES = {"own": "本机关持有", "all": "与本机关有关的全部"}


@dataclass(frozen=True, slots=True)
class Supervised:
    """One late case: since when and how far up, who holds it, and in whose hands how many working days went."""

    application: Application
    direction: str
    holder: str
    since: datetime
    late_days: int
    level: str
    told: str
    held: tuple[tuple[str, int], ...]


@login_required
@require_safe
def supervised(request: HttpRequest) -> HttpResponse:
    """Every supervised case that the person reads for an authority, the longest supervised first."""
    standing = standing_for(request)
    if not standing.is_auditor and not standing.roles.intersection(BUREAU_ROLES):
        raise PermissionDenied
    scopes = {} if standing.is_auditor else SCOPES
    asked = request.GET.get("scope", "")
    scope = asked if asked in scopes else next(iter(scopes), "")
    cases = _readable(request)
    found = cases.filter(in_hand(standing)) if scope == "own" else cases
    shown = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "here": HERE,
        "page": shown,
        "rows": _told(request, list(shown)),
        "scope": scope,
        "scopes": [(name, word, name == scope) for name, word in scopes.items()],
        "kept": f"scope={scope}&" if scope else "",
    }
    return page(request, "web/clock/supervised.html", context)


def pinned(request: HttpRequest) -> dict[str, Any] | None:
    """What stands on top of a supervisor's worklist: cases of their bureau that have reached their level."""
    rank = _rank(standing_for(request))
    if rank is None:
        return None
    cases = _readable(request).filter(in_hand(standing_for(request)), supervised_by_role__in=SUPERVISORS[rank:])
    found = list(cases[: MOST_PINNED + 1])
    if not found:
        return None
    return {"rows": _told(request, found[:MOST_PINNED]), "has_more": len(found) > MOST_PINNED}


def _rank(standing: Standing) -> int | None:
    """How high the person supervises: the lowest level they hold sees most."""
    return next((rank for rank, role in enumerate(SUPERVISORS) if role in standing.roles), None)


def _readable(request: HttpRequest) -> QuerySet[Application]:
    cases = Application.objects.read_for_authority(user_of(request), today_of(request))
    late = cases.filter(supervised_since__isnull=False, state__in=OPEN_STATES)
    return late.select_related("generator", "operator").order_by(*waiting_order())


def _told(request: HttpRequest, cases: Sequence[Application]) -> list[Supervised]:
    """Two queries more, however many cases there are."""
    logs, events = _logs(cases), _last_told(cases)
    known, where = bureaus(version_of(request)), places(version_of(request)).provinces
    calendar, today = calendar_of(request), today_of(request)
    rows = []
    for case in cases:
        if case.supervised_since is None:
            continue
        days = days_by_holder(stretches_of(turns_of(logs[case.pk]), today=today, calendar=calendar))
        holder = holder_of(case, known)
        rows.append(
            Supervised(
                application=case,
                direction=f"{where[case.origin_id].abbreviation} → {where[case.destination_id or ''].abbreviation}",
                holder=holder.name if holder else "",
                since=case.supervised_since,
                late_days=count_working_days(after=due_day_of(case.supervised_since), until=today, calendar=calendar),
                level=Role(case.supervised_by_role).label if case.supervised_by_role else "",
                told=events.get(case.number or "", ""),
                held=tuple(_shown(days)),
            )
        )
    return rows


def _shown(days: Mapping[Holder, int]) -> Iterable[tuple[str, int]]:
    for holder, count in days.items():
        if count or (holder in AUTHORITIES and holder != Holder.LOCAL):
            yield holder.label, count


def holder_of(case: Application, known: Bureaus) -> Bureau | None:
    """The bureau in whose hands the case is."""
    stage = case.suspended_from or case.state
    if stage == State.LOCAL_OPINION:
        return known.local.get(case.local_division)
    return known.provincial.get((case.destination_id if stage in WITH_DESTINATION else case.origin_id) or "")


def _logs(cases: Iterable[Application]) -> Mapping[int, list[LogRow]]:
    logs = defaultdict(list)
    rows = LogRow.objects.filter(application__in=list(cases)).order_by("application_id", "position")
    for row in rows.only("application_id", "occurred_at", "actor_id", "to_state"):
        logs[row.application_id].append(row)
    return logs


def _last_told(cases: Iterable[Application]) -> Mapping[str, str]:
    """Who was told by the last rung of each case's supervision."""
    numbers = [case.number for case in cases]
    rows = DeadlineEvent.objects.filter(
        deadline__reference__in=numbers, details__rung_kind=RungKind.SUPERVISION.value
    ).order_by("occurred_at", "pk")
    return {
        reference: "、".join(one["name"] for one in told or ())
        for reference, told in rows.values_list("deadline__reference", "details__told")
    }
