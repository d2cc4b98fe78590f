"""What speaks against proposing a list, found for all lines at once."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalogue.models import CatalogueEdition
from apps.organisations.enums import PermitStatus
from apps.organisations.models import Enterprise, PermitYear
from apps.whitelists.models import Bar, Edition, EditionLine
from apps.whitelists.rules.proposing import Findings
from apps.whitelists.services.proposing import findings_of
from tests.catalogue.factories import (
    CatalogueEditionFactory,
    DisposalMethodFactory,
    WasteCategoryFactory,
    WasteCodeFactory,
    province,
)
from tests.organisations.factories import EnterpriseFactory, PermitFactory
from tests.whitelists.factories import CODE, NOW, confirm, make_edition, make_entry, make_operator

pytestmark = pytest.mark.django_db

TODAY = date(2025, 12, 15)


@pytest.fixture
def edition() -> Edition:
    """Chongqing to Sichuan for 2026, with a catalogue of one code and two methods."""
    catalogue = CatalogueEdition.objects.first() or CatalogueEditionFactory(valid_from=date(2021, 1, 1))
    for code in (CODE, "900-041-49"):
        WasteCodeFactory(edition=catalogue, code=code, category=WasteCategoryFactory(code="HW49"))
    WasteCategoryFactory(code="HW08")
    for method in ("R4", "D10"):
        DisposalMethodFactory(code=method)
    return make_edition()


@pytest.fixture
def operator() -> Enterprise:
    """15,000 t a year of the code by R4, until 2030."""
    return PermitFactory(enterprise=make_operator()).enterprise


def line(operator: Enterprise, number: str = "01", **changes: object) -> EditionLine:
    values = {"waste_codes": [CODE], "method": "R4", "quota_t": Decimal(100)}
    return EditionLine(number=number, operator=operator, **{**values, **changes})


def found(edition: Edition, *lines: EditionLine) -> Findings:
    return findings_of(lines=lines, edition=edition, today=TODAY)


def codes(findings: Findings) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.code, one.numbers) for one in findings.all]


def test_a_line_that_holds_is_left_in_peace(edition: Edition, operator: Enterprise) -> None:
    whole = line(operator, "02", waste_codes=[], category_id="HW49")
    assert codes(found(edition, line(operator), whole)) == []


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"waste_codes": ["900-999-49"]}, "code.unknown", "900-999-49 不在"),
        ({"waste_codes": ["90-45"]}, "code.form", "900-045-49"),
        ({"waste_codes": [CODE, "900-041-49"]}, "permit.scope", "未核准以 R4 方式经营 900-041-49"),
        ({"method": "D10"}, "permit.scope", "未核准以 D10"),
        ({"method": "X1"}, "method.unknown", "X1"),
        ({"waste_codes": [], "category_id": "HW08"}, "permit.scope", "HW08 类任何代码"),
    ],
)
def test_what_permit_and_catalogue_do_not_cover(
    edition: Edition, operator: Enterprise, changes: dict, code: str, word: str
) -> None:
    found_ones = found(edition, line(operator, **changes))
    assert code in {one.code for one in found_ones.blocking}
    assert any(word in one.sentence for one in found_ones.of_line("01"))


def test_operators_of_other_provinces_block(edition: Edition) -> None:
    abroad = line(PermitFactory(enterprise=make_operator("YN")).enterprise)
    sender = line(EnterpriseFactory(province=province("SC")), "02")
    assert codes(found(edition, abroad, sender)) == [("operator.foreign", ("01",)), ("operator.foreign", ("02",))]


def test_permits_on_the_first_day_and_to_the_last(edition: Edition) -> None:
    none, ended, ends, barred = (make_operator() for _ in range(4))
    PermitFactory(enterprise=ended, valid_until=date(2025, 12, 31))
    PermitFactory(enterprise=ends, valid_until=date(2026, 6, 30))
    PermitFactory(enterprise=barred, status=PermitStatus.SUSPENDED)
    lines = [line(one, f"{place:02d}") for place, one in enumerate((none, ended, ends, barred), start=1)]
    findings = found(edition, *lines)
    assert codes(findings) == [
        ("permit.none", ("01",)),
        ("permit.none", ("02",)),
        ("permit.status", ("04",)),
        ("permit.ends", ("03",)),
    ]
    assert "有效期至 2026-06-30，早于名单止日 2026-12-31" in findings.warnings[0].sentence
    # A permit that follows on and covers the same is one that lasts.
    PermitFactory(enterprise=ends, valid_from=date(2026, 7, 1), valid_until=date(2031, 6, 30))
    assert found(edition, lines[2]).all == ()


def test_a_collection_permit_lets_nothing_be_used(edition: Edition) -> None:
    collector = make_operator()
    PermitFactory(enterprise=collector, kind="collection", lines=[(CODE, "", "100")])
    (finding,) = found(edition, line(collector)).all
    assert (finding.code, "收集许可证" in finding.sentence) == ("permit.scope", True)


def test_capacity_over_all_lists_of_the_year(edition: Edition, operator: Enterprise) -> None:
    other = make_edition("YN")
    make_entry(other, operator=operator, quota="14000")
    confirm(other)
    last_year = make_edition("CQ", period=("2025-01-01", "2025-12-31"))
    make_entry(last_year, operator=operator, quota="9000")
    confirm(last_year)
    at_most = line(operator, quota_t=Decimal(1000))
    assert codes(found(edition, at_most)) == []
    over = line(operator, quota_t=Decimal("1000.0001"))
    assert codes(found(edition, over)) == [("capacity.over", ("01",))]
    twenty = line(operator, "02", quota_t=Decimal(3000), waste_codes=["900-041-49"])
    (warned,) = [one for one in found(edition, at_most, twenty).all if one.code.startswith("capacity")]
    assert (warned.code, warned.numbers) == ("capacity.over", ("01", "02"))
    (blocked,) = found(edition, line(operator, quota_t=Decimal("4000.0001"))).all
    assert (blocked.code, blocked.is_blocking) == ("capacity.exceeded", True)
    assert (
        "合计 18000.0001 吨，为许可规模 15000.0000 吨的 120.0%，超过许可规模 120% 的上限 18000.0000 吨"
        in blocked.sentence
    )


def test_the_destinations_own_figure_counts_instead(edition: Edition, operator: Enterprise) -> None:
    asked = line(operator, quota_t=Decimal(20000))
    year = PermitYear.objects.create(
        permit=operator.permits.get(), year=2026, limit_t=Decimal(20000), limit_is_stated=True
    )
    assert codes(found(edition, asked)) == [("capacity.over", ("01",))]
    year.limit_t = Decimal(19999)
    year.save()
    (blocked,) = found(edition, asked).all
    assert "接受地明示的上限 19999.0000 吨" in blocked.sentence


def test_struck_lines_do_not_count(edition: Edition, operator: Enterprise) -> None:
    assert found(edition, line(operator), line(operator, "02", is_struck=True)).all == ()


def test_overlaps_of_equal_rank_name_every_line(edition: Edition, operator: Enterprise) -> None:
    twice = line(operator, "02", waste_codes=["900-041-49", CODE])
    overlaps = [one for one in found(edition, line(operator), twice).blocking if one.code == "overlap"]
    assert [one.numbers for one in overlaps] == [("01", "02")]
    assert overlaps[0].told.startswith("第01、02号条目：重复列入同一接受人的 900-045-49")


def test_suspensions_are_told_with_their_paper(edition: Edition, operator: Enterprise) -> None:
    bar = {"from_on": date(2025, 11, 1), "reason": "违规贮存", "recorded_at": NOW}
    lifted = Bar.objects.create(operator=operator, document_no="川环罚〔2025〕1号", lifted_on=date(2026, 1, 1), **bar)
    assert found(edition, line(operator)).all == ()
    lifted.delete()
    Bar.objects.create(operator=operator, waste_code=CODE, document_no="川环罚〔2025〕2号", **bar)
    whole = line(operator, "02", waste_codes=[], category_id="HW49")
    other = line(operator, "03", waste_codes=["900-041-49"])
    findings = found(edition, line(operator), whole, other)
    (warned,) = findings.warnings
    assert (warned.code, warned.numbers) == ("barred", ("01", "02"))
    assert "川环罚〔2025〕2号" in warned.sentence


def test_the_questions_do_not_grow_with_the_lines(edition: Edition) -> None:
    lines = [line(PermitFactory(enterprise=make_operator()).enterprise, f"{serial:02d}") for serial in range(30)]
    found(edition, *lines)
    with CaptureQueriesContext(
        connection,
    ) as one:
        found(edition, lines[0])
    with CaptureQueriesContext(connection) as many:
        found(edition, *lines)
    assert len(many) == len(one) <= 8
