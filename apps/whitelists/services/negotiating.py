"""Two provinces agree on a list: one proposes, the other counters or confirms, either gives up (docs/rules.md §16)."""

from datetime import datetime

from apps.organisations.models import User
from apps.organisations.permissions import standing_of
from apps.whitelists.enums import EventKind, RoundKind
from apps.whitelists.errors import FindingsStand, ListNotAllowed, WhitelistError
from apps.whitelists.models import Edition, EditionLine, EditionRound, RoundLine
from apps.whitelists.permissions import sides_of
from apps.whitelists.rules.comparing import Comparison, compare
from apps.whitelists.services.entering import hand_over, make_entries
from apps.whitelists.services.events import administrators_of, record
from apps.whitelists.services.lines import mark_of, refuse_overlaps
from apps.whitelists.services.promises import lock_operators
from apps.whitelists.services.proposing import findings_of
from apps.whitelists.services.turns import bureau_of, name_of, negotiating

MOST_NAMED = 6


def propose(
    *,
    edition_id: int,
    seen_round: int,
    letter_no: str,
    by: User,
    now: datetime,
    remark: str = "",
    knows_warnings: bool = False,
    seen_lines: str | None = None,
) -> Edition:
    """Hand the working lines to the origin, with the destination's letter.

    ``seen_lines`` is the mark of the lines that the person had read. Raises ListNotFound, ListNotAllowed,
    WhitelistError ``edition.moved``, ``edition.lines_moved``, ``edition.letter``, ``edition.empty``,
    ``edition.overlap``; FindingsStand for what blocks, or for warnings that nobody said they know of.
    """
    with negotiating(edition_id=edition_id, name="propose", seen_round=seen_round, by=by, now=now) as edition:
        letter = _letter(letter_no)
        _refuse_own_round(edition, by, "提出")
        _refuse_unread(edition, seen_lines)
        lines = _lines_to_hand_over(edition)
        _check(edition, lines, knows_warnings=knows_warnings)
        before = edition.status
        edition.propose(letter_no=letter)
        made = hand_over(
            edition=edition,
            lines=lines,
            kind=RoundKind.PROPOSED,
            province_id=edition.destination_id,
            by=by,
            now=now,
            letter_no=letter,
            remark=remark.strip(),
        )
        sentence = f"{name_of(edition.destination_id)}提出{edition.name}（{letter}），{_summed(lines)}。"
        _log(edition, EventKind.PROPOSED, sentence, edition.destination_id, before, by, now, made)
    return edition


def counter(
    *,
    edition_id: int,
    seen_round: int,
    by: User,
    now: datetime,
    letter_no: str = "",
    remark: str = "",
    seen_lines: str | None = None,
) -> Edition:
    """Give the list back with changed lines or with words, perhaps with a letter.

    ``seen_lines`` is the mark of the lines that the person had read. Raises ListNotFound, ListNotAllowed,
    WhitelistError ``edition.moved``, ``edition.lines_moved``, ``edition.empty``, ``counter.nothing``.
    """
    with negotiating(edition_id=edition_id, name="counter", seen_round=seen_round, by=by, now=now) as edition:
        _refuse_unread(edition, seen_lines)
        _refuse_own_round(edition, by, "反馈意见")
        changed = changes_of_turn(edition)
        if not changed.changes and not remark.strip():
            raise WhitelistError(
                "counter.nothing", "没有改动条目，也没有填写意见。没有意见请直接确认。", field="remark"
            )
        lines = _lines_to_hand_over(edition)
        before = edition.status
        edition.counter()
        made = hand_over(
            edition=edition,
            lines=lines,
            kind=RoundKind.COUNTERED,
            province_id=edition.origin_id,
            by=by,
            now=now,
            letter_no=letter_no.strip(),
            remark=remark.strip(),
        )
        sentence = (
            f"{name_of(edition.origin_id)}对{edition.name}反馈意见，改动 {len(changed.changes)} 条，{_summed(lines)}。"
        )
        _log(edition, EventKind.COUNTERED, sentence, edition.origin_id, before, by, now, made)
    return edition


def confirm(
    *, edition_id: int, seen_round: int, letter_no: str, by: User, now: datetime, knows_warnings: bool = False
) -> Edition:
    """Confirm the last proposal by the origin's letter: its lines become entries, in force within the period.

    Raises ListNotFound, ListNotAllowed, WhitelistError ``edition.moved``, ``edition.letter``,
    ``edition.lines_changed`` (the origin changed working lines: counter, or put them back), ``edition.over``,
    ``edition.overlap``, ``edition.invalid`` (another confirmed list of the pair overlaps); FindingsStand.
    """
    with negotiating(edition_id=edition_id, name="confirm", seen_round=seen_round, by=by, now=now) as edition:
        letter = _letter(letter_no)
        if edition.ends_on < edition.today:
            raise WhitelistError("edition.over", f"期间到 {edition.ends_on} 已经结束，不能再确认。")
        _refuse_own_round(edition, by, "确认")
        _refuse_changed(edition)
        lines = list(RoundLine.objects.filter(round=edition.rounds.order_by("position").last()))
        lock_operators(ids={line.operator_id for line in lines if not line.is_struck})
        _check(edition, lines, knows_warnings=knows_warnings)
        before = edition.status
        edition.confirm(letter_no=letter, at=now)
        make_entries(edition=edition, lines=lines, now=now)
        # The rounds say what was agreed; nothing is worked on any more.
        EditionLine.objects.filter(edition=edition).delete()
        sentence = (
            f"{name_of(edition.origin_id)}确认{edition.name}（{letter}），{_summed(lines)}，"
            f"{edition.begins_on} 至 {edition.ends_on} 有效。"
        )
        _log(edition, EventKind.CONFIRMED, sentence, edition.origin_id, before, by, now)
    return edition


