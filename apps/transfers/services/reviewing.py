"""What the origin bureau does: accept, request correction, endorse, approve, reject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from apps.catalogue.enums import PaperKind
from apps.deadlines.services import end_all_clocks
from apps.organisations.models import User
from apps.transfers.enums import AcceptanceKind, Answer, ClockKind, Route, State
from apps.transfers.errors import Refused
from apps.transfers.models import Application, CorrectionPoint, Reply
from apps.transfers.rules.tonnes import is_recordable
from apps.transfers.services import stages
from apps.transfers.services.acting import acting
from apps.transfers.services.acts import Act
from apps.transfers.services.agreement import standing_on
from apps.transfers.services.claims import live_claims, live_claims_with_entries, release_claims
from apps.transfers.services.granting import Grant, Obstacle, consented, grant, order_approval, plan_grant

ZERO = Decimal(0)
LONGEST_TEXT = 4000
LONGEST_SUBJECT = 60


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to mend: which material or field, what is wrong, what is asked."""

    subject: str
    problem: str
    demand: str


def accept(*, application_id: int, by: User, now: datetime) -> Application:
    """Accept explicitly (当场受理); the day of acceptance is the day of receipt (order 23, art. 23).

    Raises NotFound, NotAllowed, Refused ``accepted.already``.
    """
    with acting(application_id=application_id, name="accept", by=by, now=now) as act:
        stages.take_in(act, AcceptanceKind.EXPLICIT)
    return act.application


def request_correction(*, application_id: int, by: User, now: datetime, points: Sequence[Point]) -> Application:
    """Send the one notice of everything to be mended; the clock stops, the hold is kept for its days.

    Once per application, before acceptance, within five working days of receipt (order 23, art. 23). Raises
    NotFound, NotAllowed, Refused ``correction.second``, ``accepted.already``, ``correction.empty``.
    """
    wanted = _points(points)
    with acting(application_id=application_id, name="request_correction", by=by, now=now) as act:
        application = act.application
        application.request_correction(on=act.on)
        holds = bool(live_claims(application))
        lapse, hold, left = stages.enter_correction(act, holds=holds)
        CorrectionPoint.objects.bulk_create(
            CorrectionPoint(
                application=application,
                position=position,
                subject=point.subject,
                problem=point.problem,
                demand=point.demand,
            )
            for position, point in enumerate(wanted, start=1)
        )
        act.order_paper(
            PaperKind.CORRECTION,
            application.origin_id,
            answer_by=lapse.due_on,
            hold_until=hold.due_on if hold else None,
            left_days=left,
        )
        act.details.update(points=len(wanted))
    return act.application


def endorse(*, application_id: int, by: User, now: datetime) -> Application:
    """Send the letter to the destination; on fast track it carries the origin's signed, conditional decision.

    Accepts what nobody accepted yet. Raises NotFound, NotAllowed, Refused ``letter.not_needed`` under prior consent.
    """
    with acting(application_id=application_id, name="endorse", by=by, now=now) as act:
        stages.take_in_if_needed(act)
        act.application.endorse(by=by, at=now)
        stages.enter_destination_review(act)
        act.order_paper(PaperKind.LETTER, act.application.origin_id, reply_by=_reply_by(act), figures=_figures(act))
    return act.application


def approve(
    *,
    application_id: int,
    by: User,
    now: datetime,
    amounts: Mapping[int, Decimal] | None = None,
    until: date | None = None,
) -> Application:
    """Approve, under prior consent alone, else after the destination's consent.

    ``amounts`` (tonnes by item) may be fewer than what was consented to, ``until`` earlier; the log tells whether the
    applicant had agreed to less (``reducing``). Held tonnes become used ones, the rest is released; capacity, validity and papers in the same transaction. Raises
    NotFound, NotAllowed, Refused: ``approve.permit``, ``.barred``, ``.validity``, ``.capacity``, ``amount.more``,
    ``consent.missing``, ``letter.needed``.
    """
    with acting(application_id=application_id, name="approve", by=by, now=now) as act:
        alone = act.application.state == State.ORIGIN_REVIEW
        stages.take_in_if_needed(act)
        allowed, latest = consented(act), _consented_until(act)
        wanted = _within(allowed, amounts)
        grant_or_refuse(act, wanted, _earlier(until, latest))
        if wanted != allowed or (until is not None and until < (latest or act.application.requested_until or until)):
            act.details["reduction"] = standing_on(act.application, amounts=wanted, until=until)
        act.application.approve()
        order_approval(act, with_notice=alone)
    return act.application


def reject(*, application_id: int, by: User, now: datetime, reasons: str) -> Application:
    """Refuse, with reasons that the applicant reads; remedies stand in the paper. What was held is free again.

    Raises NotFound, NotAllowed, Refused ``reasons.missing``.
    """
    told = reasons_of(reasons)
    with acting(application_id=application_id, name="reject", by=by, now=now) as act:
        application = act.application
        stages.take_in_if_needed(act)
        stage = _refusal_stage(application)
        release_claims(act)
        application.reject(on=act.on, reasons=told)
        end_all_clocks(reference=act.reference, now=now)
        act.reason = told
        act.order_paper(PaperKind.REFUSAL, application.origin_id, stage=stage, reasons=told)
    return act.application


