"""The words of approval and refusal."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apps.catalogue.enums import PaperKind
from apps.transfers.rules.papers.composing import situation_of
from apps.transfers.rules.papers.facts import PaperRef
from tests.transfers.paper_facts import CASE, GUIZHOU, ITEM, L0, LETTER, MEASURES, REPLY, UPPER, paper, told


def test_approval_after_a_reply_cites_it():
    for route in ("fast_track", "over_quota", "general"):
        text = told(PaperKind.APPROVAL, route=route, earlier={"reply_agree": (REPLY,)})
        assert "我局于2026年1月5日受理。经商四川省生态环境厅同意接受（川环危转函〔2026〕22号）。" in text
        assert "确认该名单" not in text


def test_approval_under_prior_consent_cites_both_letters_of_the_list():
    text = told(PaperKind.APPROVAL, consent_mode="prior")
    assert (
        "申请内容列入2026年度示例名单第07号条目且未超出余量，四川省生态环境厅以川环函〔2025〕902号、"
        "我局以渝环函〔2025〕901号确认该名单。"
    ) in text
    assert "经商" not in text


def test_over_quota_under_prior_consent_still_needs_the_reply():
    assert "经商四川省生态环境厅" in told(PaperKind.APPROVAL, consent_mode="prior", route="over_quota")


def test_approval_says_what_art_27_asks_for():
    text = told(PaperKind.APPROVAL)
    assert f"根据{UPPER}、{MEASURES}第二十六条、第二十七条和《中华人民共和国行政许可法》第三十八条第一款的规定" in text
    assert "1 废弃电路板 HW49 900-045-49 120.0000 R4" in text
    assert "转移至示范单位（地址：示范路2号；危险废物经营许可证编号：川环危第510903901号）：" in text
    assert "二、本决定有效期自2026年1月12日起至2026年12月31日止（含当日）。" in text
    assert "四、危险废物种类发生变化或者数量超过批准数量的" in text
    assert "五、大足区生态环境局负责" in text
    assert "不予批准" not in text


def test_approval_of_2021_has_no_article_of_order_23():
    text = told(PaperKind.APPROVAL, law=L0)
    assert (
        "三、你单位应当依照《危险废物转移联单管理办法》（原国家环境保护总局令第5号）按规定填写、运行危险废物转移联单"
        in text
    )
    assert "四、大足区生态环境局负责" in text
    assert "重新提出申请" not in text


def test_approval_of_waste_exempt_in_transport():
    assert "运输环节按照《国家危险废物名录》豁免管理规定执行" in told(PaperKind.APPROVAL, is_transport_exempt=True)
    assert "豁免" not in told(PaperKind.APPROVAL)


def test_approval_of_less_says_so_and_how_to_contest_it():
    items = (replace(ITEM, consented_t=Decimal(100), approved_t=Decimal(100)),)
    text = told(PaperKind.APPROVAL, items=items, reply_reasons="剩余能力不足。")
    assert "合计   100.0000" in text
    assert "申请数量中的其余20.0000吨，四川省生态环境厅未同意接受（理由是：剩余能力不足），不予批准。" in text
    assert "向重庆市人民政府申请行政复议" in text


def test_approval_of_less_than_the_destination_consented_to_blames_nobody():
    text = told(PaperKind.APPROVAL, items=(replace(ITEM, consented_t=Decimal(120), approved_t=Decimal(50)),))
    assert "申请数量中的其余70.0000吨，不予批准。" in text


def test_approval_is_copied_through_the_transit_province():
    assert paper(PaperKind.APPROVAL, transit=(GUIZHOU,)).copies == (
        "四川省生态环境厅",
        "重庆市交通运输委员会",
        "四川省交通运输厅",
        "贵州省生态环境厅",
        "贵州省交通运输厅",
        "大足区生态环境局",
        "遂宁市生态环境局",
        "示范单位",
    )


def test_unknown_facts_leave_no_hole():
    generator = replace(CASE.generator, address="", legal_representative="", local_bureau="")
    text = told(PaperKind.APPROVAL, generator=generator, permit=None, operator=replace(CASE.operator, address=""))
    assert "你单位（统一社会信用代码：91500111MADEM0000J）提交的" in text
    assert "转移至示范单位：" in text
    assert "监督管理。" not in text


def refusal(stage, **options):
    composed = paper(PaperKind.REFUSAL, details={"stage": stage, "reasons": "事实一\n事实二"}, **options)
    return "\n".join(block.get("text", "") for block in composed.blocks), composed


def test_refusal_at_first_review():
    text, composed = refusal("review")
    assert "经初步审核，你单位的申请不符合规定条件，理由如下：\n一、事实一。\n二、事实二。" in text
    assert "六十日内向重庆市人民政府申请行政复议" in text
    assert "六个月内向有管辖权的人民法院提起行政诉讼" in text
    assert composed.copies == ("大足区生态环境局",)


def test_refusal_after_an_objection():
    refuse = PaperRef("川环危转函〔2026〕23号", date(2026, 1, 9))
    text, composed = refusal("objection", earlier={"letter": (LETTER,), "reply_refuse": (refuse,)})
    assert (
        "我局于2026年1月7日商请四川省生态环境厅（渝环危转函〔2026〕31号），该厅函复不同意接受"
        "（川环危转函〔2026〕23号），理由如下："
    ) in text
    assert composed.copies == ("大足区生态环境局", "四川省生态环境厅")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((), "31号），至2026年1月12日未收到"),
        ((8,), "，并于2026年1月8日催复，至"),
        ((8, 12), "，并于2026年1月8日、2026年1月12日两次催复，至"),
        ((8, 9, 12), "2026年1月12日三次催复，至"),
    ],
)
def test_refusal_without_an_answer_tells_the_reminders(days, words):
    reminders = tuple(PaperRef("号", date(2026, 1, day)) for day in days)
    text, _ = refusal("no_reply", earlier={"letter": (LETTER,), "reminder": reminders})
    assert words in text
    assert "本次申请不具备批准条件" in text


def test_refusal_although_the_destination_agreed():
    text, _ = refusal("review", earlier={"letter": (LETTER,), "reply_agree": (REPLY,)})
    assert "该厅函复同意接受（川环危转函〔2026〕22号）。经审查，你单位的申请不符合规定条件" in text


@pytest.mark.parametrize(
    ("kind", "route", "has_letter", "situation"),
    [
        (PaperKind.LETTER, "fast_track", False, "whitelisted"),
        (PaperKind.APPROVAL, "over_quota", True, ""),
        (PaperKind.APPROVAL, "general", True, ""),
        (PaperKind.REFUSAL, "fast_track", False, "review"),
        (PaperKind.REFUSAL, "general", True, "after_letter"),
    ],
)
def test_situation_decides_the_articles(kind, route, has_letter, situation):
    assert situation_of(kind, route=route, has_letter=has_letter) == situation
