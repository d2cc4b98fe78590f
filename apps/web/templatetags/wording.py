"""How figures, days and names are written on every page."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.http import QueryDict
from django.utils.html import format_html_join

from apps.deadlines.workdays import ZONE, due_day_of
from apps.transfers.enums import Route, State
from apps.transfers.models import Application

register = template.Library()

WEEKDAYS = "一二三四五六日"
TONES = {
    State.DRAFT: "secondary",
    State.CORRECTION: "orange",
    State.SUSPENDED: "orange",
    State.APPROVED: "green",
    State.CLOSED: "secondary",
    State.WITHDRAWN: "secondary",
    State.LAPSED: "secondary",
    State.REJECTED: "red",
    State.REVOKED: "red",
}


@register.filter
def tonnes(value: Decimal | None) -> str:
    """Tonnes with their four decimals; a dash where nothing is known."""
    return "—" if value is None else f"{value:.4f}"


@register.filter
def day(value: date | None) -> str:
    """2026-11-22 周日."""
    return "—" if value is None else f"{value:%Y-%m-%d} 周{WEEKDAYS[value.weekday()]}"


@register.filter
def moment(value: datetime | None) -> str:
    """2026-11-22 17:30; midnight that ends a day is told as 24:00 of that day."""
    if value is None:
        return "—"
    local = value.astimezone(ZONE)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return f"{due_day_of(value):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"


@register.filter
def state_tone(state: str) -> str:
    """The colour of a state's badge."""
    return TONES.get(State(state), "blue")


@register.filter
def route_name(application: Application) -> str:
    """The route in words; a draft has none yet."""
    return Route(application.route).label if application.route else "—"


@register.filter
def item(mapping: dict, key: object) -> object:
    """``mapping[key]``, or None."""
    return mapping.get(key)


@register.filter
def unbroken(codes: str) -> str:
    """Codes joined by 、 as a line may show them: it ends between two of them, never within one."""
    return format_html_join("、", '<span class="code">{}</span>', ((code,) for code in codes.split("、")))


@register.filter
def kilobytes(size: int) -> str:
    """A file's size, 12 KB or 3.4 MB."""
    kib = 1024
    return f"{max(1, size // kib)} KB" if size < kib * kib else f"{size / kib / kib:.1f} MB"


@register.filter
def kilometres(value: float) -> str:
    """A distance as the crow flies; unknown seats have none."""
    return "距离不详" if value == float("inf") else f"直线距离约 {value:.0f} 公里"


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, width: str = "", *, is_quiet: bool = False) -> dict[str, object]:
    """A labelled input with its help and its errors; ``is_quiet`` keeps the label for screen readers only."""
    return {
        "field": bound,
        "width": width,
        "is_quiet": is_quiet,
        "errors": bound.errors.as_data(),
    }


@register.inclusion_tag("web/parts/pages.html")
def pages(page: Page, query: QueryDict, unit: str = "件") -> dict[str, object]:
    """Links to the other pages of a list, keeping what was filtered for; ``unit`` is what is counted."""
    kept = query.copy()
    kept.pop("page", None)
    return {"page": page, "kept": f"{kept.urlencode()}&" if kept else "", "unit": unit}
