"""Granting an approval: what may still forbid it, its dates and tonnes, and all that goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from apps.catalogue.columns import save_columns
from apps.catalogue.enums import PaperKind
from apps.deadlines.services import end_all_clocks
from apps.organisations.enums import PermitStatus
from apps.organisations.errors import CapacityExceeded
from apps.organisations.models import Enterprise, Permit
from apps.organisations.services.capacity import lock_permit_year, take_capacity
from apps.transfers.enums import ClockKind, ReasonForDecision, Route
from apps.transfers.models import Item
from apps.transfers.rules.periods import validity
from apps.transfers.services import stages
from apps.transfers.services.acts import Act
from apps.transfers.services.claims import commit_claims
from apps.transfers.services.locking import load_items, load_parties
from apps.whitelists.models import Bar, Edition
from apps.whitelists.services.editions import matching_entry
from apps.whitelists.services.ledger import lock_entries

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an approval is forbidden at this moment."""

    because: ReasonForDecision
    sentence: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What would be approved: tonnes by item key, first and last day."""

    amounts: Mapping[int, Decimal]
    valid_from: date
    valid_until: date
    permit: Permit


def plan_grant(act: Act, amounts: Mapping[int, Decimal], until: date | None) -> Grant | Obstacle:
    """What an approval today would say, or what forbids it: permit, suspension, validity (docs/rules.md §§3, 6)."""
    application = act.application
    load_parties(application, act.calendar.stamp)
    operator, first_asked, last_asked = application.operator, application.requested_from, application.requested_until
    if operator is None or first_asked is None or last_asked is None:
        message = "a filed application has an operator and a period (application_filed_is_complete)"
        raise AssertionError(message)
    granted = [item for item in load_items(act.application) if amounts.get(item.pk)]
    first_day = max(act.on, first_asked)
    permits = list(Permit.objects.in_force_on_any(act.on, first_day).filter(enterprise=operator).with_lines())
    permit = _permit_on(act.on, operator, permits, granted)
    if isinstance(permit, Obstacle):
        return permit
    # A period that begins under the next permit ends with that one; what is decided today counts for today's.
    first_permit = _permit_on(first_day, operator, permits, granted)
    if isinstance(first_permit, Obstacle):
        return first_permit
    barred = _barred(act, granted)
    if barred:
        return barred
    edition = application.edition
    first, last = validity(
        decided_on=act.on,
        requested_from=first_asked,
        requested_until=last_asked,
        permit_until=first_permit.valid_until,
        edition_until=edition.ends_on if edition and edition.limits_validity else None,
        granted_until=until,
    )
    if last < first:
        return Obstacle(
            ReasonForDecision.VALIDITY, f"自 {first} 起批准已无有效期可言：申请期限、许可证或名单最迟止于 {last}。"
        )
    return Grant(amounts, first, last, permit)


def grant(act: Act, planned: Grant) -> Obstacle | None:
    """Carry the grant out: capacity, quota, tonnes, validity, clocks. The obstacle is a capacity that is spoken for.

    Nothing has been written when an obstacle is returned. Lock order: permit year, entries, deadlines.
    """
    application, items = act.application, load_items(act.application)
    total = sum(planned.amounts.values(), ZERO)
    permit_year = lock_permit_year(permit=planned.permit, year=act.on.year)
    try:
        take_capacity(
            permit_year=permit_year,
            reference=act.reference,
            round=application.round,
            amount_t=total,
            now=act.now,
        )
    except CapacityExceeded as error:
        return Obstacle(ReasonForDecision.CAPACITY, error.sentence)
    approved: dict[int, Decimal] = {}
    for item in items:
        item.approved_t = planned.amounts.get(item.pk, ZERO)
        if item.entry_id and application.route != Route.GENERAL:
            approved[item.entry_id] = approved.get(item.entry_id, ZERO) + item.approved_t
    save_columns(items, "approved_t")
    commit_claims(act, approved)
    application.decided_on = act.on
    application.valid_from, application.valid_until = planned.valid_from, planned.valid_until
    end_all_clocks(reference=act.reference, now=act.now)
    stages.start(act, ClockKind.CLOSING, day0=planned.valid_until, days=act.terms.closing_days)
    return None


def order_approval(act: Act, *, with_notice: bool) -> None:
    """The approval in the origin's name; under prior consent the destination gets a notice (通报函)."""
    application = act.application
    act.order_paper(PaperKind.APPROVAL, application.origin_id)
    if with_notice:
        entries = lock_entries(ids=[item.entry_id for item in load_items(act.application) if item.entry_id])
        figures = {
            pk: {"quota_t": entry.quota_t, "used_t": entry.used_t, "available_t": entry.available_t}
            for pk, entry in entries.items()
        }
        act.order_paper(PaperKind.NOTICE, application.origin_id, figures=figures)


