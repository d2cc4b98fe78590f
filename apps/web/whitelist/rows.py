"""The lines of a list on its page: entries in force, working lines of the side at turn, or the last round."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from apps.organisations.models import User
from apps.web.public.searching import matching
from apps.web.whitelist.entry_ledger import stops
from apps.web.whitelist.sheets import KINDS
from apps.whitelists.enums import AdjustmentStatus, EditionStatus
from apps.whitelists.models import Adjustment, Bar, Edition, EditionLine, RoundLine, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.rules.comparing import Comparison
from apps.whitelists.rules.proposing import Finding, Findings
from apps.whitelists.services.negotiating import changes_between, changes_of_turn
from apps.whitelists.services.proposing import findings_of

A_PAGE = 50
ZERO = Decimal(0)
NONE = Comparison((), ZERO, ZERO, 0)


@dataclass(frozen=True, slots=True)
class Row:
    """A line with what was changed in it since the round before, and what speaks against it."""

    line: Any
    change: str = ""
    word: str = ""
    before_t: Decimal | None = None
    findings: tuple[Finding, ...] = ()
    bars: tuple[Bar, ...] = ()
    is_adjusted: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """The page's rows, and what all lines come to."""

    kind: str
    rows: list[Row] = field(default_factory=list)
    pages: Page[Any] | None = None
    count: int = 0
    struck: int = 0
    total_t: Decimal = ZERO
    comparison: Comparison = NONE
    blocking: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class ActLink:
    """Something that the person may do with the list."""

    title: str
    url_name: str
    is_main: bool


ACTS = (
    ActLink("提出给对方", "web:propose_edition", is_main=True),
    ActLink("确认名单", "web:confirm_edition", is_main=True),
    ActLink("反馈意见", "web:counter_edition", is_main=False),
    ActLink("放弃", "web:abandon_edition", is_main=False),
)


def acts_of(edition: Edition, user: User, *, is_working: bool) -> list[ActLink]:
    """What the machine lets the person do now; confirming stands behind countering once lines were changed."""
    able = {one.name for one in edition.get_available_user_status_transitions(user)}  # type: ignore[attr-defined]
    return [
        act for act in ACTS if act.url_name.removeprefix("web:").removesuffix("_edition") in able and is_working
    ] + [act for act in ACTS[3:] if "abandon" in able and not is_working]


def content_of(edition: Edition, *, is_working: bool, text: str, number: str | None) -> Content:
    """What the reader may see of the lines, searched and paged."""
    if edition.status == EditionStatus.CONFIRMED:
        return _entries(edition, text, number)
    if is_working:
        return _working(edition, text, number)
    return _last_round(edition, text, number)


def _entries(edition: Edition, text: str, number: str | None) -> Content:
    every = WhitelistEntry.objects.filter(edition=edition)
    sums = list(every.values_list("quota_t", flat=True))
    pages = _paged(matching(every.select_related("operator").order_by(by_number(), "pk"), text), number)
    adjusted, bars = _open_adjustments(pages), _bars(edition, pages)
    rows = [Row(one, bars=bars[one.pk], is_adjusted=one.pk in adjusted) for one in pages]
    return Content("entries", rows, pages, len(sums), 0, sum(sums, ZERO))


def _open_adjustments(entries: Iterable[WhitelistEntry]) -> set[int]:
    """Lines with an adjustment that waits for its answer."""
    rows = Adjustment.objects.filter(entry__in=[one.pk for one in entries], status=AdjustmentStatus.OPEN)
    return set(rows.values_list("entry", flat=True))


def _bars(edition: Edition, entries: Iterable[WhitelistEntry]) -> dict[int, tuple[Bar, ...]]:
    """What suspends each line, or one of its codes, on the day of ``edition.today`` or later; not of the whole list."""
    lines = list(entries)
    of_them = Q(entry__in=[one.pk for one in lines]) | Q(operator__in={one.operator_id for one in lines})
    found = list(Bar.objects.standing_on(edition.today).filter(of_them))
    return {one.pk: tuple(bar for bar in found if stops(bar, one)) for one in lines}


def _working(edition: Edition, text: str, number: str | None) -> Content:
    every = EditionLine.objects.filter(edition=edition).select_related("operator").order_by(by_number(), "pk")
    lines = list(every)
    comparison = changes_of_turn(edition) if edition.rounds.exists() else NONE
    findings = findings_of(lines=lines, edition=edition, today=edition.today)
    pages = _paged(matching(every, text), number)
    content = _summed("working", lines, comparison)
    return Content(
        **content,
        rows=_rows(pages, comparison, findings),
        pages=pages,
        blocking=len(findings.blocking),
        warnings=len(findings.warnings),
    )


def _last_round(edition: Edition, text: str, number: str | None) -> Content:
    rounds = list(edition.rounds.order_by("-position")[:2])
    if not rounds:
        return Content("round")
    every = RoundLine.objects.filter(round=rounds[0]).select_related("operator").order_by(by_number(), "pk")
    comparison = changes_between(rounds[1], rounds[0]) if len(rounds) > 1 else NONE
    pages = _paged(matching(every, text), number)
    content = _summed("round", list(every), comparison)
    return Content(**content, rows=_rows(pages, comparison, None), pages=pages)


def _summed(kind: str, lines: Iterable[EditionLine | RoundLine], comparison: Comparison) -> dict[str, Any]:
    counted = [line.quota_t for line in lines if not line.is_struck]
    struck = sum(1 for line in lines if line.is_struck)
    return {
        "kind": kind,
        "count": len(counted),
        "struck": struck,
        "total_t": sum(counted, ZERO),
        "comparison": comparison,
    }


def _rows(pages: Iterable[Any], comparison: Comparison, findings: Findings | None) -> list[Row]:
    changed = {change.after.pk: change for change in comparison.changes if change.after is not None}
    rows: list[Row] = []
    said: dict[Finding, str] = {}
    for line in pages:
        change = changed.get(line.pk)
        against = (
            _said_once(findings.of_line(line.number), line.number, said) if findings and not line.is_struck else ()
        )
        if change is None:
            rows.append(Row(line, findings=against))
            continue
        before_t = change.before.counted_t if change.before else None
        rows.append(Row(line, change.kind.value, KINDS[change.kind], before_t, against))
    return rows


def _said_once(findings: Iterable[Finding], number: str, said: dict[Finding, str]) -> tuple[Finding, ...]:
    """What concerns many lines, as an operator's tonnes do, stands whole at the page's first of them alone."""
    return tuple(
        one if said.setdefault(one, number) == number else replace(one, sentence=f"同第{said[one]}号条目。")
        for one in findings
    )


def _paged(rows: QuerySet[Any], number: str | None) -> Page[Any]:
    return Paginator(rows, A_PAGE).get_page(number)
