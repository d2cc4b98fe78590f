"""The words of the letter and of the replies to it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apps.catalogue.enums import PaperKind
from apps.transfers.rules.papers.facts import EntryFacts, OpinionFacts
from tests.transfers.paper_facts import CASE, FIGURES, GUIZHOU, ITEM, L1, LETTER, MEASURES, UPPER, paper, told


def letter(**options):
    return told(PaperKind.LETTER, law=replace(L1, measures_articles="第二十四条", licence_articles=""), **options)


def test_letter_within_quota():
    text = letter(details={"reply_by": date(2026, 1, 9), "figures": {7: FIGURES}})
    assert "示例单位（统一社会信用代码：91500111MADEM0000J，位于大足区）向我局申请，将其产生的危险废物转移至" in text
    assert "转移至遂宁市船山区的示范单位进行利用。" in text
    assert f"根据{UPPER}和{MEASURES}第二十四条的规定，现商请贵厅研究函复" in text
    assert (
        "上述废物列入2026年度示例名单第07号条目，核定数量3000.0000吨，已批准1240.0000吨，在办60.0000吨，"
        "余量1700.0000吨，本次申请未超出余量。"
    ) in text
    assert "请贵厅按照合作机制约定，于2026年1月9日前函复是否同意接受。" in text
    assert "拟途经" not in text


def test_letter_over_quota():
    figures = FIGURES | {"available_t": Decimal(20000), "asked_t": Decimal(30000), "over_t": Decimal(10000)}
    text = letter(route="over_quota", details={"reply_by": date(2026, 1, 21), "figures": {7: figures}})
    assert "余量20000.0000吨；本次申请30000.0000吨，超出余量10000.0000吨。商请贵厅就超出部分一并提出意见。" in text
    assert "超出部分仅用于本次申请，不改变名单核定数量。" in text
    assert "请贵厅自收到本函之日起十个工作日内，即于2026年1月21日前函复是否同意接受。" in text
    assert "未超出余量" not in text


def test_letter_with_several_entries_says_which_waste_stands_where():
    items = (ITEM, replace(ITEM, position=2, code="900-023-29", entry_id=8))
    text = letter(
        items=items,
        entries=(EntryFacts(7, "07"), EntryFacts(8, "08")),
        details={"figures": {7: FIGURES, 8: FIGURES}},
    )
    assert "上述第1项废物列入2026年度示例名单第07号条目" in text
    assert "上述第2项废物列入2026年度示例名单第08号条目" in text


@pytest.mark.parametrize(
    ("items", "listed", "words"),
    [
        ((replace(ITEM, entry_id=None),), True, "上述废物未列入双方现行名单"),
        ((ITEM, replace(ITEM, position=2, entry_id=None)), True, "上述第2项废物未列入双方现行名单"),
        ((replace(ITEM, entry_id=None),), False, "接受人未列入双方现行名单"),
    ],
)
def test_letter_of_the_general_procedure_says_what_is_not_listed(items, listed, words):
    text = letter(route="general", edition=None, items=items, is_operator_listed=listed)
    assert f"{words}，按一般审批程序办理。" in text
    assert "核定数量" not in text


@pytest.mark.parametrize(
    ("opinion", "words"),
    [
        (OpinionFacts("大足区生态环境局", agrees=True), "大足区生态环境局的意见为：同意移出。"),
        (OpinionFacts("大足区生态环境局", agrees=False, text="贮存不规范。"), "意见为：不同意移出（贮存不规范）。"),
        (OpinionFacts("大足区生态环境局", agrees=None), "大足区生态环境局未在期限内提出意见。"),
    ],
)
def test_letter_tells_the_local_opinion(opinion, words):
    assert words in letter(route="general", edition=None, opinion=opinion)


@pytest.mark.parametrize(
    ("warnings", "words"),
    [
        ((), "种类、数量与其本年度危险废物管理计划相符"),
        (("capacity.over",), "种类、数量与其本年度危险废物管理计划相符"),
        (("plan.exceeded",), "种类或者数量超出其本年度危险废物管理计划"),
        (("plan.missing",), "无移出人本年度危险废物管理计划"),
    ],
)
def test_letter_claims_no_more_of_the_plan_than_the_check_found(warnings, words):
    assert words in letter(warnings=warnings)


def test_letter_of_a_collector_through_a_third_province():
    text = letter(generator=replace(CASE.generator, is_collector=True), transit=(GUIZHOU,))
    assert "将其收集的危险废物" in text
    assert "拟途经贵州省。" in text


def test_letter_encloses_the_identification_report_of_unlisted_waste():
    assert "5. 危险废物鉴别报告" in letter(items=(replace(ITEM, code="900-000-49"),))
    assert "鉴别报告" not in letter()


def test_reply_agrees_to_what_was_asked():
    composed = paper(
        PaperKind.REPLY_AGREE, law=replace(L1, measures_articles="第二十五条"), earlier={"letter": (LETTER,)}
    )
    text = "\n".join(block.get("text", "") for block in composed.blocks)
    assert "贵局《关于商请同意接受示例单位跨省转移危险废物的函》（渝环危转函〔2026〕31号）于2026年1月7日收悉。" in text
    assert "120.0000吨，以R4方式利用，转移期限至2026年12月31日，且不超过接受人经营许可证有效期。" in text
    assert "通报我厅和四川省交通运输厅。我厅将组织遂宁市生态环境局加强" in text
    assert "超出名单余量" not in text
    assert "不同意" not in text
    assert composed.addressee == "重庆市生态环境局"
    assert composed.copies == ("遂宁市生态环境局", "示范单位")


def test_reply_agrees_in_part():
    text = told(
        PaperKind.REPLY_AGREE,
        items=(replace(ITEM, consented_t=Decimal(100)),),
        details={"until": date(2026, 6, 30), "reasons": "剩余经营能力不足。"},
    )
    assert "100.0000吨，以R4方式利用，转移期限至2026年6月30日" in text
    assert (
        "商请数量中的其余20.0000吨不同意接受，商请期限中2026年6月30日以后的部分不同意接受，理由是：剩余经营能力不足。"
        in text
    )


def test_reply_grants_the_excess_once():
    text = told(PaperKind.REPLY_AGREE, route="over_quota", granted_over_t=Decimal(10000))
    assert "其中超出名单余量的10000.0000吨，同意在本次申请中一次性使用；" in text
    assert "在批准决定期满后核销，不转作名单余量。" in text


def test_reply_refuses_with_each_reason():
    details = {"reasons": "一、剩余能力2.5吨，不足。\n\n2、许可证已暂扣"}
    text = told(PaperKind.REPLY_REFUSE, earlier={"letter": (LETTER,)}, details=details)
    assert (
        "经研究，我厅不同意接受，理由如下：\n一、剩余能力2.5吨，不足。\n二、许可证已暂扣。\n请贵局将上述理由告知移出人。"
        in text
    )
