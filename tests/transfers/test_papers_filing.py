"""The words of receipt, acceptance and correction notice."""

from dataclasses import replace
from datetime import date

import pytest

from apps.catalogue.enums import PaperKind
from apps.transfers.enums import AcceptanceKind
from apps.transfers.rules.papers.facts import PointFacts
from tests.transfers.paper_facts import L1, MEASURES, told


def test_receipt_says_the_last_day_with_its_weekday():
    text = told(PaperKind.RECEIPT, details={"due_on": date(2026, 1, 12), "is_provisional": False})
    assert "（申请编号：2026-50-51-00017）收悉" in text
    assert "适用名单内直接审批程序，最迟办结日为2026年1月12日（星期一）。" in text
    assert "1 废弃电路板 900-045-49 120.0000" in text
    assert "暂定" not in text


def test_receipt_of_a_year_not_announced_is_provisional():
    text = told(PaperKind.RECEIPT, details={"due_on": date(2027, 1, 5), "is_provisional": True})
    assert "2027年1月5日（星期二）。2027年工作日安排尚未公布，上述日期为暂定" in text


@pytest.mark.parametrize(
    ("route", "word"),
    [("fast_track", "名单内直接审批程序"), ("over_quota", "超量商请程序"), ("general", "一般审批程序")],
)
def test_procedure_is_named_once(route, word):
    for kind in (PaperKind.RECEIPT, PaperKind.ACCEPTANCE):
        text = told(kind, route=route)
        assert f"本申请适用{word}" in text
        assert "程序程序" not in text


@pytest.mark.parametrize(
    ("how", "corrected", "words"),
    [
        (AcceptanceKind.EXPLICIT, False, "，申请材料齐全、符合要求，"),
        (AcceptanceKind.IMPLIED, False, "，申请材料齐全、符合要求，"),
        (AcceptanceKind.AT_ONCE, False, "，经即时核验，申请材料齐全、符合要求，"),
        (AcceptanceKind.SILENCE, False, "，我局未在五个工作日内告知补正，自收到申请材料之日起即为受理，"),
        (AcceptanceKind.EXPLICIT, True, "，经2026年1月16日补正后齐全、符合要求，"),
        (AcceptanceKind.SILENCE, True, "，经2026年1月16日补正后收悉，我局未在五个工作日内告知补正，"),
    ],
)
def test_acceptance_says_how_it_came_about(how, corrected, words):
    day = date(2026, 1, 16) if corrected else date(2026, 1, 5)
    text = told(
        PaperKind.ACCEPTANCE,
        corrected=corrected,
        received_on=day,
        accepted_on=day,
        details={"how": how, "due_on": date(2026, 1, 21)},
    )
    assert words in text
    assert f"的规定，自2026年1月{day.day}日起受理。" in text
    assert "应当于2026年1月21日前办结；依法需要专家评审、检测、鉴定的时间不计算在内" in text


POINTS = (
    PointFacts("委托合同", "数量与申请表不一致。", "请更正合同。"),
    PointFacts("许可证复印件。", "未加盖公章", "加盖公章"),
)


def test_correction_names_every_point_and_when_to_answer():
    text = told(
        PaperKind.CORRECTION,
        points=POINTS,
        law=replace(L1, measures_articles="第二十三条", licence_articles="第三十二条第一款第四项"),
        details={"answer_by": date(2026, 2, 25), "hold_until": date(2026, 1, 14), "left_days": 3},
    )
    assert f"根据{MEASURES}第二十三条和《中华人民共和国行政许可法》第三十二条第一款第四项的规定" in text
    assert "一、委托合同。数量与申请表不一致。请更正合同。" in text
    assert "二、许可证复印件。未加盖公章。请加盖公章。" in text
    assert "于2026年2月25日前（含当日）" in text
    assert "办理期限接续计算，剩余3个工作日。" in text
    assert "所占用的名单余量保留至2026年1月14日，其后释放" in text


def test_correction_off_the_list_holds_nothing_and_starts_the_clock_anew():
    details = {"answer_by": date(2026, 2, 25), "hold_until": None, "left_days": None}
    text = told(PaperKind.CORRECTION, points=POINTS, route="general", details=details)
    assert "我局自收到全部补正材料之日起受理，办理期限自受理之日起计算。逾期未提交的，视为撤回本次申请" in text
    assert "余量" not in text
