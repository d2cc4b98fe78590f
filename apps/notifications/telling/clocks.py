"""What happened to a case's clocks as it is told: reminders, breaches, supervision, moved days.

A reminder that its own due moment overtook is recorded and told to nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db.models import prefetch_related_objects

from apps.catalogue.kept import read_version
from apps.deadlines.enums import EventKind, RungKind
from apps.deadlines.models import DeadlineEvent
from apps.deadlines.workdays import due_day_of
from apps.notifications.enums import MessageKind, Source, Subject
from apps.notifications.telling.cases import FILERS, HANDLERS, LOCALS, parties_in_words, post_of
from apps.notifications.telling.notices import Happening, Notice, Post
from apps.organisations.enums import BureauLevel, Role
from apps.organisations.reading import Bureaus, bureaus
from apps.transfers.enums import ClockKind, State
from apps.transfers.models import Application
from apps.transfers.permissions import DESTINATION, GENERATOR, LOCAL, ORIGIN
from apps.transfers.services.acts import clock_of_state

TOLD = (EventKind.RUNG, EventKind.BREACHED, EventKind.MOVED)
KINDS: Mapping[str, MessageKind] = {
    RungKind.REMINDER: MessageKind.REMINDED,
    RungKind.LETTER: MessageKind.REMINDED,
    RungKind.BREACH: MessageKind.LATE,
    RungKind.SUPERVISION: MessageKind.SUPERVISED,
}
# Clocks whose end the parties are told of; the others are the bureau's own.
OF_PARTIES = frozenset({ClockKind.WHOLE, ClockKind.LOCAL, ClockKind.ORIGIN, ClockKind.DESTINATION, ClockKind.DECISION})
HOLDING: Mapping[str, str] = {
    State.LOCAL_OPINION: LOCAL,
    State.ORIGIN_REVIEW: ORIGIN,
    State.DECISION: ORIGIN,
    State.DESTINATION_REVIEW: DESTINATION,
}
ORIGIN_HANDLER = "origin_handler"


def happenings_of_clocks(
    rows: Iterable[DeadlineEvent], cases: Mapping[str, Application], known: Bureaus
) -> list[Happening]:
    """Rows of the clocks' log, read with their clock; ``cases`` by number."""
    return [_happening(row, cases[row.deadline.reference], known) for row in rows if row.deadline.reference in cases]


def told_of_clocks(rows: Sequence[DeadlineEvent]) -> list[Happening]:
    """The same, with everything read that is needed."""
    prefetch_related_objects(rows, "deadline")
    numbers = {row.deadline.reference for row in rows}
    cases = Application.objects.select_related("generator", "operator").filter(number__in=numbers)
    return happenings_of_clocks(rows, {case.number or "": case for case in cases}, bureaus(read_version()))


def _happening(row: DeadlineEvent, case: Application, known: Bureaus) -> Happening:
    notices = _moved(row, case, known) if row.kind == EventKind.MOVED else _rung(row, case, known)
    return Happening(
        source=Source.CLOCK,
        source_id=row.pk,
        occurred_at=row.occurred_at,
        subject=Subject.CASE,
        subject_id=case.pk,
        number=case.number or "",
        notices=tuple(notices) if row.kind in TOLD else (),
    )


def _rung(row: DeadlineEvent, case: Application, known: Bureaus) -> list[Notice]:
    told = row.details
    kind = KINDS.get(told.get("rung_kind", ""), MessageKind.REMINDED)
    clock = ClockKind(row.deadline.kind).label
    title = told.get("text") or f"{clock}：{row.get_kind_display()}"
    due = f"{clock}到期日：{due_day_of(row.due_at)}。" if row.due_at else ""
    holder = told.get("holder") or {}
    held = f"案件现由{holder['bureau']}办理。" if kind != MessageKind.REMINDED and holder.get("bureau") else ""
    words = f"{parties_in_words(case)}。{due}{held}"
    named = frozenset(one["id"] for one in told.get("told", ()))
    # The case's log says whom the rung told: those it is.
    post = Post(people=named) if named else _addressed(told.get("addressee", ""), holder.get("bureau_id"), case, known)
    notices = [Notice(post, kind, title, words)] if post else []
    if row.kind == EventKind.BREACHED and row.deadline.kind in OF_PARTIES:
        filers = Post(FILERS, enterprise_id=case.generator_id)
        notices.append(Notice(filers, kind, f"{clock}已过", f"{words}逾期不等于批准，请留意办理进展。"))
    return notices


def _addressed(addressee: str, bureau_id: int | None, case: Application, known: Bureaus) -> Post | None:
    """The ladder names a role; the bureau is the one that held the case at that moment."""
    if addressee == Role.FILER:
        return Post(frozenset({Role.FILER}), enterprise_id=case.generator_id)
    if addressee == ORIGIN_HANDLER:
        return post_of(case, ORIGIN, known)
    bureau = known.by_key.get(bureau_id or 0)
    if bureau is None:
        return None
    if bureau.level == BureauLevel.LOCAL:
        return Post(LOCALS, bureau_id=bureau.pk, case_id=case.pk)
    if addressee == Role.HANDLER:
        return Post(HANDLERS, bureau_id=bureau.pk, case_id=case.pk)
    return Post(frozenset({addressee}), bureau_id=bureau.pk)


def _moved(row: DeadlineEvent, case: Application, known: Bureaus) -> list[Notice]:
    """Only of the limit that the case's page shows: its companions move with it."""
    days = moved_days(row)
    if days is None or row.deadline.kind != clock_of_state(case):
        return []
    old, new = days
    words = f"{parties_in_words(case)}。{row.details.get('text') or '工作日历调整'}，时限由 {old} 变更为 {new}。"
    holder = HOLDING.get(case.suspended_from or case.state)
    posts = [post_of(case, party, known) for party in (holder, GENERATOR) if party]
    return [Notice(post, MessageKind.MOVED, f"时限变更为 {new}", words) for post in posts if post]


def moved_days(row: DeadlineEvent) -> tuple[date, date] | None:
    """The due day before and after; None where the clock stood and had no due moment."""
    before, after = row.details.get("due_from"), row.details.get("due_to")
    if not (before and after):
        return None
    return due_day_of(datetime.fromisoformat(before)), due_day_of(datetime.fromisoformat(after))
