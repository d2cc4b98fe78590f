"""The words of the short papers, and what holds for every paper."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apps.catalogue.enums import PaperKind
from apps.transfers.rules.papers.facts import LawFacts, PaperRef
from apps.transfers.rules.papers.wording import basis, numeral, reasons_of, tonnes, verb_of
from tests.transfers.paper_facts import CASE, FIGURES, L1, LETTER, paper, told


def test_notice_gives_the_entry_s_figures_after_the_approval():
    text = told(
        PaperKind.NOTICE,
        earlier={"approval": (PaperRef("渝环危转〔2026〕17号", date(2026, 1, 12)),)},
        details={"figures": {7: FIGURES}},
    )
    assert (
        "根据2026年度示例名单，我局已于2026年1月12日批准示例单位向示范单位转移120.0000吨（渝环危转〔2026〕17号），"
        "该条目核定3000.0000吨，累计批准1240.0000吨，余量1700.0000吨。现予通报。"
    ) in text


@pytest.mark.parametrize(("day", "words"), [(9, "将于2026年1月9日届满"), (10, "已于2026年1月9日届满")])
def test_reminder_asks_an_equal(day, words):
    text = told(
        PaperKind.REMINDER,
        on=date(2026, 1, day),
        earlier={"letter": (LETTER,)},
        details={"reply_by": date(2026, 1, 9)},
    )
    assert f"我局渝环危转函〔2026〕31号函商请事项，贵厅答复期限{words}。请予研究并尽快函复。" in text
    assert "督办" not in text


@pytest.mark.parametrize(
    ("kind", "word"),
    [(PaperKind.WITHDRAWAL, "撤回"), (PaperKind.ANNULMENT, "撤销"), (PaperKind.CANCELLATION, "注销")],
)
def test_end_of_an_approval(kind, word):
    earlier = {"approval": (PaperRef("渝环危转〔2026〕17号", date(2026, 1, 12)),)}
    text = told(kind, earlier=earlier, details={"reasons": "事实"})
    assert f"的规定，决定予以{word}。自本决定作出之日起，不得再依据渝环危转〔2026〕17号决定转移危险废物" in text
    assert "六十日内向重庆市人民政府申请行政复议" in text


def test_pause_says_from_when_and_why():
    text = told(
        PaperKind.PAUSE,
        law=replace(L1, measures_articles="第二十八条第三项", licence_articles=""),
        earlier={"approval": (PaperRef("渝环危转〔2026〕9号", date(2026, 1, 12)),)},
        details={
            "source": "贵州省生态环境厅黔环函〔2026〕5号",
            "permit_suspended_on": date(2026, 3, 1),
            "from_on": date(2026, 3, 2),
            "unshipped_t": Decimal(35),
            "on_the_way": 2,
        },
    )
    assert "据贵州省生态环境厅黔环函〔2026〕5号函告，示范单位的危险废物经营许可证自2026年3月1日起被暂扣。" in text
    assert (
        "根据《危险废物转移管理办法》第二十八条第三项的规定，自2026年3月2日起暂停执行渝环危转〔2026〕9号决定，"
        "未转移的35.0000吨不得转移；已起运在途的2车次按接受地意见处理。"
    ) in text
    assert "原有效期不延长" in text


def test_pause_of_a_list_names_the_issuers_own_document_as_its_own():
    text = told(PaperKind.PAUSE, details={"source": "渝环罚〔2026〕3号", "is_own": True, "reason": "条目暂停"})
    assert "根据渝环罚〔2026〕3号，条目暂停。" in text
    assert "函告" not in text


def test_end_of_a_pause_says_from_when_on_and_that_nothing_is_extended():
    earlier = {
        "approval": (PaperRef("渝环危转〔2026〕9号", date(2026, 1, 12)),),
        "pause": (PaperRef("渝环危转受〔2026〕4号", date(2026, 3, 2)),),
    }
    details = {
        "source": "四川省生态环境厅川环函〔2026〕90号",
        "reason": "整改到位。",
        "resumed_on": date(2026, 4, 1),
        "unshipped_t": Decimal(35),
    }
    text = told(PaperKind.PAUSE_LIFTED, earlier=earlier, details=details)
    assert (
        "据四川省生态环境厅川环函〔2026〕90号函告，暂停转移（渝环危转受〔2026〕4号）的情形已经消除（整改到位）。"
        in text
    )
    assert "自2026年4月1日起恢复执行渝环危转〔2026〕9号决定，尚未转移的35.0000吨可以继续转移。" in text
    assert "不因暂停延长" in text


def test_suspension_and_resumption():
    stop = told(PaperKind.SUSPENSION, details={"reason": "专家评审", "expected_end_on": date(2026, 2, 1)})
    assert "需要办理下列事项：专家评审。" in stop
    assert "预计于2026年2月1日恢复审查" in stop
    earlier = {"suspension": (PaperRef("渝环危转受〔2026〕4号", date(2026, 1, 12)),)}
    go_on = told(PaperKind.RESUMPTION, earlier=earlier, details={"due_on": date(2026, 2, 9)})
    assert "（渝环危转受〔2026〕4号）" in go_on
    assert "办理期限接续计算，应当于2026年2月9日前办结。" in go_on


@pytest.mark.parametrize("kind", PaperKind)
@pytest.mark.parametrize("route", ["fast_track", "over_quota", "general"])
def test_every_kind_is_composed_and_signed_even_from_bare_facts(kind, route):
    text = paper(kind, route=route, law=LawFacts(), edition=None, entries=(), permit=None, accepted_on=None)
    signatures = [block for block in text.blocks if block["type"] == "signature"]
    assert [block["date"] for block in signatures] == ["2026年1月12日"]
    assert 0 < len(text.title) <= 200
    assert 0 < len(text.addressee) <= 120
    assert "None" not in str(text.blocks)


def test_long_names_still_fit_their_columns():
    generator = replace(CASE.generator, name="长" * 100)
    for kind in PaperKind:
        text = paper(kind, generator=generator)
        assert len(text.title) <= 200
        assert len(text.addressee) <= 120


def test_small_words():
    assert [numeral(n) for n in (1, 9, 10, 11, 20, 21, 99)] == ["一", "九", "十", "十一", "二十", "二十一", "九十九"]
    assert tonnes(Decimal(1700)) == "1700.0000"
    assert [verb_of(method) for method in ("R4", "D10", "C1", "C2")] == ["利用", "处置", "处置", "利用处置"]
    assert reasons_of("（1）甲；\n 2.5吨不足\n\n十一、乙") == ["甲。", "2.5吨不足。", "乙。"]
    assert basis(LawFacts()) == "依照有关法律规定"
