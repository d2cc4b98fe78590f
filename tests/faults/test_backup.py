"""Backed up while the system stands, restored elsewhere, proven; what was tampered with is found."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from apps.transfers.models import Application, Attachment
from tests.faults.plant import BINARIES, COPY, Plant
from tests.house.processes import BASE

pytestmark = pytest.mark.processes
ELSEWHERE = "elsewhere"


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """In this module the tests' database is only copied, never written into."""
    with django_db_blocker.unblock():
        yield


def manage(plant: Plant, *words: str, stdin: bytes | None = None, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = plant.environment(POSTGRES_PROGRAMS=str(BINARIES), **more)
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=BASE, env=environment, input=stdin, capture_output=True, check=False, timeout=120
    )


def restored(plant: Plant, backup: Path, var: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    more = {"DATABASE_URL": plant.database.url(ELSEWHERE), "VAR_DIR": str(var)}
    return manage(plant, "restore", str(backup), *words, **more)


def test_a_backup_is_restored_and_proven(plant: Plant, tmp_path: Path) -> None:
    backup, var = tmp_path / "backup", tmp_path / "var"
    made = manage(plant, "backup", str(backup))
    assert made.returncode == 0, made.stderr.decode()
    assert manage(plant, "backup", str(backup)).returncode == 1  # never over another
    plant.fresh_database(ELSEWHERE)
    done = restored(plant, backup, var)
    assert (done.returncode, "核对一致" in done.stdout.decode()) == (0, True), done.stderr.decode()
    there = Application.objects.count(), Attachment.objects.count(), set(Attachment.objects.values_list("sha256"))
    with plant.looked_into(ELSEWHERE):
        assert (Application.objects.count(), Attachment.objects.count()) == there[:2]
        assert set(Attachment.objects.values_list("sha256")) == there[2]
    assert sum(file.is_file() for file in (var / "attachments").rglob("*")) >= there[1]
    more = {"DATABASE_URL": plant.database.url(ELSEWHERE), "VAR_DIR": str(var)}
    assert manage(plant, "reconcile", **more).returncode == 0
    assert manage(plant, "migrate", "--check", **more).returncode == 0
    again = restored(plant, backup, var)
    assert (again.returncode, "不是空的" in again.stderr.decode()) == (1, True)


def test_by_two_containers_the_database_is_dumped_and_restored_by_its_own(plant: Plant, tmp_path: Path) -> None:
    """As with docker compose: pg_dump and pg_restore run beside the server, the rest in ours."""
    backup, place = tmp_path / "backup", ["-h", str(plant.folder), "-U", "postgres"]
    dump = subprocess.run([BINARIES / "pg_dump", "-Fc", *place, COPY], capture_output=True, check=True).stdout
    assert manage(plant, "backup", str(backup), "--dump", "-", stdin=dump).returncode == 0
    plant.fresh_database(ELSEWHERE)
    subprocess.run([BINARIES / "pg_restore", *place, "-d", ELSEWHERE, backup / "database.dump"], check=True)
    done = restored(plant, backup, tmp_path / "var", "--has-database")
    assert done.returncode == 0, done.stderr.decode()


def test_control_what_was_tampered_with_is_found(plant: Plant, tmp_path: Path) -> None:
    """A changed dump is refused before anything; a ledger or an attachment that doesn't agree is found after it."""
    attachment = Attachment.objects.order_by("pk")[0]
    with psycopg.connect(plant.database.url(COPY)) as connection:
        connection.execute("UPDATE whitelists_whitelistentry SET held_t = held_t + 1 WHERE held_t > 0")
    backup = tmp_path / "backup"
    assert manage(plant, "backup", str(backup)).returncode == 0

    changed = tmp_path / "changed"
    shutil.copytree(backup, changed)
    with (changed / "database.dump").open("r+b") as file:
        file.seek(-10, 2)
        file.write(b"x")
    plant.fresh_database(ELSEWHERE)
    refused = restored(plant, changed, tmp_path / "one")
    assert (refused.returncode, "SHA-256 不符" in refused.stderr.decode()) == (1, True)
    with psycopg.connect(plant.database.url(ELSEWHERE)) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)

    without_one(backup, attachment.file.name or "")
    found = restored(plant, backup, tmp_path / "two")
    told = found.stderr.decode()
    assert found.returncode == 1
    assert "与变动记录不符" in told
    assert f"附件 {attachment.pk}（{attachment.file.name}）缺失" in told


def without_one(backup: Path, name: str) -> None:
    """The backup with one attachment taken out and a manifest that agrees: only the rows tell."""
    folder = backup.with_name("unpacked")
    folder.mkdir()
    subprocess.run(["tar", "-xf", backup / "attachments.tar", "-C", folder], check=True)
    (folder / name).unlink()
    subprocess.run(["tar", "-cf", backup / "attachments.tar", "-C", folder, "."], check=True)
    digest = subprocess.run(["sha256sum", backup / "attachments.tar"], capture_output=True, text=True, check=True)
    manifest = json.loads((backup / "manifest.json").read_text(encoding="utf-8"))
    manifest["sha256"]["attachments.tar"] = digest.stdout.split()[0]
    (backup / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
