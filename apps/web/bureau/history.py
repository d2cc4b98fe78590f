"""What went before between the same generator and operator."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery, Sum, Window

from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.models import Application, Item

LATEST = 5
COUNTS = ("total", "granted", "refused", "running")
COLUMNS = ("pk", "number", "state", "asked_t", "approved_t", *COUNTS)


@dataclass(frozen=True, slots=True)
class History:
    """How their other cases went, and the latest of them (``asked_t`` and ``approved_t`` in tonnes)."""

    total: int
    granted: int
    refused: int
    running: int
    latest: list[dict[str, Any]]


def history_of(application: Application) -> History:
    """Other filed cases of this generator with this operator: counts, and the latest ones."""
    others = Application.objects.filter(generator=application.generator_id, operator=application.operator_id)
    others = others.exclude(pk=application.pk).exclude(state=State.DRAFT).order_by()
    rows = list(
        others.annotate(
            asked_t=_tonnes("amount_t"),
            approved_t=_tonnes("approved_t"),
            total=_count(),
            granted=_count(valid_from__isnull=False),
            refused=_count(state=State.REJECTED),
            running=_count(state__in=OPEN_STATES),
        )
        .order_by("-pk")
        .values(*COLUMNS)[:LATEST]
    )
    for row in rows:
        row["state_label"] = State(row["state"]).label
        row["tonnes"] = row["asked_t"] if row["approved_t"] is None else row["approved_t"]
    counts = {name: rows[0][name] if rows else 0 for name in COUNTS}
    return History(**counts, latest=rows)


def _count(**which: Any) -> Window:
    """How many of all of them, not only of the latest: reckoned before the list is cut."""
    return Window(Count("pk", filter=Q(**which) if which else None))


def _tonnes(name: str) -> Subquery:
    sums = Item.objects.filter(application=OuterRef("pk")).order_by().values("application").annotate(t=Sum(name))
    return Subquery(sums.values("t"))
