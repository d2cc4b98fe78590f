"""Every address of the door, asked for by everybody, against the table."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from apps.documents.services.codes import code_of
from apps.organisations.models import Bureau
from apps.transfers.enums import RevocationKind
from apps.transfers.models import Application, SignoffChain
from apps.transfers.services.answering import consent
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.reviewing import approve, endorse
from apps.transfers.services.signing.preparing import prepare
from apps.whitelists.models import Edition
from tests.transfers.world import at
from tests.web import account_objects, notice_objects, sheet_objects
from tests.web.conftest import Site
from tests.web.permission_table import ANSWERED, APPROVED, ASKED, DRAFT, LOCAL, READERS, REVIEW, TABLE
from tests.web.typing_people import read

# On Meishan's permit, but on no list from Chongqing.
STAGES = (LOCAL, REVIEW, ASKED, ANSWERED, APPROVED)
PAPERS = {"paper": "receipt", "paper_pdf": "receipt", "issue_erratum": "approval"}
OF_A_LIST = {"public_list", "list_annex", "list_annex_pdf", "edition_use"}
UNLISTED = {"operator": "O-SC2", "items": {"900-023-29": "5"}}


@pytest.fixture
def cases(site: Site) -> dict[str, Application]:
    return every_stage(site)


def every_stage(site: Site) -> dict[str, Application]:
    """One case of the general procedure in every stage."""
    world, now = site.world, at("2026-01-05")
    filed = {stage: world.filed(now=now, route="general", **UNLISTED) for stage in STAGES}
    for stage in STAGES[1:]:
        give_opinion(application_id=filed[stage].pk, by=world.user("dazu.local"), now=now, agrees=True, text="同意")
    for stage in STAGES[2:]:
        endorse(application_id=filed[stage].pk, by=world.user("cq.handler"), now=now)
    for stage in STAGES[3:]:
        consent(application_id=filed[stage].pk, by=world.user("sc.handler"), now=now)
    approve(application_id=filed[APPROVED].pk, by=world.user("cq.handler"), now=now)
    origin = Bureau.objects.get(level="provincial", province__short="CQ")
    SignoffChain.objects.create(bureau=origin, act="revoke", roles=["handler", "signatory"])
    prepare(
        application_id=filed[APPROVED].pk,
        name="revoke",
        by=world.user("cq.handler"),
        now=now,
        arguments={"kind": RevocationKind.ANNULMENT, "reasons": "不应批准而批准"},
    )
    return {
        stage: Application.objects.get(pk=case.pk)
        for stage, case in {**filed, DRAFT: world.draft(now=now, **UNLISTED)}.items()
    }


def address(name: str, case: Application | None) -> str:
    if name in OF_A_LIST:
        return reverse(f"web:{name}", args=[Edition.objects.filter(begins_on__year=2026).earliest("pk").pk])
    if case is None:
        found = notice_objects.address_of(name) or account_objects.address_of(name) or sheet_objects.address_of(name)
        return found or reverse(f"web:{name}")
    if name in PAPERS:
        return reverse(f"web:{name}", args=[case.papers.get(kind=PAPERS[name]).pk])
    if name == "check_paper":
        return reverse("web:check_paper", args=[code_of(paper=case.papers.get(kind="approval"), now=at("2026-01-05"))])
    if name in {"attachment", "preparation"}:
        rows = case.attachments if name == "attachment" else case.preparations
        return reverse(f"web:{name}", args=[rows.earliest("pk").pk])
    return reverse(f"web:{name}", args=[case.pk])


def test_everybody_everywhere(site: Site, cases: dict[str, Application]) -> None:
    assert {stage: case.state for stage, case in cases.items()} == {stage: stage for stage in cases}
    clients = {reader: site.client(name) if name else Client() for reader, name in READERS.items()}
    wrong = []
    for name, stage, expected in TABLE:
        url = address(name, cases[stage] if stage else None)
        for reader, status in expected.items():
            response = clients[reader].get(url)
            read(response)
            if response.status_code != status:
                wrong.append(f"{name} ({stage}) for {reader}: {response.status_code}, expected {status}")
    assert wrong == []


def test_a_post_is_scoped_like_a_get(site: Site, cases: dict[str, Application]) -> None:
    """Whoever gets 403 or 404 from an address can't post to it either, and nothing happens; 405 is posted by nobody."""
    before = {case.pk: (case.state, case.version) for case in Application.objects.all()}
    wrong = []
    for name, stage, expected in TABLE:
        if stage is None or name in {"paper", "paper_pdf", "check_paper", "attachment", "case", "own_application"}:
            continue
        for reader, status in expected.items():
            if status not in {403, 404} or READERS[reader] is None:
                continue
            response = site.client(READERS[reader]).post(address(name, cases[stage]), {"reasons": "理由"})
            if response.status_code not in {status, 405}:
                wrong.append(f"{name} ({stage}) for {reader}: {response.status_code}, expected {status}")
    assert wrong == []
    assert {case.pk: (case.state, case.version) for case in Application.objects.all()} == before


def test_every_address_has_a_row() -> None:
    patterns = get_resolver("apps.web.urls").reverse_dict
    names = {name for name in patterns if isinstance(name, str)}
    assert names == {name for name, _, _ in TABLE}


def test_letters_between_bureaus_are_read_by_bureaus_only(site: Site, cases: dict[str, Application]) -> None:
    letter = cases[ASKED].papers.get(kind="letter")
    url = reverse("web:paper", args=[letter.pk])
    assert site.client("sc.handler").get(url).status_code == 200
    assert site.client("dazu.filer").get(url).status_code == 404
    assert site.client("meishan.operator").get(url).status_code == 404


def test_removed_material_is_not_served(site: Site, cases: dict[str, Application]) -> None:
    file = cases[DRAFT].attachments.earliest("pk")
    client = site.client("dazu.filer")
    url = reverse("web:attachment", args=[file.pk])
    response = client.get(url)
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert read(response) == b"%PDF-1.7 test"
    client.post(reverse("web:draft", args=[cases[DRAFT].pk]), {"action": f"detach:{file.pk}"})
    assert client.get(url).status_code == 404
