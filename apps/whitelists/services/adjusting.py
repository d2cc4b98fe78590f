"""Adjusting a list during its year (docs/rules.md §7): one side proposes, the other confirms, each by its letter.

Whoever proposes is told of a cut below what is taken; what counts is the ledger at confirmation, under the locks
of the operator that gains and of the entries: edition first, then the operator, then the entries by key.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from apps.catalogue.reading import wastes
from apps.deadlines.workdays import local_day
from apps.organisations.models import Enterprise, User
from apps.organisations.permissions import standing_of
from apps.whitelists.enums import AdjustmentStatus, EventKind
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Adjustment, Edition, WhitelistEntry
from apps.whitelists.permissions import acts_for, sides_of
from apps.whitelists.services.events import Told, administrators_of, record
from apps.whitelists.services.fitting import (
    changes_of,
    gaining_operators,
    new_line_of,
    refuse_below_taken,
    refuse_ended,
    refuse_figure,
    refuse_what_is_not_covered,
)
from apps.whitelists.services.ledger import adjust, lock_entries
from apps.whitelists.services.lines import LineForm, check_form
from apps.whitelists.services.promises import lock_operators


@transaction.atomic
def propose_adjustment(
    *,
    entry_id: int,
    change_t: Decimal,
    by: User,
    now: datetime,
    letter_no: str,
    reason: str,
    target_id: int | None = None,
    new_line: LineForm | None = None,
) -> Adjustment:
    """Propose to change an entry's quota by ``change_t`` tonnes, or to move ``-change_t`` of it elsewhere on the list.

    To the line ``target_id``, or to one that is yet to be made, ``new_line`` (its tonnes are those moved). Raises
    ListNotFound, ListNotAllowed, WhitelistError ``adjustment.figure``, ``.letter``, ``.reason``, ``.target``,
    ``.ended``, ``.open``, ``.not_covered``, ``quota.below_taken``, and for a new line as ``lines.check_form``.
    """
    edition = Edition.objects.confirmed().filter(entries=entry_id).first()
    if edition is None:
        raise ListNotFound
    sides = sides_of(edition, standing_of(by, local_day(now)))
    if len(sides) != 1:
        raise ListNotAllowed("提出调整")
    refuse_ended(edition=edition, now=now)
    refuse_figure(change_t)
    entry = WhitelistEntry.objects.get(pk=entry_id)
    target = _target(entry, target_id, change_t, new_line)
    refuse_below_taken(entry, change_t)
    own = next(iter(sides))
    row = Adjustment(
        edition=edition,
        entry=entry,
        target=target,
        change_t=change_t,
        reason=_said(reason, "reason", "请填写调整理由。"),
        letter_no=_said(letter_no, "letter_no", "请填写函号。"),
        province_id=own,
        proposed_by=by,
        proposed_at=now,
    )
    if new_line is not None:
        _list_new(row, new_line)
    refuse_what_is_not_covered(row=row, now=now)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise WhitelistError("adjustment.open", f"第{entry.number}号条目已有一项调整等待答复。") from error
    _log(
        row, EventKind.ADJUSTMENT_PROPOSED, f"提出{_what(row)}（{row.letter_no}：{row.reason.rstrip('。')}）。", by, now
    )
    return row


@transaction.atomic
def confirm_adjustment(*, adjustment_id: int, by: User, now: datetime, letter_no: str) -> Adjustment:
    """Confirm the other side's proposal by a letter: the tonnes move at once, all movements or none.

    Raises ListNotFound, ListNotAllowed, WhitelistError ``adjustment.moved``, ``.letter``, ``.ended``,
    ``.not_covered``, ``quota.below_taken``, ``quota.above_most``.
    """
    row = _answered(adjustment_id, by, now, "确认调整")
    row.answer_letter_no = _said(letter_no, "letter_no", "请填写函号。")
    # The list before its entries: of two at once the second is judged by what the first made of it.
    row.edition = Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=row.edition_id)
    refuse_ended(edition=row.edition, now=now)
    lock_operators(ids=gaining_operators(row))
    lock_entries(ids=changes_of(row))
    refuse_what_is_not_covered(row=row, now=now)
    if row.makes_a_line:
        row.target = _made_line(row)
    changes = changes_of(row)
    for key, change_t in sorted(changes.items()):
        adjust(entry_id=key, change_t=change_t, reference=row.reference, occurred_at=now, now=now)
    _end(row, AdjustmentStatus.CONFIRMED, by, now)
    _log(row, EventKind.ADJUSTMENT_CONFIRMED, f"确认{_what(row)}（{row.answer_letter_no}）。", by, now)
    return row


@transaction.atomic
def decline_adjustment(*, adjustment_id: int, by: User, now: datetime, reason: str) -> Adjustment:
    """Say no to the other side's proposal. Raises ListNotFound, ListNotAllowed, ``adjustment.moved``, ``.reason``."""
    row = _answered(adjustment_id, by, now, "不同意调整")
    row.answer_reason = _said(reason, "reason", "请填写不同意的理由。")
    _end(row, AdjustmentStatus.DECLINED, by, now)
    _log(row, EventKind.ADJUSTMENT_DECLINED, f"不同意{_what(row)}：{row.answer_reason}", by, now)
    return row


