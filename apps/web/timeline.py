"""What happened to a case, in order: acts of people and of the clock, reminders, breaches, supervision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.deadlines.enums import EventKind, RungKind
from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.workdays import due_day_of
from apps.organisations.enums import Role
from apps.organisations.reading import Bureaus
from apps.transfers.enums import ClockKind, State
from apps.transfers.models import Application, LogRow
from apps.web.inputs import is_key

VERBS: dict[str, str] = {
    row.name: row.custom["verb"] for row in Application._meta.get_field("state").get_all_transitions(Application)
} | {
    "release_hold": "释放保留的余量",
    "record_shipment": "登记转移",
    "confirm_shipment": "确认接受",
    "declare_complete": "申报执行完毕",
    "pause": "暂停转移",
    "lift_pause": "解除暂停",
    "settle": "核销未转移数量",
    "issue_erratum": "更正文书",
    "remind": "发出催复函",
    "ask_supplement": "要求补充说明",
    "ask_reduction": "征询核减意见",
    "answer_reduction": "答复核减征询",
    "answer_supplement": "补充说明",
}
# The same act has another name when the clock did it.
BY_CLOCK = {
    "accept": "逾期未告知，视为受理",
    "give_opinion": "属地意见期限届满，转移出地",
    "lapse": "逾期未补正，视为撤回",
    "close": "期满终结",
    "resume": "中止期满，恢复审查",
    "pause": "因名单或许可证暂停，暂停转移",
    "lift_pause": "暂停解除，恢复转移",
}
TOLD = (
    EventKind.STOPPED,
    EventKind.RESUMED,
    EventKind.RESTARTED,
    EventKind.REOPENED,
    EventKind.MOVED,
    EventKind.RUNG,
    EventKind.MISSED,
    EventKind.BREACHED,
)
# Reminders and supervision happen inside a bureau: the parties see how their limits stand, not who was reminded.
TOLD_TO_PARTIES = (EventKind.STOPPED, EventKind.RESUMED, EventKind.RESTARTED, EventKind.MOVED, EventKind.BREACHED)
BETWEEN_BUREAUS = ("remind",)
INSIDE_CLOCKS = (ClockKind.TARGET, ClockKind.ACCEPTANCE, ClockKind.HOLD, ClockKind.CLOSING)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline; ``kind`` is act, clock or late."""

    at: datetime
    kind: str
    title: str
    who: str = ""
    text: str = ""
    outcome: str = ""


def log_of(application: Application, known: Bureaus) -> list[LogRow]:
    """The whole log, each row with the party for which somebody acted; ``application`` has both its parties."""
    rows = list(application.log.order_by("position"))
    parties = {one.pk: one for one in (application.generator, application.operator) if one is not None}
    for row in rows:
        row.application = application
        if row.bureau_id is not None:
            row.bureau = known.by_key[row.bureau_id]
        if row.enterprise_id in parties:
            row.enterprise = parties[row.enterprise_id]
    return rows


def clocks_of(application: Application) -> list[Deadline]:
    """Every clock that the case ever ran, the oldest first."""
    return list(Deadline.objects.filter(reference=application.number or "").order_by("pk"))


def timeline_of(log: Iterable[LogRow], clocks: Iterable[Deadline], *, for_bureau: bool) -> list[Happening]:
    """Everything that the reader may know, oldest first."""
    rows = [_act(row, for_bureau=for_bureau) for row in log if for_bureau or row.act not in BETWEEN_BUREAUS]
    known = {clock.pk: clock for clock in clocks if for_bureau or clock.kind not in INSIDE_CLOCKS}
    kinds = TOLD if for_bureau else TOLD_TO_PARTIES
    events = list(DeadlineEvent.objects.filter(deadline__in=known, kind__in=kinds).order_by("pk"))
    for event in events:
        event.deadline = known[event.deadline_id]
    happened = [*rows, *(_event(event, for_bureau=for_bureau) for event in events)]
    # Of one moment the clock's line comes after the act that caused it.
    return sorted(happened, key=lambda happening: (happening.at, happening.kind != "act"))


def moved_since(application: Application, seen: str) -> list[Happening]:
    """Acts of people and of the clock after the log row ``seen``, as a page posts it; none for what is no number."""
    if not is_key(seen) or int(seen) >= application.log_length:
        return []
    rows = application.log.filter(position__gt=int(seen)).select_related("bureau", "enterprise").order_by("position")
    return [_act(row, for_bureau=True) for row in rows]


def _act(row: LogRow, *, for_bureau: bool) -> Happening:
    title = BY_CLOCK.get(row.act, VERBS.get(row.act, row.act)) if row.actor_id is None else VERBS.get(row.act, row.act)
    party = row.bureau or row.enterprise
    who = str(party) if party else row.actor_name
    if party and (for_bureau or row.enterprise_id):
        who = f"{party}（{_signed_by(row) if for_bureau else row.actor_name}）"
    outcome = State(row.to_state).label if row.to_state != row.from_state else ""
    return Happening(
        row.occurred_at, "act" if row.actor_id else "clock", title, who, row.reason or _split(row), outcome
    )


def _split(row: LogRow) -> str:
    """The other half of an application that was filed in two."""
    other = row.details.get("split_with", "")
    return f"与 {other} 拆分，同时提交。" if other else ""


def _signed_by(row: LogRow) -> str:
    """Everybody of the chain under which the act was signed; else who did it."""
    signoff = row.details.get("signoff") or {}
    steps = (("经办", "handler"), ("审核", "reviewer"), ("签发", "signatory"))
    return "，".join(f"{step} {signoff[key]}" for step, key in steps if signoff.get(key)) or row.actor_name


def _event(event: DeadlineEvent, *, for_bureau: bool) -> Happening:
    clock = ClockKind(event.deadline.kind).label
    details = event.details
    if details.get("rung_kind") == RungKind.SUPERVISION:
        title = f"督办：{_role(details.get('addressee', ''))}"
    else:
        title = f"{clock}：{event.get_kind_display()}"
    if event.rung and event.kind == EventKind.RUNG and details.get("rung_kind") == RungKind.REMINDER:
        title = f"{clock}：提醒"
    holder = (details.get("holder") or {}).get("bureau", "")
    is_late = event.kind == EventKind.BREACHED or details.get("rung_kind") == RungKind.SUPERVISION
    text = _moved(details) if event.kind == EventKind.MOVED else details.get("text", "")
    told = "、".join(one["name"] for one in details.get("told", ())) if for_bureau else ""
    words = f"{text}。告知：{told}" if told else text
    return Happening(event.occurred_at, "late" if is_late else "clock", title, holder, words)


def _moved(details: Mapping[str, Any]) -> str:
    """From which day to which, and because of which change of the calendar."""
    days = [due_day_of(datetime.fromisoformat(details[name])) for name in ("due_from", "due_to") if details.get(name)]
    moved = "由 {} 改为 {}".format(*days) if len(days) == len(("due_from", "due_to")) else ""
    return "；".join(part for part in (moved, details.get("text", "")) if part)


def _role(code: str) -> str:
    return Role(code).label if code in Role.values else code
