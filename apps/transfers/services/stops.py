"""Clocks of a review that is suspended and resumed (docs/rules.md §8)."""

from datetime import date

from apps.catalogue.enums import PaperKind
from apps.deadlines.enums import ClockStatus
from apps.deadlines.models import Deadline
from apps.deadlines.services import resume_clock, stop_clock
from apps.transfers.enums import ClockKind, State
from apps.transfers.models import ReviewSuspension
from apps.transfers.services import stages
from apps.transfers.services.acts import Act

# A clock that follows another resumes after it: the whole comes first.
COUNTING = (ClockKind.WHOLE, ClockKind.TARGET, ClockKind.ORIGIN, ClockKind.DECISION, ClockKind.DESTINATION)


def stop_review(act: Act, *, days: int) -> date | None:
    """Stop every clock that counts and start the one that resumes them; gives the day at whose end it does.

    Nothing may be left after a suspension: then the case is due at the end of the day on which it resumes.
    """
    for kind in COUNTING:
        stop_clock(reference=act.reference, kind=kind, day=act.on, now=act.now, calendar=act.calendar, at_least=0)
    return stages.start(act, ClockKind.SUSPENSION, day0=act.on, days=days).due_on


def resume_review(act: Act) -> None:
    """Resume the stopped clocks on the day of the act, close the record of the suspension, order the notice."""
    application = act.application
    stages.end(act, ClockKind.SUSPENSION)
    stopped = set(
        Deadline.objects.filter(reference=act.reference, status=ClockStatus.STOPPED).values_list("kind", flat=True)
    )
    for kind in COUNTING:
        if kind in stopped:
            resume_clock(reference=act.reference, kind=kind, day=act.on, now=act.at, calendar=act.calendar)
    ReviewSuspension.objects.filter(application=application, resumed_on__isnull=True).update(resumed_on=act.on)
    record = application.review_suspensions.order_by("-pk").first()
    stage = application.suspended_from
    application.resume()
    application.suspended_from = ""
    finish = stages.finish_of(act)
    act.order_paper(
        PaperKind.RESUMPTION,
        _bureau_of(act, stage),
        reason=record.get_reason_display() if record else "",
        resumed_on=act.on,
        due_on=finish.day,
    )


def _bureau_of(act: Act, stage: str) -> str:
    application = act.application
    return (application.destination_id or "") if stage == State.DESTINATION_REVIEW else application.origin_id
