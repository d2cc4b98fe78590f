"""Registers of enterprises, bureaus, permits and management plans. Each verb is one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.catalogue.models import DisposalMethod, Division, Province
from apps.catalogue.rules import is_waste_code
from apps.organisations.enums import GeneratorKind, PermitKind, PermitStatus
from apps.organisations.errors import OrganisationError
from apps.organisations.models import (
    Enterprise,
    ManagementPlan,
    ManagementPlanLine,
    Permit,
    PermitLine,
    PermitStatusChange,
    User,
)
from apps.organisations.rules import check_permit_number, check_tonnes, check_uscc

FINAL_STATUSES = (PermitStatus.REVOKED, PermitStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class LineInput:
    """A line of a permit as handed in: code, method ('' on a collection permit), tonnes a year."""

    waste_code: str
    method: str
    capacity_t: Decimal


def province_of(division: Division) -> Province:
    """Province in which a division lies. Raises OrganisationError ``division.unknown_province``."""
    province = Province.objects.filter(pk=f"{division.pk[:2]}0000").first()
    if province is None:
        raise OrganisationError(
            "division.unknown_province", f"{division.name}所在的省份没有登记，请先装载该省数据。", "division"
        )
    return province


@transaction.atomic
def register_enterprise(  # noqa: PLR0913 - one argument a column of the register
    *,
    name: str,
    uscc: str,
    division: Division,
    is_operator: bool = False,
    generator_kind: str = "",
    address: str = "",
    legal_representative: str = "",
    contact_name: str = "",
    contact_phone: str = "",
) -> Enterprise:
    """Register a generator, an operator, or both; its province follows from the division.

    Raises OrganisationError: ``uscc.*``, ``enterprise.name``, ``enterprise.no_side``, ``enterprise.duplicate``,
    ``division.unknown_province``.
    """
    name = name.strip()
    if not name:
        raise OrganisationError("enterprise.name", "请填写单位名称。", "name")
    if not is_operator and generator_kind not in GeneratorKind.values:
        raise OrganisationError("enterprise.no_side", "单位须为移出人或接受人，至少其一。", "generator_kind")
    enterprise = Enterprise(
        name=name,
        uscc=check_uscc(uscc),
        division=division,
        province=province_of(division),
        is_operator=is_operator,
        generator_kind=generator_kind,
        address=address,
        legal_representative=legal_representative,
        contact_name=contact_name,
        contact_phone=contact_phone,
    )
    try:
        with transaction.atomic():
            enterprise.save(force_insert=True)
    except IntegrityError as error:
        sentence = f"单位“{name}”或统一社会信用代码 {enterprise.uscc} 已经登记。"
        raise OrganisationError("enterprise.duplicate", sentence, "uscc") from error
    return enterprise


@transaction.atomic
def register_permit(
    *,
    enterprise: Enterprise,
    number: str,
    kind: PermitKind,
    valid_from: date,
    valid_until: date,
    lines: Sequence[LineInput],
) -> Permit:
    """Register one term of a permit with its lines; an amended or renewed permit is another term.

    Raises OrganisationError: ``permit.number``, ``permit.term``, ``permit.duplicate``, ``permit.no_lines``,
    ``permit.line_code``, ``permit.line_method``, ``permit.line_twice``, ``permit.holder``, ``tonnes.invalid``.
    """
    number = check_permit_number(number)
    _check_holder(enterprise, kind)
    if valid_until < valid_from:
        raise OrganisationError("permit.term", f"有效期止日 {valid_until} 早于起日 {valid_from}。", "valid_until")
    # Serialises registrations for one enterprise: the check for another term on the same days needs it.
    Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=enterprise.pk)
    if Permit.objects.filter(number=number, valid_from__lte=valid_until, valid_until__gte=valid_from).exists():
        raise OrganisationError("permit.duplicate", f"许可证 {number} 在这段有效期内已经登记。", "number")
    rows = _checked_lines(kind, lines)
    permit = Permit.objects.create(
        enterprise=enterprise, number=number, kind=kind, valid_from=valid_from, valid_until=valid_until
    )
    PermitLine.objects.bulk_create(
        [
            PermitLine(permit=permit, waste_code=code, method=method, capacity_t=capacity_t)
            for (code, method), capacity_t in rows.items()
        ]
    )
    return permit


def _check_holder(enterprise: Enterprise, kind: PermitKind) -> None:
    if kind == PermitKind.COMPREHENSIVE and not enterprise.is_operator:
        raise OrganisationError("permit.holder", f"{enterprise.name}不是经营单位，不能登记综合许可证。", "kind")
    if kind == PermitKind.COLLECTION and enterprise.generator_kind != GeneratorKind.COLLECTOR:
        raise OrganisationError("permit.holder", f"{enterprise.name}不是收集单位，不能登记收集许可证。", "kind")


def _checked_lines(kind: PermitKind, lines: Sequence[LineInput]) -> dict[tuple[str, str], Decimal]:
    if not lines:
        raise OrganisationError("permit.no_lines", "许可证至少要有一行经营内容。", "lines")
    methods = set(DisposalMethod.objects.values_list("code", flat=True))
    rows: dict[tuple[str, str], Decimal] = {}
    for position, line in enumerate(lines, start=1):
        if not is_waste_code(line.waste_code):
            sentence = f"第 {position} 行：废物代码“{line.waste_code}”应形如 900-045-49。"
            raise OrganisationError("permit.line_code", sentence, "lines")
        if kind == PermitKind.COLLECTION and line.method:
            sentence = f"第 {position} 行：收集许可证不得列利用处置方式（{line.method}）。"
            raise OrganisationError("permit.line_method", sentence, "lines")
        if kind != PermitKind.COLLECTION and line.method not in methods:
            sentence = f"第 {position} 行：没有利用处置方式“{line.method}”。"
            raise OrganisationError("permit.line_method", sentence, "lines")
        key = (line.waste_code, line.method)
        if key in rows:
            sentence = f"第 {position} 行：{line.waste_code} {line.method} 重复。"
            raise OrganisationError("permit.line_twice", sentence, "lines")
        rows[key] = check_tonnes(line.capacity_t, field="lines", name=f"第 {position} 行：年经营规模")
    return rows


@transaction.atomic
def change_permit_status(
    *,
    permit: Permit,
    status: PermitStatus,
    document_no: str,
    effective_on: date,
    reason: str,
    by: User | None,
    now: datetime,
) -> PermitStatusChange:
    """Set a permit's status by a document with a number and a day; the change is kept for good.

    Raises OrganisationError: ``permit.document_missing``, ``permit.effective_in_future``,
    ``permit.status_unchanged``, ``permit.status_final`` (revoked and cancelled permits don't come back).
    """
    if not document_no.strip():
        raise OrganisationError("permit.document_missing", "请填写文号。", "document_no")
    if effective_on > timezone.localdate(now):
        sentence = f"生效日期 {effective_on} 尚未到来，请于当日登记。"
        raise OrganisationError("permit.effective_in_future", sentence, "effective_on")
    locked = Permit.objects.select_for_update(of=("self",), no_key=True).get(pk=permit.pk)
    current = PermitStatus(locked.status)
    if current in FINAL_STATUSES:
        sentence = f"许可证 {locked.number} 已{current.label}，状态不能再改；恢复经营应登记新的许可证。"
        raise OrganisationError("permit.status_final", sentence, "status")
    if current == status:
        raise OrganisationError("permit.status_unchanged", f"许可证 {locked.number} 已是“{current.label}”。", "status")
    locked.status = status
    locked.save(update_fields=["status"])
    permit.status = status
    return PermitStatusChange.objects.create(
        permit=locked,
        status=status,
        document_no=document_no.strip(),
        effective_on=effective_on,
        reason=reason,
        recorded_at=now,
        recorded_by=by,
    )


@transaction.atomic
def register_plan(*, enterprise: Enterprise, year: int, lines: Mapping[str, Decimal]) -> ManagementPlan:
    """Register the yearly management plan of a generator: planned tonnes by waste code.

    Raises OrganisationError: ``plan.not_a_generator``, ``plan.no_lines``, ``plan.line_code``, ``plan.duplicate``,
    ``tonnes.invalid``.
    """
    if not enterprise.generator_kind:
        raise OrganisationError("plan.not_a_generator", f"{enterprise.name}不是移出人，没有管理计划。", "enterprise")
    if not lines:
        raise OrganisationError("plan.no_lines", "管理计划至少要有一行。", "lines")
    wrong = next((code for code in lines if not is_waste_code(code)), None)
    if wrong is not None:
        raise OrganisationError("plan.line_code", f"废物代码“{wrong}”应形如 900-045-49。", "lines")
    planned = {
        code: check_tonnes(amount_t, field="lines", name=f"{code} 的计划转移量") for code, amount_t in lines.items()
    }
    plan, is_new = ManagementPlan.objects.get_or_create(enterprise=enterprise, year=year)
    if not is_new:
        raise OrganisationError("plan.duplicate", f"{enterprise.name} {year} 年度的管理计划已经登记。", "year")
    ManagementPlanLine.objects.bulk_create(
        [ManagementPlanLine(plan=plan, waste_code=code, planned_t=amount_t) for code, amount_t in planned.items()]
    )
    return plan
