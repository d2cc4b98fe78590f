"""The state machine of an application (docs/rules.md §4): every transition is one decorated method.

The decorator is the table's row: from, to, who (``permission``), when (``conditions``). The body sets nothing
but the application's own fields; log, quota, clocks and papers belong to the services, which also ask for the
permission (calling a transition does not).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django_fsm import GET_STATE, FSMField, transition

from apps.transfers import permissions as may
from apps.transfers.enums import OPEN_STATES, AcceptanceKind, Answer, Route, State
from apps.whitelists.enums import ConsentMode

if TYPE_CHECKING:
    from apps.organisations.models import User
    from apps.transfers.enums import RevocationKind

FIRST_STAGES = (State.LOCAL_OPINION, State.ORIGIN_REVIEW)
SUSPENDABLE = (State.ORIGIN_REVIEW, State.DESTINATION_REVIEW, State.DECISION)
RECALLABLE = (State.APPROVED, State.REJECTED, State.DESTINATION_REVIEW, State.DECISION)
BEFORE_RECALL = (State.ORIGIN_REVIEW, State.DESTINATION_REVIEW, State.DECISION)


def is_not_accepted(application: ApplicationStates) -> bool:
    return application.accepted_on is None


def has_had_no_correction(application: ApplicationStates) -> bool:
    return application.correction_requested_on is None


def has_been_received(application: ApplicationStates) -> bool:
    return application.received_on is not None


def needs_a_letter(application: ApplicationStates) -> bool:
    """Under prior consent within quota there is nothing to ask: approve does it (docs/rules.md §12)."""
    return not is_decided_alone(application)


def is_decided_alone(application: ApplicationStates) -> bool:
    return application.route == Route.FAST_TRACK and application.consent_mode == ConsentMode.PRIOR


def has_consent(application: ApplicationStates) -> bool:
    return application.answer in {Answer.CONSENT, Answer.PARTIAL}


def destination_is_late(application: ApplicationStates) -> bool:
    return bool(application.is_destination_late)


def may_be_recalled(application: ApplicationStates) -> bool:
    """Some minutes only, before any further act and before a paper of it was delivered (a fact that is loaded)."""
    until = application.recallable_until
    return bool(application.recallable_state) and application.now < until and not application.is_last_act_delivered


class ApplicationStates(models.Model):
    """State and transitions. The first attributes are facts of the moment, set by ``services.facts_now.at_moment``."""

    state = FSMField("状态", max_length=20, choices=State, default=State.DRAFT, protected=True)

    today: date
    now: datetime
    is_destination_late: bool = False
    is_last_act_delivered: bool = False

    if TYPE_CHECKING:  # columns of the application that the bodies set
        number: Any
        round: Any
        filed_by: Any
        submitted_at: Any
        received_on: Any
        accepted_on: Any
        accepted_how: Any
        correction_requested_on: Any
        endorsed_by: Any
        endorsed_at: Any
        answer: Any
        decided_on: Any
        reasons: Any
        revocation_kind: Any
        suspended_from: Any
        recallable_state: Any
        recallable_until: Any
        route: Any
        consent_mode: Any

    class Meta:
        abstract = True

    @transition(
        field=state,
        source=State.DRAFT,
        target=GET_STATE(lambda _, *, first_stage, **__: first_stage, states=FIRST_STAGES),
        permission=may.is_filer,
        custom={"verb": "提交"},
    )
    def submit(self, *, first_stage: State, by: User, at: datetime, number: str, received_on: date | None) -> None:
        self.number = number
        self.filed_by = by
        self.submitted_at = at
        self.received_on = received_on
        self.round = 1

    @transition(
        field=state,
        source=State.LOCAL_OPINION,
        target=State.ORIGIN_REVIEW,
        permission=may.is_local_or_clock,
        custom={"verb": "出具属地意见"},
    )
    def give_opinion(self, *, received_on: date) -> None:
        self.received_on = received_on

    @transition(
        field=state,
        source=State.ORIGIN_REVIEW,
        target=State.ORIGIN_REVIEW,
        permission=may.is_origin_or_clock,
        conditions=[has_been_received, is_not_accepted],
        custom={"verb": "受理"},
    )
    def accept(self, *, how: AcceptanceKind) -> None:
        self.accepted_on = self.received_on
        self.accepted_how = how

    @transition(
        field=state,
        source=State.ORIGIN_REVIEW,
        target=State.CORRECTION,
        permission=may.is_origin,
        conditions=[is_not_accepted, has_had_no_correction],
        custom={"verb": "告知补正"},
    )
    def request_correction(self, *, on: date) -> None:
        self.correction_requested_on = on

    @transition(
        field=state,
        source=State.CORRECTION,
        target=GET_STATE(lambda _, *, first_stage, **__: first_stage, states=FIRST_STAGES),
        permission=may.is_filer,
        custom={"verb": "提交补正"},
    )
    def resubmit(self, *, first_stage: State, received_on: date | None) -> None:
        self.received_on = received_on
        self.round += 1

    @transition(
        field=state,
        source=State.ORIGIN_REVIEW,
        target=State.DESTINATION_REVIEW,
        permission=may.is_origin,
        conditions=[needs_a_letter],
        custom={"verb": "商请接受地"},
    )
    def endorse(self, *, by: User, at: datetime) -> None:
        self.endorsed_by = by
        self.endorsed_at = at
        self.answer = ""

    @transition(
        field=state,
        source=State.DESTINATION_REVIEW,
        target=GET_STATE(lambda _, *, outcome, **__: outcome, states=(State.APPROVED, State.DECISION)),
        permission=may.is_destination,
        custom={"verb": "同意接受"},
    )
    def consent(self, *, outcome: State, answer: Answer) -> None:
        self.answer = answer

    @transition(
        field=state,
        source=State.DESTINATION_REVIEW,
        target=State.DECISION,
        permission=may.is_destination,
        custom={"verb": "不同意接受"},
    )
    def object(self) -> None:
        self.answer = Answer.OBJECTION

    @transition(
        field=state,
        source=State.DESTINATION_REVIEW,
        target=State.DECISION,
        permission=may.is_origin,
        conditions=[destination_is_late],
        custom={"verb": "逾期未复收回"},
    )
    def take_back(self) -> None:
        self.answer = Answer.NONE

    @transition(
        field=state,
        source=State.ORIGIN_REVIEW,
        target=State.APPROVED,
        permission=may.is_origin,
        conditions=[is_decided_alone],
        custom={"verb": "批准"},
    )
    @transition(
        field=state,
        source=State.DECISION,
        target=State.APPROVED,
        permission=may.is_origin,
        conditions=[has_consent],
        custom={"verb": "批准"},
    )
    def approve(self) -> None:
        """Dates and tonnes are set by the service before: they are facts of the decision, not of the arrow."""

    @transition(
        field=state,
        source=[State.ORIGIN_REVIEW, State.DECISION],
        target=State.REJECTED,
        permission=may.is_origin,
        custom={"verb": "不予批准"},
    )
    def reject(self, *, on: date, reasons: str) -> None:
        self.decided_on = on
        self.reasons = reasons

    @transition(
        field=state,
        source=list(SUSPENDABLE),
        target=State.SUSPENDED,
        permission=may.holds_the_case,
        custom={"verb": "中止审查"},
    )
    def suspend(self) -> None:
        self.suspended_from = self.state

    @transition(
        field=state,
        source=State.SUSPENDED,
        target=GET_STATE(lambda self, **_: self.suspended_from, states=SUSPENDABLE),
        permission=may.holds_the_case,
        custom={"verb": "恢复审查"},
    )
    def resume(self) -> None:
        """``suspended_from`` is read for the target after this body: the service clears it."""

    @transition(
        field=state,
        source=list(RECALLABLE),
        target=GET_STATE(lambda self, **_: self.recallable_state, states=BEFORE_RECALL),
        permission=may.signed_last_act,
        conditions=[may_be_recalled],
        custom={"verb": "收回"},
    )
    def recall(self) -> None:
        """``recallable_state`` is read for the target after this body: the service clears it."""

    @transition(
        field=state,
        source=list(OPEN_STATES),
        target=State.WITHDRAWN,
        permission=may.is_filer,
        custom={"verb": "撤回申请"},
    )
    def withdraw(self) -> None:
        self.suspended_from = ""

    @transition(
        field=state,
        source=State.CORRECTION,
        target=State.LAPSED,
        permission=may.is_clock,
        custom={"verb": "视为撤回"},
    )
    def lapse(self) -> None:
        """Thirty working days without an answer (a setting); nothing of the application changes."""

    @transition(
        field=state,
        source=State.APPROVED,
        target=State.REVOKED,
        permission=may.is_origin,
        custom={"verb": "撤销批准"},
    )
    def revoke(self, *, kind: RevocationKind, reasons: str) -> None:
        self.revocation_kind = kind
        self.reasons = reasons

    @transition(
        field=state,
        source=State.APPROVED,
        target=State.CLOSED,
        permission=may.is_filer_or_clock,
        custom={"verb": "终结"},
    )
    def close(self) -> None:
        """What was not shipped goes back to the entry in the service (docs/rules.md §4)."""