def abandon(*, edition_id: int, seen_round: int, reason: str, by: User, now: datetime) -> Edition:
    """Give a list up that is not confirmed, with a reason; a draft its own side, what was proposed either side.

    Raises ListNotFound, ListNotAllowed, WhitelistError ``edition.moved``, ``edition.reason``.
    """
    with negotiating(edition_id=edition_id, name="abandon", seen_round=seen_round, by=by, now=now) as edition:
        if not reason.strip():
            raise WhitelistError("edition.reason", "请填写放弃的理由。", field="reason")
        before = edition.status
        side = edition.origin_id if edition.origin_id in _own_sides(edition, by) else edition.destination_id
        edition.abandon()
        sentence = f"{name_of(side)}放弃{edition.name}：{reason.strip()}"
        _log(edition, EventKind.ABANDONED, sentence, side, before, by, now, is_told=seen_round > 0)
    return edition


def changes_of_turn(edition: Edition) -> Comparison:
    """What the side whose turn it is has changed in the working lines since the last round."""
    last = edition.rounds.order_by("position").last()
    before = RoundLine.objects.filter(round=last).select_related("operator") if last else []
    lines = EditionLine.objects.filter(edition=edition).select_related("operator")
    return compare(list(before), list(lines))


def changes_between(before: EditionRound | None, after: EditionRound) -> Comparison:
    """What a round changed in the one before it; the first is all new."""
    old = RoundLine.objects.filter(round=before).select_related("operator") if before else []
    return compare(list(old), list(RoundLine.objects.filter(round=after).select_related("operator")))


def _lines_to_hand_over(edition: Edition) -> list[EditionLine]:
    """The working lines without those that were added and struck out again before anybody else saw them."""
    last = edition.rounds.order_by("position").last()
    seen = set(RoundLine.objects.filter(round=last).values_list("number", flat=True)) if last else set()
    lines = list(EditionLine.objects.filter(edition=edition))
    unseen = [line.pk for line in lines if line.is_struck and line.number not in seen]
    if unseen:
        EditionLine.objects.filter(pk__in=unseen).delete()
        lines = [line for line in lines if line.pk not in set(unseen)]
    if not any(not line.is_struck for line in lines):
        raise WhitelistError("edition.empty", "名单没有条目，不能送交对方。")
    return lines


def _refuse_own_round(edition: Edition, by: User, verb: str) -> None:
    """Who went over to the other bureau doesn't answer themselves. Raises ListNotAllowed."""
    last = edition.rounds.order_by("position").last()
    if last is not None and last.made_by_id == by.pk:
        raise ListNotAllowed(verb, "上一轮由您本人提出，须由另一人办理。")


def _refuse_unread(edition: Edition, seen_lines: str | None) -> None:
    """What a colleague changed meanwhile isn't handed over unread; who writes a line holds the list's lock."""
    if seen_lines is not None and seen_lines != mark_of(EditionLine.objects.filter(edition=edition)):
        raise WhitelistError(
            "edition.lines_moved", "您这一方的条目在您查看之后有变动，没有送交对方。请核对现在的条目以后再办理。"
        )


def _check(edition: Edition, lines: list[EditionLine] | list[RoundLine], *, knows_warnings: bool) -> None:
    refuse_overlaps(line for line in lines if not line.is_struck)
    findings = findings_of(lines=lines, edition=edition, today=edition.today)
    if findings.blocking or (findings.warnings and not knows_warnings):
        raise FindingsStand(
            is_blocking=bool(findings.blocking),
            told=tuple(one.told for one in findings.blocking or findings.warnings),
        )


def _refuse_changed(edition: Edition) -> None:
    changed = changes_of_turn(edition).changes
    edition.has_changed_lines = bool(changed)
    if changed:
        numbers = [change.line.number for change in changed]
        more = f"等 {len(numbers)} 条" if len(numbers) > MOST_NAMED else ""
        raise WhitelistError(
            "edition.lines_changed",
            f"第{'、'.join(numbers[:MOST_NAMED])}号条目{more}已有改动，与对方提出的不同。请反馈给对方，或者恢复为对方提出的内容后再确认。",
        )


def _letter(letter_no: str) -> str:
    if not letter_no.strip():
        raise WhitelistError("edition.letter", "请填写函号。", field="letter_no")
    return letter_no.strip()


def _summed(lines: list[EditionLine] | list[RoundLine]) -> str:
    counted = [line for line in lines if not line.is_struck]
    return f"共 {len(counted)} 条、{sum(line.quota_t for line in counted):.4f} 吨"


def _own_sides(edition: Edition, by: User) -> frozenset[str]:
    return sides_of(edition, standing_of(by, edition.today))


def _log(  # noqa: PLR0913 - one argument a column of the log
    edition: Edition,
    kind: EventKind,
    sentence: str,
    side: str,
    before: str,
    by: User,
    now: datetime,
    made: EditionRound | None = None,
    *,
    is_told: bool = True,
) -> None:
    """The other side is told, but of a draft that it never saw."""
    others = {edition.origin_id, edition.destination_id} - {side}
    record(
        kind=kind,
        sentence=sentence,
        told=administrators_of(*others) if is_told else (),
        by=by,
        at=now,
        now=now,
        bureau=bureau_of(side),
        edition=edition,
        reference=f"round:{made.pk}" if made else "",
        statuses=(before, edition.status),
    )
