"""The check before filing against the tables: what it gathers, its alternatives, its latest finish."""

from datetime import date
from decimal import Decimal

import pytest

from apps.catalogue.models import Province, RequiredMaterial, WasteCode
from apps.deadlines.services import load_calendar
from apps.organisations.enums import PermitKind, PermitStatus
from apps.organisations.models import Permit
from apps.organisations.services.capacity import lock_permit_year, state_limit, take_capacity
from apps.transfers.enums import Route
from apps.transfers.models import Application
from apps.transfers.rules.findings import CheckResult
from apps.transfers.services.checking import check_application
from apps.transfers.services.drafts import DraftForm, ItemForm, save_draft
from apps.whitelists.models import Bar, Edition, WhitelistEntry
from apps.whitelists.services.editions import enter_agreed_list
from apps.whitelists.services.lines import LineForm
from tests.transfers.world import World, at

MONDAY = at("2026-01-05")


def checked(case: Application, day: str = "2026-01-05") -> CheckResult:
    fresh = Application.objects.get(pk=case.pk)
    return check_application(application=fresh, today=date.fromisoformat(day), calendar=load_calendar())


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


def sentence(result: CheckResult, code: str) -> str:
    return next(finding.sentence for finding in result.findings if finding.code == code)


def bar(**what) -> Bar:
    return Bar.objects.create(
        **{"from_on": date(2026, 1, 1), "reason": "安全事故", "document_no": "川环函〔2026〕3号", "recorded_at": MONDAY}
        | what
    )


def with_items(world: World, case: Application, *items: tuple[str, str, str]) -> Application:
    """The draft anew with (code, method, tonnes)."""
    forms = tuple(ItemForm(waste_code=c, method=m, amount_t=Decimal(t)) for c, m, t in items)
    form = DraftForm(
        operator_id=case.operator_id,
        requested_from=case.requested_from,
        requested_until=case.requested_until,
        items=forms,
    )
    filer = world.filer_of("G-CQ1")
    return save_draft(application_id=case.pk, by=filer, now=MONDAY, version=case.version, form=form)


def test_dazu_to_suining_has_nothing_to_find(world: World) -> None:
    result = checked(world.draft(now=MONDAY))
    assert codes(result) == []
    assert (result.route, result.consent_mode, result.finish_on) == (Route.FAST_TRACK, "joint", date(2026, 1, 12))
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    assert [(claim.entry_id, claim.within_t, claim.over_t) for claim in result.claims] == [(entry.pk, Decimal(120), 0)]


@pytest.mark.parametrize(
    ("day", "finish", "is_provisional"),
    [
        ("2026-02-11", "2026-02-25", False),
        ("2026-02-13", "2026-02-27", False),
        ("2026-04-29", "2026-05-09", False),
        ("2026-09-24", "2026-10-09", False),
        ("2026-12-28", "2027-01-05", True),
    ],
)
def test_latest_finish(world: World, day, finish, is_provisional) -> None:
    result = checked(world.draft(now=at(day), period=(day, "2026-12-31")), day)
    assert (result.finish_on, result.is_finish_provisional) == (date.fromisoformat(finish), is_provisional)
    assert ("deadline.provisional" in codes(result)) is is_provisional


def test_every_stage_counts_where_there_is_no_whole(world: World) -> None:
    over = checked(world.draft(now=MONDAY, items={"900-045-49": "3001"}))
    assert (over.route, over.finish_on) == (Route.OVER_QUOTA, date(2026, 2, 2))  # 5 + 10 + 5 after 5 January
    general = checked(world.draft(generator="G-CQ1", operator="O-SC2", items={"900-023-29": "1"}, now=MONDAY))
    assert (general.route, general.finish_on) == (Route.GENERAL, date(2026, 2, 9))  # and 5 for the local bureau
    Province.objects.filter(short="CQ").update(local_opinion_required=False)
    general = checked(world.draft(generator="G-CQ1", operator="O-SC2", items={"900-023-29": "1"}, now=MONDAY))
    assert general.finish_on == date(2026, 2, 2)


