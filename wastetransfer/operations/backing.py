"""A backup is a folder: the database as pg_dump wrote it, the attachments as a tar, and a manifest of both.

The database comes first: a file that is attached meanwhile is one too many, which does no harm; none is missing.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from apps.organisations.services.capacity import reconcile_capacity
from apps.transfers.models import Attachment
from apps.whitelists.services.ledger import reconcile

DUMP, FILES, MANIFEST = "database.dump", "attachments.tar", "manifest.json"
# What must be there again to the last row.
COUNTED = (
    *("transfers.Application", "transfers.LogRow", "transfers.Paper", "transfers.Attachment"),
    *("deadlines.Deadline", "deadlines.DeadlineEvent", "whitelists.QuotaMovement", "documents.Rendering"),
)
PIECE = 1024 * 1024


class BackupRefused(Exception):
    """A sentence for the person at the terminal; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: digests by file, rows by table, and with which migrations."""

    made_at: str
    sha256: dict[str, str]
    rows: dict[str, int]
    migrations: int


def back_up(*, folder: Path, dump: BinaryIO | None = None) -> Manifest:
    """Write a backup into ``folder``, which must be new or empty; ``dump`` if somebody else ran `pg_dump -Fc`.

    Raises BackupRefused.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} 不是空目录：每次备份请用新的目录。")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows, migrations = _rows(), _migrations()
    if dump is None:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={folder / DUMP}")
    else:
        with (folder / DUMP).open("wb") as file:
            while piece := dump.read(PIECE):
                file.write(piece)
    with tarfile.open(folder / FILES, "w") as tar:
        if Path(settings.MEDIA_ROOT).is_dir():
            tar.add(settings.MEDIA_ROOT, arcname=".")
    digests = {name: _digest(folder / name) for name in (DUMP, FILES)}
    manifest = Manifest(datetime.now(UTC).isoformat(timespec="seconds"), digests, rows, migrations)
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    return manifest


def restore(*, folder: Path, has_database: bool = False) -> Manifest:
    """Put a backup into an empty database and an empty folder; with ``has_database`` the files only.

    Raises BackupRefused when anything is there already, or when a file differs from the manifest.
    """
    manifest = read_manifest(folder)
    for name, digest in manifest.sha256.items():
        if _digest(folder / name) != digest:
            raise BackupRefused(f"{name} 与备份清单的 SHA-256 不符：文件损坏或被改动，未恢复。")
    target = Path(settings.MEDIA_ROOT)
    if target.is_dir() and any(target.iterdir()):
        raise BackupRefused(f"附件目录 {target} 不是空的：恢复只写入空目录，请先移走。")
    if not has_database:
        if connection.introspection.table_names():
            raise BackupRefused("数据库不是空的：恢复只写入空库，请新建一个库，把 DATABASE_URL 指向它。")
        connection.close()
        words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        _run("pg_restore", *words, f"--dbname={connection.settings_dict['NAME']}", str(folder / DUMP))
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    _unpack(folder / FILES, target)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Raises BackupRefused."""
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupRefused(f"{folder} 里没有可读的备份清单（{MANIFEST}）。") from error


def differences(manifest: Manifest) -> Iterator[str]:
    """What is not as it was: rows that are missing, books that don't agree, files that are gone or changed."""
    if _migrations() != manifest.migrations:
        yield f"迁移 {_migrations()} 个，备份时 {manifest.migrations} 个"
    for name, count in _rows().items():
        # Taken before the dump, so the dump may hold more, never less.
        if count < manifest.rows[name]:
            yield f"{name} 现有 {count} 行，备份时 {manifest.rows[name]} 行"
    for entry in reconcile():
        yield f"名单条目 {entry.entry_id} 的 {entry.column} 与变动记录不符"
    yield from (f"许可能力：{one}" for one in reconcile_capacity())
    for attachment in Attachment.objects.order_by("pk").iterator():
        name = attachment.file.name or ""
        if not default_storage.exists(name):
            yield f"附件 {attachment.pk}（{name}）缺失"
        elif _digest(Path(default_storage.path(name))) != attachment.sha256:
            yield f"附件 {attachment.pk}（{name}）内容不符"


def _rows() -> dict[str, int]:
    return {name: apps.get_model(name).objects.count() for name in COUNTED}


def _migrations() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        return int(cursor.fetchone()[0])


def _unpack(archive: Path, target: Path) -> None:
    """Files and folders only, below the target only, whatever the archive says."""
    with tarfile.open(archive) as tar:
        for member in tar:
            place = (target / member.name).resolve()
            if not place.is_relative_to(target.resolve()) or not (member.isfile() or member.isdir()):
                raise BackupRefused(f"{archive.name} 里的 {member.name} 不是附件：未恢复。")
            content = tar.extractfile(member)
            if content is None:
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                continue
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with place.open("wb") as file:
                shutil.copyfileobj(content, file)
            place.chmod(0o600)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BackupRefused(f"{path} 不可读：{error.strerror}。") from error


def _run(program: str, *words: str) -> None:
    """One of PostgreSQL's own programs, told by the environment where the database is: no password in `ps`."""
    database = connection.settings_dict
    told = {
        "PGHOST": database["HOST"],
        "PGPORT": str(database["PORT"]),
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGDATABASE": str(database["NAME"]),
        "PGSSLMODE": str(database["OPTIONS"].get("sslmode", "")),
    }
    environment = {**os.environ, **{name: value for name, value in told.items() if value}}
    command = [str(Path(settings.POSTGRES_PROGRAMS) / program) if settings.POSTGRES_PROGRAMS else program, *words]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BackupRefused(f"找不到 {program}：请安装 PostgreSQL 18 客户端，或设置 POSTGRES_PROGRAMS。") from error
    if done.returncode:
        raise BackupRefused(f"{program} 没有完成：{(done.stderr.strip().splitlines() or ['没有输出'])[0]}")
