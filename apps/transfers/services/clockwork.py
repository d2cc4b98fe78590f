"""What the clock does to an application when something is due (docs/rules.md §12, "clock before person").

1. The application is locked. 2. Its due clocks are locked and taken in order of their moments. 3. A clock that
acts (acceptance by silence, release of a hold, lapse, pass-on, close) acts, stamped with its due moment; any other
has the rungs of its ladder recorded, each once with its own moment. 4. An act may start clocks that are due as
well (the sweep came late): again from 2, until nothing is due.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from apps.deadlines.enums import RungKind
from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.services import Ringing, end_all_clocks, end_clock, lock_due, record_many_rungs
from apps.deadlines.workdays import due_day_of
from apps.organisations.enums import Role
from apps.organisations.models import Bureau
from apps.organisations.reading import bureaus
from apps.transfers.enums import AcceptanceKind, ClockKind, State
from apps.transfers.models import Application, LocalOpinion
from apps.transfers.permissions import CLOCK
from apps.transfers.services import stages
from apps.transfers.services.acts import Act, log
from apps.transfers.services.audience import Audience, Told
from apps.transfers.services.claims import live_claims, release_claims
from apps.transfers.services.closing import settle_balance
from apps.transfers.services.facts_now import at_moment
from apps.transfers.services.stops import resume_review
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.services.ledger import lock_entries

SUPERVISORS: Sequence[str] = (Role.SECTION_HEAD, Role.SIGNATORY, Role.BUREAU_HEAD)


def run_due_clocks(act: Act) -> int:
    """Do everything that is due for the locked application; gives how many clocks were served."""
    served = 0
    while due := lock_due(reference=act.reference, now=act.now):
        if not served:
            _lock_ahead(act, due)
        _serve(act, due[0])
        served += 1
    if served:
        at_moment(application=act.application, now=act.now)
    return served


def _lock_ahead(act: Act, due: list[Deadline]) -> None:
    """Before a due hold lets go of its entries, lock these and all that a resubmission may hold next.

    Locked one after the other they would break the key order with a filing that wants both: a deadlock.
    """
    if act.application.state != State.CORRECTION or ClockKind.HOLD not in {clock.kind for clock in due}:
        return
    application = act.application
    mine = {claim.entry_id for claim in live_claims(application)}
    listed = WhitelistEntry.objects.filter(
        operator=application.operator_id,
        edition__in=Edition.objects.confirmed().of_pair(
            origin_id=application.origin_id, destination_id=application.destination_id or ""
        ),
        edition__ends_on__gte=act.on,
    )
    lock_entries(ids=mine.union(listed.values_list("pk", flat=True)))


def _serve(act: Act, clock: Deadline) -> None:
    acts = ACTS.get(ClockKind(clock.kind))
    if clock.ladder:
        _record(act, clock)
    if acts is None or clock.due_at is None or clock.due_at > act.now:
        return
    own = replace(act, by=CLOCK, at=clock.due_at, reason="", details={})
    act.application.today = due_day_of(clock.due_at)
    end_clock(reference=act.reference, kind=clock.kind, now=act.now, occurred_at=clock.due_at)
    acts(own)


def _record(act: Act, clock: Deadline) -> None:
    ringing = ringing_of(act, clock)
    note_supervision(act.application, record_many_rungs(ringing=[ringing], calendar=act.calendar))


def ringing_of(act: Act, clock: Deadline, audience: Audience | None = None) -> Ringing:
    """Until when the clock's ladder is to be recorded, who holds the case, and how to find out who is told."""
    # What its owner does at the due moment ends the clock: nothing of its ladder can come after that.
    until = min(act.now, clock.due_at) if clock.kind in ACTS and clock.due_at else act.now
    application, holder = act.application, holder_of(act)
    people = audience or Audience([application])
    origin = bureaus(act.calendar.stamp).provincial.get(application.origin_id)

    def told(addressee: str, on: date) -> list[Told]:
        return people.told(application, addressee=addressee, holder=holder, origin=origin, on=on)

    return Ringing(clock, until, _held_by(holder), told)


