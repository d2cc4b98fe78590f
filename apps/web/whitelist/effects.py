"""What an adjustment would make of its lines: quota, held, approved and free, now and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.whitelists.models import WhitelistEntry

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


def effects_of(entry: WhitelistEntry, target: WhitelistEntry | None, change_t: Decimal | None) -> Sequence[Effect]:
    """The line, and the one that gains what it gives."""
    change = change_t or ZERO
    lines = [Effect(entry, change)]
    return [*lines, Effect(target, -change)] if target else lines
