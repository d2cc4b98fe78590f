"""Suspending an entry, an operator or a list during its year, and lifting it again (docs/rules.md §12)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.catalogue.rules import is_waste_code
from apps.deadlines.workdays import local_day
from apps.organisations.enums import Role
from apps.organisations.models import Enterprise, User
from apps.organisations.permissions import Standing, standing_of
from apps.whitelists.enums import EditionStatus, EventKind
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Bar, Edition
from apps.whitelists.permissions import may_lift, sides_of
from apps.whitelists.services.events import Told, administrators_of, record
from apps.whitelists.services.ledger import lock_entries

VERB, LIFT_VERB = "暂停", "解除暂停"


@dataclass(frozen=True, slots=True)
class _Order:
    """The document that suspends, and who records it when."""

    by: User
    now: datetime
    document_no: str
    from_on: date
    reason: str


@transaction.atomic
def suspend_entry(*, entry_id: int, by: User, now: datetime, document_no: str, from_on: date, reason: str) -> Bar:
    """Suspend a line of a confirmed list that has not ended, by either side, from a day on that is not past.

    Raises ListNotFound, ListNotAllowed, WhitelistError ``bar.document``, ``.reason``, ``.past``, ``.already``,
    ``.ended``.
    """
    edition = Edition.objects.confirmed().filter(entries=entry_id).first()
    if edition is None:
        raise ListNotFound
    province = _side(edition, by, now)
    entry = lock_entries(ids=[entry_id])[entry_id]
    label = f"{edition.name}第{entry.number}号条目"
    told = [*administrators_of(edition.origin_id, edition.destination_id), Told(enterprise_id=entry.operator_id)]
    scope = {"entry_id": entry_id}
    return _suspend(scope, province, label, told, edition, _Order(by, now, document_no, from_on, reason))


@transaction.atomic
def suspend_edition(*, edition_id: int, by: User, now: datetime, document_no: str, from_on: date, reason: str) -> Bar:
    """Suspend a whole confirmed list that has not ended, by either side. Raises as ``suspend_entry``."""
    edition = Edition.objects.confirmed().select_for_update(of=("self",), no_key=True).filter(pk=edition_id).first()
    if edition is None:
        raise ListNotFound
    province = _side(edition, by, now)
    operators = edition.entries.order_by("operator").values_list("operator", flat=True).distinct()
    told = administrators_of(edition.origin_id, edition.destination_id)
    told += [Told(enterprise_id=key) for key in operators]
    scope = {"edition_id": edition_id}
    return _suspend(scope, province, edition.name, told, edition, _Order(by, now, document_no, from_on, reason))


@transaction.atomic
def suspend_operator(
    *,
    operator_id: int,
    waste_code: str,
    by: User,
    now: datetime,
    document_no: str,
    from_on: date,
    reason: str,
) -> Bar:
    """Suspend an operator on every list, or (with ``waste_code``) one waste of it: its own province does.

    Raises ListNotFound, ListNotAllowed, WhitelistError ``bar.code`` and as ``suspend_entry``.
    """
    found = Enterprise.objects.select_for_update(of=("self",), no_key=True).filter(pk=operator_id, is_operator=True)
    operator = found.first()
    if operator is None:
        raise ListNotFound
    standing = standing_of(by, local_day(now))
    _require(standing, operator.province_id, VERB)
    if waste_code and not is_waste_code(waste_code):
        raise WhitelistError("bar.code", f"废物代码“{waste_code}”应形如 900-045-49。", field="waste_code")
    label = f"{operator.name}的 {waste_code}" if waste_code else operator.name
    told = [*administrators_listing(operator, local_day(now)), Told(enterprise_id=operator.pk)]
    scope = {"operator_id": operator.pk, "waste_code": waste_code}
    return _suspend(scope, operator.province_id, label, told, None, _Order(by, now, document_no, from_on, reason))


@transaction.atomic
def lift(*, bar_id: int, by: User, now: datetime, document_no: str, lifted_on: date, reason: str) -> Bar:
    """Lift a suspension by a document: from ``lifted_on`` (today or later) it bars nothing. Its own side does.

    Raises ListNotFound, ListNotAllowed, WhitelistError ``bar.document``, ``.reason``, ``.past``, ``.lifted``.
    """
    bar = Bar.objects.select_for_update(of=("self",), no_key=True).filter(pk=bar_id).first()
    if bar is None:
        raise ListNotFound
    if not may_lift(bar, standing_of(by, local_day(now))):
        raise ListNotAllowed(LIFT_VERB)
    edition = bar.entry.edition if bar.entry is not None else bar.edition
    operator = bar.operator
    document_no, reason = _words(document_no, reason)
    if bar.lifted_on is not None:
        raise WhitelistError("bar.lifted", f"该暂停已自 {bar.lifted_on} 起解除，请刷新页面。")
    earliest = max(bar.from_on, local_day(now))
    if lifted_on < earliest:
        raise WhitelistError("bar.past", f"解除日期不得早于 {earliest}。", field="lifted_on")
    bar.lifted_on, bar.lift_document_no, bar.lift_reason = lifted_on, document_no, reason
    bar.lifted_by, bar.lift_recorded_at = by, now
    bar.save()
    told: list[Told] = []
    if edition is not None:
        told += administrators_of(edition.origin_id, edition.destination_id)
        listed = [bar.entry] if bar.entry is not None else list(edition.entries.order_by("operator"))
        told += [Told(enterprise_id=one.operator_id) for one in listed]
    if operator is not None:
        told += [*administrators_listing(operator, local_day(now)), Told(enterprise_id=operator.pk)]
    record(
        kind=EventKind.LIFTED,
        sentence=f"{bar.label}自 {lifted_on} 起解除暂停（{document_no}：{reason.rstrip('。')}）。",
        told=told,
        by=by,
        at=now,
        now=now,
        edition=edition,
        entry=bar.entry,
        operator=operator,
        reference=f"bar:{bar.pk}",
    )
    return bar


def _suspend(
    scope: dict[str, Any],
    province_id: str,
    label: str,
    told: list[Told],
    edition: Edition | None,
    order: _Order,
) -> Bar:
    """The object is locked: of two who suspend it at once the second finds the first one's bar."""
    document_no, reason = _words(order.document_no, order.reason)
    by, now, from_on = order.by, order.now, order.from_on
    if from_on < local_day(now):
        raise WhitelistError("bar.past", f"暂停不得自已经过去的 {from_on} 起。", field="from_on")
    if edition is not None and edition.ends_on < from_on:
        raise WhitelistError("bar.ended", f"{edition.name}至 {edition.ends_on} 为止，此后无须暂停。", field="from_on")
    standing_bar = Bar.objects.filter(**scope).filter(Q(lifted_on__isnull=True) | Q(lifted_on__gt=from_on)).first()
    if standing_bar is not None:
        raise WhitelistError(
            "bar.already", f"{label}已自 {standing_bar.from_on} 起暂停（{standing_bar.document_no}），无须重复暂停。"
        )
    bar = Bar.objects.create(
        **scope,
        province_id=province_id,
        from_on=from_on,
        reason=reason,
        document_no=document_no,
        recorded_by=by,
        recorded_at=now,
    )
    record(
        kind=EventKind.SUSPENDED,
        sentence=f"{label}自 {from_on} 起暂停（{document_no}：{reason.rstrip('。')}）。",
        told=told,
        by=by,
        at=now,
        now=now,
        edition=edition,
        entry=bar.entry,
        operator=bar.operator,
        reference=f"bar:{bar.pk}",
    )
    return bar


def _words(document_no: str, reason: str) -> tuple[str, str]:
    document_no, reason = document_no.strip(), reason.strip()
    if not document_no:
        raise WhitelistError("bar.document", "请填写文号。", field="document_no")
    if not reason:
        raise WhitelistError("bar.reason", "请填写理由。", field="reason")
    return document_no, reason


def _side(edition: Edition, by: User, now: datetime) -> str:
    """The one side for which the person acts. Raises ListNotAllowed."""
    sides = sides_of(edition, standing_of(by, local_day(now)))
    if len(sides) != 1:
        raise ListNotAllowed(VERB)
    return next(iter(sides))


def _require(standing: Standing, province_id: str, verb: str) -> None:
    if province_id not in standing.provinces(Role.WHITELIST_ADMIN):
        raise ListNotAllowed(verb)


def administrators_listing(operator: Enterprise, today: date) -> list[Told]:
    """Both sides of every list, in force or to begin, that names the operator; its own side in any case."""
    pairs = Edition.objects.filter(
        entries__operator=operator, status=EditionStatus.CONFIRMED, ends_on__gte=today
    ).values_list("origin", "destination")
    return administrators_of(*{operator.province_id, *(code for pair in pairs for code in pair)})
