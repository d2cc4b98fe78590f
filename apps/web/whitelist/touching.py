"""What a suspension touches: lines with their free tonnes, open applications, approvals in force, drafts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from apps.catalogue.rules import category_of
from apps.organisations.models import Enterprise, User
from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.models import Application
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Edition, WhitelistEntry
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
        if self.entry is not None:
            return f"{self.entry.edition}第{self.entry.number}号条目"
        if self.operator is not None:
            return f"{self.operator}的 {self.waste_code}" if self.waste_code else str(self.operator)
        return str(self.edition)

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

    def filed(self) -> Q:
        """Filed cases, on whatever route for an operator."""
        if self.entry is not None:
            return Q(items__entry=self.entry)
        if self.operator is None:
            return Q(edition=self.edition)
        wanted = Q(operator=self.operator)
        return wanted & Q(items__waste_code=self.waste_code) if self.waste_code else wanted

    def drafted(self) -> Q:
        """Drafts stand on no line yet: those that would come to it."""
        edition = self.entry.edition if self.entry is not None else self.edition
        wanted = Q()
        if edition is not None:
            wanted &= Q(origin=edition.origin_id, destination=edition.destination_id)
        if self.operator is not None:
            wanted &= self.filed()
        if self.entry is not None:
            codes = Q(items__waste_code__in=self.entry.waste_codes)
            if self.entry.category_id:
                codes = Q(items__waste_code__endswith=f"-{self.entry.category_id[-2:]}")
            wanted &= Q(operator=self.entry.operator_id) & codes
        return wanted


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
        yield "有效批准", self.approved, self.approved_count


def touched_by(subject: Subject, *, user: User, today: date) -> Touched:
    """Applications among those that the person may read; the same few statements however many there are."""
    lines = subject.lines(today)
    sums = lines.order_by().aggregate(quota=Sum("quota_t"), held=Sum("held_t"), used=Sum("used_t"))
    seen = Application.objects.visible_to(user, today)
    filed = Application.objects.filter(pk__in=seen.filter(subject.filed()).values("pk"))
    filed = filed.select_related("generator", "operator").order_by("-pk")
    in_hand = filed.filter(state__in=OPEN_STATES)
    approved = filed.filter(state=State.APPROVED).exclude(valid_until__lt=today)
    drafts = Application.objects.filter(subject.drafted(), state=State.DRAFT)
    return Touched(
        lines=list(lines.select_related("edition", "operator").order_by("edition", by_number(), "pk")[:MOST_SHOWN]),
        line_count=lines.count(),
        free_t=(sums["quota"] or ZERO) - (sums["held"] or ZERO) - (sums["used"] or ZERO),
        open=list(in_hand[:MOST_SHOWN]),
        open_count=in_hand.count(),
        approved=list(approved[:MOST_SHOWN]),
        approved_count=approved.count(),
        draft_count=drafts.order_by().values("pk").distinct().count(),
    )
