"""The lines of a list as the spreadsheet writes them, by what the reader may see of it."""

from collections.abc import Iterable, Iterator

from apps.catalogue.reading import wastes
from apps.organisations.enums import PROVINCIAL_ROLES
from apps.organisations.models import Enterprise
from apps.organisations.permissions import Standing
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Edition, EditionLine, ListedLine, RoundLine, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import may_edit
from apps.whitelists.spreadsheets.writing import Choices, SheetLine


def choices_for(edition: Edition) -> Choices:
    """What the drop-downs offer: the destination's operators, categories and methods of the catalogue."""
    known = wastes()
    operators = Enterprise.objects.filter(is_operator=True, province=edition.destination_id)
    return Choices(
        tuple(operators.order_by("initials", "name").values_list("name", flat=True)),
        tuple((category.code, category.name) for category in known.categories.values()),
        tuple((method.code, method.name) for method in known.methods.values()),
    )


def lines_for(edition: Edition, standing: Standing) -> Iterator[SheetLine]:
    """Entries of a list in force; working lines for the side whose turn it is; for everybody else the last round."""
    if edition.status == EditionStatus.CONFIRMED:
        return _entries(edition, with_use=standing.is_auditor or bool(standing.provinces(*PROVINCIAL_ROLES)))
    if may_edit(edition, standing):
        return _lines(EditionLine.objects.filter(edition=edition).select_related("operator").order_by(by_number()))
    last = edition.rounds.order_by("position").last()
    return _lines(RoundLine.objects.filter(round=last).select_related("operator").order_by(by_number()) if last else ())


def _entries(edition: Edition, *, with_use: bool) -> Iterator[SheetLine]:
    for entry in WhitelistEntry.objects.filter(edition=edition).select_related("operator").order_by(by_number()):
        yield SheetLine(
            number=entry.number,
            operator=entry.operator.name,
            uscc=entry.operator.uscc,
            codes="、".join(entry.waste_codes),
            category=entry.category_id or "",
            method=entry.method,
            quota_t=entry.quota_t,
            held_t=entry.held_t if with_use else None,
            used_t=entry.used_t if with_use else None,
        )


def _lines(lines: Iterable[ListedLine]) -> Iterator[SheetLine]:
    for line in lines:
        yield SheetLine(
            number=line.number,
            operator=line.operator.name,
            uscc=line.operator.uscc,
            codes="、".join(line.waste_codes),
            category=line.category_id or "",
            method=line.method,
            quota_t=line.quota_t,
            is_struck=line.is_struck,
            remark=line.remark,
        )
