"""Materials of an application: taken in, taken out again; stored files that no row names are swept."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import transaction

from apps.catalogue.models import RequiredMaterial
from apps.organisations.models import User
from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import Attachment
from apps.transfers.services._storing import keep, stored_file
from apps.transfers.services.locking import editable_application, mark_changed

ORPHAN_AFTER = timedelta(days=1)
AT_ONCE = 500

logger = logging.getLogger(__name__)


def attach(
    *, application_id: int, by: User, now: datetime, material: str, name: str, content: "File[bytes]"
) -> Attachment:
    """Add a file for one of the materials of order 23, art. 22.

    Raises NotFound, NotAllowed; Refused ``file.empty``, ``file.large``, ``file.kind``, ``file.mismatch``,
    ``file.virus``, ``file.scanner_down``, ``file.many``, ``material.unknown``.
    """
    if not RequiredMaterial.objects.filter(code=material).exists():
        raise Refused("material.unknown", "没有这一类申请材料。", field="material")
    with stored_file(name=name, content=content, now=now) as attachment, transaction.atomic():
        application = editable_application(application_id=application_id, by=by, now=now)
        attachment.material = material
        keep(attachment, application, by)
        mark_changed(application=application, now=now)
    return attachment


@transaction.atomic
def detach(*, application_id: int, attachment_id: int, by: User, now: datetime) -> None:
    """Take a file out of the application; the file itself is kept for the record. Raises NotFound, NotAllowed."""
    application = editable_application(application_id=application_id, by=by, now=now)
    removed = Attachment.objects.filter(pk=attachment_id, application=application, removed_at__isnull=True).update(
        removed_at=now
    )
    if not removed:
        raise NotFound
    mark_changed(application=application, now=now)


def sweep_files(*, now: datetime) -> int:
    """Delete stored files that no row names and that are older than a day; gives how many.

    A crash between storing and saving leaves one, a deleted draft all of its own. ``now`` is the machine's own
    clock: a file's age is.
    """
    root, gone = Path(settings.MEDIA_ROOT), 0
    for names in _in_parts(_old_files(root, now - ORPHAN_AFTER)):
        known = set(Attachment.objects.filter(file__in=names).values_list("file", flat=True))
        for orphan in (name for name in names if name not in known):
            (root / orphan).unlink(missing_ok=True)
            logger.info("swept the file %s: no row names it", orphan)
            gone += 1
    return gone


def _old_files(root: Path, before: datetime) -> Iterator[str]:
    for path in root.rglob("*") if root.is_dir() else ():
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield path.relative_to(root).as_posix()


def _in_parts(names: Iterator[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for name in names:
        part.append(name)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part
