"""Rendering on the real database: kept once, the same again, found when lost, never changed."""

import hashlib
import logging
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.catalogue.enums import PaperKind
from apps.documents.models import CheckCode, Rendering
from apps.documents.services import rendering as service
from apps.documents.services.rendering import render_missing, rendering_of, without_rendering
from apps.documents.services.verifying import verify_renderings
from apps.documents.tasks import render_papers
from apps.documents.typesetting import CannotTypeset
from apps.transfers.models import Paper
from apps.transfers.services.answering import consent
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import endorse
from tests.transfers.paper_cases import Case
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05", "10:01")


@pytest.fixture
def case(db) -> Case:
    return Case()


def freeze_all(case: Case) -> list[Paper]:
    return case.freeze(*((kind, "origin", {}) for kind in PaperKind))


def test_every_kind_is_rendered_and_kept_with_its_digest(case: Case) -> None:
    papers = freeze_all(case)
    assert render_missing(now=NOW).rendered >= len(PaperKind)
    rows = Rendering.objects.in_bulk([paper.pk for paper in papers], field_name="pk")
    rows = {row.paper_id: row for row in Rendering.objects.all()}
    for paper in papers:
        pdf = bytes(rows[paper.pk].pdf)
        assert pdf.startswith(b"%PDF-1.7")
        assert (rows[paper.pk].sha256, rows[paper.pk].size) == (hashlib.sha256(pdf).hexdigest(), len(pdf))
        assert rows[paper.pk].seal == "placeholder"
    assert CheckCode.objects.count() == Paper.objects.count()


def test_a_second_call_gives_the_kept_one_and_sets_nothing(case: Case, monkeypatch) -> None:
    paper = case.one(PaperKind.APPROVAL)
    first = rendering_of(paper_id=paper.pk, now=NOW)
    monkeypatch.setattr(service, "typeset", None)
    assert rendering_of(paper_id=paper.pk, now=NOW).pk == first.pk


def test_the_other_of_two_at_once_takes_what_stands(case: Case, monkeypatch) -> None:
    """The row appears while this one is being set: it is taken, and nothing is kept twice."""
    paper = case.one(PaperKind.APPROVAL)
    real, inner = service.typeset, []

    def slow(*args, **options):
        made = real(*args, **options)
        if not inner:
            inner.append(None)
            inner.append(rendering_of(paper_id=paper.pk, now=NOW))
        return made

    monkeypatch.setattr(service, "typeset", slow)
    outer = rendering_of(paper_id=paper.pk, now=NOW)
    assert outer.pk == inner[1].pk
    assert Rendering.objects.count() == CheckCode.objects.count() == 1


def test_the_sweep_finds_what_a_lost_message_forgot_and_then_nothing(case: Case) -> None:
    freeze_all(case)
    render_papers()
    assert without_rendering().count() == 0
    late = case.one(PaperKind.REMINDER)
    assert [paper.pk for paper in without_rendering()] == [late.pk]
    render_papers()
    assert Rendering.objects.filter(paper=late).exists()
    before = Rendering.objects.count()
    render_papers()
    assert Rendering.objects.count() == before


def test_a_recalled_paper_gets_its_void_version_and_keeps_the_other(world: World) -> None:
    filed = world.filed(now=at("2026-01-05"))
    endorse(application_id=filed.pk, by=world.user("cq.handler"), now=at("2026-01-06", "10:00"))
    letter = Paper.objects.get(kind=PaperKind.LETTER)
    plain = rendering_of(paper_id=letter.pk, now=at("2026-01-06", "10:01"))
    recall(application_id=filed.pk, by=world.user("cq.handler"), now=at("2026-01-06", "10:05"))
    assert letter.pk in set(without_rendering().values_list("pk", flat=True))
    render_papers()
    marks = dict(Rendering.objects.filter(paper=letter).values_list("mark", "sha256"))
    assert set(marks) == {"", "作废"}
    assert marks[""] == plain.sha256 != marks["作废"]
    assert rendering_of(paper_id=letter.pk, now=NOW).mark == "作废"
    assert without_rendering().count() == 0