def test_a_category_line_covers_its_codes(world: World) -> None:
    case = world.draft(generator="G-SC2", operator="O-YN1", items={"321-004-48": "100"}, now=MONDAY)
    result = checked(case)
    line = WhitelistEntry.objects.get(category="HW48", edition__begins_on__year=2026)
    assert (result.route, result.entry_by_item) == (Route.FAST_TRACK, {1: line.pk})
    beside = WhitelistEntry.objects.create(
        edition=line.edition, number="99", operator=line.operator, waste_codes=["321-004-48"], method="R4", quota_t=50
    )
    result = checked(case)
    assert result.entry_by_item == {1: beside.pk}  # a code line beats a category line
    assert result.route == Route.OVER_QUOTA  # and an item is never split over both
    assert "剩余 50.0000 吨，本次申请 100.0000 吨，超出 50.0000 吨" in sentence(result, "quota.exceeded")


def test_a_line_is_for_one_method(world: World) -> None:
    result = checked(with_items(world, world.draft(now=MONDAY), ("900-045-49", "R5", "1")))
    assert {"entry.none", "permit.scope"} <= set(codes(result))


def test_the_list_of_the_first_day_counts(world: World) -> None:
    case = world.draft(now=at("2026-12-21"), period=("2027-01-04", "2027-06-30"))
    result = checked(case, "2026-12-21")
    assert (result.route, result.edition_id) == (Route.GENERAL, None)
    provinces = {one.short: one for one in Province.objects.all()}
    following = enter_agreed_list(
        name="2027年度川渝示例",
        origin=provinces["CQ"],
        destination=provinces["SC"],
        begins_on=date(2027, 1, 1),
        ends_on=date(2027, 12, 31),
        consent_mode="prior",
        lines=[
            LineForm(
                operator_id=world.enterprise("O-SC1").pk,
                waste_codes=("900-045-49",),
                method="R4",
                quota_t=Decimal(500),
            )
        ],
        origin_letter_no="渝1号",
        destination_letter_no="川1号",
        now=MONDAY,
    )
    line = following.entries.get()
    Edition.objects.filter(pk=following.pk).update(status="proposed")
    assert checked(case, "2026-12-21").route == Route.GENERAL  # not confirmed yet
    Edition.objects.filter(pk=following.pk).update(status="confirmed")
    result = checked(case, "2026-12-21")
    assert (result.route, result.entry_by_item, result.consent_mode) == (Route.FAST_TRACK, {1: line.pk}, "prior")


@pytest.mark.parametrize("what", ["operator", "entry", "edition", "operator and code"])
def test_a_suspension_blocks_and_does_not_fall_through(world: World, what) -> None:
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    operator = {"operator": entry.operator}
    bar(
        **{
            "operator": operator,
            "entry": {"entry": entry},
            "edition": {"edition": entry.edition},
            "operator and code": operator | {"waste_code": "900-045-49"},
        }[what]
    )
    result = checked(world.draft(now=MONDAY))
    assert [finding.check for finding in result.blocking] == [8]
    assert "川环函〔2026〕3号：安全事故" in result.blocking[0].sentence
    assert result.route == Route.FAST_TRACK


def test_a_suspension_of_an_operator_blocks_the_general_route(world: World) -> None:
    bar(operator=world.enterprise("O-SC2"))
    result = checked(world.draft(operator="O-SC2", items={"900-023-29": "1"}, now=MONDAY))
    assert (result.route, [finding.code for finding in result.blocking]) == (Route.GENERAL, ["barred.operator"])


@pytest.mark.parametrize(
    "what", [{"lifted_on": date(2026, 1, 5)}, {"from_on": date(2026, 1, 6)}, {"waste_code": "900-049-50"}]
)
def test_a_suspension_that_is_over_or_to_come_or_of_another_code(world: World, what) -> None:
    bar(operator=world.enterprise("O-SC1"), **what)
    assert codes(checked(world.draft(now=MONDAY))) == []


