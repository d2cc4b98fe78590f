"""Print the days of some years as the calendar file that load_calendar reads."""

import csv
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import chinese_calendar
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.deadlines.enums import DayKind

NAMES = MappingProxyType(
    {
        "New Year's Day": "元旦",
        "Spring Festival": "春节",
        "Tomb-sweeping Day": "清明节",
        "Labour Day": "劳动节",
        "Dragon Boat Festival": "端午节",
        "Mid-autumn Festival": "中秋节",
        "National Day": "国庆节",
        "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
    }
)


class Command(BaseCommand):
    """How fixtures/calendar/days.csv was made: `manage.py export_calendar 2010 2026 > fixtures/calendar/days.csv`."""

    help = "按已安装的 chinesecalendar 输出年历（date,kind,name），供 load_calendar 使用。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("first", type=int, help="起始年份")
        parser.add_argument("last", type=int, help="截止年份")

    def handle(self, *, first: int, last: int, **_options: Any) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(("date", "kind", "name"))
        day = date(first, 1, 1)
        while day.year <= last:
            try:
                is_holiday, name = chinese_calendar.get_holiday_detail(day)
            except NotImplementedError as error:
                message = f"chinesecalendar 没有{day.year}年的安排：请等通知公布后升级再输出。"
                raise CommandError(message) from error
            if name:
                writer.writerow((day, DayKind.DAY_OFF if is_holiday else DayKind.MAKEUP_WORKDAY, NAMES[name]))
            day += timedelta(days=1)
