"""Demand that enterprises declare for the next period, so that two provinces know it when they negotiate."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.catalogue.reading import Wastes, places, wastes
from apps.deadlines.workdays import local_day
from apps.organisations.enums import GeneratorKind, PermitStatus, Role
from apps.organisations.models import Enterprise, PermitLine, User
from apps.organisations.permissions import standing_of
from apps.whitelists.enums import DemandAct, PeriodPart
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Demand, DemandChange
from apps.whitelists.models.demand import days_of_period

Period = tuple[int, str]
FIELDS = ("waste_code", "method", "operator_id", "destination_id", "amount_t", "remark")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is declared: tonnes of a code; ``destination_id`` is a province's code and follows from the operator."""

    waste_code: str
    amount_t: Decimal
    method: str = ""
    operator_id: int | None = None
    destination_id: str | None = None
    remark: str = ""


class DemandNotFound(WhitelistError):
    """Not theirs, or none: doors answer 404 either way."""

    def __init__(self) -> None:
        super().__init__("not_found", "没有找到该项需求申报。")


def open_periods(today: date) -> list[Period]:
    """Periods that may still be declared on the day: those of this year and the next that have not begun."""
    every = ((year, part) for year in (today.year, today.year + 1) for part in PeriodPart.values)
    return [(year, part) for year, part in every if days_of_period(year, part)[0] > today]


@transaction.atomic
def declare_demand(*, enterprise_id: int, by: User, now: datetime, period: Period, wanted: Wanted) -> Demand:
    """Declare demand of an enterprise for which the person files.

    Raises DemandNotFound; WhitelistError ``demand.generator``, ``demand.period`` once it has begun, ``demand.code``,
    ``demand.method``, ``demand.operator``, ``demand.destination``, ``demand.twice``.
    """
    enterprise = _own(enterprise_id, by, now)
    _refuse_begun(period, now)
    demand = Demand(enterprise=enterprise, origin_id=enterprise.province_id, year=period[0], part=period[1])
    _put(demand, wanted, now)
    return _kept(demand, DemandAct.DECLARED, by, now)


@transaction.atomic
def change_demand(*, demand_id: int, by: User, now: datetime, version: int, wanted: Wanted) -> Demand:
    """Change what was declared, until its period begins. ``version`` is the one that the person was looking at.

    Raises as ``declare_demand``; ``demand.conflict`` when it was changed meanwhile; nothing is overwritten.
    """
    demand = _locked(demand_id, by, now)
    if demand.version != version:
        raise WhitelistError("demand.conflict", "该项需求已在另一处修改，本次没有保存。请核对现在的内容后再修改。")
    if _told(demand) == _told_of(wanted):
        return demand
    _put(demand, wanted, now)
    demand.version += 1
    return _kept(demand, DemandAct.CHANGED, by, now)


@transaction.atomic
def withdraw_demand(*, demand_id: int, by: User, now: datetime) -> Demand:
    """Take it back until its period begins; its record stays. Raises DemandNotFound, ``demand.period``."""
    demand = _locked(demand_id, by, now)
    demand.withdrawn_at = now
    demand.version += 1
    return _kept(demand, DemandAct.WITHDRAWN, by, now)


@transaction.atomic
def copy_demand(*, enterprise_id: int, by: User, now: datetime, year: int) -> int:
    """Declare for ``year`` what was declared for the year before, except what stands already; how many lines.

    What can't be declared any more (a code out of the catalogue, an operator that is none) is left out. Raises
    DemandNotFound; ``demand.none_to_copy`` when nothing is left to copy.
    """
    enterprise = _own(enterprise_id, by, now)
    standing = Demand.objects.filter(enterprise=enterprise, withdrawn_at__isnull=True)
    there = {_key(one) for one in standing.filter(year=year)}
    made = 0
    for old in standing.filter(year=year - 1).order_by("pk"):
        if _key(old) in there or days_of_period(year, old.part)[0] <= local_day(now):
            continue
        fresh = Demand(enterprise=enterprise, origin_id=enterprise.province_id, year=year, part=old.part)
        try:
            _put(fresh, Wanted(**{name: getattr(old, name) for name in FIELDS}), now)
        except WhitelistError:
            continue
        _kept(fresh, DemandAct.DECLARED, by, now)
        made += 1
    if not made:
        raise WhitelistError("demand.none_to_copy", f"{year - 1} 年没有可以沿用的申报，或者都已经申报到 {year} 年。")
    return made


def permit_warnings(*, demands: list[Demand]) -> dict[int, list[str]]:
    """What a permit would not cover today, in a sentence or two, by demand: a collector's own, the operator's.

    A warning only: permits are renewed before the period begins. Two queries.
    """
    sides = [(demand, side) for demand in demands for side in _sides_with_permit(demand)]
    holders = {holder.pk for _, (holder, _, _) in sides}
    covered: set[tuple[int, str, str, date, date]] = set(
        PermitLine.objects.filter(permit__enterprise__in=holders, permit__status=PermitStatus.VALID).values_list(
            "permit__enterprise", "waste_code", "method", "permit__valid_from", "permit__valid_until"
        )
        if holders
        else ()
    )
    found: dict[int, list[str]] = {}
    for demand, (holder, method, words) in sides:
        day = demand.begins_on
        fits = any(
            (key, code) == (holder.pk, demand.waste_code) and first <= day <= last and method in {"", of_method}
            for key, code, of_method, first, last in covered
        )
        if not fits:
            found.setdefault(demand.pk, []).append(words)
    return found


