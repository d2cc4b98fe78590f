"""The check before filing (docs/rules.md §6): every finding at once, then the route. Pure."""

import re
from collections.abc import Iterator
from decimal import Decimal

from apps.organisations.enums import PermitStatus
from apps.transfers.enums import Route, Severity
from apps.transfers.rules.contract import contract_findings, exemption_findings
from apps.transfers.rules.facts import CheckFacts, ItemFacts, PermitFacts
from apps.transfers.rules.findings import Alternative, CheckResult, Claim, Finding
from apps.transfers.rules.periods import add_months, last_day_of_twelve_months

WASTE_CODE = re.compile(r"[0-9]{3}-[0-9]{3}-[0-9]{2}")
ZERO = Decimal(0)
FINEST_T = Decimal("0.0001")


def check(
    facts: CheckFacts,
    *,
    alternatives: tuple[Alternative, ...] = (),
    edition_id: int | None = None,
    consent_mode: str = "",
) -> CheckResult:
    """All findings, the route, what each entry is asked for, the latest finish. Raises nothing: a draft may be empty."""
    claims, missing = _claims(facts), _unlisted(facts)
    route = _route(facts, claims, missing)
    finish = facts.finish_by_route[route]
    findings = [
        *_parties(facts),
        *_codes(facts),
        *_operator_permit(facts),
        *_generator_permit(facts),
        *_amounts(facts),
        *_period(facts),
        *_materials(facts),
        *_capacity(facts),
        *_bars(facts),
        *_routing(facts, claims, missing),
        *_plan(facts),
        *_disposal(facts),
        *contract_findings(facts),
        *exemption_findings(facts),
    ]
    if finish.is_provisional:
        findings.append(
            _warn(
                "deadline.provisional", 14, f"{finish.day.year} 年工作日安排尚未公布，最迟办结日 {finish.day} 为暂定。"
            )
        )
    if facts.requested_until and facts.requested_until < finish.day:
        findings.append(
            _warn(
                "period.before_finish",
                15,
                f"拟转移期限止于 {facts.requested_until}，早于最迟办结日 {finish.day}，批准时可能已无有效期。",
            )
        )
    listed = route != Route.GENERAL
    return CheckResult(
        findings=tuple(findings),
        route=route,
        entry_by_item={item.position: item.entry.entry_id for item in facts.items if item.entry},
        claims=claims if listed else (),
        finish_on=finish.day,
        is_finish_provisional=finish.is_provisional,
        alternatives=alternatives,
        edition_id=edition_id if listed else None,
        consent_mode=consent_mode if listed else "",
        finish_by_route=facts.finish_by_route,
        listed_route=_listed_route(claims),
    )


def _block(
    code: str, check_no: int, sentence: str, item: int | None = None, figures: dict[str, str] | None = None
) -> Finding:
    return Finding(code, check_no, Severity.BLOCKING, sentence, item, figures or {})


def _warn(
    code: str, check_no: int, sentence: str, item: int | None = None, figures: dict[str, str] | None = None
) -> Finding:
    return Finding(code, check_no, Severity.WARNING, sentence, item, figures or {})


def _parties(facts: CheckFacts) -> Iterator[Finding]:
    if not facts.items:
        yield _block("items.missing", 4, "请至少填写一项转移废物。")
    operator = facts.operator
    if operator is None:
        yield _block("operator.missing", 1, "请选择接受人。")
        return
    if operator.province_id == facts.generator.province_id:
        yield _block("province.same", 1, f"移出人与接受人同在{operator.province_name}，省内转移不适用跨省转移审批。")
    elif operator.is_participating and not facts.is_neighbour and not facts.has_transit:
        yield _block(
            "transit.missing",
            1,
            f"{facts.generator.province_name}与{operator.province_name}不接壤，请填写途经省份：批准信息须通报途经地。",
        )
    for party in (facts.generator, operator):
        if not party.is_participating:
            yield _block("province.outside", 1, f"{party.name}所在的{party.province_name}未参加合作机制。")


def _codes(facts: CheckFacts) -> Iterator[Finding]:
    for item in facts.items:
        where = f"第 {item.position} 项"
        if not item.waste_code:
            yield _block("code.missing", 2, f"{where}：请填写废物代码。", item.position)
        elif not WASTE_CODE.fullmatch(item.waste_code):
            yield _block("code.form", 2, f"{where}：废物代码“{item.waste_code}”应形如 900-045-49。", item.position)
        elif not item.is_catalogued_at_filing:
            yield _block(
                "code.unknown", 2, f"{where}：{item.waste_code} 不在现行《国家危险废物名录》中。", item.position
            )
        elif not item.is_catalogued_at_start:
            yield _block(
                "code.retired",
                2,
                f"{where}：{item.waste_code} 不在拟转移首日施行的《国家危险废物名录》中。",
                item.position,
            )
        if not item.method:
            yield _block("method.missing", 3, f"{where}：请选择利用处置方式。", item.position)
        elif not item.method_exists:
            yield _block("method.unknown", 3, f"{where}：利用处置方式代码 {item.method} 不存在。", item.position)


