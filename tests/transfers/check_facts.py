"""Facts for the pure check: Dazu's 120 t of circuit boards to Suining, with nothing to find; tests change one thing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from apps.deadlines.workdays import DueDay
from apps.organisations.enums import PermitStatus
from apps.transfers.enums import Route
from apps.transfers.rules.check import check
from apps.transfers.rules.facts import (
    CapacityFacts,
    CheckFacts,
    EntryFacts,
    ItemFacts,
    MaterialFacts,
    PartyFacts,
    PermitFacts,
)
from apps.transfers.rules.findings import CheckResult, Finding

MONDAY = date(2026, 1, 5)
GENERATOR = PartyFacts("大足示例拆解", "500000", "重庆市", is_participating=True)
OPERATOR = PartyFacts("遂宁示范再生", "510000", "四川省", is_participating=True)
PERMIT = PermitFacts(
    number="川环危第510903901号",
    is_collection=False,
    status=PermitStatus.VALID,
    status_word="有效",
    valid_from=date(2025, 3, 1),
    valid_until=date(2030, 2, 28),
    lines=frozenset({("900-045-49", "R4"), ("900-049-50", "R8")}),
)
COLLECTOR = PermitFacts(
    number="CQ5001079801",
    is_collection=True,
    status=PermitStatus.VALID,
    status_word="有效",
    valid_from=date(2024, 1, 1),
    valid_until=date(2026, 12, 31),
    lines=frozenset({("900-045-49", "")}),
)
ENTRY = EntryFacts(
    entry_id=7,
    label="川A-07 号条目",
    number="07",
    quota_t=Decimal(3000),
    held_t=Decimal(0),
    used_t=Decimal(1240),
    available_t=Decimal(1760),
)
MATERIALS = (
    MaterialFacts("permit_copy", "接受人危险废物经营许可证复印件", is_there=True),
    MaterialFacts("contract", "委托协议、意向书或者合同", is_there=True),
)
FINISH = {
    Route.FAST_TRACK: DueDay(date(2026, 1, 12), is_provisional=False),
    Route.OVER_QUOTA: DueDay(date(2026, 2, 2), is_provisional=False),
    Route.GENERAL: DueDay(date(2026, 2, 9), is_provisional=False),
}


def item(position: int = 1, **changes) -> ItemFacts:
    plain = ItemFacts(
        position=position,
        waste_code="900-045-49",
        method="R4",
        amount_t=Decimal(120),
        is_catalogued_at_filing=True,
        is_catalogued_at_start=True,
        method_exists=True,
        method_is_disposal=False,
        entry=ENTRY,
        bar="",
        planned_t=Decimal(5000),
        approved_before_t=Decimal(0),
    )
    return replace(plain, **changes)


def capacity(taken: str, capacity_t: str = "15500", limit: str = "18600") -> CapacityFacts:
    return CapacityFacts(2026, Decimal(capacity_t), Decimal(limit), Decimal(taken))


def facts(**changes) -> CheckFacts:
    plain = CheckFacts(
        today=MONDAY,
        first_filed_on=MONDAY,
        generator=GENERATOR,
        generator_is_collector=False,
        generator_permits=(),
        operator=OPERATOR,
        operator_permits=(PERMIT,),
        operator_bar="",
        items=(item(),),
        requested_from=MONDAY,
        requested_until=date(2026, 12, 31),
        materials=MATERIALS,
        capacity=capacity("0"),
        has_plan=True,
        plan_year=2026,
        is_neighbour=True,
        has_edition=True,
        finish_by_route=FINISH,
    )
    return replace(plain, **changes)


def checked(**changes) -> CheckResult:
    return check(facts(**changes))


def found(result: CheckResult, code: str) -> Finding:
    return next(finding for finding in result.findings if finding.code == code)


def codes(result: CheckResult) -> set[str]:
    return {finding.code for finding in result.findings}
