"""Bars of tonnes: stretches beside each other in hundredths of a length; figures stand beside them in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from apps.web.entries import EntryLine

WHOLE = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One part of a bar: ``kind`` is used, held, this or over."""

    kind: str
    at: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The stretches, and where the limit stands when the parts go beyond it (else empty)."""

    stretches: list[Stretch]
    limit_at: str = ""


def bar_of(parts: Iterable[tuple[str, Decimal]], *, limit_t: Decimal) -> Bar:
    """Parts in tonnes one after the other, drawn to the limit or, when they are more, to their own sum."""
    parts = [(kind, max(amount, ZERO)) for kind, amount in parts]
    total = sum((amount for _, amount in parts), ZERO)
    length = max(limit_t, total)
    if not length:
        return Bar([])
    stretches, begun = [], ZERO
    for kind, amount in parts:
        if amount:
            stretches.append(Stretch(kind, _hundredths(begun, length), _hundredths(amount, length)))
        begun += amount
    return Bar(stretches, _hundredths(limit_t, length) if total > limit_t else "")


def bar_of_line(line: EntryLine) -> Bar:
    """An entry: approved, held by others, asked here."""
    return bar_of((("used", line.used_t), ("held", line.held_t), ("this", line.asked_t)), limit_t=line.quota_t)


def _hundredths(amount: Decimal, length: Decimal) -> str:
    return f"{amount / length * WHOLE:.2f}"
