"""Reports: tables over several pages with their own heading, handed over ready in words, set and not kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from apps.documents.rules import printable_block
from apps.documents.typesetting import Typeset, font_coverage, set_pages

LAYOUT = "report_1"


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says. ``facts`` are pairs of words over the first table, ``mark`` stands across every page.

    ``blocks``: paragraph and heading with ``text``; table with ``columns`` (title, align, and ``width``, a share),
    ``rows`` of words, ``total`` (words a column, or nothing).
    """

    title: str
    dated_on: date
    blocks: Sequence[Mapping[str, Any]]
    subtitle: str = ""
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)
    foot: str = ""
    mark: str = ""
    orientation: Literal["portrait", "landscape"] = "landscape"


def typeset_report(report: Report) -> Typeset:
    """Set the report as PDF (A4, archive's standard); the same words give the same bytes.

    Raises CannotTypeset when a font is missing or the layout fails.
    """
    return set_pages(report_data(report), layout=LAYOUT, dated_on=report.dated_on)


def report_data(report: Report) -> dict[str, Any]:
    """The layout's input, every text printable."""
    day = report.dated_on
    words = {
        "title": report.title,
        "subtitle": report.subtitle,
        "facts": [list(pair) for pair in report.facts],
        "foot": report.foot,
        "mark": report.mark,
    }
    knows = font_coverage()
    return {
        **printable_block(words, knows),
        "blocks": [printable_block(block, knows) for block in report.blocks],
        "is_landscape": report.orientation == "landscape",
        "year": day.year,
        "month": day.month,
        "day": day.day,
    }