def note_supervision(application: Application, events: Iterable[DeadlineEvent]) -> None:
    """Set on the application how high its supervision has risen with these events of its clocks."""
    for event in events:
        if event.details.get("rung_kind") == RungKind.SUPERVISION:
            _supervised_by(application, event.details["addressee"])


def acts_now(*, clock: Deadline, now: datetime) -> bool:
    """Whether the clock itself does something to the case at ``now``, beyond recording its ladder."""
    return clock.kind in ACTS and clock.due_at is not None and clock.due_at <= now


def _supervised_by(application: Application, role: str) -> None:
    """Supervision only rises: two clocks of a case may be told of in another order than they rang."""
    if application.supervised_by_role not in SUPERVISORS[SUPERVISORS.index(role) :]:
        application.supervised_by_role = role


def holder_of(act: Act) -> Bureau | None:
    """The bureau in whose hands the case is; none while the filer mends it."""
    application, known = act.application, bureaus(act.calendar.stamp)
    state = application.suspended_from or application.state
    if state == State.LOCAL_OPINION:
        return known.local.get(application.local_division)
    if state in {State.ORIGIN_REVIEW, State.DECISION}:
        return known.provincial.get(application.origin_id)
    if state == State.DESTINATION_REVIEW:
        return known.provincial.get(application.destination_id or "")
    return None


def _held_by(holder: Bureau | None) -> dict[str, object]:
    return {"bureau_id": holder.pk, "bureau": holder.name} if holder else {}


def _accept_by_silence(act: Act) -> None:
    if act.application.state != State.ORIGIN_REVIEW or act.application.accepted_on is not None:
        return
    stages.take_in(act, AcceptanceKind.SILENCE)
    log(act, name="accept", from_state=State.ORIGIN_REVIEW)


def _release_hold(act: Act) -> None:
    claims = live_claims(act.application)
    if act.application.state != State.CORRECTION or not claims:
        return
    release_claims(act, claims)
    act.reason = "补正期间余量保留期满，释放占用的名单余量。"
    log(act, name="release_hold", from_state=State.CORRECTION)


def _lapse(act: Act) -> None:
    if act.application.state != State.CORRECTION:
        return
    act.application.lapse()
    release_claims(act)
    end_all_clocks(reference=act.reference, now=act.now, occurred_at=act.at)
    act.reason = "逾期未补正，视为撤回申请。"
    log(act, name="lapse", from_state=State.CORRECTION)


def _pass_on(act: Act) -> None:
    """The local bureau's days are over: its opinion is never final, the case goes on by itself."""
    if act.application.state != State.LOCAL_OPINION:
        return
    LocalOpinion.objects.create(application=act.application, agrees=None, given_at=act.at, text="")
    act.application.give_opinion(received_on=act.on)
    stages.enter_origin_review(act, act.on)
    act.reason = "属地意见期限届满，自动转移出地初审。"
    log(act, name="give_opinion", from_state=State.LOCAL_OPINION)


def _resume(act: Act) -> None:
    if act.application.state != State.SUSPENDED:
        return
    resume_review(act)
    act.reason = "中止期限届满，自动恢复审查。"
    log(act, name="resume", from_state=State.SUSPENDED)


def _close(act: Act) -> None:
    if act.application.state != State.APPROVED:
        return
    act.application.close()
    act.reason = settle_balance(act)
    log(act, name="close", from_state=State.APPROVED)


ACTS: Mapping[ClockKind, Callable[[Act], None]] = {
    ClockKind.ACCEPTANCE: _accept_by_silence,
    ClockKind.HOLD: _release_hold,
    ClockKind.LAPSE: _lapse,
    ClockKind.LOCAL: _pass_on,
    ClockKind.SUSPENSION: _resume,
    ClockKind.CLOSING: _close,
}
