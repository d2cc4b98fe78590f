"""Suspending a review (中止审查) for what the law does not count: experts, testing, a permit that is suspended."""

from datetime import date, datetime

from apps.catalogue.enums import PaperKind
from apps.deadlines.workdays import count_working_days
from apps.organisations.enums import PermitStatus
from apps.organisations.models import Permit, User
from apps.transfers.enums import State, SuspensionReason
from apps.transfers.errors import Refused
from apps.transfers.models import Application, ReviewSuspension
from apps.transfers.rules.periods import last_day_of_twelve_months
from apps.transfers.services import stages
from apps.transfers.services.acting import acting
from apps.transfers.services.acts import Act
from apps.transfers.services.causes import bars_of
from apps.transfers.services.locking import load_items
from apps.transfers.services.reviewing import reasons_of
from apps.transfers.services.stops import resume_review, stop_review

# What another authority did, and only it can end: the review waits for it so long and no longer.
OF_OTHERS = frozenset({SuspensionReason.PERMIT, SuspensionReason.BARRED})


def suspend(
    *,
    application_id: int,
    by: User,
    now: datetime,
    reason: SuspensionReason,
    explanation: str,
    expected_end_on: date,
) -> Application:
    """Suspend the review until ``expected_end_on`` (a working day), at whose end the clock resumes it.

    Once per stage and reason; for a suspended permit, or a suspension on the lists, at most twenty working days (a
    setting), and only while that lasts. Raises NotFound, NotAllowed, Refused ``suspension.again``, ``.end``,
    ``.too_long``, ``.permit``, ``.barred``.
    """
    told = reasons_of(explanation)
    with acting(application_id=application_id, name="suspend", by=by, now=now) as act:
        application = act.application
        stage = State(application.state)
        days = _working_days(act, expected_end_on)
        _check(act, stage, reason, days)
        if stage == State.ORIGIN_REVIEW:
            stages.take_in_if_needed(act)
        ReviewSuspension.objects.create(
            application=application,
            round=application.round,
            stage=stage,
            reason=reason,
            explanation=told,
            suspended_on=act.on,
            expected_end_on=expected_end_on,
        )
        stop_review(act, days=days)
        application.suspend()
        act.reason = told
        act.details.update(reason=reason, expected_end_on=expected_end_on.isoformat())
        bureau = application.destination_id if stage == State.DESTINATION_REVIEW else application.origin_id
        act.order_paper(
            PaperKind.SUSPENSION,
            bureau or "",
            reason=SuspensionReason(reason).label,
            explanation=told,
            from_on=act.on,
            expected_end_on=expected_end_on,
        )
    return act.application


def resume(*, application_id: int, by: User, now: datetime) -> Application:
    """Resume a suspended review before its expected end. Raises NotFound, NotAllowed, Refused."""
    with acting(application_id=application_id, name="resume", by=by, now=now) as act:
        resume_review(act)
    return act.application


def _working_days(act: Act, end: date) -> int:
    """Until a working day within a year: an expected end that nobody lives to see is a slip of the pen."""
    if end <= act.on or not act.calendar.is_working_day(end):
        raise Refused("suspension.end", f"预计恢复日期须为 {act.on} 之后的工作日。", field="expected_end_on")
    latest = last_day_of_twelve_months(act.on)
    if end > latest:
        raise Refused("suspension.end", f"预计恢复日期不得晚于 {latest}（一年之内）。", field="expected_end_on")
    return count_working_days(after=act.on, until=end, calendar=act.calendar)


def _check(act: Act, stage: State, reason: SuspensionReason, days: int) -> None:
    application = act.application
    if ReviewSuspension.objects.filter(application=application, stage=stage, reason=reason).exists():
        raise Refused(
            "suspension.again",
            f"本阶段已因“{SuspensionReason(reason).label}”中止过一次，不得再次中止。",
            field="reason",
        )
    if reason not in OF_OTHERS:
        return
    if days > act.terms.permit_suspension_days:
        raise Refused(
            "suspension.too_long",
            f"因{SuspensionReason(reason).label}中止不得超过 {act.terms.permit_suspension_days} 个工作日，"
            f"现为 {days} 个。",
            field="expected_end_on",
        )
    if reason == SuspensionReason.BARRED:
        if not bars_of(application=application, items=load_items(application), day=act.on):
            raise Refused("suspension.barred", "本申请没有涉及正在暂停的名单、条目或者接受人。", field="reason")
        return
    suspended = Permit.objects.in_force_on(act.on).filter(
        enterprise=application.operator, status=PermitStatus.SUSPENDED
    )
    if not suspended.exists():
        raise Refused("suspension.permit", "接受人的许可证没有处于暂扣状态。", field="reason")
