"""Working lines of a list: changed only by the side whose turn it is, and never over what somebody else just wrote."""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.catalogue.reading import Wastes, wastes
from apps.catalogue.rules import is_waste_code
from apps.organisations.models import Enterprise, User
from apps.organisations.rules import FOUR_PLACES, MOST_TONNES
from apps.whitelists.errors import ListNotFound, WhitelistError
from apps.whitelists.models import Edition, EditionLine, RoundLine, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.rules.numbers import WIDTH
from apps.whitelists.services.turns import lock_for_lines

# Columns that make two writings of a line the same.
TOLD = ("number", "operator_id", "waste_codes", "category_id", "method", "quota_t", "is_struck", "remark")
LONGEST_REMARK = 300


@dataclass(frozen=True, slots=True)
class LineForm:
    """A line as it was filled in: codes or a category, tonnes; an empty number is the next free one."""

    operator_id: int
    method: str
    quota_t: Decimal
    waste_codes: tuple[str, ...] = ()
    category_id: str = ""
    remark: str = ""
    number: str = ""


@transaction.atomic
def add_line(*, edition_id: int, form: LineForm, by: User, now: datetime) -> EditionLine:
    """Add a line with the next number.

    Raises ListNotFound, ListNotAllowed, WhitelistError ``line.operator``, ``.wastes``, ``.method``, ``.quota``,
    ``.remark``, ``.twice``.
    """
    edition = lock_for_lines(edition_id=edition_id, by=by, now=now)
    line = EditionLine(edition=edition, number=next_number(edition))
    _fill(line, form)
    _refuse_twin(line)
    line.save()
    return line


@transaction.atomic
def change_line(*, edition_id: int, line_id: int, seen: int, form: LineForm, by: User, now: datetime) -> EditionLine:
    """Change a line that the person read at its revision ``seen``; its number stays.

    Raises as ``add_line``, and WhitelistError ``line.moved`` when somebody changed it since.
    """
    edition = lock_for_lines(edition_id=edition_id, by=by, now=now)
    line = _line_as_seen(edition, line_id, seen)
    before = [getattr(line, column) for column in TOLD]
    _fill(line, form)
    if [getattr(line, column) for column in TOLD] == before:
        return line
    _refuse_twin(line)
    return _saved(line)


@transaction.atomic
def strike_line(*, edition_id: int, line_id: int, seen: int, by: User, now: datetime, remark: str = "") -> EditionLine:
    """Strike a line out: it stays to be seen and counts no tonnes. Raises as ``change_line``."""
    return _struck(edition_id, line_id, seen, by, now, is_struck=True, remark=remark)


@transaction.atomic
def restore_line(*, edition_id: int, line_id: int, seen: int, by: User, now: datetime) -> EditionLine:
    """Take the stroke through a line back. Raises as ``change_line``."""
    return _struck(edition_id, line_id, seen, by, now, is_struck=False, remark="")


@transaction.atomic
def reset_lines(*, edition_id: int, by: User, now: datetime) -> int:
    """Put the lines back as the other side handed them over; gives how many were changed.

    Raises ListNotFound, ListNotAllowed, WhitelistError ``lines.no_round`` before the first round.
    """
    edition = lock_for_lines(edition_id=edition_id, by=by, now=now)
    last = edition.rounds.order_by("position").last()
    if last is None:
        raise WhitelistError("lines.no_round", "名单还没有提出过，没有可以恢复的内容。")
    wanted = [working(line, edition) for line in RoundLine.objects.filter(round=last)]
    return put_in_place(before=list(EditionLine.objects.filter(edition=edition)), wanted=wanted)


def working(line: RoundLine, edition: Edition) -> EditionLine:
    """A working line, not saved, that says what the line of a round says."""
    return EditionLine(edition=edition, **{column: getattr(line, column) for column in TOLD})


def put_in_place(*, before: Sequence[EditionLine], wanted: Sequence[EditionLine]) -> int:
    """Make the working lines be ``wanted``; those that are the same stay untouched. Gives how many were changed."""
    standing = {line.number: line for line in before}
    added: list[EditionLine] = []
    replaced = 0
    for line in wanted:
        old = standing.get(line.number)
        if old is not None and all(getattr(old, column) == getattr(line, column) for column in TOLD):
            del standing[line.number]
            continue
        if old is not None:
            line.revision = old.revision + 1
            replaced += 1
        added.append(line)
    # Nothing points at a working line: a changed one is written anew, which costs the same for one and for thousands.
    EditionLine.objects.filter(pk__in=[line.pk for line in standing.values()]).delete()
    EditionLine.objects.bulk_create(added, batch_size=2000)
    return len(added) + len(standing) - replaced


def check_form(*, form: LineForm, operator: Enterprise | None, destination_id: str, known: Wastes) -> None:
    """Whether a line can stand at all; whether it should is the proposal's question. Raises WhitelistError."""
    if operator is None or not operator.is_operator or operator.province_id != destination_id:
        name = operator.name if operator else "所选单位"
        raise WhitelistError("line.operator", f"{name}不是接受地的经营单位。", field="operator")
    _check_wastes(form, known)
    if form.method not in known.methods:
        raise WhitelistError("line.method", f"利用处置方式代码 {form.method} 不存在。", field="method")
    quota_t = form.quota_t
    if not quota_t.is_finite() or not 0 < quota_t <= MOST_TONNES or quota_t != quota_t.quantize(FOUR_PLACES):
        raise WhitelistError("line.quota", "数量须大于零，最多四位小数。", field="quota_t")
    if len(form.remark) > LONGEST_REMARK or any(unicodedata.category(sign) == "Cc" for sign in form.remark):
        raise WhitelistError("line.remark", f"说明最多 {LONGEST_REMARK} 个字，不能换行。", field="remark")


