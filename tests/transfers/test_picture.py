"""The picture tells the declared machine, all of it, and nothing in it covers anything else."""

import itertools
import re
from collections import Counter
from types import MappingProxyType
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command

from apps.transfers import picture, picture_places
from apps.transfers.enums import END_STATES, OPEN_STATES, State
from apps.transfers.picture import PictureIncomplete, arrows, state_picture
from apps.transfers.picture_places import BOXES, FRAME, HEIGHT, ROADS, WIDTH

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def svg():
    return ET.fromstring(state_picture())  # noqa: S314 - our own words


def test_the_picture_is_the_same_every_time():
    assert state_picture() == state_picture()


def test_every_state_is_named_and_every_verb_with_who_acts(svg):
    words = Counter(text for element in svg.iter() if (text := (element.text or "").strip()))
    assert all(words[state.label.partition("（")[0]] for state in State)
    pairs = {(a.source, a.target): [] for a in arrows() if a.name not in picture_places.TOGETHER}
    for arrow in arrows():
        if arrow.name not in picture_places.TOGETHER:
            pairs[arrow.source, arrow.target].append(arrow)
    verbs = Counter(arrow.verb for said in pairs.values() for arrow in said)
    for verb, count in verbs.items():
        assert words[verb] >= count, verb
    assert {"撤回申请", "中止审查", "恢复审查"} <= set(words)
    assert any(text.startswith("收回（签发人）") for text in words)
    assert words["时钟"] == 1
    assert words["申请人／时钟"] == 1


def test_the_machine_is_read_whole():
    assert {(a.name, a.source, a.target, a.who) for a in arrows() if a.source == State.DESTINATION_REVIEW} == {
        ("consent", State.DESTINATION_REVIEW, State.APPROVED, "接受地"),
        ("consent", State.DESTINATION_REVIEW, State.DECISION, "接受地"),
        ("object", State.DESTINATION_REVIEW, State.DECISION, "接受地"),
        ("take_back", State.DESTINATION_REVIEW, State.DECISION, "移出地"),
        ("suspend", State.DESTINATION_REVIEW, State.SUSPENDED, "承办机关"),
        ("withdraw", State.DESTINATION_REVIEW, State.WITHDRAWN, "申请人"),
        *(
            ("recall", State.DESTINATION_REVIEW, state, "签发人")
            for state in (State.ORIGIN_REVIEW, State.DESTINATION_REVIEW, State.DECISION)
        ),
    }


@pytest.mark.parametrize("state", State)
def test_a_state_without_a_place_fails_with_its_name(monkeypatch, state):
    without = {key: box for key, box in BOXES.items() if key != state}
    monkeypatch.setattr(picture_places, "BOXES", MappingProxyType(without))
    with pytest.raises(PictureIncomplete, match=f"状态 {state}"):
        state_picture()


def test_an_arrow_without_a_road_and_a_road_without_an_arrow_fail(monkeypatch):
    roads = dict(ROADS)
    road = roads.pop((State.APPROVED, State.CLOSED))
    roads[State.CLOSED, State.APPROVED] = road
    monkeypatch.setattr(picture_places, "ROADS", MappingProxyType(roads))
    with pytest.raises(PictureIncomplete, match="箭头 approved→closed、箭头 closed→approved"):
        state_picture()


def test_a_bundle_that_the_machine_does_not_know_fails(monkeypatch):
    bundled = {**picture_places.BUNDLED, "withdraw": (OPEN_STATES[:-1], (State.WITHDRAWN,))}
    monkeypatch.setattr(picture_places, "BUNDLED", MappingProxyType(bundled))
    with pytest.raises(PictureIncomplete, match="并线 withdraw"):
        state_picture()


def test_a_permission_without_a_word_fails_with_its_name(monkeypatch):
    words = {name: word for name, word in picture.WHO.items() if name != "is_origin_or_clock"}
    monkeypatch.setattr(picture, "WHO", MappingProxyType(words))
    with pytest.raises(PictureIncomplete, match="is_origin_or_clock"):
        state_picture()


def test_it_needs_no_inline_style_and_speaks_to_screen_readers(svg):
    assert not [element for element in svg.iter() if {"style", "onload"} & set(element.attrib)]
    assert not list(svg.iter(f"{SVG}style"))
    assert svg.attrib["role"] == "img"
    ids = {element.attrib["id"]: element.text for element in (*svg.iter(f"{SVG}title"), *svg.iter(f"{SVG}desc"))}
    assert set(svg.attrib["aria-labelledby"].split()) == set(ids)
    assert all(ids.values())


