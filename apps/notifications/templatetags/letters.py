"""How days and moments are written in a letter."""

from datetime import date, datetime

from django import template

from apps.deadlines.workdays import ZONE, due_day_of

register = template.Library()
WEEKDAYS = "一二三四五六日"


@register.filter
def plain_day(value: date) -> str:
    """2026-11-22 周日."""
    return f"{value:%Y-%m-%d} 周{WEEKDAYS[value.weekday()]}"


@register.filter
def plain_moment(value: datetime) -> str:
    """2026-11-22 17:30; midnight that ends a day is told as 24:00 of that day."""
    local = value.astimezone(ZONE)
    is_midnight = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    return f"{due_day_of(value)} 24:00" if is_midnight else f"{local:%Y-%m-%d %H:%M}"
