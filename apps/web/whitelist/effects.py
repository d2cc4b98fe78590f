"""What an adjustment would make of its lines: quota, held, approved and free, now and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.whitelists.models import Adjustment, WhitelistEntry

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Effect:
    """One line; ``change_t`` is what it gains, zero as long as nothing is asked."""

    entry: WhitelistEntry
    change_t: Decimal = ZERO

    @property
    def after_t(self) -> Decimal:
        return self.entry.quota_t + self.change_t

    @property
    def free_after_t(self) -> Decimal:
        return self.entry.available_t + self.change_t

    @property
    def is_short(self) -> bool:
        """Whether more is taken than would be left."""
        return self.free_after_t < ZERO


def effects_of(row: Adjustment) -> Sequence[Effect]:
    """The line, and the one that gains what it gives: one of the list, or one that is yet to be made."""
    change = row.change_t or ZERO
    lines = [Effect(row.entry, change)]
    if row.target is not None:
        return [*lines, Effect(row.target, -change)]
    if not row.makes_a_line:
        return lines
    made = WhitelistEntry(
        operator=row.new_operator,
        waste_codes=row.new_waste_codes,
        category_id=row.new_category_id,
        method=row.new_method,
    )
    return [*lines, Effect(made, -change)]
