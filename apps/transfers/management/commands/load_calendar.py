"""Load the seeded calendar and the ladders from fixtures/calendar."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.deadlines.models import CalendarYear
from apps.deadlines.services import load_ladders, read_now
from apps.transfers.services.years import load_year

FOLDER = Path(settings.BASE_DIR) / "fixtures" / "calendar"
SOURCE = "国务院办公厅关于{year}年部分节假日安排的通知"


class Command(BaseCommand):
    """Idempotent: years and ladders already there are left alone, for an administrator may have changed them.

    It stands here and not with the calendar because a year that comes with a release moves what cases show.
    """

    help = "载入随系统提供的工作日年历和时限阶梯；已载入的年份不重复载入。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--replace", action="store_true", help="已载入的年份和阶梯也重新载入")

    def handle(self, *, replace: bool, **_options: Any) -> None:
        now = read_now()
        present = set() if replace else set(CalendarYear.objects.values_list("year", flat=True))
        years = [(year, rows) for year, rows in _seeded_years() if year not in present]
        moved = 0
        for year, rows in years:
            moved += load_year(year=year, rows=rows, source=SOURCE.format(year=year), now=now).moved_count
        ladders = load_ladders(rows=_rows("ladders.csv"), replace=replace)
        self.stdout.write(f"载入年历{len(years)}年、时限阶梯{len(ladders)}种，变更时限{moved}个。")


def _seeded_years() -> list[tuple[int, list[dict[str, str]]]]:
    years = defaultdict(list)
    for row in _rows("days.csv"):
        years[int(row["date"][:4])].append(row)
    return sorted(years.items())


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
