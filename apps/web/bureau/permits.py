"""The operator's permits as the bureau looks at them: status, term, what they allow of this case, the year's capacity."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.organisations.models import Permit, PermitLine, PermitYear
from apps.transfers.models import Application

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PermitView:
    """``limit_t`` and ``taken_t`` are the year's; no limit where nothing was approved in it yet."""

    permit: Permit
    lines: list[PermitLine]
    capacity_t: Decimal
    year: int
    limit_t: Decimal | None
    taken_t: Decimal


def permits_of(application: Application, *, today: date) -> list[PermitView]:
    """Permits of the operator whose term contains today, with the lines of the case's wastes."""
    permits = list(Permit.objects.in_force_on(today).filter(enterprise=application.operator_id).with_lines())
    years = {row.permit_id: row for row in PermitYear.objects.filter(permit__in=permits, year=today.year)}
    wanted = set(application.items.values_list("waste_code", flat=True))
    return [_view(permit, years.get(permit.pk), wanted, today.year) for permit in permits]


def _view(permit: Permit, year: PermitYear | None, wanted: set[str], number: int) -> PermitView:
    lines = list(permit.lines.all())
    return PermitView(
        permit=permit,
        lines=[line for line in lines if line.waste_code in wanted],
        capacity_t=sum((line.capacity_t for line in lines), ZERO),
        year=number,
        limit_t=year.limit_t if year else None,
        taken_t=year.taken_t if year else ZERO,
    )
