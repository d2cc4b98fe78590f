"""What one writing of a list's lines changes in another: a round, a file, the work of one's turn. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from apps.whitelists.rules.numbers import number_key

ZERO = Decimal(0)
LineKey = tuple[int, str, str]


class Line(Protocol):
    """A line as two provinces talk about it."""

    @property
    def pk(self) -> Any: ...
    @property
    def number(self) -> str: ...
    @property
    def operator_id(self) -> int: ...
    @property
    def key(self) -> LineKey: ...
    @property
    def quota_t(self) -> Decimal: ...
    @property
    def counted_t(self) -> Decimal: ...
    @property
    def is_struck(self) -> bool: ...
    @property
    def remark(self) -> str: ...


class ChangeKind(StrEnum):
    """What happens to a line, in the order in which it is shown."""

    ADDED = "added"
    DROPPED = "dropped"
    UP = "up"
    DOWN = "down"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """One line that would not stay as it is: before and after, one of them perhaps not there."""

    kind: ChangeKind
    before: Line | None
    after: Line | None

    @property
    def line(self) -> Line:
        """The line as it would be, or as it was."""
        line = self.after or self.before
        assert line is not None  # noqa: S101 - one of them always is
        return line

    @property
    def difference_t(self) -> Decimal:
        """Tonnes more than before; fewer are negative."""
        return _counted(self.after) - _counted(self.before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, the sums of both sides in tonnes, and how many lines stay as they are."""

    changes: tuple[Change, ...]
    before_t: Decimal
    after_t: Decimal
    unchanged: int

    def count(self, kind: str) -> int:
        return sum(change.kind == kind for change in self.changes)

    @property
    def counts(self) -> dict[str, int]:
        """Changes by kind."""
        return {kind.value: self.count(kind) for kind in ChangeKind}


def compare(before: Sequence[Line], after: Sequence[Line]) -> Comparison:
    """Lines are the same line when operator, wastes and method are (docs/rules.md §12)."""
    # Working lines may name the same thing twice until somebody merges them.
    old: dict[LineKey, list[Line]] = defaultdict(list)
    for line in before:
        old[line.key].append(line)
    changes = []
    unchanged = 0
    for line in after:
        was = old[line.key].pop(0) if old[line.key] else None
        kind = _kind(was, line)
        if kind is None:
            unchanged += 1
        else:
            changes.append(Change(kind, was, line))
    changes += [Change(ChangeKind.DROPPED, line, None) for left in old.values() for line in left]
    changes.sort(key=lambda change: (list(ChangeKind).index(change.kind), number_key(change.line.number)))
    return Comparison(tuple(changes), _sum(before), _sum(after), unchanged)


def _kind(was: Line | None, line: Line) -> ChangeKind | None:
    if was is None:
        return ChangeKind.ADDED
    if was.is_struck != line.is_struck:
        # Struck out it is gone, though it stays to be seen; taken up again it is there anew.
        return ChangeKind.DROPPED if line.is_struck else ChangeKind.ADDED
    more = line.counted_t - was.counted_t
    if more:
        return ChangeKind.UP if more > 0 else ChangeKind.DOWN
    same = (was.number, was.remark, was.quota_t) == (line.number, line.remark, line.quota_t)
    return None if same else ChangeKind.OTHER


def _counted(line: Line | None) -> Decimal:
    return line.counted_t if line else ZERO


def _sum(lines: Iterable[Line]) -> Decimal:
    return sum((line.counted_t for line in lines), ZERO)
