"""A file on its way in: looked at, stored outside the web root under a random name, then kept as a row."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from apps.deadlines.workdays import ZONE
from apps.organisations.models import User
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Attachment
from apps.transfers.rules.files import KINDS, Kind, carries_test_virus, kind_by_content, kind_by_suffix, plain_name
from apps.transfers.services.scanning import has_scanner, scan

MOST_FILES = 100
MEGABYTE = 1024 * 1024
WORDS = "、".join(kind.word for kind in KINDS)


@contextmanager
def stored_file(*, name: str, content: "File[bytes]", now: datetime) -> Iterator[Attachment]:
    """Look at a file and store it before any lock is taken; the body gives it its application.

    When the body fails the file goes again; what a crash leaves, ``sweep_files`` takes.
    """
    kind = _looked_at(name, content)
    attachment = Attachment(
        original_name=plain_name(name),
        size=content.size,
        sha256=_digest(content),
        content_type=kind.content_type,
        uploaded_at=now,
        scanned_at=now if has_scanner() else None,
    )
    content.seek(0)
    attachment.file.save(f"{now.astimezone(ZONE):%Y/%m}/{uuid4().hex}{kind.suffixes[0]}", content, save=False)
    try:
        yield attachment
    except BaseException:
        default_storage.delete(attachment.file.name or "")
        raise


def keep(attachment: Attachment, application: Application, by: User) -> None:
    """Save the stored file as one of the locked application. Raises Refused ``file.many``."""
    if application.attachments.filter(removed_at__isnull=True).count() >= MOST_FILES:
        raise Refused("file.many", f"一份申请最多 {MOST_FILES} 个文件，请先移除不需要的。", field="file")
    attachment.application, attachment.uploaded_by = application, by
    attachment.save()


def _looked_at(name: str, content: "File[bytes]") -> Kind:
    """Its kind, when it may come in at all."""
    shown, promised = plain_name(name), kind_by_suffix(plain_name(name))
    if promised is None:
        raise Refused("file.kind", f"文件“{shown}”不是可以接受的类型，只接受 {WORDS}。", field="file")
    if not content.size:
        raise Refused("file.empty", f"文件“{shown}”是空的。", field="file")
    if content.size > settings.ATTACHMENT_MAX_BYTES:
        most, has = settings.ATTACHMENT_MAX_BYTES // MEGABYTE, content.size / MEGABYTE
        raise Refused("file.large", f"文件“{shown}”超过 {most} MB（{has:.1f} MB）。", field="file")
    if carries_test_virus(content.chunks()):
        raise Refused("file.virus", f"文件“{shown}”含有病毒（EICAR 测试特征），没有保存。", field="file")
    if kind_by_content(content) is not promised:
        raise Refused("file.mismatch", _mismatch(shown, promised, kind_by_content(content)), field="file")
    if has_scanner():
        scan(name=shown, chunks=content.chunks())
    return promised


def _mismatch(name: str, promised: Kind, found: Kind | None) -> str:
    what = f"实为 {found.word}" if found else "文件损坏、带有宏，或者是改了后缀的其他文件"
    return f"文件“{name}”的内容不是 {promised.word}：{what}。请核对后重新选择。"


def _digest(content: "File[bytes]") -> str:
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    return digest.hexdigest()
