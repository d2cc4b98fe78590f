"""The years that the package chinesecalendar knows, as rows of a calendar file."""

from datetime import date
from types import MappingProxyType

import chinese_calendar

from apps.deadlines.enums import DayKind
from apps.deadlines.services.refusals import CalendarRefused
from apps.deadlines.workdays import ONE_DAY

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


def packaged_rows(year: int) -> list[dict[str, str]]:
    """Holidays and working weekends of the year. CalendarRefused(calendar_not_announced) when it isn't known yet."""
    rows, day = [], date(year, 1, 1)
    while day.year == year:
        try:
            is_holiday, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError as error:
            raise CalendarRefused(
                "calendar_not_announced",
                f"所装 chinesecalendar 还没有{year}年的安排：通知公布后升级系统，或者上传 CSV 文件。",
            ) from error
        if name:
            kind = DayKind.DAY_OFF if is_holiday else DayKind.MAKEUP_WORKDAY
            rows.append({"date": day.isoformat(), "kind": kind.value, "name": NAMES[name]})
        day += ONE_DAY
    return rows