def _operator_permit(facts: CheckFacts) -> Iterator[Finding]:
    if facts.operator is None:
        return
    days = [(facts.today, "提交当日")]
    if facts.requested_from and facts.requested_from != facts.today:
        days.append((facts.requested_from, f"拟转移首日（{facts.requested_from}）"))
    for day, word in days:
        in_term = [permit for permit in facts.operator_permits if permit.covers_day(day)]
        if not in_term:
            yield _block("permit.none", 3, f"{facts.operator.name}在{word}没有有效期内的危险废物经营许可证。")
            continue
        valid = [permit for permit in in_term if permit.status == PermitStatus.VALID]
        if not valid:
            permit = in_term[0]
            yield _block(
                "permit.status", 3, f"{facts.operator.name}的许可证 {permit.number} 已{permit.status_word}，不能提交。"
            )
            continue
        yield from _not_allowed(facts.items, valid, word)


def _not_allowed(items: tuple[ItemFacts, ...], valid: list[PermitFacts], word: str) -> Iterator[Finding]:
    for item in items:
        if not item.waste_code or not item.method or any(p.allows(item.waste_code, item.method) for p in valid):
            continue
        if all(permit.is_collection for permit in valid):
            why = "为收集许可证，不得利用或处置"
        elif any(code == item.waste_code for permit in valid for code, _ in permit.lines):
            why = f"未核准以 {item.method} 方式经营 {item.waste_code}"
        else:
            why = f"核准经营范围不包括 {item.waste_code}"
        yield _block(
            "permit.scope", 3, f"第 {item.position} 项：接受人许可证 {valid[0].number} {why}（{word}）。", item.position
        )


def _generator_permit(facts: CheckFacts) -> Iterator[Finding]:
    if not facts.generator_is_collector:
        return
    for day in sorted({facts.today, facts.requested_from or facts.today}):
        valid = [p for p in facts.generator_permits if p.covers_day(day) and p.status == PermitStatus.VALID]
        if not valid:
            yield _block("collector.permit", 3, f"收集单位{facts.generator.name}在 {day} 没有有效的收集许可证。")
            continue
        for item in facts.items:
            if item.waste_code and not any(permit.lets_collect(item.waste_code) for permit in valid):
                yield _block(
                    "collector.scope",
                    3,
                    f"第 {item.position} 项：收集许可证 {valid[0].number} 不包括 {item.waste_code}（{day}）。",
                    item.position,
                )


def _amounts(facts: CheckFacts) -> Iterator[Finding]:
    for item in facts.items:
        where = f"第 {item.position} 项"
        if item.amount_t is None:
            yield _block("amount.missing", 4, f"{where}：请填写数量（吨）。", item.position)
        elif item.amount_t <= ZERO:
            yield _block("amount.not_positive", 4, f"{where}：数量须大于零。", item.position)
        elif item.amount_t != item.amount_t.quantize(FINEST_T):
            yield _block("amount.too_fine", 4, f"{where}：数量最多四位小数。", item.position)


def _period(facts: CheckFacts) -> Iterator[Finding]:
    first, last = facts.requested_from, facts.requested_until
    if first is None or last is None:
        yield _block("period.missing", 5, "请填写拟转移期限的起止日期。")
        return
    latest = add_months(facts.today, 11)
    if not facts.first_filed_on <= first <= latest:
        yield _block("period.start", 5, f"拟转移期限应自 {facts.first_filed_on} 至 {latest} 之间开始，现为 {first}。")
    if last < first:
        yield _block("period.order", 5, f"拟转移期限止日 {last} 早于起日 {first}。")
    elif last > last_day_of_twelve_months(first):
        yield _block("period.too_long", 5, f"拟转移期限不得超过十二个月，最迟止于 {last_day_of_twelve_months(first)}。")


def _materials(facts: CheckFacts) -> Iterator[Finding]:
    for material in facts.materials:
        if not material.is_there:
            yield _block("material.missing", 6, f"缺少材料：{material.name}。", figures={"material": material.code})