def test_open_states_stand_in_the_frame_and_the_others_outside():
    inside = {
        state
        for state, box in BOXES.items()
        if FRAME.left < box.left and box.right < FRAME.right and FRAME.top < box.top and box.bottom < FRAME.bottom
    }
    assert inside == set(OPEN_STATES)
    outside = {state: (box.left, box.top, box.right, box.bottom) for state, box in BOXES.items() if state not in inside}
    frame = (FRAME.left, FRAME.top, FRAME.right, FRAME.bottom)
    assert not [state for state, box in outside.items() if overlap(box, frame)]
    assert set(END_STATES) <= set(outside)


def test_roads_touch_their_own_states_and_no_other():
    for ends, road in ROADS.items():
        for segment in itertools.pairwise(road.points):
            for state, box in BOXES.items():
                edges = (box.left, box.top, box.right, box.bottom)
                assert not overlap(stretched(segment), edges, slack=1), (ends, state)
        for state, (x, y) in zip(ends, (road.points[0], road.points[-1]), strict=True):
            box = BOXES[state]
            assert box.left - 3 <= x <= box.right + 3, (ends, state)
            assert box.top - 3 <= y <= box.bottom + 3, (ends, state)


def test_no_words_cover_other_words_lines_or_states(svg):
    texts = [extent(text) for text in svg.iter(f"{SVG}text")]
    for (left, one), (right, other) in itertools.combinations(texts, 2):
        assert not overlap(one, other), (left, right)
    lines = [
        stretched(pair)
        for line in svg.iter(f"{SVG}polyline")
        for pair in itertools.pairwise(corners(line.get("points")))
    ]
    boxes = [(box.left, box.top, box.right, box.bottom) for box in BOXES.values()]
    for words, place in texts:
        assert not [line for line in lines if overlap(place, line)], words
        covered = [box for box in boxes if overlap(place, box)]
        assert all(box[0] < place[0] and place[2] < box[2] and box[1] < place[1] for box in covered), words
        assert 0 < place[0] < place[2] < WIDTH, words
        assert 0 < place[1] < place[3] < HEIGHT, words


def test_the_command_draws_and_tells_a_stale_picture(tmp_path, capsys):
    file = tmp_path / "states.svg"
    with pytest.raises(CommandError, match="draw_states"):
        call_command("draw_states", "--check", to=file)
    assert not file.exists()
    call_command("draw_states", to=file)
    assert file.read_text(encoding="utf-8") == state_picture()
    call_command("draw_states", "--check", to=file)
    file.write_text(state_picture().replace("草稿", "底稿"), encoding="utf-8")
    with pytest.raises(CommandError, match="draw_states"):
        call_command("draw_states", "--check", to=file)


def overlap(one, other, slack=0):
    return (
        one[0] < other[2] - slack
        and other[0] < one[2] - slack
        and one[1] < other[3] - slack
        and other[1] < one[3] - slack
    )


def stretched(segment):
    (x1, y1), (x2, y2) = segment
    return min(x1, x2) - 0.8, min(y1, y2) - 0.8, max(x1, x2) + 0.8, max(y1, y2) + 0.8


def corners(points):
    return [tuple(float(number) for number in pair.split(",")) for pair in points.split()]


def extent(text):
    """Words and their rectangle: a Chinese character is as wide as it is high, a Latin one some half."""
    size = float(text.get("font-size"))
    parts = [(text.text or "", size)]
    parts += [(span.text, float(span.get("font-size"))) for span in text.iter(f"{SVG}tspan")]
    words = "".join(part for part, _ in parts).strip()
    width = sum(
        high * (1 if re.match(r"[^\x00-\x7f]", letter) else 0.55) for part, high in parts for letter in part.strip()
    )
    width += sum(float(span.get("dx", 0)) for span in text.iter(f"{SVG}tspan"))
    x, y = float(text.get("x")), float(text.get("y"))
    left = {"start": x, "middle": x - width / 2, "end": x - width}[text.get("text-anchor", "start")]
    return words, (left, y - 0.85 * size, left + width, y + 0.1 * size)
