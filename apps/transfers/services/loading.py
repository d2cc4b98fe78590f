"""Loading the limits of the routes from their file."""

import csv
from pathlib import Path

from django.db import transaction

from apps.transfers.models import StageLimit, Terms


@transaction.atomic
def load_limits(*, path: Path) -> int:
    """Load limits that aren't there yet; what an agreement changed meanwhile stays. Gives the number of new rows.

    Raises ValidationError when a row breaks a rule; nothing is loaded then.
    """
    Terms.objects.get_or_create(pk=1)
    present = set(StageLimit.objects.values_list("route", "clock"))
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["route"], row["clock"]) not in present]
    for row in rows:
        limit = StageLimit(route=row["route"], clock=row["clock"], days=int(row["days"]), ladder=row["ladder"])
        limit.full_clean()
        limit.save()
    return len(rows)
