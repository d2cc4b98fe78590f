"""Both bureaus of a case beside each other: whom to ring up, who takes care of it, what they did, what runs there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from apps.deadlines.enums import ClockStatus
from apps.deadlines.models import Deadline
from apps.deadlines.workdays import WorkCalendar
from apps.organisations.models import Bureau
from apps.organisations.permissions import Standing
from apps.organisations.reading import Bureaus
from apps.transfers.enums import ClockKind, Route
from apps.transfers.models import Application, CaseHandler, LogRow
from apps.web.showing import told_due, written_day
from apps.web.timeline import BY_CLOCK, VERBS

WITH_ORIGIN = (ClockKind.TARGET, ClockKind.ACCEPTANCE, ClockKind.ORIGIN, ClockKind.DECISION, ClockKind.CLOSING)
WITH_DESTINATION = (ClockKind.DESTINATION,)
WITH_LOCAL = (ClockKind.LOCAL,)
# A bureau's own target is no business of the other one.
INSIDE = (ClockKind.TARGET,)
# What the clock does at a side, for the log rows that nobody of it wrote.
CLOCK_ACTS = {"accept": "origin", "close": "origin", "give_opinion": "local"}


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock in words; ``tone`` as of due days, or done, or stopped."""

    kind: str
    title: str
    on: date | None
    day: str
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Step:
    """One act at a bureau, by whom and when."""

    title: str
    who: str
    at: datetime


@dataclass(slots=True)
class Side:
    """One bureau of the case. ``handler`` takes care of it there; ``is_own``: the reader is of this bureau."""

    title: str
    bureau: Bureau
    is_own: bool
    handler: CaseHandler | None = None
    steps: list[Step] = field(default_factory=list)
    clocks: list[ClockLine] = field(default_factory=list)


def sides_of(
    application: Application,
    *,
    log: Sequence[LogRow],
    clocks: Sequence[Deadline],
    known: Bureaus,
    standing: Standing,
    now: datetime,
    calendar: WorkCalendar,
) -> list[Side]:
    """Origin and destination, on the general procedure the local bureau before them."""
    own = standing.provincial_bureaus() | standing.local_bureaus()
    handlers = {row.bureau_id: row for row in application.handlers.select_related("handler")}
    found = []
    for title, kinds, bureau in _seats(application, known):
        side = Side(title, bureau, bureau.pk in own, handlers.get(bureau.pk))
        side.steps = [_step(row) for row in log if row.bureau_id == bureau.pk or _by_clock(row, kinds)]
        shown = [kind for kind in kinds if side.is_own or kind not in INSIDE]
        side.clocks = _lines([clock for clock in clocks if clock.kind in shown], now, calendar)
        found.append(side)
    return found


def _seats(application: Application, known: Bureaus) -> Iterator[tuple[str, tuple[ClockKind, ...], Bureau]]:
    if application.route == Route.GENERAL and application.local_division in known.local:
        yield "属地", WITH_LOCAL, known.local[application.local_division]
    yield "移出地", WITH_ORIGIN, known.provincial[application.origin_id]
    yield "接受地", WITH_DESTINATION, known.provincial[application.destination_id or ""]


def _by_clock(row: LogRow, kinds: tuple[ClockKind, ...]) -> bool:
    side = CLOCK_ACTS.get(row.act)
    wanted = {"origin": WITH_ORIGIN, "local": WITH_LOCAL}.get(side or "")
    return row.actor_id is None and wanted == kinds


def _lines(clocks: Iterable[Deadline], now: datetime, calendar: WorkCalendar) -> list[ClockLine]:
    """The last clock of each kind: an earlier one of a round that is over tells nothing any more."""
    latest = {clock.kind: clock for clock in clocks}
    return [_line(clock, now, calendar) for clock in latest.values()]


def _line(clock: Deadline, now: datetime, calendar: WorkCalendar) -> ClockLine:
    title = ClockKind(clock.kind).label
    if clock.status == ClockStatus.STOPPED:
        return ClockLine(clock.kind, title, None, "", f"停表，剩 {clock.left_days} 个工作日", "stopped")
    if clock.due_at is None:
        return ClockLine(clock.kind, title, None, "", "—", "done")
    day, words, tone = told_due(clock.due_at, now=now, calendar=calendar)
    if clock.status == ClockStatus.ENDED:
        return ClockLine(
            clock.kind, title, day, written_day(day), "曾逾期" if clock.breached_at else "按期办结", "done"
        )
    return ClockLine(clock.kind, title, day, written_day(day), words, tone)


def _step(row: LogRow) -> Step:
    verb = VERBS.get(row.act, row.act)
    return Step(verb if row.actor_id else BY_CLOCK.get(row.act, verb), row.actor_name, row.occurred_at)


def _ended(clock: Deadline) -> str:
    if clock.breached_at:
        return "曾逾期"
    in_time = clock.ended_at is not None and clock.due_at is not None and clock.ended_at < clock.due_at
    return "期内办结" if in_time else "已届满"