def _capacity(facts: CheckFacts) -> Iterator[Finding]:
    capacity = facts.capacity
    if capacity is None or facts.operator is None:
        return
    asked = sum((item.amount_t for item in facts.items if item.amount_t and item.amount_t > ZERO), ZERO)
    total = capacity.taken_t + asked
    figures: dict[str, str] = {
        "taken_t": str(capacity.taken_t),
        "asked_t": str(asked),
        "limit_t": str(capacity.limit_t),
    }
    told = f"{capacity.year} 年已批准 {capacity.taken_t:.4f} 吨，本次 {asked:.4f} 吨，合计 {total:.4f} 吨"
    if total > capacity.limit_t:
        yield _block(
            "capacity.exceeded",
            7,
            f"{facts.operator.name}{told}，超过年度上限 {capacity.limit_t:.4f} 吨。",
            figures=figures,
        )
    elif total > capacity.capacity_t:
        yield _warn(
            "capacity.over",
            11,
            f"{facts.operator.name}{told}，超过许可规模 {capacity.capacity_t:.4f} 吨。",
            figures=figures,
        )


def _bars(facts: CheckFacts) -> Iterator[Finding]:
    if facts.operator_bar:
        yield _block("barred.operator", 8, facts.operator_bar)
    for item in facts.items:
        for bar in filter(None, (item.bar, item.entry.bar if item.entry else "")):
            yield _block("barred.entry", 8, f"第 {item.position} 项：{bar}", item.position)


def _unlisted(facts: CheckFacts) -> list[ItemFacts]:
    return [item for item in facts.items if item.entry is None]


def _claims(facts: CheckFacts) -> tuple[Claim, ...]:
    """Items on one entry are summed into one claim (docs/rules.md §12)."""
    asked: dict[int, Decimal] = {}
    available: dict[int, Decimal] = {}
    for item in facts.items:
        if item.entry and item.amount_t and item.amount_t > ZERO:
            asked[item.entry.entry_id] = asked.get(item.entry.entry_id, ZERO) + item.amount_t
            available[item.entry.entry_id] = max(item.entry.available_t, ZERO)
    return tuple(
        Claim(pk, min(amount, available[pk]), max(amount - available[pk], ZERO)) for pk, amount in sorted(asked.items())
    )


def _route(facts: CheckFacts, claims: tuple[Claim, ...], missing: list[ItemFacts]) -> Route:
    if missing or not facts.items:
        return Route.GENERAL
    return _listed_route(claims)


def _listed_route(claims: tuple[Claim, ...]) -> Route:
    return Route.OVER_QUOTA if any(claim.over_t for claim in claims) else Route.FAST_TRACK


def _routing(facts: CheckFacts, claims: tuple[Claim, ...], missing: list[ItemFacts]) -> Iterator[Finding]:
    for item in missing:
        if item.waste_code and facts.operator:
            yield Finding(
                "entry.none",
                9,
                Severity.ROUTING,
                f"第 {item.position} 项：{item.waste_code}（{item.method or '方式未填'}）未列入{facts.operator.name}的名单，"
                "按一般审批程序办理。",
                item.position,
            )
    entries = {item.entry.entry_id: item for item in facts.items if item.entry}
    for claim in claims:
        if claim.over_t:
            item = entries[claim.entry_id]
            entry = item.entry
            if entry is None:
                continue
            asked = claim.within_t + claim.over_t
            yield Finding(
                "quota.exceeded",
                10,
                Severity.ROUTING,
                f"{entry.label}剩余 {entry.available_t:.4f} 吨，本次申请 {asked:.4f} 吨，超出 {claim.over_t:.4f} 吨，"
                "按超量商请程序办理。",
                item.position,
                {"available_t": str(entry.available_t), "asked_t": str(asked), "over_t": str(claim.over_t)},
            )


def _plan(facts: CheckFacts) -> Iterator[Finding]:
    if not facts.has_plan:
        yield _warn("plan.missing", 12, f"{facts.generator.name}没有 {facts.plan_year} 年度危险废物管理计划。")
        return
    asked: dict[str, Decimal] = {}
    for item in facts.items:
        if item.waste_code and item.amount_t:
            asked[item.waste_code] = asked.get(item.waste_code, ZERO) + item.amount_t
    for item in facts.items:
        if item.waste_code not in asked:
            continue
        wanted = item.approved_before_t + asked.pop(item.waste_code)
        if item.planned_t is None:
            yield _warn(
                "plan.code",
                12,
                f"第 {item.position} 项：{facts.plan_year} 年度管理计划未列 {item.waste_code}。",
                item.position,
            )
        elif item.planned_t < wanted:
            yield _warn(
                "plan.exceeded",
                12,
                f"第 {item.position} 项：{item.waste_code} 计划转移 {item.planned_t:.4f} 吨，"
                f"已批准与本次合计 {wanted:.4f} 吨。",
                item.position,
            )


def _disposal(facts: CheckFacts) -> Iterator[Finding]:
    if facts.operator is None or facts.is_neighbour or facts.has_edition:
        return
    for item in facts.items:
        if item.method_is_disposal:
            yield _warn(
                "disposal.far",
                13,
                f"第 {item.position} 项：以 {item.method} 方式处置，{facts.operator.province_name}既不相邻也未开展区域合作"
                "（23号令第三条第二款）。",
                item.position,
            )
