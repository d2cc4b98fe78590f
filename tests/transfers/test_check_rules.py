"""The check before filing, finding by finding (pure)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apps.deadlines.workdays import DueDay
from apps.organisations.enums import PermitStatus
from apps.transfers.enums import Route, Severity
from apps.transfers.rules.findings import Claim
from tests.transfers.check_facts import (
    COLLECTOR,
    ENTRY,
    FINISH,
    GENERATOR,
    MATERIALS,
    MONDAY,
    OPERATOR,
    PERMIT,
    capacity,
    checked,
    codes,
    found,
    item,
)

EVER = date(9999, 12, 31)
SUSPENDED = replace(PERMIT, status=PermitStatus.SUSPENDED, status_word="暂扣")
SECOND_TERM = replace(PERMIT, number="川环危第510903902号", valid_from=date(2026, 7, 1), valid_until=date(2031, 6, 30))
FIRST_TERM = replace(PERMIT, valid_until=date(2026, 6, 30))
COLLECTING = {"generator_is_collector": True, "generator_permits": (COLLECTOR,)}


def test_nothing_to_find() -> None:
    result = checked()
    assert result.findings == ()
    assert (result.route, result.may_be_filed, result.finish_on) == (Route.FAST_TRACK, True, date(2026, 1, 12))
    assert result.claims == (Claim(7, Decimal(120), Decimal(0)),)
    assert result.entry_by_item == {1: 7}


# name: what is changed, code, number of the check, severity, what the sentence says
FINDINGS = {
    "no operator": ({"operator": None}, "operator.missing", 1, "blocking", "请选择接受人"),
    "same province": (
        {"operator": replace(OPERATOR, province_id="500000", province_name="重庆市")},
        "province.same", 1, "blocking", "同在重庆市",
    ),
    "generator outside": (
        {"generator": replace(GENERATOR, is_participating=False)},
        "province.outside", 1, "blocking", "大足示例拆解所在的重庆市未参加",
    ),
    "operator outside": (
        {"operator": replace(OPERATOR, is_participating=False)},
        "province.outside", 1, "blocking", "遂宁示范再生所在的四川省未参加",
    ),
    "no way between": (
        {"is_neighbour": False}, "transit.missing", 1, "blocking", "重庆市与四川省不接壤，请填写途经省份",
    ),
    "no code": ({"items": (item(waste_code="", entry=None),)}, "code.missing", 2, "blocking", "第 1 项：请填写废物代码"),
    "code's form": (
        {"items": (item(waste_code="90004549", entry=None),)}, "code.form", 2, "blocking", "“90004549”应形如 900-045-49",
    ),
    "full-width digits": (
        {"items": (item(waste_code="９００-045-49", entry=None),)}, "code.form", 2, "blocking", "应形如 900-045-49",
    ),
    "code unknown": (
        {"items": (item(waste_code="900-999-49", is_catalogued_at_filing=False),)},
        "code.unknown", 2, "blocking", "900-999-49 不在现行",
    ),
    "code retired by the first day": (
        {"items": (item(is_catalogued_at_start=False),)}, "code.retired", 2, "blocking", "900-045-49 不在拟转移首日施行的",
    ),
    "no permit on the filing day": (
        {"operator_permits": (replace(PERMIT, valid_from=date(2026, 1, 6)),), "requested_from": date(2026, 1, 6)},
        "permit.none", 3, "blocking", "遂宁示范再生在提交当日没有",
    ),
    "permit over by the first day": (
        {"operator_permits": (FIRST_TERM,), "requested_from": date(2026, 7, 1)},
        "permit.none", 3, "blocking", "在拟转移首日（2026-07-01）没有",
    ),
    "permit suspended": (
        {"operator_permits": (SUSPENDED,)}, "permit.status", 3, "blocking", "川环危第510903901号 已暂扣",
    ),
    "code not in the permit": (
        {"items": (item(waste_code="900-052-31"),)}, "permit.scope", 3, "blocking", "不包括 900-052-31（提交当日）",
    ),
    "method not in the permit": (
        {"items": (item(method="D10"),)}, "permit.scope", 3, "blocking", "未核准以 D10 方式经营 900-045-49",
    ),
    "collection permit allows no use": (
        {"operator_permits": (COLLECTOR,)}, "permit.scope", 3, "blocking", "收集许可证，不得利用或处置",
    ),
    "collector without a permit": (
        {"generator_is_collector": True}, "collector.permit", 3, "blocking", "大足示例拆解在 2026-01-05 没有有效的收集许可证",
    ),
    "collector's permit ends before the first day": (
        COLLECTING | {"today": date(2026, 11, 23), "first_filed_on": date(2026, 11, 23),
                      "requested_from": date(2027, 1, 1), "requested_until": date(2027, 6, 30)},
        "collector.permit", 3, "blocking", "在 2027-01-01 没有有效的收集许可证",
    ),
    "collector's permit without the code": (
        COLLECTING | {"generator_permits": (replace(COLLECTOR, lines=frozenset({("900-052-31", "")})),)},
        "collector.scope", 3, "blocking", "CQ5001079801 不包括 900-045-49",
    ),
    "no method": ({"items": (item(method="", entry=None),)}, "method.missing", 3, "blocking", "第 1 项：请选择利用处置方式"),
    "method unknown": ({"items": (item(method="R99", method_exists=False),)}, "method.unknown", 3, "blocking", "R99 不存在"),
    "no items": ({"items": ()}, "items.missing", 4, "blocking", "至少填写一项"),
    "no tonnes": ({"items": (item(amount_t=None),)}, "amount.missing", 4, "blocking", "第 1 项：请填写数量"),
    "no tonnes at all": ({"items": (item(amount_t=Decimal(0)),)}, "amount.not_positive", 4, "blocking", "须大于零"),
    "negative tonnes": ({"items": (item(amount_t=Decimal(-1)),)}, "amount.not_positive", 4, "blocking", "须大于零"),
    "five decimals": ({"items": (item(amount_t=Decimal("1.00001")),)}, "amount.too_fine", 4, "blocking", "最多四位小数"),
    "no period": ({"requested_from": None}, "period.missing", 5, "blocking", "请填写拟转移期限"),
    "start before the filing day": (
        {"requested_from": date(2026, 1, 4)}, "period.start", 5, "blocking", "自 2026-01-05 至 2026-12-05 之间开始，现为 2026-01-04",
    ),
    "start after eleven months": (
        {"requested_from": date(2026, 12, 6)}, "period.start", 5, "blocking", "现为 2026-12-06",
    ),
    "end before start": (
        {"requested_from": date(2026, 3, 2), "requested_until": date(2026, 3, 1)},
        "period.order", 5, "blocking", "止日 2026-03-01 早于起日 2026-03-02",
    ),
    "longer than twelve months": (
        {"requested_until": date(2027, 1, 5)}, "period.too_long", 5, "blocking", "最迟止于 2027-01-04",
    ),
    "a material missing": (
        {"materials": (replace(MATERIALS[0], is_there=False), MATERIALS[1])},
        "material.missing", 6, "blocking", "缺少材料：接受人危险废物经营许可证复印件",
    ),
    "over 120 % of capacity": (
        {"capacity": capacity("18480.0001")}, "capacity.exceeded", 7, "blocking",
        "2026 年已批准 18480.0001 吨，本次 120.0000 吨，合计 18600.0001 吨，超过年度上限 18600.0000 吨",
    ),
    "operator suspended": ({"operator_bar": "遂宁示范再生自 2026-01-01 起暂停。"}, "barred.operator", 8, "blocking", "起暂停"),
    "operator × code suspended": ({"items": (item(bar="该接受人的 900-045-49 暂停。"),)}, "barred.entry", 8, "blocking", "第 1 项：该接受人的"),
    "entry suspended": (
        {"items": (item(entry=replace(ENTRY, bar="川A-07 号条目暂停。")),)}, "barred.entry", 8, "blocking", "第 1 项：川A-07 号条目暂停",
    ),
    "on no list": ({"items": (item(entry=None),)}, "entry.none", 9, "routing", "900-045-49（R4）未列入遂宁示范再生的名单"),
    "more than is left": (
        {"items": (item(amount_t=Decimal("1795.5")),)}, "quota.exceeded", 10, "routing",
        "川A-07 号条目剩余 1760.0000 吨，本次申请 1795.5000 吨，超出 35.5000 吨",
    ),
    "over the permit's capacity": (
        {"capacity": capacity("15380.0001")}, "capacity.over", 11, "warning", "合计 15500.0001 吨，超过许可规模 15500.0000 吨",
    ),
    "no plan": ({"has_plan": False}, "plan.missing", 12, "warning", "没有 2026 年度危险废物管理计划"),
    "code not planned": ({"items": (item(planned_t=None),)}, "plan.code", 12, "warning", "管理计划未列 900-045-49"),
    "planned too little": (
        {"items": (item(planned_t=Decimal(300), approved_before_t=Decimal("180.0001")),)},
        "plan.exceeded", 12, "warning", "计划转移 300.0000 吨，已批准与本次合计 300.0001 吨",
    ),
    "disposal far away": (
        {"items": (item(method="D10", method_is_disposal=True, entry=None),), "is_neighbour": False, "has_edition": False, "has_transit": True,
         "operator_permits": (replace(PERMIT, lines=frozenset({("900-045-49", "D10")})),)},
        "disposal.far", 13, "warning", "以 D10 方式处置，四川省既不相邻也未开展区域合作",
    ),
    "year not announced": (
        {"finish_by_route": FINISH | {Route.FAST_TRACK: DueDay(date(2027, 1, 5), is_provisional=True)},
         "requested_until": date(2027, 1, 5), "requested_from": date(2026, 1, 6)},
        "deadline.provisional", 14, "warning", "2027 年工作日安排尚未公布，最迟办结日 2027-01-05 为暂定",
    ),
    "period over before the finish": (
        {"requested_until": date(2026, 1, 11)}, "period.before_finish", 15, "warning", "止于 2026-01-11，早于最迟办结日 2026-01-12",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "number", "severity", "says"), FINDINGS.values(), ids=FINDINGS)
def test_each_finding(changes, code, number, severity, says) -> None:
    result = checked(**changes)
    finding = found(result, code)
    assert (finding.check, finding.severity) == (number, severity)
    assert says in finding.sentence
    assert finding.sentence.endswith("。")
    assert result.may_be_filed is (severity != Severity.BLOCKING)


def test_every_check_of_the_list_has_its_finding() -> None:
    assert {row[2] for row in FINDINGS.values()} == set(range(1, 16))


# What lies just inside a limit is not found.
FINE = {
    "exactly 120 %": ({"capacity": capacity("18480")}, "capacity.exceeded"),
    "the destination's own figure": ({"capacity": capacity("18480.0001", limit="20000")}, "capacity.exceeded"),
    "exactly the capacity": ({"capacity": capacity("15380")}, "capacity.over"),
    "exactly what is left": ({"items": (item(amount_t=Decimal(1760)),)}, "quota.exceeded"),
    "exactly what is planned": (
        {"items": (item(planned_t=Decimal(300), approved_before_t=Decimal(180)),)}, "plan.exceeded",
    ),
    "starts in eleven months": (
        {"requested_from": date(2026, 12, 5), "requested_until": date(2027, 12, 4)}, "period.start",
    ),
    "twelve months": ({"requested_until": date(2027, 1, 4)}, "period.too_long"),
    "one day": ({"requested_until": MONDAY}, "period.order"),
    "four decimals": ({"items": (item(amount_t=Decimal("0.0001")),)}, "amount.too_fine"),
    "a way through a third province": ({"is_neighbour": False, "has_transit": True}, "transit.missing"),
    "disposal next door": (
        {"items": (item(method="D10", method_is_disposal=True, entry=None),), "has_edition": False}, "disposal.far",
    ),
    "disposal at a partner": (
        {"items": (item(method="D10", method_is_disposal=True, entry=None),), "is_neighbour": False}, "disposal.far",
    ),
    "use far away": ({"items": (item(entry=None),), "is_neighbour": False, "has_edition": False}, "disposal.far"),
    "ends on the finish": ({"requested_until": date(2026, 1, 12)}, "period.before_finish"),
    "consecutive permits": (
        {"operator_permits": (FIRST_TERM, SECOND_TERM), "requested_from": date(2026, 7, 1)}, "permit.none",
    ),
    "collector's last day": (
        COLLECTING | {"today": date(2026, 11, 23), "first_filed_on": date(2026, 11, 23), "requested_from": EVER.replace(2026)},
        "collector.permit",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "code"), FINE.values(), ids=FINE)
def test_just_inside_the_limit(changes, code) -> None:
    assert code not in codes(checked(**changes))


@pytest.mark.parametrize(
    ("today", "latest"),
    [("2026-03-31", "2027-02-28"), ("2027-03-31", "2028-02-29"), ("2026-01-31", "2026-12-31")],
)
def test_eleven_months_end_with_a_shorter_month(today, latest) -> None:
    day = date.fromisoformat(today)
    result = checked(today=day, first_filed_on=day, requested_from=EVER, requested_until=EVER)
    assert f"自 {today} 至 {latest} 之间开始" in found(result, "period.start").sentence


def test_permit_must_cover_the_code_on_both_days() -> None:
    """The second term no longer has the code: filing day fine, first day not."""
    second = replace(SECOND_TERM, lines=frozenset({("900-049-50", "R8")}))
    result = checked(operator_permits=(FIRST_TERM, second), requested_from=date(2026, 7, 1))
    assert [finding.code for finding in result.blocking] == ["permit.scope"]
    assert (
        "川环危第510903902号 核准经营范围不包括 900-045-49（拟转移首日（2026-07-01））" in result.blocking[0].sentence
    )


def test_one_of_two_permits_is_enough() -> None:
    result = checked(operator_permits=(SUSPENDED, replace(PERMIT, number="川环危第2号")))
    assert result.may_be_filed


def test_items_on_one_entry_are_summed() -> None:
    result = checked(items=(item(1, amount_t=Decimal(1000)), item(2, amount_t=Decimal("760.0001"))))
    assert result.route == Route.OVER_QUOTA
    assert result.claims == (Claim(7, Decimal(1760), Decimal("0.0001")),)
    finding = found(result, "quota.exceeded")
    assert finding.figures == {"available_t": "1760", "asked_t": "1760.0001", "over_t": "0.0001"}
    assert len([one for one in result.findings if one.code == "quota.exceeded"]) == 1


def test_items_of_one_code_are_summed_against_the_plan() -> None:
    result = checked(items=(item(1, planned_t=Decimal(200)), item(2, planned_t=Decimal(200))))
    assert "合计 240.0000 吨" in found(result, "plan.exceeded").sentence


def test_an_unlisted_item_makes_the_whole_general() -> None:
    result = checked(items=(item(1), item(2, entry=None)))
    assert result.route == Route.GENERAL
    assert result.claims == ()
    assert result.edition_id is None
    assert found(result, "entry.none").item == 2


def test_nothing_left_makes_everything_excess() -> None:
    full = replace(ENTRY, available_t=Decimal(0))
    result = checked(items=(item(entry=full),))
    assert result.claims == (Claim(7, Decimal(0), Decimal(120)),)
    assert result.route == Route.OVER_QUOTA


@pytest.mark.parametrize(
    "changes",
    [
        {"capacity": capacity("15400")},
        {"has_plan": False},
        {"requested_until": date(2026, 1, 6)},
        {"is_neighbour": False},
    ],
)
def test_warnings_never_change_the_route(changes) -> None:
    assert checked(**changes).route == Route.FAST_TRACK


def test_a_suspended_entry_does_not_fall_through_to_general() -> None:
    result = checked(items=(item(entry=replace(ENTRY, bar="川A-07 号条目暂停。")),))
    assert result.route == Route.FAST_TRACK
    assert not result.may_be_filed


def test_everything_wrong_is_found_at_once() -> None:
    result = checked(
        operator=replace(OPERATOR, province_id="500000", is_participating=False),
        operator_permits=(SUSPENDED,),
        operator_bar="暂停",
        generator_is_collector=True,
        items=(item(1, waste_code="x", amount_t=Decimal(-1)), item(2, method="", amount_t=None), item(3, method="R99")),
        requested_from=date(2025, 1, 1),
        requested_until=date(2024, 1, 1),
        materials=tuple(replace(one, is_there=False) for one in MATERIALS),
        capacity=capacity("18600"),
        has_plan=False,
    )
    assert {finding.check for finding in result.blocking} == set(range(1, 9))
    assert {finding.code for finding in result.findings} >= {"material.missing", "plan.missing", "period.before_finish"}
    assert len([one for one in result.findings if one.code == "material.missing"]) == 2


def test_an_empty_draft_is_told_what_is_missing() -> None:
    blank = item(waste_code="", method="", amount_t=None, entry=None, method_exists=False, planned_t=None)
    for items in ((), (blank,)):
        result = checked(
            operator=None, operator_permits=(), items=items, requested_from=None, requested_until=None, capacity=None
        )
        assert codes(result) >= {"operator.missing", "period.missing"}
        assert result.route == Route.GENERAL


def test_a_period_at_the_end_of_time_is_a_finding_not_an_error() -> None:
    assert "period.start" in codes(checked(requested_from=EVER, requested_until=EVER))
    assert "period.start" in codes(checked(requested_from=date.min, requested_until=date.min))
