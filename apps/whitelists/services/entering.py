"""What two sides agreed on becomes a round, and the list's entries with their quota."""

from collections.abc import Sequence
from datetime import datetime

from apps.organisations.models import User
from apps.whitelists.enums import RoundKind
from apps.whitelists.models import Edition, EditionLine, EditionRound, RoundLine, WhitelistEntry
from apps.whitelists.services.ledger import adjust_all
from apps.whitelists.services.lines import TOLD, refuse_overlaps
from apps.whitelists.services.turns import last_round

BATCH = 2000


def hand_over(
    *,
    edition: Edition,
    lines: Sequence[EditionLine],
    kind: RoundKind,
    province_id: str,
    by: User | None,
    now: datetime,
    letter_no: str = "",
    remark: str = "",
) -> EditionRound:
    """Write the lines down as the list's next round, in the caller's transaction."""
    made = EditionRound.objects.create(
        edition=edition,
        position=last_round(edition) + 1,
        kind=kind,
        province_id=province_id,
        letter_no=letter_no,
        remark=remark,
        made_by=by,
        made_by_name=str(by) if by else "系统录入",
        made_at=now,
    )
    RoundLine.objects.bulk_create(
        [RoundLine(round=made, **{column: getattr(line, column) for column in TOLD}) for line in lines],
        batch_size=BATCH,
    )
    return made


def make_entries(*, edition: Edition, lines: Sequence[EditionLine | RoundLine], now: datetime) -> list[WhitelistEntry]:
    """The entries of the lines that were not struck; their quota enters through the ledger. The caller's transaction.

    Raises WhitelistError ``edition.overlap``.
    """
    counted = [line for line in lines if not line.is_struck]
    refuse_overlaps(counted)
    entries = WhitelistEntry.objects.bulk_create(
        [
            WhitelistEntry(
                edition=edition,
                number=line.number,
                operator_id=line.operator_id,
                waste_codes=line.waste_codes,
                category_id=line.category_id,
                method=line.method,
            )
            for line in counted
        ],
        batch_size=BATCH,
    )
    quotas = {entry.pk: line.quota_t for entry, line in zip(entries, counted, strict=True)}
    adjust_all(changes=quotas, reference=f"edition:{edition.pk}", occurred_at=now, now=now)
    return entries
