"""Loading ladders from the rows of a file."""

from collections.abc import Iterable, Mapping
from datetime import time

from django.db import transaction

from apps.deadlines.models import LadderRung


@transaction.atomic
def load_ladders(*, rows: Iterable[Mapping[str, str]], replace: bool = False) -> list[str]:
    """Load the ladders that aren't there yet (all of them with `replace`); answers the names of those loaded.

    Clocks already running keep their planned next moment and follow the new rungs from it on. ValidationError when
    a row breaks a rule of the ladder; nothing is loaded then.
    """
    present = set() if replace else set(LadderRung.objects.values_list("ladder", flat=True))
    rungs = [_rung(row) for row in rows if row["ladder"] not in present]
    loaded = list(dict.fromkeys(rung.ladder for rung in rungs))
    LadderRung.objects.filter(ladder__in=loaded).delete()
    for rung in rungs:
        rung.full_clean()
        rung.save()
    return loaded


def _rung(row: Mapping[str, str]) -> LadderRung:
    return LadderRung(
        ladder=row["ladder"],
        code=row["code"],
        position=int(row["position"]),
        anchor=row["anchor"],
        working_days=int(row["working_days"]),
        at_time=time.fromisoformat(row["at_time"]) if row["at_time"] else None,
        kind=row["kind"],
        addressee=row["addressee"],
        text=row["text"],
    )
