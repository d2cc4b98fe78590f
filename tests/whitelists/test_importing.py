"""A file of lines from handing in to loading, also when its worker dies."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.organisations.enums import Role
from apps.organisations.models import Enterprise, User
from apps.whitelists.enums import EditionStatus, ImportStatus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, EditionLine, ImportFile, LineImport, ListEvent
from apps.whitelists.services import importing
from apps.whitelists.services.handing_in import begin_import, discard_import, load_import, state_of
from apps.whitelists.services.importing import LOST_AFTER, check_import, forget_imports, redo_lost_checks
from apps.whitelists.spreadsheets.cells import Unreadable
from tests.catalogue.factories import (
    CatalogueEditionFactory,
    DisposalMethodFactory,
    WasteCategoryFactory,
    WasteCodeFactory,
    province,
)
from tests.organisations.factories import BureauFactory, member
from tests.whitelists.factories import CODE, NOW, make_edition, make_operator

pytestmark = pytest.mark.django_db
HEAD = "条目号,接受人,废物代码,方式,数量"


class Desk:
    """A draft of Sichuan's for waste from Chongqing, two operators, and the people of both sides."""

    def __init__(self) -> None:
        category = WasteCategoryFactory(code="HW49")
        WasteCodeFactory(edition=CatalogueEditionFactory(), code=CODE, category=category)
        for method in ("R4", "D10"):
            DisposalMethodFactory(code=method)
        self.edition = make_edition()
        self.operators = [make_operator(), make_operator()]
        self.people = {short: _administrator(short) for short in ("SC", "CQ", "GZ")}

    def hand_in(self, text: str, by: str = "SC", name: str = "名单.csv") -> LineImport:
        """Hand in a CSV of so many lines."""
        return begin_import(edition_id=self.edition.pk, name=name, content=text.encode(), by=self.people[by], now=NOW)

    def checked(self, text: str, by: str = "SC") -> LineImport:
        row = self.hand_in(text, by)
        check_import(import_id=row.pk, now=NOW)
        return LineImport.objects.get(pk=row.pk)

    def load(self, row: LineImport, seen: str | None = None, by: str = "SC") -> LineImport:
        return load_import(import_id=row.pk, seen=self.state() if seen is None else seen, by=self.people[by], now=NOW)

    def state(self) -> str:
        return state_of(list(self.edition.lines.all()))

    def text(self, *quotas: str) -> str:
        """As many lines as there are tonnages, by both operators and methods in turn."""
        lines = [
            f"{serial:02d},{self.operator(serial).name},{CODE},{'R4' if serial <= 2 else 'D10'},{quota}"
            for serial, quota in enumerate(quotas, start=1)
        ]
        return "\n".join([HEAD, *lines])

    def operator(self, serial: int) -> Enterprise:
        return self.operators[serial % 2]

    def stands(self) -> list[tuple[str, Decimal]]:
        return list(EditionLine.objects.filter(edition=self.edition).values_list("number", "quota_t"))


def _administrator(short: str) -> User:
    return member(Role.WHITELIST_ADMIN, BureauFactory(province=province(short)))


@pytest.fixture(scope="module")
def desk_of_the_module(django_db_setup, django_db_blocker) -> Iterator[Desk]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Desk()
        transaction.set_rollback(True)


@pytest.fixture
def desk(desk_of_the_module: Desk) -> Iterator[Desk]:
    """Each test in a savepoint of its own."""
    with transaction.atomic():
        yield desk_of_the_module
        transaction.set_rollback(True)


@pytest.fixture
def db() -> None:
    """The module's transaction stands for it."""


def test_a_good_file_takes_the_lines_place(desk: Desk) -> None:
    first = desk.load(desk.checked(desk.text("10", "20", "30")))
    assert (first.status, first.loaded_at) == (ImportStatus.LOADED, NOW)
    kept = dict(desk.edition.lines.values_list("number", "pk"))
    desk.load(desk.checked(desk.text("10", "25.5")))
    assert desk.stands() == [("01", Decimal(10)), ("02", Decimal("25.5"))]
    lines = {line.number: line for line in desk.edition.lines.all()}
    assert (lines["01"].pk, lines["01"].revision, lines["02"].revision) == (kept["01"], 1, 2)
    said = ListEvent.objects.filter(edition=desk.edition, kind="imported").latest("pk")
    assert said.sentence == "从文件“名单.csv”载入 2 条，变动 2 条。"


def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    text = desk.text("10", "20")
    row = desk.hand_in(text)
    assert desk.hand_in(text).pk == row.pk
    check_import(import_id=row.pk, now=NOW)
    desk.load(row)
    before = list(EditionLine.objects.filter(edition=desk.edition).values())
    desk.load(row)
    desk.load(desk.checked(text))
    assert list(EditionLine.objects.filter(edition=desk.edition).values()) == before
    assert ListEvent.objects.filter(edition=desk.edition, kind="imported").count() == 1


def test_one_bad_row_and_nothing_is_loaded(desk: Desk) -> None:
    desk.load(desk.checked(desk.text("10")))
    row = desk.checked(desk.text("11", "-3", "x"))
    assert (row.status, row.lines, row.rows_done, row.rows_total) == (ImportStatus.REFUSED, [], 4, 4)
    assert [(one["cell"], one["shown"], one["code"]) for one in row.problems] == [
        ("E3", "-3", "tonnes.not_positive"),
        ("E4", "x", "tonnes.not_a_number"),
    ]
    sheet = openpyxl.load_workbook(BytesIO(bytes(row.file.annotated))).active
    assert sheet["F3"].value.startswith("E3 核定数量须大于零")
    with pytest.raises(WhitelistError, match="有错误，不能载入"):
        desk.load(row)
    assert desk.stands() == [("01", Decimal(10))]


