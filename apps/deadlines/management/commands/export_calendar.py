"""Print the days of some years as the calendar file that load_calendar reads."""

import csv
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.deadlines.services.packaged import packaged_rows
from apps.deadlines.services.refusals import CalendarRefused

COLUMNS = ("date", "kind", "name")


class Command(BaseCommand):
    """How fixtures/calendar/days.csv was made: `manage.py export_calendar 2010 2026 > fixtures/calendar/days.csv`."""

    help = "按已安装的 chinesecalendar 输出年历（date,kind,name），供 load_calendar 使用。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("first", type=int, help="起始年份")
        parser.add_argument("last", type=int, help="截止年份")

    def handle(self, *, first: int, last: int, **_options: Any) -> None:
        writer = csv.DictWriter(self.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for year in range(first, last + 1):
            try:
                writer.writerows(packaged_rows(year))
            except CalendarRefused as error:
                raise CommandError(error.sentence) from error
