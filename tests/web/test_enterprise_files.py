"""Files at the door: several at once, refused in sentences, served to who may read the case and never shown."""

from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.transfers.models import Application, Attachment
from apps.transfers.services.reviewing import accept
from apps.transfers.services.supplementing import ask_supplement
from tests.transfers.office import DOCX, EICAR, EXE, JPEG, PDF, PNG
from tests.transfers.world import at
from tests.web.conftest import Site
from tests.web.typing_people import codes, read, typed

NOW = at("2026-01-05")


@pytest.fixture
def draft(site: Site) -> Application:
    return site.world.draft(now=NOW, materials=())


def sent(name: str = "合同.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def send(site: Site, case: Application, *files: SimpleUploadedFile, by: str = "dazu.filer", slot: str = "contract"):
    return site.client(by).post(reverse("web:files", args=[case.pk]), {"slot": slot, "files": list(files)})


def names(case: Application) -> list[str]:
    return [file.original_name for file in case.attachments.filter(removed_at__isnull=True)]


def test_several_at_once(site: Site, draft: Application) -> None:
    answer = send(site, draft, sent("合同.pdf"), sent("附图.png", PNG), sent("清单.docx", DOCX))
    assert answer.status_code == 200
    assert names(draft) == ["合同.pdf", "附图.png", "清单.docx"]
    assert "附图.png" in answer.content.decode()


def test_one_bad_among_good_ones(site: Site, draft: Application) -> None:
    answer = send(site, draft, sent("合同.pdf"), sent("程序.pdf", EXE), sent("毒.pdf", EICAR), sent("附图.jpg", JPEG))
    assert answer.status_code == 422
    assert codes(answer) == {"file.mismatch", "file.virus"}
    assert "“程序.pdf”的内容不是 PDF" in answer.content.decode()
    assert names(draft) == ["合同.pdf", "附图.jpg"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.pdf", b"", "file.empty"),
        ("脚本.svg", b"<svg onload=alert(1)>", "file.kind"),
        ("<img src=x onerror=alert(1)>.exe", EXE, "file.kind"),
    ],
)
def test_refused_in_a_sentence(site: Site, draft: Application, name, content, code) -> None:
    answer = send(site, draft, sent(name, content))
    assert (answer.status_code, codes(answer)) == (422, {code})
    assert "<img" not in answer.content.decode()
    assert names(draft) == []


def test_too_large(site: Site, draft: Application, settings) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024 * 1024
    answer = send(site, draft, sent(content=PDF + bytes(1024 * 1024)))
    assert codes(answer) == {"file.large"}
    assert "超过 1 MB（1.0 MB）" in answer.content.decode()


def test_nothing_sent(site: Site, draft: Application) -> None:
    assert codes(send(site, draft)) == {"file.none"}


@pytest.mark.parametrize("slot", ["nothing", "", "supplement-1", "supplement-x", "supplement-" + "9" * 40])
def test_no_such_slot(site: Site, draft: Application, slot) -> None:
    answer = send(site, draft, sent(), slot=slot)
    assert answer.status_code in {404, 409, 422}
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("by", "status"), [("dazu.viewer", 403), ("jiulongpo.filer", 404), ("suining.operator", 404), ("cq.handler", 404)]
)
def test_only_the_filer_sends(site: Site, draft: Application, by, status) -> None:
    assert send(site, draft, sent(), by=by).status_code == status
    assert not Attachment.objects.exists()


def test_taken_out_and_never_another_cases(site: Site, draft: Application) -> None:
    send(site, draft, sent())
    other = site.world.draft(now=NOW)
    client, address = site.client("dazu.filer"), reverse("web:files", args=[draft.pk])
    foreign = other.attachments.earliest("pk")
    for key in (str(foreign.pk), "0", "x", "9" * 40):
        assert client.post(address, {"slot": "contract", "remove": key}).status_code == 404
    own = draft.attachments.get()
    answer = client.post(address, {"slot": "contract", "remove": str(own.pk)})
    assert (answer.status_code, names(draft)) == (200, [])
    assert "尚未提供" in answer.content.decode()
    assert names(other) != []


def test_after_filing_the_material_stands(site: Site) -> None:
    filed = site.world.filed(now=NOW)
    answer = send(site, filed, sent())
    assert (answer.status_code, codes(answer)) == (409, {"draft.closed"})


def test_whoever_is_signed_out_is_sent_to_the_door(site: Site, draft: Application, client) -> None:
    answer = client.post(reverse("web:files", args=[draft.pk]), {"slot": "contract", "files": [sent()]})
    assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("web:sign_in"))


def test_without_scripts_files_come_with_the_form(site: Site, draft: Application) -> None:
    form = {
        **typed(draft),
        "file_contract": [sent("一.pdf"), sent("二.pdf")],
        "file_permit_copy": [sent("坏.pdf", EXE)],
    }
    answer = site.client("dazu.filer").post(reverse("web:draft", args=[draft.pk]), form)
    assert "file.mismatch" in codes(answer)
    assert names(draft) == ["一.pdf", "二.pdf"]


@pytest.mark.parametrize("name", ["♻️ 合同.pdf", "长" * 250 + ".pdf", "引号; 附件(1).pdf", "C:\\temp\\合同.pdf"])
def test_names_as_they_come(site: Site, draft: Application, name) -> None:
    send(site, draft, sent(name))
    file = draft.attachments.get()
    answer = site.client("dazu.filer").get(reverse("web:attachment", args=[file.pk]))
    assert read(answer) == PDF
    assert quote(file.original_name) in answer.headers["Content-Disposition"]


def test_served_as_nothing_that_runs(site: Site, draft: Application) -> None:
    send(site, draft, sent())
    answer = site.client("dazu.filer").get(reverse("web:attachment", args=[draft.attachments.get().pk]))
    assert read(answer) == PDF
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_file_of_an_answer(site: Site) -> None:
    world, filed = site.world, site.world.filed(now=NOW)
    accept(application_id=filed.pk, by=world.user("cq.handler"), now=NOW)
    question = ask_supplement(application_id=filed.pk, by=world.user("cq.handler"), now=NOW, question="包装？")
    answer = send(site, filed, sent("说明.pdf"), slot=f"supplement-{question.pk}")
    assert answer.status_code == 200
    assert [file.original_name for file in question.files.all()] == ["说明.pdf"]
