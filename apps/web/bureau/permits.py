"""The operator's permits as the bureau looks at them: status, term, what they allow of this case, the year's capacity."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Subquery

from apps.organisations.enums import PermitStatus
from apps.organisations.models import Permit, PermitLine, PermitYear
from apps.organisations.services.capacity import LIMIT_FACTOR
from apps.transfers.enums import OPEN_STATES
from apps.transfers.models import Application, Item
from apps.web.bars import Bar, bar_of

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PermitView:
    """``limit_t`` and ``taken_t`` are the year's, ``asked_t`` what this case would take of it (open cases only)."""

    permit: Permit
    lines: list[PermitLine]
    missing: list[str]
    capacity_t: Decimal
    year: int
    limit_t: Decimal
    taken_t: Decimal
    asked_t: Decimal
    bar: Bar

    @property
    def left_t(self) -> Decimal:
        return max(self.limit_t - self.taken_t - self.asked_t, ZERO)

    @property
    def over_t(self) -> Decimal:
        return max(self.taken_t + self.asked_t - self.limit_t, ZERO)

    @property
    def is_valid(self) -> bool:
        return self.permit.status == PermitStatus.VALID


def permits_of(application: Application, *, items: Iterable[Item], today: date) -> list[PermitView]:
    """Permits of the operator whose term contains today, with the lines of the case's wastes."""
    items = list(items)
    in_force = Permit.objects.in_force_on(today).filter(enterprise=application.operator_id).with_lines()
    row = PermitYear.objects.filter(permit=OuterRef("pk"), year=today.year)
    permits = in_force.annotate(
        limit_t=Subquery(row.values("limit_t")),
        taken_t=Subquery(row.values(taken=F("approved_t") - F("restored_t"))),
    )
    wanted = dict.fromkeys(item.waste_code for item in items)
    is_open = application.state in OPEN_STATES
    asked = sum((item.amount_t or ZERO for item in items), ZERO) if is_open else ZERO
    return [_view(permit, list(wanted), today.year, asked) for permit in permits]


def _view(permit: Any, wanted: list[str], year: int, asked_t: Decimal) -> PermitView:
    """``permit`` carries what its year says; nothing where nothing was approved in it yet."""
    lines = list(permit.lines.all())
    capacity = sum((line.capacity_t for line in lines), ZERO)
    limit = capacity * LIMIT_FACTOR if permit.limit_t is None else permit.limit_t
    taken = permit.taken_t or ZERO
    allowed = {line.waste_code for line in lines}
    return PermitView(
        permit=permit,
        lines=[line for line in lines if line.waste_code in wanted],
        missing=[code for code in wanted if code not in allowed],
        capacity_t=capacity,
        year=year,
        limit_t=limit,
        taken_t=taken,
        asked_t=asked_t,
        bar=bar_of((("used", taken), ("this", asked_t)), limit_t=limit),
    )
