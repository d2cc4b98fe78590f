"""What a suspension touches, to be shown: lines with their free tonnes, open applications, approvals, drafts.

Cases are those that the services would pause, tell or refuse; approvals are in force with tonnes left to ship.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from apps.catalogue.rules import category_of
from apps.organisations.models import Enterprise, User
from apps.transfers.models import Application
from apps.transfers.services.touching import cases_touched
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Bar, Edition, WhitelistEntry
from apps.whitelists.models.numbers import by_number

ZERO = Decimal(0)
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be suspended: one line, a whole list, or an operator with all or one of its wastes."""

    entry: WhitelistEntry | None = None
    edition: Edition | None = None
    operator: Enterprise | None = None
    waste_code: str = ""

    @property
    def label(self) -> str:
        return self.bar.label

    def lines(self, today: date) -> QuerySet[WhitelistEntry]:
        """Lines of confirmed lists that have not ended."""
        rows = WhitelistEntry.objects.filter(edition__status=EditionStatus.CONFIRMED, edition__ends_on__gte=today)
        if self.entry is not None:
            return rows.filter(pk=self.entry.pk)
        if self.operator is None:
            return rows.filter(edition=self.edition)
        rows = rows.filter(operator=self.operator)
        if not self.waste_code:
            return rows
        return rows.filter(Q(waste_codes__contains=[self.waste_code]) | Q(category=category_of(self.waste_code)))

    @property
    def bar(self) -> Bar:
        """The suspension that it would be, not saved."""
        return Bar(entry=self.entry, edition=self.edition, operator=self.operator, waste_code=self.waste_code)


@dataclass(frozen=True, slots=True)
class Touched:
    """Counts of all, and the first of each kind to show; of drafts only how many."""

    lines: Sequence[WhitelistEntry]
    line_count: int
    free_t: Decimal
    open: Sequence[Application]
    open_count: int
    approved: Sequence[Application]
    approved_count: int
    draft_count: int

    def __iter__(self) -> Iterator[tuple[str, Sequence[Application], int]]:
        yield "在办申请", self.open, self.open_count
        yield "未转移完的批准", self.approved, self.approved_count


def touched_by(subject: Subject, *, user: User, today: date) -> Touched:
    """Applications among those that the person may read; the same few statements however many there are."""
    lines = subject.lines(today)
    sums = lines.order_by().aggregate(quota=Sum("quota_t"), held=Sum("held_t"), used=Sum("used_t"))
    found = cases_touched(bar=subject.bar, day=today)
    in_hand, approved = (_read_by(user, today, keys) for keys in (found.open, found.approved))
    return Touched(
        lines=list(lines.select_related("edition", "operator").order_by("edition", by_number(), "pk")[:MOST_SHOWN]),
        line_count=lines.count(),
        free_t=(sums["quota"] or ZERO) - (sums["held"] or ZERO) - (sums["used"] or ZERO),
        open=list(in_hand[:MOST_SHOWN]),
        open_count=in_hand.count(),
        approved=list(approved[:MOST_SHOWN]),
        approved_count=approved.count(),
        draft_count=len(found.drafts),
    )


def _read_by(user: User, today: date, keys: Collection[int]) -> QuerySet[Application]:
    seen = Application.objects.visible_to(user, today).filter(pk__in=keys).order_by().values("pk")
    return Application.objects.filter(pk__in=seen).select_related("generator", "operator").order_by("-pk")
