"""Acts on cases as they are told."""

from collections.abc import Iterable

from apps.deadlines.workdays import due_day_of
from apps.notifications.enums import MessageKind, Source, Subject
from apps.notifications.telling.case_words import Line, lines_of
from apps.notifications.telling.notices import Happening, Notice, Post
from apps.organisations.enums import Role
from apps.organisations.reading import Bureaus
from apps.transfers.enums import State
from apps.transfers.models import Application, LogRow
from apps.transfers.permissions import DESTINATION, GENERATOR, LOCAL, OPERATOR, ORIGIN

FILERS = frozenset({Role.FILER, Role.VIEWER})
HANDLERS = frozenset({Role.HANDLER})
STAFF = frozenset({Role.OPERATOR_STAFF})
LOCALS = frozenset({Role.LOCAL_OFFICER})
LONGEST_REASON = 300


def happenings_of_cases(rows: Iterable[LogRow], known: Bureaus) -> list[Happening]:
    """Rows of the cases' log, read with their application and its parties."""
    return [_happening(row, known) for row in rows]


def parties_in_words(application: Application) -> str:
    """Who sends to whom: the first half of every sentence about a case."""
    return f"{application.generator.name} → {application.operator.name if application.operator else '（未定）'}"


def post_of(application: Application, party: str, known: Bureaus) -> Post | None:
    """The people of one side of a case; None where the case has no such side."""
    if party == GENERATOR:
        return Post(FILERS, enterprise_id=application.generator_id)
    if party == OPERATOR:
        return Post(STAFF, enterprise_id=application.operator_id) if application.operator_id else None
    if party == LOCAL:
        local = known.local.get(application.local_division)
        return Post(LOCALS, bureau_id=local.pk, case_id=application.pk) if local else None
    province = application.origin_id if party == ORIGIN else application.destination_id
    bureau = known.provincial.get(province or "")
    return Post(HANDLERS, bureau_id=bureau.pk, case_id=application.pk) if bureau else None


def _happening(row: LogRow, known: Bureaus) -> Happening:
    application = row.application
    lines = [line for line in _lines(row) if _has_reached(row, line)]
    posts = [(line, post_of(application, line.to, known)) for line in lines]
    return Happening(
        source=Source.CASE,
        source_id=row.pk,
        occurred_at=row.occurred_at,
        subject=Subject.CASE,
        subject_id=application.pk,
        number=application.number or "",
        actor_id=row.actor_id,
        notices=tuple(Notice(post, line.kind, line.title, _sentence(row, line)) for line, post in posts if post),
    )


def _lines(row: LogRow) -> list[Line]:
    # A draft changes hands by being filed; before, nobody hears of it.
    if row.to_state == State.DRAFT:
        return []
    # Of several pauses one has ended: nothing goes on yet.
    act = "end_one_pause" if row.details.get("is_still_paused") else row.act
    return lines_of(act, from_state=row.from_state, to_state=row.to_state)


def _has_reached(row: LogRow, line: Line) -> bool:
    """Whether the side has had anything to do with the case yet."""
    application = row.application
    if line.kind == MessageKind.ARRIVED:
        return True
    if line.to == DESTINATION:
        return application.endorsed_at is not None or application.valid_from is not None
    if line.to == ORIGIN:
        return application.received_on is not None
    return line.to != LOCAL or row.from_state == State.LOCAL_OPINION


def _sentence(row: LogRow, line: Line) -> str:
    application = row.application
    parts = [f"{parties_in_words(application)}。{line.text}"]
    if line.with_reason and row.reason:
        parts.append(f"理由：{_cut(row.reason)}")
    if line.kind == MessageKind.ARRIVED and application.due_at and application.state == row.to_state:
        parts.append(f"时限：{due_day_of(application.due_at)}{'（暂定）' if application.is_due_provisional else ''}。")
    return "".join(parts)


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_REASON else f"{flat[:LONGEST_REASON]}…"