def take_back(*, application_id: int, by: User, now: datetime) -> Application:
    """Take the case back when the destination's limit passed without an answer; the origin can then only reject.

    Recorded as 逾期未复. Raises NotFound, NotAllowed, Refused ``destination.in_time``.
    """
    with acting(application_id=application_id, name="take_back", by=by, now=now) as act:
        application = act.application
        Reply.objects.create(
            application=application, round=application.round, answer=Answer.NONE, given_by=by, given_at=now
        )
        application.take_back()
        stages.enter_decision(act)
        act.reason = "接受地逾期未复。"
    return act.application


def grant_or_refuse(act: Act, amounts: Mapping[int, Decimal], until: date | None) -> Grant:
    """Grant, or raise Refused ``approve.…`` with what forbids it."""
    planned = plan_grant(act, amounts, until)
    obstacle = planned if isinstance(planned, Obstacle) else grant(act, planned)
    if obstacle is not None or isinstance(planned, Obstacle):
        refused = obstacle if obstacle is not None else planned
        raise Refused(f"approve.{refused.because}", refused.sentence)  # type: ignore[union-attr]
    return planned


def reasons_of(text: str) -> str:
    """Reasons as they go into a paper. Raises Refused ``reasons.missing``, ``reasons.long``."""
    told = text.strip()
    if not told:
        raise Refused("reasons.missing", "请填写理由：申请人将据此了解决定的依据。", field="reasons")
    if len(told) > LONGEST_TEXT:
        raise Refused("reasons.long", f"理由最多 {LONGEST_TEXT} 字，现有 {len(told)} 字。", field="reasons")
    return told


def _points(points: Sequence[Point]) -> list[Point]:
    wanted = [Point(point.subject.strip(), point.problem.strip(), point.demand.strip()) for point in points]
    wanted = [point for point in wanted if point.subject or point.problem or point.demand]
    if not wanted:
        raise Refused("correction.empty", "请至少列出一项需要补正的内容。", field="points")
    for position, point in enumerate(wanted, start=1):
        if not (point.subject and point.problem and point.demand):
            raise Refused(
                "correction.incomplete", f"第 {position} 项：请填写材料或者栏目、存在的问题和补正要求。", field="points"
            )
        if len(point.subject) > LONGEST_SUBJECT:
            raise Refused(
                "correction.long", f"第 {position} 项：材料或者栏目名称最多 {LONGEST_SUBJECT} 字。", field="points"
            )
        if max(len(point.problem), len(point.demand)) > LONGEST_TEXT:
            raise Refused("correction.long", f"第 {position} 项：每栏最多 {LONGEST_TEXT} 字。", field="points")
    return wanted


def _within(allowed: Mapping[int, Decimal], amounts: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
    """What is to be approved, by item: never more than allowed, never nothing at all."""
    wanted = {**allowed, **(amounts or {})}
    if set(wanted) != set(allowed):
        raise Refused("item.unknown", "明细不属于本申请。")
    for key, amount in wanted.items():
        if not is_recordable(amount) or not ZERO <= amount <= allowed[key]:
            raise Refused(
                "amount.more", f"批准数量须在 0 与 {allowed[key]:.4f} 吨之间，最多四位小数。", field="amounts"
            )
    if not sum(wanted.values(), ZERO):
        raise Refused("amount.nothing", "批准数量合计为零：请改为不予批准。", field="amounts")
    return wanted


def _consented_until(act: Act) -> date | None:
    reply = act.application.replies.filter(round=act.application.round, voided_at__isnull=True).first()
    return reply.until if reply else None


def _earlier(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _refusal_stage(application: Application) -> str:
    if application.state == State.ORIGIN_REVIEW:
        return "review"
    if application.answer == Answer.OBJECTION:
        return "objection"
    return "no_reply" if application.answer == Answer.NONE else "review"


def _reply_by(act: Act) -> date | None:
    clock = stages.running(act, ClockKind.DESTINATION) or stages.running(act, ClockKind.WHOLE)
    return clock.due_on if clock else None


def _figures(act: Act) -> dict[int, dict[str, Decimal]]:
    """Each entry as the letter tells it: without this application's own hold (docs/papers.md §2)."""
    if act.application.route == Route.GENERAL:
        return {}
    figures = {}
    for claim in live_claims_with_entries(act.application):
        entry = claim.entry
        figures[entry.pk] = {
            "quota_t": entry.quota_t,
            "used_t": entry.used_t,
            "held_t": entry.held_t - claim.within_t,
            "available_t": entry.available_t + claim.within_t,
            "asked_t": claim.within_t + claim.over_t,
            "over_t": claim.over_t,
        }
    return figures
