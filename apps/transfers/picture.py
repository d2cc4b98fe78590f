"""The state machine as a picture: what happens stands in the machine, where it stands in ``picture_places``.

States, arrows, verbs and who acts are read from the declared transitions, so that the picture cannot tell of another
machine. Presentation attributes only: the file may be served under a strict content security policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from xml.etree import ElementTree as ET

from django.db.models import Model

from apps.transfers import picture_places as places
from apps.transfers.enums import END_STATES, State
from apps.transfers.models import Application
from apps.transfers.picture_places import Box, Label, Road

INK, QUIET, LINE, PAPER, GROUND = "#1f2933", "#616e7c", "#7b8794", "#ffffff", "#f4f6f8"
ACCENT = "#0b6e63"
FONTS = "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"
VERB_SIZE, WHO_SIZE, STATE_SIZE, LINE_HEIGHT = 15, 13, 17, 17
LONGEST_NAME = 8  # letters of the large size that a box takes

WHO = MappingProxyType(
    {
        "is_filer": "申请人",
        "is_origin": "移出地",
        "is_destination": "接受地",
        "is_clock": "时钟",
        "is_local_or_clock": "属地／时钟",
        "is_origin_or_clock": "移出地／时钟",
        "is_filer_or_clock": "申请人／时钟",
        "holds_the_case": "承办机关",
        "signed_last_act": "签发人",
    }
)


class PictureIncomplete(LookupError):
    """A state, an arrow or a permission of the machine has no place or word in the picture."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """One transition from one state to one state, in the words of the clerk."""

    name: str
    source: State
    target: State
    verb: str
    who: str


def arrows(model: type[Model] = Application) -> list[Arrow]:
    """Every declared transition, one arrow per pair of states, in a stable order. PictureIncomplete: no word for who."""
    found = [arrow for declared in model._meta.get_field("state").get_all_transitions(model) for arrow in _of(declared)]  # type: ignore[union-attr]
    return sorted(found, key=lambda arrow: (arrow.source, arrow.target, arrow.name))


def state_picture() -> str:
    """The picture as an SVG document, the same for the same machine. PictureIncomplete when something has no place."""
    every = arrows()
    _refuse_gaps(every)
    single = [arrow for arrow in every if arrow.name not in places.TOGETHER]
    svg = _canvas()
    _frame(svg)
    for (source, target), road in places.ROADS.items():
        _arrow(svg, road, [arrow for arrow in single if (arrow.source, arrow.target) == (source, target)])
    for name, road in places.BUNDLES.items():
        _arrow(svg, road, [next(arrow for arrow in every if arrow.name == name)])
    for road in places.BUS:
        _line(svg, road)
    recallable = {arrow.source for arrow in every if arrow.name == places.MARKED}
    for state, box in places.BOXES.items():
        _state(svg, State(state), box, is_recallable=state in recallable)
    _legend(svg, next(arrow for arrow in every if arrow.name == places.MARKED))
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def _of(declared: object) -> Iterator[Arrow]:
    target, permission = declared.target, declared.permission.__name__  # type: ignore[attr-defined]
    if permission not in WHO:
        raise PictureIncomplete(f"“{permission}”在图中没有称谓：请在 apps/transfers/picture.py 的 WHO 中补上。")
    for state in getattr(target, "allowed_states", None) or [target]:
        yield Arrow(
            declared.name,  # type: ignore[attr-defined]
            State(declared.source),  # type: ignore[attr-defined]
            State(state),
            declared.custom["verb"],  # type: ignore[attr-defined]
            WHO[permission],
        )


def _refuse_gaps(every: list[Arrow]) -> None:
    """What the picture shows must be what the machine says, no more and no less."""
    gaps = [f"状态 {state}" for state in State if state not in places.BOXES]
    single = {(arrow.source, arrow.target) for arrow in every if arrow.name not in places.TOGETHER}
    drawn = {(State(source), State(target)) for source, target in places.ROADS}
    gaps += [f"箭头 {source}→{target}" for source, target in sorted(single ^ drawn)]
    for name, ends in places.BUNDLED.items():
        is_said = {arrow.source for arrow in every if arrow.name == name}, {a.target for a in every if a.name == name}
        if is_said != (set(ends[0]), set(ends[1])):
            gaps.append(f"并线 {name}")
    if gaps:
        raise PictureIncomplete(
            "状态图与状态机不符，请修改 apps/transfers/picture_places.py：" + "、".join(gaps) + "。"
        )


def _canvas() -> ET.Element:
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {places.WIDTH} {places.HEIGHT}",
            "role": "img",
            "aria-labelledby": "states-title states-desc",
            "font-family": FONTS,
        },
    )
    ET.SubElement(svg, "title", {"id": "states-title"}).text = places.TITLE
    ET.SubElement(svg, "desc", {"id": "states-desc"}).text = places.DESCRIPTION
    _rect(svg, Box(places.WIDTH / 2, places.HEIGHT / 2, places.WIDTH, places.HEIGHT), fill=PAPER)
    tip = {"id": "tip", "viewBox": "0 0 10 10", "refX": "9", "refY": "5", "markerWidth": "7", "markerHeight": "7"}
    marker = ET.SubElement(ET.SubElement(svg, "defs"), "marker", {**tip, "orient": "auto"})
    ET.SubElement(marker, "path", {"d": "M0 1 L9 5 L0 9 Z", "fill": LINE})
    return svg


def _frame(svg: ET.Element) -> None:
    _rect(svg, places.FRAME, fill=GROUND, stroke="#d5dbe1", rx="14")
    _text(svg, places.FRAME_TITLE, *places.FRAME_TITLE_AT, size=15, fill=QUIET, anchor="end")


def _state(svg: ET.Element, state: State, box: Box, *, is_recallable: bool) -> None:
    is_end, is_goal = state in END_STATES, state == State.APPROVED
    fill = ACCENT if is_goal else (GROUND if is_end else PAPER)
    dash = {"stroke-dasharray": "5 4"} if state == State.DRAFT else {}
    _rect(svg, box, fill=fill, stroke=QUIET if is_end else ACCENT, rx="8", **{"stroke-width": "2"}, **dash)
    if is_end:
        inner = Box(box.x, box.y, box.width - 8, box.height - 8)
        _rect(svg, inner, fill="none", stroke=QUIET, rx="5", **{"stroke-width": "1"})
    name, _, more = state.label.rstrip("）").partition("（")
    ink = PAPER if is_goal else INK
    y = box.y + (0 if more else 6)
    _text(
        svg,
        name,
        box.x,
        y,
        size=STATE_SIZE if len(name) <= LONGEST_NAME else VERB_SIZE,
        fill=ink,
        anchor="middle",
        bold=True,
    )
    if more:
        _text(svg, more, box.x, box.y + 17, size=WHO_SIZE, fill=QUIET, anchor="middle")
    if is_recallable:
        rim = 4 if is_end else 0
        _mark(svg, box.right - 12 - rim, box.top + 11 + rim, ink if is_goal else QUIET)


def _mark(svg: ET.Element, x: float, y: float, ink: str) -> None:
    """A bent arrow pointing back."""
    shape = f"M{x - 6:g} {y:g} h9 a3.5 3.5 0 0 1 0 7 h-5 M{x - 2:g} {y - 4:g} l-4 4 l4 4"
    ET.SubElement(svg, "path", {"d": shape, "fill": "none", "stroke": ink, "stroke-width": "1.6"})


def _arrow(svg: ET.Element, road: Road, said: list[Arrow]) -> None:
    _line(svg, road, **{"marker-end": "url(#tip)"})
    for number, line in enumerate(_lines(road.label, said)):
        _label_line(svg, road.label, number, line)


def _lines(label: Label, said: list[Arrow]) -> list[list[tuple[str, str, int]]]:
    """The words of an arrow as lines of (words, ink, size): verb and who, side by side or one under the other."""
    lines = []
    for arrow in said:
        verb, who = (arrow.verb, INK, VERB_SIZE), (arrow.who, ACCENT, WHO_SIZE)
        lines += [[verb, who]] if label.is_one_line else [[verb], [who]]
    if label.note and label.is_one_line:
        lines[-1].append((f"（{label.note}）", QUIET, WHO_SIZE))
    elif label.note:
        lines.append([(label.note, QUIET, WHO_SIZE)])
    return lines


def _label_line(svg: ET.Element, label: Label, number: int, line: list[tuple[str, str, int]]) -> None:
    text = _text(svg, "", label.x, label.y + number * LINE_HEIGHT, size=VERB_SIZE, fill=INK, anchor=label.anchor)
    for position, (words, fill, size) in enumerate(line):
        gap = {"dx": "6"} if position == 1 else {}
        ET.SubElement(text, "tspan", {"fill": fill, "font-size": f"{size}", **gap}).text = words


def _line(svg: ET.Element, road: Road, **attributes: str) -> None:
    points = " ".join(f"{x:g},{y:g}" for x, y in road.points)
    plain = {"points": points, "fill": "none", "stroke": LINE, "stroke-width": "1.6", "stroke-linejoin": "round"}
    ET.SubElement(svg, "polyline", {**plain, **attributes})


def _legend(svg: ET.Element, recall: Arrow) -> None:
    _text(svg, places.TITLE, 20, 44, size=22, fill=INK, bold=True)
    for number, line in enumerate(places.SUBTITLE):
        _text(svg, line, 20, 72 + 20 * number, size=14, fill=QUIET)
    x, y = places.LEGEND
    _mark(svg, x + 8, y - 9, QUIET)
    _text(svg, f"{recall.verb}（{recall.who}）：{places.RECALL}", x + 26, y, size=14, fill=QUIET)


def _rect(svg: ET.Element, box: Box, **attributes: str) -> None:
    place = {"x": box.left, "y": box.top, "width": box.width, "height": box.height}
    ET.SubElement(svg, "rect", {**{name: f"{value:g}" for name, value in place.items()}, **attributes})


def _text(
    svg: ET.Element, words: str, x: float, y: float, *, size: int, fill: str, anchor: str = "start", bold: bool = False
) -> ET.Element:
    weight = {"font-weight": "600"} if bold else {}
    at = {"x": f"{x:g}", "y": f"{y:g}", "font-size": f"{size}", "fill": fill, "text-anchor": anchor}
    text = ET.SubElement(svg, "text", {**at, **weight})
    text.text = words or None
    return text
