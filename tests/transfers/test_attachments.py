"""Materials: told by their content, kept under names of their own, swept when nobody names them."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import Application, Attachment
from apps.transfers.rules.files import carries_test_virus, plain_name
from apps.transfers.services import _storing
from apps.transfers.services.attaching import attach, detach, sweep_files
from apps.transfers.services.drafts import create_draft, delete_draft
from tests.transfers.office import DOCX, EICAR, EXE, JPEG, MACROS, OTHER_ZIP, PDF, PNG, XLSX
from tests.transfers.world import World, at

NOW = at("2026-01-05")
MB = 1024 * 1024


@pytest.fixture
def draft(world: World) -> Application:
    return create_draft(generator_id=world.enterprise("G-CQ1").pk, by=world.user("dazu.filer"), now=NOW)


def put(world: World, case: Application, name: str = "合同.pdf", content: bytes = PDF, **changes) -> Attachment:
    asked = {"by": world.user("dazu.filer"), "now": NOW, "material": "contract"} | changes
    return attach(application_id=case.pk, name=name, content=ContentFile(content), **asked)


def content_of(attachment: Attachment) -> bytes:
    with Attachment.objects.get(pk=attachment.pk).file.open() as file:
        return file.read()


def stored() -> list[Path]:
    root = Path(django_settings.MEDIA_ROOT)
    return sorted(path for path in root.rglob("*") if path.is_file())


def age(path: Path, days: int) -> None:
    moment = NOW.timestamp() - timedelta(days=days).total_seconds()
    os.utime(path, (moment, moment))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("扫描.JPG", JPEG, "image/jpeg"),
        ("b.jpeg", JPEG, "image/jpeg"),
        ("c.png", PNG, "image/png"),
        ("合同.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("明细.XLSX", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_file_is_kept_under_a_name_of_its_own(world: World, draft: Application, name, content, kind) -> None:
    attachment = put(world, draft, name=f"../../etc/{name}", content=content)
    assert (attachment.original_name, attachment.size, attachment.content_type) == (name, len(content), kind)
    assert attachment.sha256 == hashlib.sha256(content).hexdigest()
    # The month of the act, also when the machine's clock says another.
    assert attachment.file.name.startswith("2026/01/")
    assert "etc" not in attachment.file.name
    assert content_of(attachment) == content
    assert stored()[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", EXE, "file.kind"),
        ("a.pdf.html", PDF, "file.kind"),
        ("no suffix", PDF, "file.kind"),
        ("", PDF, "file.kind"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe", PDF, "file.kind"),
        ("a.pdf", b"", "file.empty"),
        ("a.pdf", EXE, "file.mismatch"),
        ("a.pdf", b"<html>", "file.mismatch"),
        ("a.pdf", JPEG, "file.mismatch"),
        ("a.jpg", PNG, "file.mismatch"),
        ("a.docx", XLSX, "file.mismatch"),
        ("a.xlsx", OTHER_ZIP, "file.mismatch"),
        ("a.docx", MACROS, "file.mismatch"),
        ("a.docx", DOCX[: len(DOCX) // 2], "file.mismatch"),
        ("a.pdf", EICAR, "file.virus"),
        ("a.pdf", PDF + EICAR, "file.virus"),
    ],
)
def test_a_file_is_refused_and_nothing_stays(world: World, draft: Application, name, content, code) -> None:
    with pytest.raises(Refused) as refused:
        put(world, draft, name=name, content=content)
    assert (refused.value.code, refused.value.field) == (code, "file")
    assert refused.value.sentence.endswith("。")
    assert not Attachment.objects.exists()
    assert stored() == []


def test_a_mismatch_says_what_the_file_is(world: World, draft: Application) -> None:
    with pytest.raises(Refused, match=r"“合同\.pdf”的内容不是 PDF：实为 JPEG 图片"):
        put(world, draft, name="合同.pdf", content=JPEG)


def test_a_material_that_is_none(world: World, draft: Application) -> None:
    with pytest.raises(Refused) as refused:
        put(world, draft, material="nothing")
    assert refused.value.code == "material.unknown"
    assert stored() == []


@pytest.mark.parametrize(("size", "is_taken"), [(20 * MB, True), (20 * MB + 1, False)])
def test_a_file_of_twenty_megabytes(world: World, draft: Application, settings, size, is_taken) -> None:
    assert settings.ATTACHMENT_MAX_BYTES == 20 * MB
    content = PDF + bytes(size - len(PDF))
    if is_taken:
        assert put(world, draft, content=content).size == size
        return
    with pytest.raises(Refused, match="超过 20 MB") as refused:
        put(world, draft, content=content)
    assert (refused.value.code, refused.value.field) == ("file.large", "file")


def test_the_test_virus_is_found_across_chunks() -> None:
    assert carries_test_virus([b"x" * 10 + EICAR[:7], EICAR[7:30], EICAR[30:] + b"y"])
    assert not carries_test_virus([EICAR[:-1], b"-", EICAR[1:]])


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("C:\\Users\\clerk\\合同.pdf", "合同.pdf"),
        ("/etc/passwd/合同.pdf", "合同.pdf"),
        ("合同\x00\r\n.pdf", "合同.pdf"),
        ("♻️ 合同.pdf", "♻️ 合同.pdf"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_names_as_they_come(world: World, draft: Application, name, plain) -> None:
    assert plain_name(name) == plain
    assert put(world, draft, name=name).original_name == plain


def test_no_more_files_than_anybody_reads(world: World, draft: Application, monkeypatch) -> None:
    monkeypatch.setattr(_storing, "MOST_FILES", 2)
    put(world, draft)
    first = put(world, draft)
    with pytest.raises(Refused, match="最多 2 个文件") as refused:
        put(world, draft)
    assert refused.value.code == "file.many"
    assert len(stored()) == 2
    detach(application_id=draft.pk, attachment_id=first.pk, by=world.user("dazu.filer"), now=NOW)
    put(world, draft)


def test_a_file_taken_out_stays_for_the_record(world: World, draft: Application) -> None:
    attachment, filer = put(world, draft), world.user("dazu.filer")
    detach(application_id=draft.pk, attachment_id=attachment.pk, by=filer, now=NOW)
    attachment = Attachment.objects.get(pk=attachment.pk)
    assert attachment.removed_at == NOW
    assert content_of(attachment) == PDF
    with pytest.raises(NotFound):
        detach(application_id=draft.pk, attachment_id=attachment.pk, by=filer, now=NOW)


def test_a_file_of_another_application_is_not_found(world: World, draft: Application) -> None:
    other = create_draft(generator_id=world.enterprise("G-CQ2").pk, by=world.user("jiulongpo.filer"), now=NOW)
    attachment = put(world, other, by=world.user("jiulongpo.filer"))
    with pytest.raises(NotFound):
        detach(application_id=draft.pk, attachment_id=attachment.pk, by=world.user("dazu.filer"), now=NOW)


def test_what_a_stranger_sends_is_not_kept(world: World, draft: Application) -> None:
    with pytest.raises(NotFound):
        put(world, draft, by=world.user("jiulongpo.filer"))
    assert stored() == []


def test_files_that_no_row_names_are_swept_after_a_day(world: World, draft: Application) -> None:
    named = put(world, draft)
    # A crash between storing and saving leaves a file without a row.
    lost, fresh = (default_storage.save(f"2026/01/{name}.pdf", ContentFile(PDF)) for name in ("lost", "fresh"))
    root = Path(django_settings.MEDIA_ROOT)
    age(root / named.file.name, days=30)
    age(root / lost, days=2)
    age(root / fresh, days=0)
    assert sweep_files(now=NOW) == 1
    assert stored() == sorted([root / named.file.name, root / fresh])
    assert sweep_files(now=NOW) == 0


def test_the_files_of_a_deleted_draft_are_swept(world: World, draft: Application) -> None:
    kept = Path(django_settings.MEDIA_ROOT) / put(world, draft).file.name
    delete_draft(application_id=draft.pk, by=world.user("dazu.filer"), now=NOW)
    age(kept, days=2)
    assert sweep_files(now=NOW) == 1
    assert stored() == []


def test_without_a_store_there_is_nothing_to_sweep(settings, tmp_path: Path, db: None) -> None:
    settings.MEDIA_ROOT = tmp_path / "none"
    assert sweep_files(now=NOW) == 0
