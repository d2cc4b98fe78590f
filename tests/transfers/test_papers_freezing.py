"""Freezing papers on the real database: numbers, dates, law, what they are composed from, how many queries."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.catalogue.enums import PaperKind
from apps.catalogue.reading import places, requirements, wastes
from apps.catalogue.services.loading import load_reference
from apps.organisations.reading import bureaus
from apps.transfers.enums import AcceptanceKind
from apps.transfers.models import Attachment, CorrectionPoint, LocalOpinion, Paper, PaperCounter, QuotaClaim, Reply
from apps.transfers.services.papers import PaperOrder, freeze_papers
from apps.whitelists.reading import lists
from tests.catalogue.factories import province
from tests.organisations.factories import BureauFactory, UserFactory
from tests.transfers.paper_cases import MONDAY, Case, at, provincial, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def reference(db):
    """The real law, departments and provinces, rolled back with the test."""
    load_reference()


def test_consent_and_approval_of_one_call_refer_to_each_other(reference):
    case = Case()
    letter = case.one(PaperKind.LETTER, reply_by=date(2026, 1, 9))
    reply, approval = case.freeze(
        (PaperKind.REPLY_AGREE, "destination", {"until": None, "reasons": ""}),
        (PaperKind.APPROVAL, "origin", {}),
        on=date(2026, 1, 7),
    )
    assert (letter.number, reply.number, approval.number) == (
        "渝环危转函〔2026〕1号",
        "川环危转函〔2026〕1号",
        "渝环危转〔2026〕1号",
    )
    assert letter.number in words(reply)
    assert f"经商四川省生态环境厅同意接受（{reply.number}）。" in words(approval)
    assert approval.dated_on == date(2026, 1, 7)
    assert approval.law == "L1"


def test_approval_is_copied_to_all_who_must_know(reference):
    case = Case()
    case.application.transit.add(province("GZ"))
    provincial("GZ")
    approval = case.one(PaperKind.APPROVAL)
    assert approval.copies == [
        "四川省生态环境厅",
        "重庆市交通运输委员会",
        "四川省交通运输厅",
        "贵州省生态环境厅",
        "贵州省交通运输厅",
        "大足区生态环境局",
        "遂宁市生态环境局",
        case.application.operator.name,
    ]


def test_transport_departments_are_named_as_on_the_paper_s_date(reference):
    assert "重庆市交通局" in Case(day=date(2021, 3, 1)).one(PaperKind.APPROVAL).copies
    assert "重庆市交通运输委员会" in Case(day=MONDAY).one(PaperKind.APPROVAL).copies


def test_local_bureau_that_is_kept_goes_before_the_name_by_area(reference):
    local = BureauFactory(province=province("CQ"), local=True, name="重庆市大足区生态环境局（示例）")
    assert local.name in Case().one(PaperKind.APPROVAL).copies


@pytest.mark.parametrize(
    ("day", "key", "cited"),
    [
        (date(2021, 12, 31), "L0", "固体废物污染环境防治法》第八十二条第二款"),
        (date(2022, 1, 1), "L1", "令第23号）第二十六条、第二十七条、第二十一条第二款和"),
        (date(2026, 8, 14), "L1", "固体废物污染环境防治法》第八十二条第二款、《危险废物转移管理办法》"),
        (date(2026, 8, 15), "L2", "《中华人民共和国生态环境法典》第五百三十六条第二款、《危险废物转移管理办法》"),
    ],
)
def test_law_is_that_of_the_paper_s_own_date(reference, day, key, cited):
    approval = Case(day=date(day.year, 1, 4)).one(PaperKind.APPROVAL, on=day)
    assert approval.law == key
    assert cited in words(approval)


def test_a_paper_of_2021_cites_nothing_of_order_23(reference):
    case = Case(day=date(2021, 3, 1))
    CorrectionPoint.objects.create(
        application=case.application, position=1, subject="合同", problem="数量不一致", demand="更正"
    )
    papers = case.freeze(
        (PaperKind.RECEIPT, "origin", {"due_on": date(2021, 3, 8), "is_provisional": False}),
        (PaperKind.ACCEPTANCE, "origin", {"how": AcceptanceKind.IMPLIED, "due_on": date(2021, 3, 8)}),
        (PaperKind.CORRECTION, "origin", {"answer_by": date(2021, 4, 12), "hold_until": None, "left_days": 3}),
        (PaperKind.LETTER, "origin", {"reply_by": date(2021, 3, 5), "figures": {}}),
        (PaperKind.REPLY_AGREE, "destination", {"until": None, "reasons": ""}),
        (PaperKind.REPLY_REFUSE, "destination", {"reasons": "剩余能力不足"}),
        (PaperKind.APPROVAL, "origin", {}),
        (PaperKind.REFUSAL, "origin", {"stage": "review", "reasons": "材料不实"}),
        (PaperKind.NOTICE, "origin", {"figures": {}}),
        (PaperKind.REMINDER, "origin", {"reply_by": date(2021, 3, 5)}),
        *((kind, "origin", {}) for kind in LATER),
    )
    assert {paper.kind for paper in papers} == set(PaperKind.values)
    for paper in papers:
        assert paper.law == "L0"
        for never in ("第23号", "危险废物转移管理办法", "第二十八条", "第二十六条", "第二十四条", "None"):
            assert never not in words(paper), (paper.kind, never)


LATER = (
    PaperKind.WITHDRAWAL,
    PaperKind.ANNULMENT,
    PaperKind.CANCELLATION,
    PaperKind.PAUSE,
    PaperKind.PAUSE_LIFTED,
    PaperKind.SUSPENSION,
    PaperKind.RESUMPTION,
    PaperKind.ERRATUM,
    PaperKind.LETTER_ERRATUM,
)


def test_receipt_bears_the_application_s_number_and_takes_no_serial(reference):
    case = Case()
    user = UserFactory()
    for material, removed in (("contract", None), ("permit_copy", None), ("method_statement", at(MONDAY))):
        Attachment.objects.create(
            application=case.application,
            material=material,
            file=f"2026/01/{material}",
            original_name="a.pdf",
            size=1,
            uploaded_by=user,
            uploaded_at=at(MONDAY),
            removed_at=removed,
        )
    receipt = case.one(PaperKind.RECEIPT, due_on=date(2026, 1, 12), is_provisional=False)
    assert (receipt.number, receipt.serial, receipt.series) == (case.application.number, None, "none")
    listed = next(block["items"] for block in receipt.content if block["type"] == "list")
    assert listed == ["危险废物跨省转移申请表", "接受人危险废物经营许可证复印件", "委托协议、意向书或者合同"]
    assert not PaperCounter.objects.exists()


def test_letter_of_the_general_procedure_tells_the_local_opinion(reference):
    case = Case(route="general")
    LocalOpinion.objects.create(application=case.application, agrees=True, text="已核实。", given_at=at(MONDAY))
    told = words(case.one(PaperKind.LETTER, reply_by=date(2026, 1, 19)))
    assert "接受人未列入双方现行名单，按一般审批程序办理。大足区生态环境局的意见为：同意移出（已核实）。" in told
    assert "自收到本函之日起十个工作日内，即于2026年1月19日前函复" in told


def test_letter_takes_hazards_from_the_catalogue_when_nobody_wrote_any(reference):
    table = next(b for b in Case().one(PaperKind.LETTER).content if b["type"] == "table")
    assert table["rows"] == [
        [
            "1",
            "废弃电路板",
            "HW49",
            "900-045-49",
            "T",
            "固态",
            "吨袋",
            "120.0000",
            "再循环/再利用金属和金属化合物（R4）",
        ]
    ]


def test_reply_over_quota_names_the_one_off_excess(reference):
    case = Case(route="over_quota")
    QuotaClaim.objects.create(
        application=case.application,
        round=1,
        entry=case.entry,
        within_t=Decimal(100),
        over_t=Decimal(20),
        granted_over_t=Decimal(20),
    )
    told = words(case.one(PaperKind.REPLY_AGREE, "destination", until=None, reasons=""))
    assert "其中超出名单余量的20.0000吨，同意在本次申请中一次性使用" in told


def test_approval_of_less_tells_the_reason_of_the_reply(reference):
    case = Case()
    case.item.consented_t = case.item.approved_t = Decimal(100)
    case.item.save()
    for reasons, voided_at in (("已收回的理由", at(MONDAY)), ("剩余能力不足", None)):
        Reply.objects.create(
            application=case.application,
            round=1,
            answer="partial",
            reasons=reasons,
            given_at=at(MONDAY),
            voided_at=voided_at,
        )
    assert "四川省生态环境厅未同意接受（理由是：剩余能力不足），不予批准" in words(case.one(PaperKind.APPROVAL))


def test_recalled_paper_is_cited_no_more(reference):
    case = Case()
    first = case.one(PaperKind.LETTER)
    Paper.objects.filter(pk=first.pk).update(voided_at=at(MONDAY))
    second = case.one(PaperKind.LETTER)
    told = words(case.one(PaperKind.REPLY_REFUSE, "destination", reasons="能力不足"))
    assert second.number in told
    assert first.number not in told


def test_refusal_cites_art_24_before_and_art_26_after_the_letter(reference):
    before, after = Case(), Case(route="general")
    after.one(PaperKind.LETTER)
    after.one(PaperKind.REPLY_REFUSE, "destination", reasons="能力不足")
    assert "令第23号）第二十四条和" in words(before.one(PaperKind.REFUSAL, stage="review", reasons="不实"))
    assert "令第23号）第二十六条和" in words(after.one(PaperKind.REFUSAL, stage="objection", reasons="能力不足"))


def test_each_series_counts_by_itself_and_by_year(reference):
    case = Case()
    papers = case.freeze(
        (PaperKind.ACCEPTANCE, "origin", {"how": AcceptanceKind.IMPLIED, "due_on": date(2026, 1, 12)}),
        (PaperKind.LETTER, "origin", {}),
        (PaperKind.REMINDER, "origin", {}),
        (PaperKind.REPLY_AGREE, "destination", {}),
    )
    assert [paper.number for paper in papers] == [
        "渝环危转受〔2026〕1号",
        "渝环危转函〔2026〕1号",
        "渝环危转函〔2026〕2号",
        "川环危转函〔2026〕1号",
    ]
    assert case.one(PaperKind.LETTER, on=date(2027, 1, 4)).number == "渝环危转函〔2027〕1号"


def test_a_number_never_bears_an_earlier_day_than_the_one_before(reference):
    case = Case()
    case.one(PaperKind.LETTER, on=date(2026, 8, 17))
    late = case.one(PaperKind.LETTER, on=date(2026, 8, 14))
    assert (late.serial, late.dated_on, late.law) == (2, date(2026, 8, 17), "L2")
    assert case.one(PaperKind.APPROVAL, on=date(2026, 8, 14)).dated_on == date(2026, 8, 14)
    assert case.one(PaperKind.LETTER, on=date(2026, 8, 18)).dated_on == date(2026, 8, 18)


def test_the_day_is_that_of_shanghai(reference):
    case = Case()
    with transaction.atomic():
        now = datetime.fromisoformat("2026-01-05T17:30:00+00:00")
        order = PaperOrder(PaperKind.LETTER, case.origin)
        (paper,) = freeze_papers(application=case.application, orders=[order], now=now)
    assert paper.dated_on == date(2026, 1, 6)


def test_an_act_that_fails_gives_its_number_back(reference):
    case = Case()
    case.one(PaperKind.APPROVAL)

    class ActFails(Exception):
        pass

    def fail():
        with transaction.atomic():
            case.one(PaperKind.APPROVAL)
            raise ActFails

    with pytest.raises(ActFails):
        fail()
    assert case.one(PaperKind.APPROVAL).serial == 2


def test_missing_reference_data_blocks_no_act():
    case = Case()
    papers = case.freeze(*((kind, "origin", {}) for kind in PaperKind))
    assert len(papers) == len(PaperKind)
    assert all("None" not in words(paper) for paper in papers)


def test_frozen_words_stay_when_names_change(reference):
    case = Case()
    paper = case.one(PaperKind.APPROVAL)
    before = words(paper)
    operator = case.application.operator
    operator.name = "改名后的示范单位"
    operator.save()
    assert words(Paper.objects.get(pk=paper.pk)) == before


@pytest.mark.parametrize(
    ("orders", "bound"),
    [
        ([(PaperKind.RECEIPT, "origin", {})], 6),
        ([(PaperKind.LETTER, "origin", {})], 9),
        ([(PaperKind.REPLY_AGREE, "destination", {}), (PaperKind.APPROVAL, "origin", {})], 10),
        ([(PaperKind.APPROVAL, "origin", {})], 10),
    ],
)
def test_few_queries(reference, orders, bound):
    case = Case()
    for kept in (places, requirements, wastes, bureaus, lists):
        kept()  # as every process has them after its first act
    with CaptureQueriesContext(connection) as queries:
        case.freeze(*orders)
    selects = [query for query in queries.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(selects) <= bound, [query["sql"][:90] for query in selects]


def test_a_frozen_paper_cannot_be_changed(reference):
    paper = Case().one(PaperKind.APPROVAL)
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.filter(pk=paper.pk).update(content=[])
