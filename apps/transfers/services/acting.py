"""The one way to act on an application: permission, lock, clock before person, transition, log, papers.

Lock order, always: calendar (shared) → application → number counter → permit year → list → operators (by key) →
entries (by key) → deadlines → paper counter. When clocks are due, the permit years and entries that the act itself
may need are locked before they run, so that the order holds over both.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from apps.deadlines.models import Deadline
from apps.deadlines.services.calendar import read_steady_calendar
from apps.deadlines.workdays import ZONE
from apps.organisations.models import User
from apps.transfers.attendances import ATTENDANCES
from apps.transfers.enums import State
from apps.transfers.errors import NotAllowed, Refused
from apps.transfers.models import Application
from apps.transfers.permissions import CLOCK, Clock
from apps.transfers.services.acts import Act, log, settle, show_clocks
from apps.transfers.services.chains import require_signature
from apps.transfers.services.clockwork import run_due_clocks
from apps.transfers.services.following import follow
from apps.transfers.services.locking import lock_if_free, locked_application
from apps.transfers.states import (
    destination_is_late,
    has_been_received,
    has_consent,
    has_had_no_correction,
    is_decided_alone,
    is_not_accepted,
    may_be_recalled,
    needs_a_letter,
)

# Acts that a person signs and may recall for some minutes.
SIGNED = frozenset({"endorse", "consent", "object", "take_back", "approve", "reject"})
WHY_NOT: dict[Callable[..., bool], tuple[str, str]] = {
    is_not_accepted: ("accepted.already", "申请已经受理，不能再受理或者告知补正。"),
    has_had_no_correction: ("correction.second", "本申请已经告知过一次补正，不得再次告知（23号令第二十三条）。"),
    has_been_received: ("received.not_yet", "申请尚未到达移出地。"),
    needs_a_letter: ("letter.not_needed", "名单预同意且未超余量，无须商请接受地，请直接批准。"),
    is_decided_alone: ("letter.needed", "该申请须先商请接受地同意。"),
    has_consent: ("consent.missing", "接受地没有同意，只能作出不予批准的决定。"),
    destination_is_late: ("destination.in_time", "接受地的函复时限尚未届满。"),
    may_be_recalled: ("recall.too_late", "已不能收回：收回时限已过、文书已送达，或者其后又有办理行为。"),
}


@contextmanager
def acting(*, application_id: int, name: str, by: User | Clock, now: datetime) -> Iterator[Act]:
    """Lock the application, let its clock act first, ask whether ``by`` may, then save state, log and papers.

    The body makes the transition ``name`` and everything that goes with it. Raises NotFound (may not see it),
    NotAllowed, or Refused with the state that somebody else made of it or because the bureau's chain asks for a
    signature; a refusal changes nothing.
    """
    with transaction.atomic():
        act = begin(application_id=application_id, by=by, now=now)
        if act.application.state != State.DRAFT and run_due_clocks(act):
            show_clocks(act)  # what is signed now may be recalled until the due moment that now holds
        follow(act)
        require(act, name)
        require_signature(act, name)
        from_state = act.application.state
        if name in SIGNED:
            act.sign()
        yield act
        log(act, name=name, from_state=from_state)
        settle(act)


@contextmanager
def attending(*, application_id: int, name: str, by: User, now: datetime) -> Iterator[Act]:
    """The same for what leaves the state as it is (``attendances.py``). Raises as ``acting`` does."""
    with transaction.atomic():
        act = begin(application_id=application_id, by=by, now=now)
        run_due_clocks(act)
        follow(act)
        require_attendance(act, name)
        require_signature(act, name)
        yield act
        log(act, name=name, from_state=act.application.state)
        settle(act)


def begin(*, application_id: int, by: User | Clock, now: datetime) -> Act:
    """Take the calendar's and the application's lock and gather what an act needs. Raises NotFound."""
    calendar = read_steady_calendar()
    application = locked_application(application_id=application_id, by=by, now=now)
    is_filing = application.state == State.DRAFT
    return Act(application=application, by=by, now=now, at=now, calendar=calendar, is_filing=is_filing)


def require(act: Act, name: str) -> None:
    """Ask the machine: may this person, from this state, under these conditions? Raises NotAllowed or Refused."""
    application = act.application
    machine = getattr(application, name)._django_fsm
    rows = list(machine.transitions.values())
    verb = rows[0].custom.get("verb", name)
    if not any(row.has_perm(application, act.by) for row in rows):
        raise NotAllowed(verb, f"{_standing(application)}。")
    if not machine.has_transition(application.state):
        raise Refused("state.moved", _moved(application, verb))
    row = machine.get_transition(application.state)
    for condition in row.conditions or []:
        if not condition(application):
            code, sentence = WHY_NOT[condition]
            raise Refused(code, sentence)


def require_attendance(act: Act, name: str) -> None:
    """The same for what stands in the table of attendances. Raises NotAllowed or Refused."""
    row, application = ATTENDANCES[name], act.application
    if not row.may(application, act.by):
        raise NotAllowed(row.verb, f"{_standing(application)}。")
    if application.state not in row.states:
        raise Refused("state.moved", _moved(application, row.verb))


def _moved(application: Application, verb: str) -> str:
    return f"{_standing(application)}，不能再“{verb}”，请刷新页面。"


def _standing(application: Application) -> str:
    """What became of the case and by whom: whoever loses a race is told."""
    last = application.log.order_by("-position").first()
    who = ""
    if last is not None:
        moment = last.occurred_at.astimezone(ZONE)
        who = f"（{last.actor_name} {moment:%Y-%m-%d %H:%M} 办理）"
    return f"该申请现为“{application.get_state_display()}”{who}"


def sweep_one(*, application_id: int, now: datetime) -> int:
    """Do what is due for one application; gives how many clocks were served. The sweep's and a test's door."""
    with transaction.atomic():
        calendar = read_steady_calendar()
        application = lock_if_free(application_id=application_id, now=now)
        if application is None:
            return 0
        act = Act(application=application, by=CLOCK, now=now, at=now, calendar=calendar)
        served = run_due_clocks(act)
        if served:
            settle(act)
        return served


def pending(*, now: datetime, limit: int) -> list[int]:
    """Keys of applications for which a clock is due, the longest waiting first; takes no lock."""
    references = Deadline.objects.pending_references(now, limit)
    keys = dict(Application.objects.filter(number__in=references).values_list("number", "pk"))
    return [keys[reference] for reference in references if reference in keys]