def test_capacity_is_what_was_approved_this_year(world: World) -> None:
    permit = Permit.objects.in_force_on(date(2026, 1, 5)).get(enterprise=world.enterprise("O-SC1"))
    year = lock_permit_year(permit=permit, year=2026)
    take_capacity(permit_year=year, reference="甲", round=1, amount_t=Decimal(15381), now=MONDAY)
    case = world.draft(now=MONDAY)
    assert "合计 15501.0000 吨，超过许可规模 15500.0000 吨" in sentence(checked(case), "capacity.over")
    take_capacity(permit_year=year, reference="乙", round=1, amount_t=Decimal("3099.5"), now=MONDAY)
    assert "合计 18600.5000 吨，超过年度上限 18600.0000 吨" in sentence(checked(case), "capacity.exceeded")
    state_limit(permit=permit, year=2026, limit_t=Decimal(20000), now=MONDAY)
    assert checked(case).may_be_filed


def test_materials_of_the_origin_and_of_identified_waste(world: World) -> None:
    RequiredMaterial.objects.create(code="route_map", name="运输路线图", province=Province.objects.get(short="CQ"))
    case = world.draft(now=MONDAY, materials=("contract",))
    missing = [finding.sentence for finding in checked(case).findings]
    assert missing == [
        "缺少材料：运输路线图。",
        "缺少材料：接受人危险废物经营许可证复印件。",
        "缺少材料：接受人贮存、利用或者处置方式说明。",
    ]
    from_sichuan = world.draft(generator="G-SC2", operator="O-YN1", items={"321-004-48": "1"}, now=MONDAY)
    assert codes(checked(from_sichuan)) == []
    identified = checked(world.draft(now=MONDAY, items={"900-000-49": "1"}))
    assert "缺少材料：危险废物鉴别报告。" in [finding.sentence for finding in identified.findings]
    assert "code.unknown" not in codes(identified)


def test_identified_waste_has_a_category_too(world: World) -> None:
    assert "code.unknown" in codes(checked(world.draft(now=MONDAY, items={"900-000-99": "1"})))


def test_a_next_catalogue_may_retire_a_code(world: World) -> None:
    edition = WasteCode.objects.get(code="900-045-49").edition
    edition.valid_until = date(2026, 2, 28)
    edition.save()
    case = world.draft(now=MONDAY, period=("2026-03-01", "2026-06-30"))
    assert "不在拟转移首日施行的" in sentence(checked(case), "code.retired")


def test_a_collector_needs_its_permit_on_the_first_day(world: World) -> None:
    def draft(first: str) -> CheckResult:
        case = world.draft(
            generator="G-SC1",
            operator="O-CQ1",
            items={"900-052-31": "10"},
            now=at("2026-11-23"),
            period=(first, "2027-03-31"),
        )
        return checked(case, "2026-11-23")

    assert "collector.permit" not in codes(draft("2026-12-31"))
    assert "在 2027-01-01 没有有效的收集许可证" in sentence(draft("2027-01-01"), "collector.permit")


def test_consecutive_permits_of_the_operator(world: World) -> None:
    """Filed under the one, moved under the other; without the other the first day is not covered."""
    permit = Permit.objects.in_force_on(date(2026, 1, 5)).get(enterprise=world.enterprise("O-SC1"))
    permit.valid_until = date(2026, 2, 28)
    permit.save()
    case = world.draft(now=MONDAY, period=("2026-03-01", "2026-06-30"))
    assert "拟转移首日（2026-03-01）没有" in sentence(checked(case), "permit.none")
    following = Permit.objects.create(
        enterprise=permit.enterprise,
        number="川环危第510903902号",
        kind=PermitKind.COMPREHENSIVE,
        valid_from=date(2026, 3, 1),
        valid_until=date(2031, 2, 28),
    )
    assert "核准经营范围不包括 900-045-49（拟转移首日" in sentence(checked(case), "permit.scope")
    following.lines.create(waste_code="900-045-49", method="R4", capacity_t=Decimal(15000))
    assert codes(checked(case)) == []
    following.status = PermitStatus.REVOKED
    following.save()
    assert "川环危第510903902号 已吊销" in sentence(checked(case), "permit.status")