@pytest.mark.parametrize("table", ["documents_rendering", "documents_checkcode"])
@pytest.mark.parametrize("change", ["UPDATE {} SET paper_id = paper_id", "DELETE FROM {}"])
def test_what_was_rendered_never_changes(case: Case, table: str, change: str) -> None:
    rendering_of(paper_id=case.one(PaperKind.APPROVAL).pk, now=NOW)
    with pytest.raises(DatabaseError, match="一经生成不能修改或者删除"), transaction.atomic():
        connection.cursor().execute(change.format(table))


def test_real_cases_come_out_the_same_again(world: World, capsys) -> None:
    filed = world.filed(now=at("2026-01-05"))
    endorse(application_id=filed.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    consent(application_id=filed.pk, by=world.user("sc.handler"), now=at("2026-01-07"))
    call_command("render_papers")
    assert {paper.kind for paper in Paper.objects.all()} == {
        PaperKind.RECEIPT,
        PaperKind.ACCEPTANCE,
        PaperKind.LETTER,
        PaperKind.REPLY_AGREE,
        PaperKind.APPROVAL,
    }
    assert list(verify_renderings()) == []
    call_command("verify_papers")
    assert "5 份排印件全部相符" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE documents_rendering SET pdf = pdf || '\\x00'::bytea", "verify.bytes"),
        ("UPDATE documents_rendering SET typeset_sha256 = repeat('0', 64)", "verify.again"),
        ("UPDATE transfers_paper SET title = '另一个标题'", "verify.again"),
    ],
)
def test_tampering_behind_the_triggers_is_seen(case: Case, change: str, code: str, capsys) -> None:
    rendering_of(paper_id=case.one(PaperKind.APPROVAL).pk, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(change)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [difference.code for difference in verify_renderings()] == [code]
    with pytest.raises(CommandError, match="1 份排印件不符"):
        call_command("verify_papers")


def test_what_an_older_engine_made_is_held_to_its_digest_only(case: Case) -> None:
    rendering_of(paper_id=case.one(PaperKind.APPROVAL).pk, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE documents_rendering SET engine = 'typst 0.1', typeset_sha256 = repeat('0', 64)")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert list(verify_renderings()) == []


def test_without_fonts_nothing_is_rendered_and_everything_later(case: Case, settings, tmp_path: Path, caplog) -> None:
    """Never a silently wrong PDF: the failure is a sentence, and the next sweep tries again."""
    case.one(PaperKind.APPROVAL)
    installed, settings.FONTS_DIR = settings.FONTS_DIR, tmp_path
    with pytest.raises(CannotTypeset, match=r"缺少字体 NotoSerifSC_400Regular\.ttf"):
        render_missing(now=NOW)
    with caplog.at_level(logging.ERROR):
        render_papers()
    assert "文书暂不能排印" in caplog.text
    assert Rendering.objects.count() == 0
    settings.FONTS_DIR = installed
    render_papers()
    assert Rendering.objects.count() == 1


def test_one_paper_that_cannot_be_set_stops_no_other(case: Case, monkeypatch, caplog) -> None:
    bad, good = case.one(PaperKind.APPROVAL), case.one(PaperKind.REMINDER)
    real = service.typeset

    def choosy(printed, **options):
        if printed.number == bad.number:
            raise CannotTypeset("版式")
        return real(printed, **options)

    monkeypatch.setattr(service, "typeset", choosy)
    with caplog.at_level(logging.ERROR):
        swept = render_missing(now=NOW)
    assert (swept.rendered, swept.failed) == (1, 1)
    assert f"paper {bad.pk} was not rendered" in caplog.text
    assert Rendering.objects.get().paper_id == good.pk
    with pytest.raises(CommandError, match="1 份未能排印"):
        call_command("render_papers")
