"""A file of lines: handed in, checked outside every lock, loaded in one transaction or not at all.

The row is the promise: the queue's message only hastens the check. A check claims the row with a new attempt and
writes its result only while that attempt is the last, so a worker that was killed, or only thought dead, does no
harm. How long a row lies untouched goes by the database's own clock, which the demonstration's shift doesn't move.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.catalogue.kept import read_version
from apps.catalogue.reading import places, wastes
from apps.organisations.models import Enterprise
from apps.whitelists.enums import ImportStatus
from apps.whitelists.models import Edition, EditionLine, ImportFile, LineImport
from apps.whitelists.spreadsheets.cells import Problem, RawSheet, Unreadable
from apps.whitelists.spreadsheets.checking import CheckedSheet, check_sheet, count_rows
from apps.whitelists.spreadsheets.fields import Known, Operator
from apps.whitelists.spreadsheets.reading import read_sheet
from apps.whitelists.spreadsheets.writing import write_annotated

# A check touches its row every 250 rows, some 20 milliseconds; reading a file takes seconds.
LOST_AFTER = timedelta(seconds=90)
MOST_ATTEMPTS = 3
KEPT_DAYS = 30
UNFINISHED = (ImportStatus.WAITING, ImportStatus.CHECKING)


def check_import(*, import_id: int, now: datetime) -> bool:
    """Read and check a file that waits, or whose worker was lost; False when there is nothing to do.

    Ends as checked, refused (bad cells, or not readable at all) or, after three lost workers, failed.
    """
    attempt = _claim(import_id)
    if attempt is None:
        return False
    row = LineImport.objects.select_related("edition", "file").get(pk=import_id)
    if attempt > MOST_ATTEMPTS:
        return _finish(row, attempt, status=ImportStatus.FAILED, refusal=_gave_up())
    try:
        sheet = read_sheet(bytes(row.file.content))
        total = count_rows(sheet)
        _touch(row, attempt, rows_total=total)
        checked = check_sheet(sheet, known_for(row.edition), progress=_teller(row, attempt, total))
    except Unreadable as refusal:
        return _finish(row, attempt, status=ImportStatus.REFUSED, refusal=refusal.sentence, checked_at=now)
    annotated = _annotated(sheet, checked)
    return _finish(
        row,
        attempt,
        annotated=annotated,
        status=ImportStatus.REFUSED if checked.problems else ImportStatus.CHECKED,
        problems=[problem.kept() for problem in _sorted(checked.problems)],
        notes=[*_mark_note(sheet, row.edition), *checked.notes],
        lines=[] if checked.problems else [line.kept() for line in checked.lines],
        rows_total=total,
        rows_done=total,
        checked_at=now,
    )


def redo_lost_checks(*, now: datetime) -> int:
    """Finish checks whose message or worker was lost; gives how many were taken up."""
    # One that still waits is taken at once: its claim sees to it that nobody else checks it, too.
    keys = LineImport.objects.filter(_free()).order_by("pk").values_list("pk", flat=True)
    return sum(check_import(import_id=key, now=now) for key in list(keys))


def forget_imports(*, now: datetime) -> int:
    """Remove files older than thirty days, with what was read from them; what came of them stays in the log."""
    old = LineImport.objects.filter(uploaded_at__lt=now - timedelta(days=KEPT_DAYS)).exclude(status__in=UNFINISHED)
    return ImportFile.objects.filter(of_import__in=old).delete()[0]


def known_for(edition: Edition) -> Known:
    """What the cells of a file for this edition are compared with."""
    version = read_version()
    kept = wastes(version)
    catalogue = kept.edition_on(edition.begins_on)
    operators = Enterprise.objects.filter(is_operator=True).values_list("pk", "name", "uscc", "province_id")
    return Known(
        destination_id=edition.destination_id,
        destination_name=str(places(version).provinces[edition.destination_id]),
        operators=tuple(Operator(*row) for row in operators),
        codes=frozenset(code for key, code in kept.lines if catalogue and key == catalogue.pk),
        categories=frozenset(kept.categories),
        methods=frozenset(kept.methods),
        begins_on=str(edition.begins_on),
    )


def lines_of(row: LineImport) -> list[EditionLine]:
    """The file's lines, not saved, as they would stand in the list."""
    return [
        EditionLine(
            edition_id=row.edition_id,
            number=line["number"],
            operator_id=line["operator_id"],
            waste_codes=line["waste_codes"],
            category_id=line["category"] or None,
            method=line["method"],
            quota_t=Decimal(line["quota_t"]),
            is_struck=line["is_struck"],
            remark=line["remark"],
        )
        for line in row.lines
    ]


def _free() -> Q:
    """Files that wait for their check, or whose check lies untouched."""
    return Q(status=ImportStatus.WAITING) | Q(status=ImportStatus.CHECKING, touched_at__lt=Now() - LOST_AFTER)


def _claim(import_id: int) -> int | None:
    """A new attempt at a file that waits or lies untouched; None when another has it or it is done."""
    with transaction.atomic():
        row = LineImport.objects.select_for_update(of=("self",), no_key=True).filter(_free(), pk=import_id).first()
        if row is None:
            return None
        LineImport.objects.filter(pk=import_id).update(
            status=ImportStatus.CHECKING, attempts=F("attempts") + 1, rows_done=0, touched_at=Now()
        )
        return row.attempts + 1


def _touch(row: LineImport, attempt: int, **columns: int) -> None:
    mine = LineImport.objects.filter(pk=row.pk, attempts=attempt, status=ImportStatus.CHECKING)
    mine.update(touched_at=Now(), **columns)


def _teller(row: LineImport, attempt: int, total: int) -> Callable[[int], None]:
    return lambda done: _touch(row, attempt, rows_done=min(done, total))


@transaction.atomic
def _finish(row: LineImport, attempt: int, *, annotated: bytes | None = None, **columns: Any) -> bool:
    mine = LineImport.objects.filter(pk=row.pk, attempts=attempt, status=ImportStatus.CHECKING)
    done = mine.update(touched_at=Now(), **columns)
    if done and annotated is not None:
        ImportFile.objects.filter(pk=row.pk).update(annotated=annotated)
    return bool(done)


def _gave_up() -> str:
    return f"核对了 {MOST_ATTEMPTS} 次都没有完成，请把文件另存为 .csv 后重新上传，或者联系系统管理员。"


def _annotated(sheet: RawSheet, checked: CheckedSheet) -> bytes | None:
    if not checked.problems:
        return None
    with write_annotated(sheet=sheet, title_row=checked.title_row, problems=checked.problems) as book:
        return book.read()


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda one: (one.row, one.column))


def _mark_note(sheet: RawSheet, edition: Edition) -> list[str]:
    if not sheet.mark or sheet.mark == str(edition.pk):
        return []
    is_key = sheet.mark.isascii() and sheet.mark.isdigit()
    # A list that still is between other provinces is not named.
    other = Edition.objects.confirmed().filter(pk=int(sheet.mark)).first() if is_key else None
    name = f"“{other}”" if other else "另一份名单"
    return [f"这个文件是从{name}导出的，不是本名单的文件，请确认没有选错。"]
