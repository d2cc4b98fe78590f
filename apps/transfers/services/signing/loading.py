"""Loading the chains of the bureaus from their file."""

import csv
from pathlib import Path

from django.db import transaction

from apps.organisations.enums import DECIDING_ROLES, BureauLevel
from apps.organisations.models import Bureau
from apps.transfers.models import SignoffChain
from apps.transfers.rules.signing import CHAINED


@transaction.atomic
def load_chains(*, path: Path) -> int:
    """Load chains (bureau by the province's short name, act or nothing, roles) that aren't there yet.

    What a bureau changed meanwhile stays. Gives the number of new rows. Raises ValueError when a row names an act or
    a role that has no chain, ValidationError when it breaks a rule; nothing is loaded then.
    """
    bureaus = {
        bureau.province.short: bureau
        for bureau in Bureau.objects.filter(level=BureauLevel.PROVINCIAL).select_related("province")
    }
    present = set(SignoffChain.objects.values_list("bureau_id", "act"))
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (bureaus[row["bureau"]].pk, row["act"]) not in present]
    for row in rows:
        roles = row["roles"].split()
        if not set(roles) <= set(DECIDING_ROLES) or row["act"] not in {"", *CHAINED}:
            raise ValueError(f"签批流程：{row['bureau']} {row['act']} {row['roles']}")
        chain = SignoffChain(bureau=bureaus[row["bureau"]], act=row["act"], roles=roles)
        chain.full_clean()
        chain.save()
    return len(rows)
