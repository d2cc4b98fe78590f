"""The year 2021: 168 approvals of 75,800.0000 t, filed, decided, shipped, declared complete, closed by the clock."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from apps.transfers.demo.stage import Script, Stage, Wish, filed, moment, shipped
from apps.transfers.services.answering import consent
from apps.transfers.services.ending import declare_complete
from apps.transfers.services.reviewing import approve, endorse


def history(stage: Stage, path: Path) -> Iterator[Script]:
    """A script for each approval of the file, in its order."""
    with (path / "demo_2021_approvals.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield _case(stage, row)


def _case(stage: Stage, row: dict[str, str]) -> Script:
    wish = Wish(row["generator"], row["operator"], row["code"], row["method"], Decimal(row["tonnes"]))
    filed_on, decided_on = date.fromisoformat(row["filed_on"]), date.fromisoformat(row["decided_on"])
    # Filed one after the other through the morning; decided at the same minute of the afternoon.
    minute = timedelta(minutes=int(row["no"]) % 170)
    yield (now := moment(filed_on, "09:00") + minute)
    case = filed(stage, wish, now)
    if row["origin"] == "SC" and row["destination"] == "CQ":
        yield (now := moment(decided_on, "14:30") + minute)
        approve(application_id=case.pk, by=stage.handler("SC"), now=now)
    else:
        yield (now := moment(filed_on, "13:30") + minute)
        endorse(application_id=case.pk, by=stage.handler(row["origin"]), now=now)
        yield (now := moment(decided_on, "14:30") + minute)
        consent(application_id=case.pk, by=stage.handler(row["destination"]), now=now)
    # One trip for all of it: the demo's figures are true to the tonne, not to the lorry.
    day = min(stage.after(decided_on, 1), date(filed_on.year, 12, 31))
    yield (now := moment(day, "08:30") + minute)
    shipped(stage, wish, case, wish.amount_t, now)
    yield (now := moment(day, "17:00") + minute)
    declare_complete(application_id=case.pk, by=stage.filer(wish.generator), now=now)