def _sides_with_permit(demand: Demand) -> Iterator[tuple[Enterprise, str, str]]:
    what = f"{demand.waste_code}（{demand.begins_on} 起）"
    if demand.enterprise.generator_kind == GeneratorKind.COLLECTOR:
        yield demand.enterprise, "", f"本单位的许可证不含 {what}。"
    if demand.operator:
        yield (
            demand.operator,
            demand.method,
            f"{demand.operator.name}的许可证不含 {what} {demand.method}".rstrip() + "。",
        )


def _own(enterprise_id: int, by: User, now: datetime) -> Enterprise:
    if enterprise_id not in standing_of(by, local_day(now)).enterprises(Role.FILER):
        raise DemandNotFound
    enterprise = Enterprise.objects.get(pk=enterprise_id)
    if not enterprise.generator_kind:
        raise WhitelistError("demand.generator", f"{enterprise.name}不是移出人，不需要申报需求。")
    return enterprise


def _locked(demand_id: int, by: User, now: datetime) -> Demand:
    own = standing_of(by, local_day(now)).enterprises(Role.FILER)
    rows = Demand.objects.select_for_update(of=("self",), no_key=True).filter(enterprise__in=own, pk=demand_id)
    demand = rows.first()
    if demand is None or demand.withdrawn_at is not None:
        raise DemandNotFound
    _refuse_begun((demand.year, demand.part), now)
    return demand


def _refuse_begun(period: Period, now: datetime) -> None:
    if period in open_periods(local_day(now)):
        return
    sentence = "该期间已经开始，或者还不能申报；只能申报今年和明年尚未开始的期间。"
    raise WhitelistError("demand.period", sentence, field="period")


def _put(demand: Demand, wanted: Wanted, now: datetime) -> None:
    known = wastes()
    _refuse_unknown(known, wanted, local_day(now))
    for name in FIELDS:
        setattr(demand, name, getattr(wanted, name))
    if wanted.operator_id is not None:
        demand.destination_id = _province_of_operator(wanted.operator_id)
    elif wanted.destination_id:
        province = places().provinces.get(wanted.destination_id)
        if province is None or not province.is_participating:
            raise WhitelistError("demand.destination", "该省份不在合作机制内。", field="destination")
    else:
        demand.destination_id = None
    if demand.destination_id == demand.origin_id:
        raise WhitelistError("demand.destination", "接受地须为本省以外的省份。", field="destination")


def _refuse_unknown(known: Wastes, wanted: Wanted, today: date) -> None:
    if wanted.waste_code not in known.known_on(today, [wanted.waste_code]):
        sentence = f"《国家危险废物名录》现行版没有代码“{wanted.waste_code[:20]}”。"
        raise WhitelistError("demand.code", sentence, field="waste_code")
    if wanted.method and wanted.method not in known.methods:
        sentence = f"没有利用处置方式“{wanted.method[:10]}”，请填写代码，例如 R4。"
        raise WhitelistError("demand.method", sentence, field="method")


def _province_of_operator(key: int) -> str:
    """Its province, whatever it is; a participating one only."""
    rows = Enterprise.objects.filter(Q(is_operator=True, province__is_participating=True), pk=key)
    province = rows.values_list("province", flat=True).first()
    if province is None:
        raise WhitelistError("demand.operator", "没有找到该接受人。", field="operator")
    return province


def _kept(demand: Demand, kind: DemandAct, by: User, now: datetime) -> Demand:
    try:
        with transaction.atomic():
            demand.save()
    except IntegrityError as error:
        if "demand_once_a_period" not in str(error):
            raise
        sentence = "同一期间、同一代码、同一去向的需求已经申报，请在原来的一行上修改数量。"
        raise WhitelistError("demand.twice", sentence, field="waste_code") from error
    DemandChange.objects.create(
        demand=demand,
        version=demand.version,
        kind=kind,
        changed_by=by,
        changed_by_name=str(by),
        changed_at=now,
        **{name: getattr(demand, name) for name in FIELDS},
    )
    return demand


def _told(demand: Demand) -> tuple[Any, ...]:
    """What the person would have typed: the province only when there is no operator to give it."""
    values = {name: getattr(demand, name) for name in FIELDS}
    return _told_of(Wanted(**values))


def _told_of(wanted: Wanted) -> tuple[Any, ...]:
    destination = None if wanted.operator_id else wanted.destination_id or None
    return wanted.waste_code, wanted.amount_t, wanted.method, wanted.operator_id, destination, wanted.remark


def _key(demand: Demand) -> tuple[Any, ...]:
    return demand.part, demand.waste_code, demand.method, demand.operator_id, demand.destination_id
