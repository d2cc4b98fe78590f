"""One act on one application: what it may use, and what it leaves behind (log row, papers, due moment)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from apps.catalogue.enums import PaperKind
from apps.deadlines.enums import ClockStatus
from apps.deadlines.models import Deadline
from apps.deadlines.services import open_clocks
from apps.deadlines.workdays import WorkCalendar
from apps.organisations.models import Bureau, User
from apps.organisations.reading import bureaus
from apps.transfers import permissions as may
from apps.transfers.enums import ClockKind, Route, State
from apps.transfers.models import Application, LogRow, Terms
from apps.transfers.permissions import Clock
from apps.transfers.services.limits import Limits, read_limits, read_terms
from apps.transfers.services.locking import changed_fields
from apps.transfers.services.one_party import for_one_party
from apps.transfers.services.papers import PaperOrder, freeze_papers

HELD_BY_CLOCK: Mapping[str, ClockKind] = {
    State.LOCAL_OPINION: ClockKind.LOCAL,
    State.ORIGIN_REVIEW: ClockKind.ORIGIN,
    State.DESTINATION_REVIEW: ClockKind.DESTINATION,
    State.DECISION: ClockKind.DECISION,
    State.CORRECTION: ClockKind.LAPSE,
    State.SUSPENDED: ClockKind.SUSPENSION,
}
# On fast track these show the whole's clock.
WHOLE_STATES = (State.ORIGIN_REVIEW, State.DESTINATION_REVIEW, State.DECISION)


@dataclass(slots=True)
class Act:
    """What an act works with. ``at`` is its own moment: ``now`` for a person, the due moment for the clock.

    ``is_filing``: it makes a case of a draft, which has no number yet and no clocks but those that it starts.
    """

    application: Application
    by: User | Clock
    now: datetime
    at: datetime
    calendar: WorkCalendar
    orders: list[PaperOrder] = field(default_factory=list)
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    is_signed: bool = False
    is_filing: bool = False
    started: dict[str, Deadline] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """The stored limits."""
        return read_limits(self.calendar.stamp)

    @property
    def terms(self) -> Terms:
        """The stored terms."""
        return read_terms(self.calendar.stamp)

    def bureau(self, province_id: str) -> Bureau:
        """The provincial bureau of one of the case's provinces."""
        return bureaus(self.calendar.stamp).provincial[province_id]

    @property
    def on(self) -> date:
        """The day on which the act happens: what the clock does at 24:00 of day D happened on D."""
        return self.application.today

    @property
    def reference(self) -> str:
        return self.application.number or ""

    def order_paper(self, kind: PaperKind, province_id: str, **details: Any) -> None:
        """Have a paper frozen at the end of the transaction: the paper counter is the last lock taken."""
        bureau, position = self.bureau(province_id), self.application.log_length + 1
        self.orders.append(PaperOrder(kind=kind, bureau=bureau, details=details, position=position))

    def sign(self) -> None:
        """The act is signed by this person, who may recall it for some minutes (docs/rules.md §4, recall)."""
        application = self.application
        if isinstance(self.by, Clock):
            return
        self.is_signed = True
        application.last_signer = self.by
        application.recallable_state = application.state
        until = self.now + timedelta(minutes=self.terms.recall_minutes)
        application.recallable_until = min(until, application.due_at) if application.due_at else until


def log(act: Act, *, name: str, from_state: str) -> LogRow:
    """Write the row of what just happened, in the transaction of what happened. Raises Refused ``one_party``."""
    application = act.application
    application.log_length += 1
    if not act.is_signed:
        application.last_signer, application.recallable_state, application.recallable_until = None, "", None
    with for_one_party():
        return LogRow.objects.create(
            application=application,
            position=application.log_length,
            act=name,
            from_state=from_state,
            to_state=application.state,
            round=application.round,
            occurred_at=act.at,
            recorded_at=act.now,
            reason=act.reason,
            details=act.details,
            **_actor(act),
        )


def _actor(act: Act) -> dict[str, Any]:
    if isinstance(act.by, Clock):
        return {"actor": None, "actor_name": str(act.by)}
    party = next(iter(may.parties_of(act.application, act.by)), "")
    application = act.application
    row: dict[str, Any] = {"actor": act.by, "actor_name": str(act.by)}
    if party == may.GENERATOR:
        row["enterprise_id"] = application.generator_id
    elif party == may.OPERATOR:
        row["enterprise_id"] = application.operator_id
    elif party == may.LOCAL:
        row["bureau"] = bureaus(act.calendar.stamp).local[application.local_division]
    elif party in {may.ORIGIN, may.DESTINATION}:
        province = application.origin_id if party == may.ORIGIN else application.destination_id
        row["bureau"] = act.bureau(province or "")
    return row


def settle(act: Act) -> None:
    """Set what is read from the clocks, save the application, freeze the ordered papers."""
    application = act.application
    show_clocks(act)
    application.changed_at = act.now
    # What the clock does changes nothing that a person sees in the form: it must not cost them what they typed.
    if not isinstance(act.by, Clock):
        application.version += 1
    application.save(update_fields=changed_fields(application))
    if act.orders:
        freeze_papers(application=application, orders=act.orders, now=act.now, stamp=act.calendar.stamp)
        act.orders.clear()


def show_clocks(act: Act) -> None:
    """Set on the application what people see of its clocks: the due moment and the supervision."""
    set_from_clocks(act.application, list(act.started.values() if act.is_filing else open_clocks(act.reference)))


def set_from_clocks(application: Application, still_open: Collection[Deadline]) -> None:
    """The same, from the open clocks at hand."""
    _supervise(application, still_open)
    clocks = {clock.kind: clock for clock in still_open if clock.status == ClockStatus.RUNNING}
    clock = clocks.get(clock_of_state(application))
    application.due_at = clock.due_at if clock else None
    application.is_due_provisional = clock.is_provisional if clock else False


def _supervise(application: Application, still_open: Iterable[Deadline]) -> None:
    """Under supervision as long as a breached clock is open: who answers, passes on or decides, ends it."""
    breached = [clock.breached_at for clock in still_open if clock.breached_at]
    application.supervised_since = min(breached, default=None)
    if not breached:
        application.supervised_by_role = ""


def clock_of_state(application: Application) -> ClockKind | str:
    """The clock that people look at: on fast track the whole's, else the stage's; in correction the lapse."""
    if application.route == Route.FAST_TRACK and application.state in WHOLE_STATES:
        return ClockKind.WHOLE
    return HELD_BY_CLOCK.get(application.state, "")