def asked(act: Act) -> dict[int, Decimal]:
    return {item.pk: item.amount_t or ZERO for item in load_items(act.application)}


def consented(act: Act) -> dict[int, Decimal]:
    return {
        item.pk: item.consented_t if item.consented_t is not None else item.amount_t or ZERO
        for item in load_items(act.application)
    }


def _permit_on(day: date, operator: Enterprise, permits: list[Permit], items: list[Item]) -> Permit | Obstacle:
    """The permit is matched again at decision (docs/rules.md §12): one that covers every item granted on that day."""
    permits = [permit for permit in permits if permit.valid_from <= day <= permit.valid_until]
    if not permits:
        return Obstacle(ReasonForDecision.PERMIT, f"{operator.name}在 {day} 没有有效期内的危险废物经营许可证。")
    valid = [permit for permit in permits if permit.status == PermitStatus.VALID]
    if not valid:
        return Obstacle(
            ReasonForDecision.PERMIT,
            f"{operator.name}的许可证 {permits[0].number} 已{permits[0].get_status_display()}。",
        )
    wanted = {(item.waste_code, item.method): item for item in items}
    missing: list[set[tuple[str, str]]] = [
        set(wanted) - {(line.waste_code, line.method) for line in permit.lines.all()} for permit in valid
    ]
    for permit, lacks in zip(valid, missing, strict=True):
        if not lacks:
            return permit
    fewest = min(missing, key=len)
    waste_code, method = min(fewest)
    return Obstacle(ReasonForDecision.PERMIT, f"许可证 {valid[0].number} 不包括 {waste_code}（{method}）（{day}）。")


def _barred(act: Act, items: list[Item]) -> Obstacle | None:
    """A suspension of entry, operator, operator × code or edition, or a line gone from a next list in force."""
    application = act.application
    entries = [item.entry_id for item in items if item.entry_id]
    scope = Q(operator=application.operator_id, waste_code__in=["", *(item.waste_code for item in items)])
    scope |= Q(entry__in=entries)
    # On the general route the case names no edition, but its items may match a list that is suspended.
    scope |= Q(edition__entries__in=entries)
    bar = Bar.objects.in_force_on(act.on).filter(scope).first()
    if bar:
        return Obstacle(ReasonForDecision.BARRED, f"自 {bar.from_on} 起已暂停（{bar.document_no}：{bar.reason}）。")
    return _gone_from_next_list(act, items)


def _gone_from_next_list(act: Act, items: list[Item]) -> Obstacle | None:
    """Decided after the edition's end: still counted under it, unless the next list no longer has the line."""
    edition = act.application.edition
    if edition is None or act.application.route == Route.GENERAL or act.on <= edition.ends_on:
        return None
    following = (
        Edition.objects.of_pair(origin_id=edition.origin_id, destination_id=edition.destination_id)
        .in_force_on(act.on)
        .first()
    )
    if following is None:
        return None
    entries = list(following.entries.filter(operator=act.application.operator_id))
    for item in items:
        listed = matching_entry(
            entries=entries,
            operator_id=act.application.operator_id or 0,
            waste_code=item.waste_code,
            method=item.method,
        )
        if listed is None:
            return Obstacle(
                ReasonForDecision.BARRED, f"{item.waste_code}（{item.method}）已不在现行{following.name}中。"
            )
    return None
