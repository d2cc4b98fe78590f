"""The quota ledger: hold, release, commit, restore, adjust (docs/rules.md §7).

Every verb locks its entries in primary-key order, looks for the replay before the balance, appends the
movements and moves the columns, all in the caller's transaction or one of its own. A repeated message (same
entry, reference, round and kind) changes nothing and returns the movement that stands. The CHECK on the entry
is the last word: no code path can promise a tonne twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from apps.catalogue.joining import joins_transaction
from apps.organisations.rules import FOUR_PLACES, MOST_TONNES
from apps.whitelists.enums import MovementKind
from apps.whitelists.errors import QuotaExceeded, Shortfall, WhitelistError
from apps.whitelists.models import QuotaMovement, WhitelistEntry

ZERO = Decimal(0)

# How one tonne of a movement moves (quota, held, used).
EFFECT: Mapping[str, tuple[int, int, int]] = {
    MovementKind.HOLD: (0, 1, 0),
    MovementKind.RELEASE: (0, -1, 0),
    MovementKind.COMMIT: (0, -1, 1),
    MovementKind.RESTORE: (0, 0, -1),
    MovementKind.ADJUST: (1, 0, 0),
}

# All movements and the columns that they move in one statement: neither is ever there without the other.
MOVE = """
    WITH moved AS (
        INSERT INTO whitelists_quotamovement (entry_id, amount_t, kind, reference, round, occurred_at, recorded_at)
        SELECT asked.entry_id, asked.amount_t, %s, %s, %s, %s, %s
        FROM unnest(%s::bigint[], %s::numeric[]) AS asked(entry_id, amount_t)
        RETURNING id, entry_id, amount_t
    ), columns AS (
        UPDATE whitelists_whitelistentry AS entry
        SET quota_t = quota_t + %s * moved.amount_t, held_t = held_t + %s * moved.amount_t,
            used_t = used_t + %s * moved.amount_t
        FROM moved WHERE entry.id = moved.entry_id
    )
    SELECT entry_id, id FROM moved
