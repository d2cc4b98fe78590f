"""Each figure when it is there, and the one table at the end."""

import unicodedata
from collections.abc import Mapping, Sequence

from benchmarks.figures import Figure

HEADINGS = ("项目", "结果", "目标", "中位", "95%", "完成", "失败", "丢失", "")
ALIGNED_LEFT = {0, 8}


def table(figures: Sequence[Figure], *, conditions: Mapping[str, str], statements: Mapping[str, int]) -> str:
    """Figures in columns, under what they were measured with; remarks (first failures) last."""
    rows = [HEADINGS, *(_row(figure) for figure in figures)]
    widths = [max(_width(row[place]) for row in rows) for place in range(len(HEADINGS))]
    lines = [f"{name}：{words}" for name, words in conditions.items()]
    lines += ["", *(_line(row, widths) for row in rows)]
    lines.insert(len(conditions) + 2, "─" * (sum(widths) + 2 * len(widths)))
    if statements:
        lines += ["", "每次请求的语句数：" + "，".join(f"{title} {count}" for title, count in statements.items())]
    lines += [f"! {figure.title}：{remark}" for figure in figures for remark in figure.remarks]
    return "\n".join(lines)


def line(figure: Figure) -> str:
    """One figure as it comes: a run that is cut short has told what it found."""
    return f"  {'  '.join(word for word in _row(figure)[1:6] if word)}  {_verdict(figure)}".rstrip()


def _row(figure: Figure) -> tuple[str, ...]:
    places = 1 if figure.unit else 2
    return (
        figure.title,
        f"{figure.value:.{places}f} {figure.unit}".strip(),
        "" if figure.target is None else f"≥ {figure.target:g}",
        "" if figure.median_ms is None else f"{figure.median_ms:.1f} ms",
        "" if figure.late_ms is None else f"{figure.late_ms:.1f} ms",
        "" if figure.done is None else str(figure.done),
        str(figure.failed),
        str(figure.lost),
        _verdict(figure),
    )


def _verdict(figure: Figure) -> str:
    if not figure.is_sound:
        return "✗"
    if figure.target is None:
        return ""
    return "达到" if figure.value >= figure.target else "未达"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(
        _padded(text, width, is_left=place in ALIGNED_LEFT)
        for place, (text, width) in enumerate(zip(row, widths, strict=True))
    ).rstrip()


def _padded(text: str, width: int, *, is_left: bool) -> str:
    gap = " " * (width - _width(text))
    return text + gap if is_left else gap + text


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
