"""Handing a file of lines in, looking at what it would change, loading it or letting it go."""

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.deadlines.workdays import local_day
from apps.organisations.models import User
from apps.organisations.permissions import standing_of
from apps.whitelists.enums import EventKind, ImportStatus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, EditionLine, ImportFile, LineImport
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import may_edit, may_see, side_at_turn
from apps.whitelists.services.events import administrators_of, record
from apps.whitelists.services.importing import lines_of
from apps.whitelists.services.lines import put_in_place
from apps.whitelists.spreadsheets.reading import MOST_BYTES

VERB = "导入条目"
LONGEST_NAME = 200


@transaction.atomic
def begin_import(*, edition_id: int, name: str, content: bytes, by: User, now: datetime) -> LineImport:
    """Keep a handed-in file for its check; what the same person handed in before and did not load is let go.

    The same bytes once more, still waiting or checked, are the same import. Raises ListNotFound, ListNotAllowed;
    WhitelistError ``import.large``.
    """
    edition = _edition_at_turn(edition_id, by, now)
    if len(content) > MOST_BYTES:
        raise WhitelistError("import.large", f"文件超过 {MOST_BYTES // 1024 // 1024} MB。", field="file")
    digest = hashlib.sha256(content).hexdigest()
    mine = LineImport.objects.filter(edition=edition, made_by=by)
    open_ones = mine.filter(status__in=(ImportStatus.WAITING, ImportStatus.CHECKING))
    if (standing := open_ones.filter(sha256=digest).first()) is not None:
        return standing
    mine.exclude(status__in=(ImportStatus.LOADED, ImportStatus.DISCARDED)).update(status=ImportStatus.DISCARDED)
    row = LineImport.objects.create(
        edition=edition,
        province_id=side_at_turn(edition),
        made_by=by,
        original_name=_shown_name(name),
        size=len(content),
        sha256=digest,
        uploaded_at=now,
        touched_at=now,
    )
    ImportFile.objects.create(of_import=row, content=content)
    return row


@transaction.atomic
def load_import(*, import_id: int, seen: str, by: User, now: datetime) -> LineImport:
    """Put the file's lines in the place of the working lines; those that are the same stay untouched.

    ``seen`` is the ``state_of`` the working lines that the person compared the file with. Loading once more
    changes nothing. Raises ListNotFound, ListNotAllowed; WhitelistError ``import.not_checked``, ``import.moved``.
    """
    row = LineImport.objects.select_for_update(of=("self",), no_key=True).filter(pk=import_id, made_by=by).first()
    if row is None:
        raise ListNotFound
    edition = _edition_at_turn(row.edition_id, by, now)
    if row.status == ImportStatus.LOADED:
        return row
    if row.status != ImportStatus.CHECKED:
        raise WhitelistError("import.not_checked", f"文件{row.get_status_display()}，不能载入。")
    before = list(EditionLine.objects.filter(edition=edition).order_by(by_number()))
    if state_of(before) != seen:
        raise WhitelistError("import.moved", "条目在您查看之后有改动，没有载入。请重新核对下面的差异。")
    changed = put_in_place(before=before, wanted=lines_of(row))
    row.status, row.loaded_at = ImportStatus.LOADED, now
    row.save(update_fields=["status", "loaded_at"])
    if changed:
        record(
            kind=EventKind.IMPORTED,
            sentence=f"从文件“{row.original_name}”载入 {len(row.lines)} 条，变动 {changed} 条。",
            told=administrators_of(row.province_id),
            by=by,
            at=now,
            now=now,
            edition=edition,
            reference=f"import:{row.pk}",
            details={"sha256": row.sha256, "lines": len(row.lines), "changed": changed},
        )
    return row


@transaction.atomic
def discard_import(*, import_id: int, by: User, now: datetime) -> LineImport:
    """Let a file go that was not loaded. Raises ListNotFound, ListNotAllowed."""
    row = LineImport.objects.select_for_update(of=("self",), no_key=True).filter(pk=import_id, made_by=by).first()
    if row is None:
        raise ListNotFound
    _edition_at_turn(row.edition_id, by, now)
    if row.status != ImportStatus.LOADED:
        row.status = ImportStatus.DISCARDED
        row.save(update_fields=["status"])
    return row


def state_of(lines: Sequence[EditionLine]) -> str:
    """A short mark of the lines as they stand: another one when any of them was changed, added or removed."""
    stand = "|".join(f"{line.pk}:{line.revision}" for line in sorted(lines, key=lambda line: line.pk))
    return hashlib.sha256(stand.encode()).hexdigest()[:16]


def _edition_at_turn(edition_id: int, by: User, now: datetime) -> Edition:
    """The list, locked, when it is the person's side that may change its lines."""
    edition = Edition.objects.select_for_update(of=("self",), no_key=True).filter(pk=edition_id).first()
    standing = standing_of(by, local_day(now))
    if edition is None or not may_see(edition, standing):
        raise ListNotFound
    if not may_edit(edition, standing):
        raise ListNotAllowed(VERB, f"名单{edition.get_status_display()}，现在不由您这一方修改条目。")
    return edition


def _shown_name(name: str) -> str:
    """Without folders and invisible signs; a long name keeps its end."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip()[-LONGEST_NAME:] or "未命名"