def test_an_unreadable_file_says_why(desk: Desk) -> None:
    row = begin_import(
        edition_id=desk.edition.pk, name="a/b\\名\u202e单.xls", content=b"%PDF-1.7", by=desk.people["SC"], now=NOW
    )
    assert check_import(import_id=row.pk, now=NOW)
    row.refresh_from_db()
    assert (row.status, row.refusal, row.original_name) == ("refused", "这是PDF，只接受 .xlsx 和 .csv。", "名单.xls")
    assert not check_import(import_id=row.pk, now=NOW)


def test_lines_changed_meanwhile_are_not_overwritten(desk: Desk) -> None:
    desk.load(desk.checked(desk.text("10")))
    row, seen = desk.checked(desk.text("12")), desk.state()
    EditionLine.objects.filter(edition=desk.edition).update(quota_t=11, revision=F("revision") + 1)
    with pytest.raises(WhitelistError) as refused:
        desk.load(row, seen)
    assert refused.value.code == "import.moved"
    assert desk.stands() == [("01", Decimal(11))]
    desk.load(row)
    assert desk.stands() == [("01", Decimal(12))]


def test_only_the_side_whose_turn_it_is(desk: Desk) -> None:
    with pytest.raises(ListNotFound):
        desk.hand_in(desk.text("1"), by="GZ")
    row = desk.checked(desk.text("1"))
    with pytest.raises(ListNotFound):
        desk.load(row, by="CQ")
    Edition.objects.filter(pk=desk.edition.pk).update(status=EditionStatus.PROPOSED)
    with pytest.raises(ListNotAllowed, match="已提出"):
        desk.load(row)
    with pytest.raises(ListNotAllowed):
        desk.hand_in(desk.text("1"))
    desk.load(desk.checked(desk.text("2"), by="CQ"), by="CQ")
    assert desk.stands() == [("01", Decimal(2))]


def test_a_new_file_lets_the_earlier_one_go(desk: Desk) -> None:
    row = desk.checked(desk.text("1"))
    desk.hand_in(desk.text("2"))
    row.refresh_from_db()
    assert row.status == ImportStatus.DISCARDED
    gone = discard_import(import_id=desk.hand_in(desk.text("3")).pk, by=desk.people["SC"], now=NOW)
    assert gone.status == ImportStatus.DISCARDED
    assert not check_import(import_id=gone.pk, now=NOW)


def _kill_worker(row: LineImport, attempts: int = 1) -> None:
    """As a worker leaves it that was killed while it read."""
    LineImport.objects.filter(pk=row.pk).update(
        status=ImportStatus.CHECKING, attempts=attempts, touched_at=F("touched_at") - 2 * LOST_AFTER
    )


def test_a_lost_check_is_taken_up_once(desk: Desk) -> None:
    row = desk.hand_in(desk.text("10"))
    LineImport.objects.filter(pk=row.pk).update(status=ImportStatus.CHECKING, touched_at=Now())
    assert redo_lost_checks(now=NOW) == 0
    _kill_worker(row)
    assert redo_lost_checks(now=NOW) == 1
    assert redo_lost_checks(now=NOW) == 0
    row.refresh_from_db()
    assert (row.status, row.attempts) == (ImportStatus.CHECKED, 2)


def test_a_forgotten_message_is_found(desk: Desk) -> None:
    row = desk.hand_in(desk.text("10"))
    assert redo_lost_checks(now=NOW) == 1
    assert LineImport.objects.get(pk=row.pk).status == ImportStatus.CHECKED


def test_a_file_that_kills_three_workers_has_failed(desk: Desk) -> None:
    row = desk.hand_in(desk.text("10"))
    _kill_worker(row, attempts=3)
    redo_lost_checks(now=NOW)
    row.refresh_from_db()
    assert (row.status, "3 次都没有完成" in row.refusal) == (ImportStatus.FAILED, True)


def test_a_worker_thought_dead_does_not_overwrite_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = desk.hand_in(desk.text("10"))
    read = importing.read_sheet

    def slow(content: bytes) -> object:
        monkeypatch.setattr(importing, "read_sheet", read)
        _kill_worker(row)
        redo_lost_checks(now=NOW)
        raise Unreadable("late", "迟到的结果。")

    monkeypatch.setattr(importing, "read_sheet", slow)
    assert not check_import(import_id=row.pk, now=NOW)
    row.refresh_from_db()
    assert (row.status, row.refusal, row.attempts) == (ImportStatus.CHECKED, "", 2)


def test_files_go_after_thirty_days_and_what_came_of_them_stays(desk: Desk) -> None:
    row = desk.checked(desk.text("10"))
    assert forget_imports(now=NOW + timedelta(days=30)) == 0
    assert forget_imports(now=NOW + timedelta(days=31)) == 1
    assert not ImportFile.objects.filter(pk=row.pk).exists()
    assert LineImport.objects.filter(pk=row.pk).exists()


def test_a_file_of_another_list_is_named(desk: Desk) -> None:
    made = openpyxl.Workbook()
    for cells in (HEAD.split(","), ["01", desk.operator(1).name, CODE, "R4", 10]):
        made.active.append(cells)
    made.properties.keywords = "whitelist-edition:999999999999999999999999"
    file = BytesIO()
    made.save(file)
    row = begin_import(
        edition_id=desk.edition.pk, name="x.xlsx", content=file.getvalue(), by=desk.people["SC"], now=NOW
    )
    check_import(import_id=row.pk, now=NOW)
    row.refresh_from_db()
    assert row.notes == ["这个文件是从另一份名单导出的，不是本名单的文件，请确认没有选错。"]
