"""Rows of the worklist as they are read: every word made here once, so that the template only prints."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.deadlines.workdays import WorkCalendar
from apps.transfers.enums import Route, State
from apps.transfers.models import Item
from apps.web.showing import told_due, written_day
from apps.web.templatetags.wording import state_tone

ROUTES: Mapping[str, str] = dict(Route.choices)
STATES: Mapping[str, str] = dict(State.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """One case. ``due_tone`` is calm, soon, today, late, or empty where no limit runs."""

    pk: int
    number: str
    due_day: str
    due_words: str
    due_tone: str
    is_provisional: bool
    is_supervised: bool
    state: str
    state_tone: str
    route: str
    generator: str
    operator: str
    direction: str
    direction_name: str
    wastes: str
    asked_t: str
    handler: str


def lines_of(
    rows: Iterable[Mapping[str, Any]],
    *,
    provinces: Mapping[str, tuple[str, str]],
    now: datetime,
    calendar: WorkCalendar,
) -> list[Line]:
    """The rows told; two queries' worth of facts, however many there are."""
    rows = list(rows)
    items = _items([row["pk"] for row in rows])
    told: dict[datetime, tuple[str, str, str]] = {}
    return [_line(row, items.get(row["pk"], []), provinces, _due(row["due_at"], told, now, calendar)) for row in rows]


def _due(
    due_at: datetime | None, told: dict[datetime, tuple[str, str, str]], now: datetime, calendar: WorkCalendar
) -> tuple[str, str, str]:
    """Many cases of a page are due on the same day: its words are made once."""
    if due_at is None:
        return "", "", ""
    if due_at not in told:
        day, words, tone = told_due(due_at, now=now, calendar=calendar)
        told[due_at] = written_day(day), words, tone
    return told[due_at]


def _items(keys: list[int]) -> dict[int, list[tuple[str, Decimal]]]:
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    rows = Item.objects.filter(application__in=keys).order_by("application", "position")
    for key, code, amount in rows.values_list("application_id", "waste_code", "amount_t"):
        found[key].append((code, amount or Decimal(0)))
    return found


def _line(
    row: Mapping[str, Any],
    items: list[tuple[str, Decimal]],
    provinces: Mapping[str, tuple[str, str]],
    due: tuple[str, str, str],
) -> Line:
    (origin, origin_short), (destination, destination_short) = (
        provinces[row["origin_id"]],
        provinces[row["destination_id"]],
    )
    return Line(
        pk=row["pk"],
        number=row["number"],
        due_day=due[0],
        due_words=due[1],
        due_tone=due[2],
        is_provisional=row["is_due_provisional"],
        is_supervised=row["supervised_since"] is not None,
        state=STATES[row["state"]],
        state_tone=state_tone(row["state"]),
        route=ROUTES[row["route"]],
        generator=row["generator__name"],
        operator=row["operator__name"],
        direction=f"{origin_short} → {destination_short}",
        direction_name=f"{origin}移出，{destination}接受",
        wastes=_wastes([code for code, _ in items]),
        asked_t=f"{sum((amount for _, amount in items), Decimal(0)):.4f}",
        handler=row["handler_name"] or "",
    )


def _wastes(codes: list[str]) -> str:
    first = codes[0] if codes else ""
    return f"{first} 等 {len(codes)} 项" if len(codes) > 1 else first