def _check_wastes(form: LineForm, known: Wastes) -> None:
    wrong = [code for code in form.waste_codes if not is_waste_code(code)]
    if wrong:
        raise WhitelistError("line.wastes", f"废物代码“{'、'.join(wrong[:3])}”应形如 900-045-49。", field="wastes")
    if len(set(form.waste_codes)) < len(form.waste_codes):
        raise WhitelistError("line.wastes", "同一代码写了两次。", field="wastes")
    if bool(form.waste_codes) == bool(form.category_id):
        raise WhitelistError("line.wastes", "请填写废物代码或者废物类别，二者取一。", field="wastes")
    if form.category_id and form.category_id not in known.categories:
        raise WhitelistError("line.wastes", f"名录中没有废物类别 {form.category_id}。", field="wastes")


def refuse_overlaps(lines: Iterable[EditionLine | RoundLine]) -> None:
    """Two lines of equal rank for one operator, waste and method. Raises WhitelistError ``edition.overlap``."""
    listed: dict[tuple[int, str, str], list[str]] = {}
    for line in lines:
        for waste in [line.category_id] if line.category_id else line.waste_codes:
            listed.setdefault((line.operator_id, waste, line.method), []).append(line.number)
    for (_, waste, method), numbers in listed.items():
        if len(numbers) > 1:
            raise WhitelistError(
                "edition.overlap",
                f"第{'、'.join(numbers)}号条目重复列入同一接受人的 {waste}（{method}），请合并。",
            )


def _fill(line: EditionLine, form: LineForm) -> None:
    operator = Enterprise.objects.filter(pk=form.operator_id).first()
    check_form(form=form, operator=operator, destination_id=line.edition.destination_id, known=wastes())
    line.operator_id = form.operator_id
    line.waste_codes, line.category_id = list(form.waste_codes), form.category_id or None
    line.method, line.quota_t, line.remark = form.method, form.quota_t, form.remark.strip()


def _refuse_twin(line: EditionLine) -> None:
    mine = EditionLine.objects.filter(edition=line.edition, operator=line.operator_id, method=line.method)
    for other in mine.exclude(pk=line.pk).order_by(by_number()):
        if other.key == line.key:
            raise WhitelistError(
                "line.twice",
                f"第{other.number}号条目已列明同一接受人的 {other.wastes}（{other.method}），请在该条修改。",
                field="wastes",
            )


def _line_as_seen(edition: Edition, line_id: int, seen: int) -> EditionLine:
    line = EditionLine.objects.filter(edition=edition, pk=line_id).select_related("edition", "operator").first()
    if line is None:
        raise ListNotFound
    if line.revision != seen:
        struck = "，已划去" if line.is_struck else ""
        raise WhitelistError(
            "line.moved",
            f"第{line.number}号条目在您查看之后已被修改：现为 {line.operator.name} {line.wastes}（{line.method}）"
            f"{line.quota_t:.4f} 吨{struck}。没有保存，请核对后再改。",
        )
    return line


def _struck(
    edition_id: int, line_id: int, seen: int, by: User, now: datetime, *, is_struck: bool, remark: str
) -> EditionLine:
    edition = lock_for_lines(edition_id=edition_id, by=by, now=now)
    line = _line_as_seen(edition, line_id, seen)
    if line.is_struck == is_struck:
        return line
    line.is_struck = is_struck
    if remark.strip():
        line.remark = remark.strip()[:LONGEST_REMARK]
    return _saved(line)


def _saved(line: EditionLine) -> EditionLine:
    line.revision += 1
    line.save()
    return line


def mark_of(lines: Iterable[EditionLine]) -> str:
    """A mark of working lines as somebody reads them: any change, stroke, addition or import makes another."""
    stands = ",".join(f"{line.pk}:{line.revision}" for line in sorted(lines, key=lambda line: line.pk))
    return hashlib.sha256(stands.encode()).hexdigest()[:16]


def next_number(edition: Edition) -> str:
    """The number of a line to be added: one more than the highest that the list has or has shown.

    Where that has more signs than a number can have, the first one that is free.
    """
    rows: list[QuerySet[Any]] = [
        EditionLine.objects.filter(edition=edition),
        RoundLine.objects.filter(round__edition=edition),
        WhitelistEntry.objects.filter(edition=edition),
    ]
    numbers = {number for found in rows for number in found.order_by().values_list("number", flat=True).distinct()}
    taken = [number for number in numbers if number.isascii() and number.isdigit()]
    width = max((len(number) for number in taken), default=2)
    highest = max((int(number) for number in taken), default=0) + 1
    if len(str(highest)) <= WIDTH:
        return str(highest).zfill(width)
    return next(free for serial in count(1) if (free := str(serial)) not in numbers)
