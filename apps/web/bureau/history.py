"""What went before between the same generator and operator."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery, Sum

from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.models import Application, Item

LATEST = 5


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
    counts = others.aggregate(
        total=Count("pk"),
        granted=Count("pk", filter=Q(valid_from__isnull=False)),
        refused=Count("pk", filter=Q(state=State.REJECTED)),
        running=Count("pk", filter=Q(state__in=OPEN_STATES)),
    )
    if not counts["total"]:
        return History(**counts, latest=[])
    asked, approved = (_tonnes(name) for name in ("amount_t", "approved_t"))
    latest = others.annotate(asked_t=asked, approved_t=approved).order_by("-pk")
    columns = ("pk", "number", "state", "submitted_at", "asked_t", "approved_t")
    rows = list(latest.values(*columns)[:LATEST])
    for row in rows:
        row["state_label"] = State(row["state"]).label
        row["tonnes"] = row["asked_t"] if row["approved_t"] is None else row["approved_t"]
    return History(**counts, latest=rows)


def _tonnes(name: str) -> Subquery:
    sums = Item.objects.filter(application=OuterRef("pk")).order_by().values("application").annotate(t=Sum(name))
    return Subquery(sums.values("t"))