@transaction.atomic
def take_adjustment_back(*, adjustment_id: int, by: User, now: datetime) -> Adjustment:
    """The proposing side takes its proposal back. Raises ListNotFound, ListNotAllowed, ``adjustment.moved``."""
    row = _locked(adjustment_id)
    if not acts_for(row.edition, standing_of(by, local_day(now)), row.province_id):
        raise ListNotAllowed("撤回调整")
    _refuse_moved(row)
    _end(row, AdjustmentStatus.TAKEN_BACK, by, now)
    _log(row, EventKind.ADJUSTMENT_TAKEN_BACK, f"撤回{_what(row)}。", by, now)
    return row


def _locked(adjustment_id: int) -> Adjustment:
    row = Adjustment.objects.select_for_update(of=("self",), no_key=True).filter(pk=adjustment_id).first()
    if row is None:
        raise ListNotFound
    return row


def _answered(adjustment_id: int, by: User, now: datetime, verb: str) -> Adjustment:
    row = _locked(adjustment_id)
    if not acts_for(row.edition, standing_of(by, local_day(now)), row.other_side_id):
        raise ListNotAllowed(verb)
    # Who went over to the other bureau doesn't answer themselves.
    if row.proposed_by_id == by.pk:
        raise ListNotAllowed(verb, "该调整由您本人提出，须由另一人答复。")
    _refuse_moved(row)
    return row


def _refuse_moved(row: Adjustment) -> None:
    if row.status != AdjustmentStatus.OPEN:
        raise WhitelistError("adjustment.moved", f"该调整{row.get_status_display()}（{row.ended_by}），请刷新页面。")


def _target(
    entry: WhitelistEntry, target_id: int | None, change_t: Decimal, new_line: LineForm | None
) -> WhitelistEntry | None:
    if new_line is not None and (target_id is not None or change_t > 0):
        raise WhitelistError("adjustment.target", "新条目只能接收从本条目调出的吨数。", field="target_id")
    if target_id is None:
        return None
    target = WhitelistEntry.objects.filter(pk=target_id, edition=entry.edition_id).exclude(pk=entry.pk).first()
    if target is None or change_t > 0:
        raise WhitelistError("adjustment.target", "请选择同一名单的另一条目作为调入条目。", field="target_id")
    return target


def _list_new(row: Adjustment, form: LineForm) -> None:
    operator = Enterprise.objects.filter(pk=form.operator_id).first()
    place = row.edition.destination_id
    check_form(form=replace(form, quota_t=-row.change_t), operator=operator, destination_id=place, known=wastes())
    row.new_operator, row.new_method = operator, form.method
    row.new_waste_codes, row.new_category_id = list(form.waste_codes), form.category_id or None


def _made_line(row: Adjustment) -> WhitelistEntry:
    """The line that both sides have agreed on, without tonnes yet: they come through the ledger."""
    line = new_line_of(row)
    return WhitelistEntry.objects.create(
        edition=row.edition,
        number=line.number,
        operator_id=line.operator_id,
        waste_codes=line.waste_codes,
        category_id=line.category_id,
        method=line.method,
    )


def _said(text: str, field: str, sentence: str) -> str:
    if not text.strip():
        raise WhitelistError(f"adjustment.{field.removesuffix('_no')}", sentence, field=field)
    return text.strip()


def _end(row: Adjustment, status: AdjustmentStatus, by: User, now: datetime) -> None:
    row.status, row.ended_by, row.ended_at = status, by, now
    row.save()


def _what(row: Adjustment) -> str:
    if row.target is not None:
        new = "新列的" if row.makes_a_line else ""
        to = f"{new}第{row.target.number}号条目"
        return f"将{row.edition.name}第{row.entry.number}号条目的 {-row.change_t:.4f} 吨调入{to}"
    if row.makes_a_line:
        new = f"{row.new_operator} {row.new_wastes}（{row.new_method}）"
        return f"将{row.edition.name}第{row.entry.number}号条目的 {-row.change_t:.4f} 吨调入新条目（{new}）"
    word = "增加" if row.change_t > 0 else "减少"
    return f"{row.edition.name}第{row.entry.number}号条目核定数量{word} {abs(row.change_t):.4f} 吨"


def _log(row: Adjustment, kind: EventKind, sentence: str, by: User, now: datetime) -> None:
    """The other side is told of every step; the operators only of what has become the list."""
    acted_for = row.province_id if by == row.proposed_by or row.status in {"open", "taken_back"} else row.other_side_id
    told = administrators_of(*{row.edition.origin_id, row.edition.destination_id} - {acted_for})
    if row.status == AdjustmentStatus.CONFIRMED:
        told += [Told(enterprise_id=one.operator_id) for one in (row.entry, row.target) if one is not None]
    record(
        kind=kind,
        sentence=sentence,
        told=told,
        by=by,
        at=now,
        now=now,
        edition=row.edition,
        entry=row.entry,
        reference=row.reference,
    )
