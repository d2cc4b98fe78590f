"""Clocks of the stages: which run when a case enters one, which stop for a correction (docs/rules.md §§3, 8)."""

from collections.abc import Mapping
from datetime import date

from apps.catalogue.enums import PaperKind
from apps.deadlines.models import Deadline
from apps.deadlines.services import (
    Start,
    end_clocks,
    restart_clock,
    resume_clock,
    start_clock_before,
    start_clocks,
    stop_clock,
)
from apps.deadlines.workdays import DueDay, add_working_days, count_working_days
from apps.transfers.enums import AcceptanceKind, ClockKind, Route, State
from apps.transfers.services.acts import Act


def start(act: Act, kind: ClockKind, *, day0: date, days: int | None = None) -> Deadline:
    return start_all(act, {kind: days}, day0=day0)[kind]


def start_all(act: Act, kinds: Mapping[ClockKind, int | None], *, day0: date) -> dict[str, Deadline]:
    """Start clocks together; no days means the route's own limit."""
    route = act.application.route
    started = start_clocks(
        reference=act.reference,
        starts=[
            Start(
                kind=kind,
                day0=day0,
                days=act.limits.days(route, kind) if days is None else days,
                ladder=act.limits.ladder(route, kind),
            )
            for kind, days in kinds.items()
        ],
        now=act.at,
        calendar=act.calendar,
        is_new=act.is_filing and not act.started,
    )
    act.started.update(started)
    return started


def end(act: Act, *kinds: ClockKind) -> None:
    end_clocks(reference=act.reference, kinds=kinds, now=act.now, occurred_at=act.at)


def enter_local_opinion(act: Act, day0: date) -> None:
    start(act, ClockKind.LOCAL, day0=day0)


def leave_local_opinion(act: Act) -> None:
    end(act, ClockKind.LOCAL)


def enter_origin_review(act: Act, day0: date) -> None:
    """Day 0 is the day of receipt by the origin. The acceptance clock comes first: on its day it acts first."""
    kinds: dict[ClockKind, int | None] = {ClockKind.ACCEPTANCE: act.terms.acceptance_days}
    if act.application.route == Route.FAST_TRACK:
        kinds |= {ClockKind.WHOLE: None, ClockKind.TARGET: None}
    else:
        kinds |= {ClockKind.ORIGIN: None}
    start_all(act, kinds, day0=day0)


def enter_destination_review(act: Act) -> None:
    """On fast track the limit is the day before the whole's due day, if the destination has a working day at all."""
    end(act, ClockKind.TARGET, ClockKind.ORIGIN, ClockKind.ACCEPTANCE)
    if act.application.route != Route.FAST_TRACK:
        start(act, ClockKind.DESTINATION, day0=act.on)
        return
    whole = running(act, ClockKind.WHOLE)
    if whole is None or whole.due_on is None:
        return
    before = date.fromordinal(whole.due_on.toordinal() - 1)
    if count_working_days(after=act.on, until=before, calendar=act.calendar) >= 1:
        start_clock_before(
            reference=act.reference,
            kind=ClockKind.DESTINATION,
            leader=whole,
            now=act.at,
            calendar=act.calendar,
            ladder=act.limits.ladder(Route.FAST_TRACK, ClockKind.DESTINATION),
        )


def enter_decision(act: Act) -> None:
    end(act, ClockKind.DESTINATION)
    if act.application.route != Route.FAST_TRACK:
        start(act, ClockKind.DECISION, day0=act.on)


def enter_correction(act: Act, *, holds: bool) -> tuple[Deadline, Deadline | None, int | None]:
    """Stop the route's clock; start the lapse and, when tonnes are held, the hold. Gives both and what is left."""
    end(act, ClockKind.ACCEPTANCE, ClockKind.TARGET)
    stopped = stop_clock(reference=act.reference, kind=main_clock(act), day=act.on, now=act.now, calendar=act.calendar)
    lapse = start(act, ClockKind.LAPSE, day0=act.on, days=act.terms.correction_days)
    hold = start(act, ClockKind.HOLD, day0=act.on, days=act.terms.hold_days) if holds else None
    left = stopped.left_days if stopped and act.application.route == Route.FAST_TRACK else None
    return lapse, hold, left


def leave_correction(act: Act, *, old_route: str) -> None:
    """Fast track to fast track resumes what was left; any other correction restarts the route's days (§8)."""
    end(act, ClockKind.HOLD, ClockKind.LAPSE)
    application = act.application
    if application.route == old_route == Route.FAST_TRACK:
        whole = resume_clock(
            reference=act.reference, kind=ClockKind.WHOLE, day=act.on, now=act.now, calendar=act.calendar
        )
        start(act, ClockKind.ACCEPTANCE, day0=act.on, days=act.terms.acceptance_days)
        target = act.limits.days(Route.FAST_TRACK, ClockKind.TARGET)
        start(act, ClockKind.TARGET, day0=act.on, days=max(1, min(target, whole.days or 1)))
        return
    if Route.FAST_TRACK not in {application.route, old_route} and application.state == State.ORIGIN_REVIEW:
        restart_clock(
            reference=act.reference,
            kind=ClockKind.ORIGIN,
            day=act.on,
            days=act.limits.days(application.route, ClockKind.ORIGIN),
            now=act.now,
            calendar=act.calendar,
        )
        start(act, ClockKind.ACCEPTANCE, day0=act.on, days=act.terms.acceptance_days)
        return
    end(act, ClockKind.WHOLE, ClockKind.ORIGIN)
    if application.state == State.LOCAL_OPINION:
        enter_local_opinion(act, act.on)
    else:
        enter_origin_review(act, act.on)


def main_clock(act: Act) -> ClockKind:
    """The clock that a stop in the origin's hands stops."""
    return ClockKind.WHOLE if act.application.route == Route.FAST_TRACK else ClockKind.ORIGIN


def running(act: Act, kind: ClockKind) -> Deadline | None:
    return Deadline.objects.running().filter(reference=act.reference, kind=kind).first()


def finish_of(act: Act) -> DueDay:
    """The last day by which the case is to be finished, as receipt and notice of acceptance state it.

    With whole-case clock its due day; else the stages still to come, each with all of its days.
    """
    whole = act.started.get(ClockKind.WHOLE) or running(act, ClockKind.WHOLE)
    if whole is not None and whole.due_on is not None:
        return DueDay(whole.due_on, whole.is_provisional)
    application = act.application
    local = application.state == State.LOCAL_OPINION
    days = act.limits.total_days(Route(application.route), with_local_opinion=local)
    return add_working_days(application.received_on or act.on, days, act.calendar)


def take_in(act: Act, how: AcceptanceKind) -> None:
    """Accept (order 23, art. 23): the notice is ordered; the acceptance clock has done its work."""
    due = finish_of(act)
    act.application.accept(how=how)
    end(act, ClockKind.ACCEPTANCE)
    act.order_paper(PaperKind.ACCEPTANCE, act.application.origin_id, how=how, due_on=due.day)


def take_in_if_needed(act: Act, how: AcceptanceKind = AcceptanceKind.IMPLIED) -> None:
    """The origin's next act accepts what nobody accepted yet."""
    if act.application.accepted_on is None:
        take_in(act, how)
        act.details["accepted"] = how
