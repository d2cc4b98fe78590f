"""What waits for an enterprise's clerk, what is under way, and what can leave tomorrow.

A fixed number of queries however much there is; each list is cut at ``MOST`` and leads to the whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from apps.deadlines.workdays import WorkCalendar
from apps.organisations.enums import Role
from apps.organisations.permissions import Standing
from apps.transfers.attendances import EXAMINED
from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.models import Application, ReductionRequest, Shipment, Supplement
from apps.transfers.rules.receiving import Confirmation, confirmation_of
from apps.web.enterprise.balance import ONE_DAY, Balance, balances_of
from apps.web.enterprise.holding import holders_of
from apps.web.moment import calendar_of, now_of, standing_for, today_of
from apps.web.rendering import ENTERPRISE_DESK, page
from apps.web.showing import asked_tonnes, show_due
from apps.whitelists.models import ListEvent, ListEventRecipient

MOST = 20
FORTNIGHT = timedelta(days=14)
RUNNING = tuple(state for state in OPEN_STATES if state != State.CORRECTION)
RECEIVING = (State.APPROVED, State.REVOKED, State.CLOSED)


@dataclass(slots=True)
class Waiting:
    """One trip that the operator has to confirm."""

    shipment: Shipment
    confirmation: Confirmation


@dataclass(slots=True)
class Sent:
    """The sender's side of the page."""

    corrections: Sequence[Application] = ()
    questions: Sequence[Supplement] = ()
    reductions: Sequence[ReductionRequest] = ()
    drafts: Sequence[Application] = ()
    running: Sequence[Application] = ()
    balances: Sequence[Balance] = ()

    @property
    def waits(self) -> int:
        return len(self.corrections) + len(self.questions) + len(self.reductions)

    @property
    def can_leave(self) -> int:
        return sum(balance.can_leave for balance in self.balances)

    @property
    def is_new(self) -> bool:
        """Nothing was ever begun, as far as the page shows."""
        return not (self.waits or self.drafts or self.running or self.balances)


@dataclass(slots=True)
class Received:
    """The operator's side of the page."""

    trips: Sequence[Waiting] = ()
    running: Sequence[Application] = ()


def enterprise_home(request: HttpRequest) -> HttpResponse:
    """The page of a person who stands for an enterprise."""
    standing, tomorrow = standing_for(request), today_of(request) + ONE_DAY
    senders, receivers = standing.enterprises(*ENTERPRISE_DESK), standing.enterprises(Role.OPERATOR_STAFF)
    now, calendar = now_of(request), calendar_of(request)
    context: dict[str, Any] = {
        "here": "web:home",
        "may_file": bool(standing.enterprises(Role.FILER)),
        "sent": _sent(senders, now=now, day=tomorrow, calendar=calendar) if senders else None,
        "received": _received(receivers, now=now, today=today_of(request), calendar=calendar) if receivers else None,
        "tomorrow": tomorrow,
        "most": MOST,
        "has_several": _has_several(standing),
        "told": list(_told(standing.enterprises(), now)),
    }
    return page(request, "web/enterprise/home.html", context)


def _told(enterprises: Iterable[int], now: datetime) -> QuerySet[ListEvent]:
    """What happened to lists in the last fortnight and names one of the enterprises, the newest first."""
    named = ListEventRecipient.objects.filter(enterprise__in=enterprises).values("event")
    return ListEvent.objects.filter(pk__in=named, occurred_at__gt=now - FORTNIGHT, occurred_at__lte=now).order_by(
        "-occurred_at", "-pk"
    )[:MOST]


def _has_several(standing: Standing) -> bool:
    """Whether rows have to name whose they are."""
    return len(standing.enterprises()) > 1


def _sent(senders: Iterable[int], *, now: datetime, day: date, calendar: WorkCalendar) -> Sent:
    mine = Application.objects.filter(generator__in=senders).select_related("operator", "generator")
    open_ones = list(
        mine.filter(state__in=OPEN_STATES)
        .annotate(
            asked_t=asked_tonnes(),
            points=Count("correction_points", distinct=True),
            done=Count("correction_points", filter=Q(correction_points__is_done=True), distinct=True),
        )
        .order_by(F("due_at").asc(nulls_last=True), "pk")[: MOST * 3]
    )
    show_due(open_ones, now=now, calendar=calendar)
    _show_holders(open_ones)
    # What may still leave first: the list is cut.
    approved = mine.filter(state=State.APPROVED).annotate(is_over=Q(valid_until__lt=day))
    balances = balances_of(approved.order_by("is_over", "valid_until", "pk")[:MOST], day=day)
    balances.sort(key=lambda balance: (not balance.can_leave, balance.application.valid_until, balance.application.pk))
    return Sent(
        corrections=[case for case in open_ones if case.state == State.CORRECTION],
        questions=list(_open_questions(senders)),
        reductions=list(_open_reductions(senders)),
        drafts=list(mine.filter(state=State.DRAFT).annotate(asked_t=asked_tonnes()).order_by("-changed_at")[:5]),
        running=[case for case in open_ones if case.state != State.CORRECTION][:MOST],
        balances=balances,
    )


def _open_questions(senders: Iterable[int]) -> QuerySet[Supplement]:
    return (
        Supplement.objects.filter(
            answered_at__isnull=True, application__generator__in=senders, application__state__in=EXAMINED
        )
        .select_related("application", "bureau")
        .order_by("asked_at")[:MOST]
    )


def _open_reductions(senders: Iterable[int]) -> QuerySet[ReductionRequest]:
    return (
        ReductionRequest.objects.filter(
            answered_at__isnull=True, application__generator__in=senders, application__state__in=OPEN_STATES
        )
        .select_related("application__origin__division")
        .order_by("asked_at")[:MOST]
    )


def _received(receivers: Iterable[int], *, now: datetime, today: date, calendar: WorkCalendar) -> Received:
    trips = (
        Shipment.objects.filter(
            confirmed_at__isnull=True, application__operator__in=receivers, application__state__in=RECEIVING
        )
        .select_related("application__generator", "item")
        .order_by("shipped_on", "pk")[:MOST]
    )
    running = list(
        Application.objects.filter(operator__in=receivers, state__in=OPEN_STATES)
        .select_related("generator", "operator")
        .annotate(asked_t=asked_tonnes())
        .order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST]
    )
    show_due(running, now=now, calendar=calendar)
    _show_holders(running)
    return Received(
        trips=[
            Waiting(
                trip,
                confirmation_of(
                    shipped_on=trip.shipped_on,
                    arrived_on=trip.arrived_on,
                    confirmed_on=None,
                    today=today,
                    calendar=calendar,
                ),
            )
            for trip in trips
        ],
        running=running,
    )


def _show_holders(cases: Iterable[Application]) -> None:
    """Put ``holder`` on each application of the page."""
    listed = list(cases)
    holders = holders_of(listed)
    for case in listed:
        case.holder = holders.get(case.pk)  # type: ignore[attr-defined]