"""


def lock_entries(*, ids: Iterable[int]) -> dict[int, WhitelistEntry]:
    """Lock the entries in primary-key order, the only order in which they may be locked. Needs a transaction."""
    entries = WhitelistEntry.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(ids)).order_by("pk")
    return {entry.pk: entry for entry in entries}


def hold(
    *,
    amounts: Mapping[int, Decimal],
    reference: str,
    round: int,
    occurred_at: datetime,
    now: datetime,
    locked: Mapping[int, WhitelistEntry] | None = None,
) -> list[QuotaMovement]:
    """Hold tonnes (by entry key) for a round of an application, all of them or none.

    ``locked`` are the entries as ``lock_entries`` gave them in this transaction, when nothing has moved them since.
    Raises QuotaExceeded, naming every entry that has too little left, with its figures.
    """
    return _move(MovementKind.HOLD, amounts, reference, round, occurred_at, now, locked)


def release(
    *, amounts: Mapping[int, Decimal], reference: str, round: int, occurred_at: datetime, now: datetime
) -> list[QuotaMovement]:
    """Give held tonnes back. Raises WhitelistError ``ledger.not_held`` for more than this round still holds."""
    return _move(MovementKind.RELEASE, amounts, reference, round, occurred_at, now)


def commit(
    *, amounts: Mapping[int, Decimal], reference: str, round: int, occurred_at: datetime, now: datetime
) -> list[QuotaMovement]:
    """Turn held tonnes into used ones. Raises WhitelistError ``ledger.not_held`` for more than this round holds."""
    return _move(MovementKind.COMMIT, amounts, reference, round, occurred_at, now)


def restore(
    *, amounts: Mapping[int, Decimal], reference: str, round: int, occurred_at: datetime, now: datetime
) -> list[QuotaMovement]:
    """Give used tonnes back. Raises WhitelistError ``ledger.not_used`` for more than this round committed."""
    return _move(MovementKind.RESTORE, amounts, reference, round, occurred_at, now)


def adjust(*, entry_id: int, change_t: Decimal, reference: str, occurred_at: datetime, now: datetime) -> QuotaMovement:
    """Change an entry's quota by a document.

    Raises WhitelistError: ``quota.below_taken`` below held + used, ``quota.above_most`` for more than a column takes.
    """
    return adjust_all(changes={entry_id: change_t}, reference=reference, occurred_at=occurred_at, now=now)[0]


def adjust_all(
    *, changes: Mapping[int, Decimal], reference: str, occurred_at: datetime, now: datetime
) -> list[QuotaMovement]:
    """Change the quotas of several entries (tonnes by entry key) by one document, all or none. Raises as ``adjust``."""
    return _move(MovementKind.ADJUST, changes, reference, 0, occurred_at, now)


@joins_transaction
def _move(
    kind: MovementKind,
    amounts: Mapping[int, Decimal],
    reference: str,
    round_: int,
    occurred_at: datetime,
    now: datetime,
    locked: Mapping[int, WhitelistEntry] | None = None,
) -> list[QuotaMovement]:
    if not amounts:
        return []
    _refuse_odd_figures(kind, amounts)
    entries = lock_entries(ids=amounts) if locked is None else {pk: locked[pk] for pk in amounts}
    missing = set(amounts) - set(entries)
    if missing:
        raise WhitelistError("entry.unknown", "名单条目不存在，请刷新后重试。")
    standing = _movements(entries, reference, round_)
    done = [movement for (_, of_kind), movement in standing.items() if of_kind == kind]
    for movement in done:
        _refuse_another_amount(movement, amounts[movement.entry_id])
    replayed = {movement.entry_id for movement in done}
    fresh = {pk: amount for pk, amount in sorted(amounts.items()) if pk not in replayed}
    _check_balance(kind, fresh, entries, standing)
    made = {
        pk: QuotaMovement(
            entry_id=pk,
            kind=kind,
            reference=reference,
            round=round_,
            amount_t=amount,
            occurred_at=occurred_at,
            recorded_at=now,
        )
        for pk, amount in fresh.items()
    }
    if fresh:
        values: list[Any] = [kind.value, reference, round_, occurred_at, now]
        values += [list(fresh), list(fresh.values()), *EFFECT[kind]]
        with connection.cursor() as cursor:
            cursor.execute(MOVE, values)
            for entry_id, key in cursor.fetchall():
                made[entry_id].pk = key
    return done + list(made.values())


def _movements(entries: Iterable[int], reference: str, round_: int) -> dict[tuple[int, str], QuotaMovement]:
    rows = QuotaMovement.objects.filter(entry__in=list(entries), reference=reference, round=round_)
    return {(row.entry_id, row.kind): row for row in rows}


def _refuse_odd_figures(kind: MovementKind, amounts: Mapping[int, Decimal]) -> None:
    """Zero, endless or finer than the columns: rounding would part a movement from what was asked for."""
    for amount in amounts.values():
        if not amount.is_finite() or abs(amount) > MOST_TONNES or amount != amount.quantize(FOUR_PLACES):
            raise WhitelistError("ledger.inexact", f"数量 {amount} 吨无法记载：最多四位小数，不超过 {MOST_TONNES} 吨。")
        if amount == ZERO or (amount < ZERO and kind != MovementKind.ADJUST):
            raise WhitelistError("ledger.not_positive", "变动数量须大于零；调整核定可以为负，不能为零。")


def _refuse_another_amount(movement: QuotaMovement, amount: Decimal) -> None:
    if movement.amount_t != amount:
        raise WhitelistError(
            "ledger.replay_differs",
            f"{movement.reference} 第 {movement.round} 轮已记录{movement.get_kind_display()} "
            f"{movement.amount_t:.4f} 吨，与本次 {amount:.4f} 吨不符。",
        )


def _check_balance(
    kind: MovementKind,
    amounts: Mapping[int, Decimal],
    entries: Mapping[int, WhitelistEntry],
    standing: Mapping[tuple[int, str], QuotaMovement],
) -> None:
    if kind == MovementKind.ADJUST:
        _check_adjustment(amounts, entries)
        return
    if kind == MovementKind.HOLD:
        short = [
            Shortfall(pk, f"{entries[pk].edition.name}第{entries[pk].number}号条目", entries[pk].available_t, amount)
            for pk, amount in amounts.items()
            if amount > entries[pk].available_t
        ]
        if short:
            raise QuotaExceeded(short)
        return
    for pk, amount in amounts.items():
        left = _left_of_round(kind, pk, standing)
        if amount > left:
            word, code = ("已批准", "ledger.not_used") if kind == MovementKind.RESTORE else ("占用", "ledger.not_held")
            raise WhitelistError(code, f"本轮在该条目{word} {left:.4f} 吨，不足 {amount:.4f} 吨。")


def _left_of_round(kind: MovementKind, pk: int, standing: Mapping[tuple[int, str], QuotaMovement]) -> Decimal:
    def of(which: MovementKind) -> Decimal:
        row = standing.get((pk, which))
        return row.amount_t if row else ZERO

    if kind == MovementKind.RESTORE:
        return of(MovementKind.COMMIT) - of(MovementKind.RESTORE)
    return of(MovementKind.HOLD) - of(MovementKind.RELEASE) - of(MovementKind.COMMIT)


def _check_adjustment(amounts: Mapping[int, Decimal], entries: Mapping[int, WhitelistEntry]) -> None:
    for pk, change in amounts.items():
        entry = entries[pk]
        if entry.quota_t + change > MOST_TONNES:
            raise WhitelistError("quota.above_most", f"第{entry.number}号条目核定数量不能超过 {MOST_TONNES} 吨。")
        taken = entry.held_t + entry.used_t
        if entry.quota_t + change < taken:
            raise WhitelistError(
                "quota.below_taken",
                f"第{entry.number}号条目在办与已批准共 {taken:.4f} 吨，核定数量不能调整为 "
                f"{entry.quota_t + change:.4f} 吨。",
            )


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry whose columns are not the sum of its movements, in tonnes."""

    entry_id: int
    column: str
    stored_t: Decimal
    summed_t: Decimal


def reconcile() -> list[Difference]:
    """Compare every entry's columns with the sum of its movements; an empty list means they agree."""
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    rows = QuotaMovement.objects.values_list("entry_id", "kind").annotate(total=Sum("amount_t")).order_by()
    for entry_id, kind, total in rows:
        for column, effect in enumerate(EFFECT[kind]):
            sums[entry_id][column] += effect * total
    differences = []
    for pk, *stored in WhitelistEntry.objects.values_list("pk", "quota_t", "held_t", "used_t").order_by("pk"):
        for name, is_stored, is_summed in zip(("quota_t", "held_t", "used_t"), stored, sums[pk], strict=True):
            if is_stored != is_summed:
                differences.append(Difference(pk, name, is_stored, is_summed))
    return differences
