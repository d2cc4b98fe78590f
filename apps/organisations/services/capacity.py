"""Capacity of a permit in a calendar year of decision: how much was approved, how much came back (docs/rules.md §12).

Each verb locks the permit year, looks for the replay before the balance, and writes movement and column in one
transaction. The CHECK ``permit_year_within_limit`` is the last word.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import DecimalField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.catalogue.joining import joins_transaction
from apps.organisations.enums import CapacityMovementKind
from apps.organisations.errors import CapacityExceeded, OrganisationError
from apps.organisations.models import ZERO_T, CapacityMovement, Permit, PermitYear
from apps.organisations.rules import FOUR_PLACES, MOST_TONNES, check_tonnes

# An operator may be approved a fifth more than its permit names, unless the destination states its own figure.
LIMIT_FACTOR = Decimal("1.2")


def default_limit_t(permit: Permit) -> Decimal:
    """120 % of the sum of the permit's lines, in tonnes with four places."""
    total = permit.lines.aggregate(total=Sum("capacity_t"))["total"] or ZERO_T
    return (total * LIMIT_FACTOR).quantize(FOUR_PLACES)


def lock_permit_year(*, permit: Permit, year: int) -> PermitYear:
    """Row of the permit's year, locked until the caller's transaction ends; created with the default limit.

    Two who come first at once get the same row. Must be called in a transaction.
    """
    row = _locked().filter(permit=permit, year=year).first()
    if row is None:
        PermitYear.objects.get_or_create(permit=permit, year=year, defaults={"limit_t": default_limit_t(permit)})
        row = _locked().get(permit=permit, year=year)
    return row


@joins_transaction
def take_capacity(
    *, permit_year: PermitYear, reference: str, round: int, amount_t: Decimal, now: datetime
) -> CapacityMovement:
    """Take `amount_t` tonnes of a permit's year for an approval.

    A repeated (reference, round) changes nothing and returns the movement that stands. Raises CapacityExceeded
    with the figures, or OrganisationError ``tonnes.invalid``.
    """
    amount_t = check_tonnes(amount_t, field="amount_t", name="批准数量")
    row = _locked().select_related("permit").get(pk=permit_year.pk)
    standing = _standing(row, CapacityMovementKind.APPROVE, reference, round)
    if standing is not None:
        return standing
    if row.taken_t + amount_t > row.limit_t:
        raise CapacityExceeded(
            number=row.permit.number, year=row.year, limit_t=row.limit_t, taken_t=row.taken_t, asked_t=amount_t
        )
    row.approved_t += amount_t
    row.save(update_fields=["approved_t"])
    return _append(row, CapacityMovementKind.APPROVE, reference, round, amount_t, now)


@transaction.atomic
def restore_capacity(
    *, permit_year: PermitYear, reference: str, round: int, amount_t: Decimal, now: datetime
) -> CapacityMovement:
    """Give back `amount_t` tonnes that `reference` took (recall, revoke, close).

    A repeated (reference, round) changes nothing and returns the movement that stands. Raises OrganisationError
    ``capacity.not_taken`` for more than the reference still has, ``tonnes.invalid``.
    """
    amount_t = check_tonnes(amount_t, field="amount_t", name="恢复数量")
    row = _locked().get(pk=permit_year.pk)
    standing = _standing(row, CapacityMovementKind.RESTORE, reference, round)
    if standing is not None:
        return standing
    still_t = _still_taken_t(row, reference)
    if amount_t > still_t:
        sentence = f"{reference} 在 {row.year} 年度能力中尚占 {still_t:.4f} 吨，不能恢复 {amount_t:.4f} 吨。"
        raise OrganisationError("capacity.not_taken", sentence, "amount_t")
    row.restored_t += amount_t
    row.save(update_fields=["restored_t"])
    return _append(row, CapacityMovementKind.RESTORE, reference, round, amount_t, now)


@transaction.atomic
def state_limit(*, permit: Permit, year: int, limit_t: Decimal, now: datetime) -> PermitYear:
    """Set the destination's own figure for a permit's year instead of the 120 %.

    Raises OrganisationError ``capacity.limit_below_taken`` when more is approved already, ``capacity.year_over``
    for a year before that of `now`, ``tonnes.invalid``.
    """
    if year < timezone.localtime(now).year:
        raise OrganisationError("capacity.year_over", f"{year} 年度已经结束，上限不能再改。", "year")
    if not limit_t.is_finite() or not 0 <= limit_t <= MOST_TONNES or limit_t != limit_t.quantize(FOUR_PLACES):
        raise OrganisationError("tonnes.invalid", "上限应为不小于零、小数不超过四位的吨数。", "limit_t")
    row = lock_permit_year(permit=permit, year=year)
    if limit_t < row.taken_t:
        sentence = (
            f"许可证 {permit.number} 在 {year} 年度已批准 {row.taken_t:.4f} 吨，上限不能低于此数（{limit_t:.4f} 吨）。"
        )
        raise OrganisationError("capacity.limit_below_taken", sentence, "limit_t")
    row.limit_t = limit_t
    row.limit_is_stated = True
    row.save(update_fields=["limit_t", "limit_is_stated"])
    return row


@dataclass(frozen=True, slots=True)
class Difference:
    """A column of a permit's year that is not the sum of its movements. Tonnes."""

    permit_year_id: int
    label: str
    column: str
    stored_t: Decimal
    summed_t: Decimal


def reconcile_capacity() -> list[Difference]:
    """Compare the columns of every permit year with the sums of its movements, in one statement."""
    rows = (
        PermitYear.objects.select_related("permit")
        .annotate(
            approved_sum=_sum_of(CapacityMovementKind.APPROVE), restored_sum=_sum_of(CapacityMovementKind.RESTORE)
        )
        .order_by("pk")
    )
    return [
        Difference(row.pk, f"{row.permit.number} {row.year}", column, stored_t, summed_t)
        for row in rows
        for column, stored_t, summed_t in (
            ("approved_t", row.approved_t, row.approved_sum),
            ("restored_t", row.restored_t, row.restored_sum),
        )
        if stored_t != summed_t
    ]


def _locked() -> QuerySet[PermitYear]:
    # Plain FOR UPDATE would wait for every movement being written that points at the row.
    return PermitYear.objects.select_for_update(of=("self",), no_key=True)


def _standing(row: PermitYear, kind: CapacityMovementKind, reference: str, round: int) -> CapacityMovement | None:
    return CapacityMovement.objects.filter(permit_year=row, kind=kind, reference=reference, round=round).first()


def _append(
    row: PermitYear, kind: CapacityMovementKind, reference: str, round: int, amount_t: Decimal, now: datetime
) -> CapacityMovement:
    return CapacityMovement.objects.create(
        permit_year=row, kind=kind, reference=reference, round=round, amount_t=amount_t, occurred_at=now
    )


def _still_taken_t(row: PermitYear, reference: str) -> Decimal:
    sums = CapacityMovement.objects.filter(permit_year=row, reference=reference).aggregate(
        taken=_amounts_of(CapacityMovementKind.APPROVE), restored=_amounts_of(CapacityMovementKind.RESTORE)
    )
    still_t: Decimal = sums["taken"] - sums["restored"]
    return still_t


def _amounts_of(kind: CapacityMovementKind, path: str = "") -> Coalesce:
    total = Sum(f"{path}amount_t", filter=Q(**{f"{path}kind": kind}))
    return Coalesce(total, ZERO_T, output_field=DecimalField(max_digits=20, decimal_places=4))


def _sum_of(kind: CapacityMovementKind) -> Coalesce:
    return _amounts_of(kind, "movements__")
