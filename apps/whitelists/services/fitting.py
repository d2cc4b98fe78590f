"""Whether an adjustment fits: into what is taken, what the permits bear, and the days of the list. Reads only."""

from datetime import datetime
from decimal import Decimal

from apps.deadlines.workdays import local_day
from apps.organisations.rules import FOUR_PLACES, MOST_TONNES
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Adjustment, Edition, EditionLine, WhitelistEntry
from apps.whitelists.services.lines import next_number
from apps.whitelists.services.proposing import findings_of


def refusal_of(*, row: Adjustment, now: datetime) -> WhitelistError | None:
    """What would refuse the adjustment (saved or not) as the figures stand; None when nothing would."""
    try:
        refuse_ended(edition=row.edition, now=now)
        refuse_figure(row.change_t)
        refuse_below_taken(row.entry, row.change_t)
        refuse_what_is_not_covered(row=row, now=now)
    except WhitelistError as refused:
        return refused
    return None


def changes_of(row: Adjustment) -> dict[int, Decimal]:
    """Tonnes by entry that the adjustment gives or takes."""
    changes = {row.entry_id: row.change_t}
    if row.target_id is not None:
        changes[row.target_id] = -row.change_t
    return changes


def gaining_operators(row: Adjustment) -> frozenset[int]:
    """Whose tonnes over all lists of the year the adjustment may raise; nobody's when it only cuts."""
    if row.new_operator_id is not None:
        return frozenset({row.new_operator_id})
    grown = row.target or row.entry
    return frozenset({grown.operator_id}) if changes_of(row)[grown.pk] > 0 else frozenset()


def refuse_ended(*, edition: Edition, now: datetime) -> None:
    """Raises WhitelistError ``adjustment.ended``."""
    if edition.ends_on < local_day(now):
        raise WhitelistError("adjustment.ended", f"{edition.name}已于 {edition.ends_on} 期满，不能再调整。")


def refuse_figure(change_t: Decimal) -> None:
    """Raises WhitelistError ``adjustment.figure``."""
    is_exact = change_t.is_finite() and abs(change_t) <= MOST_TONNES and change_t == change_t.quantize(FOUR_PLACES)
    if not is_exact or not change_t:
        raise WhitelistError("adjustment.figure", "请填写变动的吨数：不为零，最多四位小数。", field="change_t")


def refuse_below_taken(entry: WhitelistEntry, change_t: Decimal) -> None:
    """What is held and used can't be cut. Raises WhitelistError ``quota.below_taken``."""
    taken = entry.held_t + entry.used_t
    if entry.quota_t + change_t < taken:
        raise WhitelistError(
            "quota.below_taken",
            f"第{entry.number}号条目在办与已批准共 {taken:.4f} 吨，核定数量不能调整为 {entry.quota_t + change_t:.4f} 吨。",
            field="change_t",
        )


def refuse_what_is_not_covered(*, row: Adjustment, now: datetime) -> None:
    """A line may only grow, or be made, by what could be proposed: permit, capacity, no overlap.

    Raises WhitelistError ``adjustment.not_covered``.
    """
    changes, made = changes_of(row), None
    if row.makes_a_line and row.target is None:
        made = new_line_of(row)
        operator_id, number = made.operator_id, made.number
    else:
        grown = row.target or row.entry
        operator_id, number = grown.operator_id, grown.number
        if changes[grown.pk] < 0:
            return
    lines = [
        EditionLine(
            number=entry.number,
            operator_id=entry.operator_id,
            waste_codes=entry.waste_codes,
            category_id=entry.category_id,
            method=entry.method,
            quota_t=entry.quota_t + changes.get(entry.pk, Decimal(0)),
        )
        for entry in row.edition.entries.filter(operator=operator_id)
    ]
    findings = findings_of(lines=[*lines, made] if made else lines, edition=row.edition, today=local_day(now))
    blocking = [one.told for one in findings.of_line(number) if one.is_blocking]
    if blocking:
        raise WhitelistError("adjustment.not_covered", "".join(blocking), field="change_t")


def new_line_of(row: Adjustment) -> EditionLine:
    """The line, not saved, that confirming would make, with the number that it would have now."""
    return EditionLine(
        number=next_number(row.edition),
        operator=row.new_operator,
        waste_codes=row.new_waste_codes,
        category_id=row.new_category_id,
        method=row.new_method,
        quota_t=-row.change_t,
    )
