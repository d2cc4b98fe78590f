"""The year 2026 up to the demo's day: every entry used as its note says."""

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from apps.transfers.demo.stage import Script, Stage, Wish, filed, moment, shipped
from apps.transfers.services.answering import consent
from apps.transfers.services.following import follow_one
from apps.transfers.services.reviewing import approve, endorse

USED = re.compile(r"已用([0-9.]+)")
SUSPENDED_ON, RESTORED_ON = date(2026, 7, 15), date(2026, 9, 15)
CODES_OF_CATEGORY = {"HW48": "321-004-48"}
COLLECTED = "900-052-31"


def uses(stage: Stage, path: Path) -> Iterator[Script]:
    """For each entry of 2026 the approvals that make up what its note says was used, spread over the year."""
    with (path / "demo_world.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "entry" and row["year"] == "2026"]
    for serial, row in enumerate(rows):
        used = USED.search(row["note"])
        if used is None:
            continue
        total = Decimal(used[1])
        count = 1 if total < 100 else 2 if total < 5000 else 3  # noqa: PLR2004 - a few, as in 2021
        each = (total / count).quantize(Decimal("0.0001"))
        amounts = [each] * (count - 1) + [total - each * (count - 1)]
        for part, amount in enumerate(amounts):
            # January to June: before the permit of O-GZ2 is suspended.
            day = stage.after(date(2026, 1, 4) + timedelta(days=52 * part + serial * 2), 1)
            code = CODES_OF_CATEGORY.get(row["code"], row["code"])
            generator = _generator(row["origin"], code, serial + part)
            wish = Wish(generator, row["operator"], code, row["method"], amount)
            yield _granted(stage, wish, row["origin"], row["destination"], day, serial)


def _generator(origin: str, code: str, serial: int) -> str:
    """A collector for what is collected, else one of the province's two producers in turn."""
    collectors = {"CQ": "G-CQ2", "SC": "G-SC1", "GZ": "G-GZ1", "YN": "G-YN1"}
    producers = {"CQ": ("G-CQ1", "G-CQ3"), "SC": ("G-SC2", "G-SC3"), "GZ": ("G-GZ2", "G-GZ3"), "YN": ("G-YN2", "G-YN3")}
    return collectors[origin] if code == COLLECTED else producers[origin][serial % 2]


def _granted(stage: Stage, wish: Wish, origin: str, destination: str, day: date, serial: int) -> Script:
    minute = timedelta(minutes=serial * 3)
    yield (now := moment(day, "09:00") + minute)
    case = filed(stage, wish, now)
    day = stage.after(day, 1)
    if (origin, destination) == ("SC", "CQ"):
        yield (now := moment(day, "10:00") + minute)
        case = approve(application_id=case.pk, by=stage.handler(origin), now=now)
    else:
        yield (now := moment(day, "10:00") + minute)
        endorse(application_id=case.pk, by=stage.handler(origin), now=now)
        day = stage.after(day, 1)
        yield (now := moment(day, "15:00") + minute)
        case = consent(application_id=case.pk, by=stage.handler(destination), now=now)
    day = stage.after(day, 3)
    yield (now := moment(day, "08:30") + minute)
    shipped(stage, wish, case, (wish.amount_t / 2).quantize(Decimal("0.0001")), now)
    if wish.operator == "O-GZ2":
        # The clock pauses it with the permit's suspension and lets it go on with its end.
        for on in (SUSPENDED_ON, RESTORED_ON):
            yield (now := moment(on, "16:00") + minute)
            follow_one(application_id=case.pk, now=now)
