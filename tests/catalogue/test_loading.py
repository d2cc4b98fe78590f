import time
from datetime import date

import pytest
from django.core.management import call_command

from apps.catalogue.enums import DivisionLevel, PaperKind
from apps.catalogue.models import (
    CatalogueEdition,
    DisposalMethod,
    Division,
    Exemption,
    LawPeriod,
    PaperLaw,
    Province,
    RequiredMaterial,
    TransportDepartment,
    WasteCategory,
    WasteCode,
)
from apps.catalogue.services.loading import load_reference

pytestmark = pytest.mark.django_db


def counts():
    tables = [
        Division, Province, WasteCategory, WasteCode, Exemption, DisposalMethod, LawPeriod, PaperLaw,
        TransportDepartment, RequiredMaterial, Province.neighbours.through,
    ]  # fmt: skip
    return {table._meta.label: table.objects.count() for table in tables}


def test_the_real_numbers(reference):
    assert Division.objects.filter(level=DivisionLevel.PROVINCE).count() == 4
    assert Division.objects.filter(level=DivisionLevel.PREFECTURE).count() == 46
    assert Division.objects.filter(level=DivisionLevel.COUNTY).count() == 438
    assert not Division.objects.filter(longitude__isnull=True).exists()
    assert (WasteCode.objects.count(), WasteCategory.objects.count()) == (467, 46)
    assert (DisposalMethod.objects.count(), Exemption.objects.count()) == (27, 57)
    assert all(code.category_id == f"HW{code.code[-2:]}" for code in WasteCode.objects.all())


def test_a_second_run_changes_nothing_and_is_quick(reference):
    before = counts()
    started = time.perf_counter()
    parts = load_reference()
    assert time.perf_counter() - started < 1
    assert counts() == before
    assert sum(part.rows for part in parts) > 1000


def test_a_second_run_keeps_what_was_set_since(reference):
    Province.objects.filter(short="CQ").update(accepts_clean_filings_at_once=True)
    TransportDepartment.objects.filter(province="530000").update(name="云南省交通运输委员会")
    CatalogueEdition.objects.update(valid_until=date(2026, 12, 31))
    Exemption.objects.filter(number=18).delete()
    load_reference()
    assert Province.objects.get(short="CQ").accepts_clean_filings_at_once
    assert TransportDepartment.objects.get(province="530000").name == "云南省交通运输委员会"
    assert CatalogueEdition.objects.get().valid_until == date(2026, 12, 31)
    assert Exemption.objects.count() == 57


def test_chongqing_and_yunnan_share_no_border(reference):
    borders = {short: {near.short for near in province.neighbours.all()} for short, province in reference.items()}
    assert borders == {
        "CQ": {"SC", "GZ"},
        "SC": {"CQ", "GZ", "YN"},
        "GZ": {"CQ", "SC", "YN"},
        "YN": {"SC", "GZ"},
    }
    assert reference["CQ"].local_opinion_level == DivisionLevel.COUNTY
    assert reference["SC"].local_opinion_level == DivisionLevel.PREFECTURE


@pytest.mark.parametrize(
    ("day", "key"),
    [
        (date(2020, 12, 31), None),
        (date(2021, 1, 1), "L0"),
        (date(2021, 12, 31), "L0"),
        (date(2022, 1, 1), "L1"),
        (date(2026, 8, 14), "L1"),
        (date(2026, 8, 15), "L2"),
        (date(2031, 1, 1), "L2"),
    ],
)
def test_law_by_the_day_of_the_paper(reference, day, key):
    assert [period.key for period in LawPeriod.objects.in_force_on(day)] == ([key] if key else [])


def test_papers_of_2021_cannot_cite_order_23(reference):
    period = LawPeriod.objects.in_force_on(date(2021, 6, 1)).get()
    assert (period.measures_full, period.measures_short) == ("", "")
    assert "23号" not in period.manifest_measures
    assert "生态环境法典" in LawPeriod.objects.in_force_on(date(2026, 8, 15)).get().upper_law


def test_every_paper_has_its_articles(reference):
    assert set(PaperLaw.objects.values_list("kind", flat=True)) == set(PaperKind.values)
    approval = PaperLaw.objects.for_paper(PaperKind.APPROVAL)
    assert (approval.measures_articles, approval.licence_articles) == ("第二十六条、第二十七条", "第三十八条第一款")
    listed = PaperLaw.objects.for_paper(PaperKind.APPROVAL, "whitelisted")
    assert listed.measures_articles.endswith("第二十一条第二款")
    assert PaperLaw.objects.for_paper(PaperKind.REPLY_AGREE, "whitelisted").measures_articles == "第二十五条"
    review = PaperLaw.objects.for_paper(PaperKind.REFUSAL, "review")
    after_letter = PaperLaw.objects.for_paper(PaperKind.REFUSAL, "after_letter")
    assert (review.measures_articles, after_letter.measures_articles) == ("第二十四条", "第二十六条")
    assert PaperLaw.objects.for_paper(PaperKind.REFUSAL) is None


def test_materials_of_article_22(reference):
    everywhere = RequiredMaterial.objects.filter(only_identified_waste=False, province=None)
    assert [material.code for material in everywhere] == ["permit_copy", "method_statement", "contract"]
    assert RequiredMaterial.objects.get(only_identified_waste=True).code == "identification_report"


def test_exemption_in_transport(reference):
    free = Exemption.objects.in_transport_of("900-052-31").get()
    assert "防雨" in free.condition
    assert Exemption.objects.in_transport_of("900-045-49").count() == 1
    assert not Exemption.objects.in_transport_of("900-041-49").exists()
    assert Exemption.objects.in_transport_of("841-001-01").count() == 3


def test_transport_department_by_day(reference):
    named = TransportDepartment.objects.filter(province="500000")
    assert named.in_force_on(date(2021, 6, 1)).get().name == "重庆市交通局"
    assert named.in_force_on(date(2026, 6, 1)).get().name == "重庆市交通运输委员会"


def test_the_command_tells_each_part(capsys):
    call_command("load_reference")
    printed = capsys.readouterr().out
    assert "废物代码（国家危险废物名录（2021年版））：467 条" in printed
    assert "行政区划：488 条" in printed