def test_plan_of_the_year_of_the_first_day(world: World) -> None:
    case = world.draft(now=at("2026-12-21"), period=("2027-01-04", "2027-06-30"))
    assert "没有 2027 年度" in sentence(checked(case, "2026-12-21"), "plan.missing")


def test_alternatives_come_nearest_first_with_enough_left(world: World) -> None:
    """Lead batteries of Jiulongpo, offered to a firm that is not on the list: Bijie lies nearer than Gejiu."""
    case = world.draft(generator="G-CQ2", operator="O-SC1", items={"900-052-31": "6000"}, now=MONDAY)
    offered = [(one.operator_name, one.available_t, one.method) for one in checked(case).alternatives]
    assert offered == [
        ("贵州示范乌江再生铅有限公司", Decimal(10000), "R4"),
        ("云南示范哀牢铅业有限公司", Decimal(6000), "R4"),
    ]
    near, far = (one.distance_km for one in checked(case).alternatives)
    assert 250 < near < 350 < far < 800


def test_alternatives_leave_out_who_has_too_little_or_may_not(world: World) -> None:
    def names(tonnes: str) -> list[str]:
        case = world.draft(generator="G-CQ2", operator="O-SC1", items={"900-052-31": tonnes}, now=MONDAY)
        return [one.operator_name[:4] for one in checked(case).alternatives]

    assert names("6000.0001") == ["贵州示范"]
    assert names("10000.0001") == []
    lifted = bar(operator=world.enterprise("O-GZ2"), waste_code="772-007-50")
    assert names("10") == ["贵州示范", "云南示范"]  # another code of it is suspended
    lifted.waste_code = "900-052-31"
    lifted.save()
    assert names("10") == ["云南示范"]
    Permit.objects.filter(enterprise=world.enterprise("O-YN1")).update(status=PermitStatus.SUSPENDED)
    assert names("10") == []


def test_alternatives_for_what_exceeds_the_list(world: World) -> None:
    """Two items of 1,600 t on one entry of 3,000 t: each could go elsewhere, if somebody had that much."""
    both = with_items(world, world.draft(now=MONDAY), ("900-045-49", "R4", "1600"), ("900-045-49", "R4", "1600"))
    line = world.entry("O-YN2", "900-045-49", "CQ")
    WhitelistEntry.objects.filter(pk=line.pk).update(quota_t=Decimal(1600))
    result = checked(both)
    assert result.route == Route.OVER_QUOTA
    assert [(one.item, one.entry_id) for one in result.alternatives] == [(1, line.pk), (2, line.pk)]


def test_an_empty_draft_is_checked(world: World) -> None:
    case = world.draft(now=MONDAY)
    form = DraftForm(items=(ItemForm(), ItemForm(waste_code="x", method="?")))
    filer = world.filer_of("G-CQ1")
    case = save_draft(application_id=case.pk, by=filer, now=MONDAY, version=case.version, form=form)
    result = checked(case)
    assert {"operator.missing", "period.missing", "code.missing", "code.form", "amount.missing"} <= set(codes(result))
    assert (result.route, result.claims, result.alternatives) == (Route.GENERAL, (), ())


def test_fifty_items_cost_no_more_queries_than_one(world: World, django_assert_max_num_queries) -> None:
    one, many = world.draft(now=MONDAY), world.draft(now=MONDAY)
    many = with_items(world, many, *[("900-045-49", "R4", "60")] * 50)
    with django_assert_max_num_queries(40) as counted:
        checked(one)
        of_one = len(counted.captured_queries)
    with django_assert_max_num_queries(of_one):
        result = checked(many)
    assert (result.route, result.claims[0].within_t) == (Route.FAST_TRACK, Decimal(3000))


def test_the_operator_may_be_in_an_edition_of_another_pair_only(world: World) -> None:
    """O-SC1's line from Guizhou says nothing to Chongqing."""
    Edition.objects.filter(origin__short="CQ", destination__short="SC").update(status="draft")
    result = checked(world.draft(now=MONDAY))
    assert (result.route, codes(result)) == (Route.GENERAL, ["entry.none"])
