"""Editions and their entries: what the whitelist desk builds on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.catalogue.models import DisposalMethod, Province, WasteCategory
from apps.catalogue.rules import category_of, is_waste_code
from apps.organisations.models import Enterprise
from apps.whitelists.enums import ConsentMode, EditionStatus
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.services.ledger import adjust


def open_edition(
    *,
    name: str,
    origin: Province,
    destination: Province,
    begins_on: date,
    ends_on: date,
    consent_mode: ConsentMode,
) -> Edition:
    """Begin the list of an ordered pair for a period. Raises WhitelistError ``edition.invalid``."""
    edition = Edition(
        name=name,
        origin=origin,
        destination=destination,
        begins_on=begins_on,
        ends_on=ends_on,
        consent_mode=consent_mode,
    )
    _validated(edition)
    edition.save()
    return edition


@transaction.atomic
def add_entry(
    *,
    edition: Edition,
    number: str,
    operator: Enterprise,
    waste_codes: Sequence[str],
    category: WasteCategory | None,
    method: str,
    quota_t: Decimal,
    now: datetime,
) -> WhitelistEntry:
    """Add a line to an edition that is not confirmed yet; its quota (tonnes) enters through the ledger.

    Raises WhitelistError: ``edition.closed``, ``entry.operator``, ``entry.method``, ``entry.invalid``.
    """
    locked = Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)
    if locked.status in {EditionStatus.CONFIRMED, EditionStatus.ABANDONED}:
        raise WhitelistError("edition.closed", f"{locked.name}{locked.get_status_display()}，不能再增加条目。")
    if not operator.is_operator or operator.province_id != locked.destination_id:
        raise WhitelistError("entry.operator", f"{operator.name}不是接受地的经营单位。")
    if not DisposalMethod.objects.filter(pk=method).exists():
        raise WhitelistError("entry.method", f"利用处置方式代码 {method} 不存在。")
    entry = WhitelistEntry(
        edition=locked,
        number=number,
        operator=operator,
        waste_codes=list(waste_codes),
        category=category,
        method=method,
    )
    _validated(entry)
    entry.save()
    adjust(entry_id=entry.pk, change_t=quota_t, reference=f"名单 {locked.pk}", occurred_at=now, now=now)
    return WhitelistEntry.objects.get(pk=entry.pk)


@transaction.atomic
def confirm_edition(*, edition: Edition, origin_letter_no: str, destination_letter_no: str, now: datetime) -> Edition:
    """Confirm the list by both sides' letters; from then on it is in force within its period.

    Raises WhitelistError: ``edition.not_open``, ``edition.letters``, ``edition.overlap`` (two lines of equal rank
    for one operator, waste and method), ``edition.invalid`` (another confirmed list of the pair overlaps).
    """
    locked = Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)
    if locked.status in {EditionStatus.CONFIRMED, EditionStatus.ABANDONED}:
        raise WhitelistError("edition.not_open", f"{locked.name}{locked.get_status_display()}，不能确认。")
    if not origin_letter_no.strip() or not destination_letter_no.strip():
        raise WhitelistError("edition.letters", "确认名单须填写双方确认函文号。")
    _refuse_overlaps(locked.entries.order_by("number"))
    locked.status = EditionStatus.CONFIRMED
    locked.origin_letter_no = origin_letter_no.strip()
    locked.destination_letter_no = destination_letter_no.strip()
    locked.confirmed_at = now
    _validated(locked)
    locked.save()
    return locked


def matching_entry(
    *, entries: Iterable[WhitelistEntry], operator_id: int, waste_code: str, method: str
) -> WhitelistEntry | None:
    """The line that lists a waste of an operator by a method: a code line beats a category line (docs/rules.md §12)."""
    if not is_waste_code(waste_code):
        return None
    fitting = [entry for entry in entries if entry.operator_id == operator_id and entry.method == method]
    by_code = [entry for entry in fitting if waste_code in entry.waste_codes]
    by_category = [entry for entry in fitting if entry.category_id == category_of(waste_code)]
    return next(iter(by_code + by_category), None)


def _refuse_overlaps(entries: Iterable[WhitelistEntry]) -> None:
    listed: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for entry in entries:
        for waste in [entry.category_id] if entry.category_id else entry.waste_codes:
            listed[entry.operator_id, waste, entry.method].append(entry.number)
    for (_, waste, method), numbers in listed.items():
        if len(numbers) > 1:
            raise WhitelistError(
                "edition.overlap",
                f"第{'、'.join(numbers)}号条目重复列入同一接受人的 {waste}（{method}），请合并后再确认。",
            )


def _validated(row: Edition | WhitelistEntry) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise WhitelistError(
            "edition.invalid" if isinstance(row, Edition) else "entry.invalid", " ".join(error.messages)
        ) from error
