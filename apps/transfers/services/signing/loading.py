"""Loading the chains of the bureaus from a file."""

import csv
from pathlib import Path

from django.db import transaction

from apps.organisations.enums import DECIDING_ROLES, BureauLevel
from apps.organisations.models import Bureau
from apps.transfers.models import SignoffChain
from apps.transfers.rules.signing import CHAINED

COLUMNS = ("bureau", "act", "roles")
MOST_ROLES = 3


@transaction.atomic
def load_chains(*, path: Path, replace: bool = False) -> int:
    """Load chains: bureau by the province's short name, act or nothing for all others, one to three roles in order.

    What is there stays, unless ``replace``; what is not in the file stays in any case. What was prepared before keeps
    the chain under which it was prepared. Gives the number of rows new or changed. Raises ValueError with a sentence
    that names the line; nothing is loaded then.
    """
    bureaus = {
        bureau.province.short: bureau
        for bureau in Bureau.objects.filter(level=BureauLevel.PROVINCIAL).select_related("province")
    }
    kept = {(chain.bureau_id, chain.act): chain for chain in SignoffChain.objects.all()}
    written = 0
    for number, (short, act, roles) in enumerate(_rows(path), start=2):
        bureau = bureaus.get(short)
        if bureau is None:
            raise ValueError(f"第 {number} 行：没有“{short}”的省级机关。")
        _refuse_odd(number, act, roles)
        chain = kept.setdefault((bureau.pk, act), SignoffChain(bureau=bureau, act=act))
        if chain.roles == roles or (chain.pk and not replace):
            continue
        chain.roles = roles
        chain.save()
        written += 1
    return written


def _rows(path: Path) -> list[tuple[str, str, list[str]]]:
    """Lines as typed, with the mark that spreadsheets put in front taken off. Raises ValueError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not set(COLUMNS) <= set(reader.fieldnames or ()):
            raise ValueError(f"第 1 行：须有 {'、'.join(COLUMNS)} 三列。")
        rows = [[(line[name] or "").strip() for name in COLUMNS] for line in reader]
    return [(short, act, roles.split()) for short, act, roles in rows]


def _refuse_odd(number: int, act: str, roles: list[str]) -> None:
    if act not in {"", *CHAINED}:
        raise ValueError(f"第 {number} 行：“{act}”没有签批流程，可以是：{'、'.join(sorted(CHAINED))}，或者空着。")
    if not 1 <= len(roles) <= MOST_ROLES or not set(roles) <= set(DECIDING_ROLES):
        can_be = "、".join(DECIDING_ROLES)
        raise ValueError(f"第 {number} 行：角色“{' '.join(roles)}”须为一至三个，以空格分开，可以是：{can_be}。")
