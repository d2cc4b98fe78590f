"""Where states, arrows and words of the picture stand: laid out by hand, in units of the SVG."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from apps.transfers.enums import OPEN_STATES, SUSPENDABLE_STATES, State

WIDTH, HEIGHT = 1360, 772
TITLE = "一件跨省转移申请的全程"
SUBTITLE = (
    "方框是状态，箭头是办理行为，绿字是办理人；",
    "“时钟”指系统到期自动办理。双线框为终结。",
)
DESCRIPTION = (
    "申请人提交后，名单内和超量申请到移出地初审，一般程序先听取属地意见；移出地受理、告知补正或商请接受地；"
    "接受地答复后由移出地决定，名单内同意且未作变更的即为批准；批准后执行完毕或期满即终结。"
    "在办期间申请人可以撤回，初审、函商、决定三个阶段可以中止。"
)
RECALL = "带此标记的状态，可在送达前的短时间内（默认十分钟）收回刚签发的一步，回到前一阶段。"
FRAME_TITLE = "在办（任一状态都可撤回）"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its centre."""

    x: float
    y: float
    width: float = 130
    height: float = 60

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Label:
    """Where the words of an arrow begin: the baseline of the first line."""

    x: float
    y: float
    anchor: str = "start"
    note: str = ""
    is_one_line: bool = False


NO_WORDS = Label(0, 0)


@dataclass(frozen=True, slots=True)
class Road:
    """The corners of an arrow, from its source to its target."""

    points: tuple[tuple[float, float], ...]
    label: Label = NO_WORDS


BOXES: Mapping[State, Box] = MappingProxyType(
    {
        State.DRAFT: Box(80, 400, 120),
        State.LOCAL_OPINION: Box(245, 190),
        State.CORRECTION: Box(480, 190),
        State.LAPSED: Box(480, 48, 150),
        State.ORIGIN_REVIEW: Box(455, 400, 230),
        State.DESTINATION_REVIEW: Box(755, 400),
        State.DECISION: Box(1050, 400),
        State.SUSPENDED: Box(755, 575),
        State.APPROVED: Box(1270, 400),
        State.REVOKED: Box(1270, 180, 160),
        State.CLOSED: Box(1270, 575, 160),
        State.REJECTED: Box(1050, 700),
        State.WITHDRAWN: Box(245, 700),
    }
)
FRAME = Box(650, 375, 970, 510)
FRAME_TITLE_AT = (1121, 146)

ROADS: Mapping[tuple[State, State], Road] = MappingProxyType(
    {
        (State.DRAFT, State.LOCAL_OPINION): Road(((80, 370), (80, 190), (178, 190)), Label(90, 268, note="一般程序")),
        (State.DRAFT, State.ORIGIN_REVIEW): Road(
            ((140, 415), (338, 415)), Label(250, 434, "middle", note="名单内、超量")
        ),
        (State.LOCAL_OPINION, State.ORIGIN_REVIEW): Road(((245, 220), (245, 385), (338, 385)), Label(255, 300)),
        (State.ORIGIN_REVIEW, State.ORIGIN_REVIEW): Road(
            ((355, 430), (355, 462), (395, 462), (395, 432)), Label(375, 484, "middle")
        ),
        (State.ORIGIN_REVIEW, State.CORRECTION): Road(((530, 370), (530, 222)), Label(522, 300, "end")),
        (State.CORRECTION, State.ORIGIN_REVIEW): Road(((440, 220), (440, 368)), Label(432, 300, "end")),
        (State.CORRECTION, State.LOCAL_OPINION): Road(
            ((415, 190), (312, 190)), Label(363, 142, "middle", note="改走一般程序")
        ),
        (State.CORRECTION, State.LAPSED): Road(((480, 160), (480, 80)), Label(490, 96)),
        (State.ORIGIN_REVIEW, State.DESTINATION_REVIEW): Road(((570, 400), (688, 400)), Label(629, 422, "middle")),
        (State.DESTINATION_REVIEW, State.DECISION): Road(
            ((820, 400), (983, 400)), Label(901, 356, "middle", is_one_line=True)
        ),
        (State.ORIGIN_REVIEW, State.APPROVED): Road(
            ((556, 370), (556, 252), (1222, 252), (1222, 368)),
            Label(620, 243, note="接受地已预先同意名单，且在余量之内", is_one_line=True),
        ),
        (State.DESTINATION_REVIEW, State.APPROVED): Road(
            ((755, 370), (755, 306), (1244, 306), (1244, 368)),
            Label(775, 297, note="名单内，且未改动数量、期限", is_one_line=True),
        ),
        (State.DECISION, State.APPROVED): Road(((1115, 400), (1203, 400)), Label(1170, 422, "middle")),
        (State.ORIGIN_REVIEW, State.REJECTED): Road(((450, 430), (450, 700), (983, 700)), Label(460, 560)),
        (State.DECISION, State.REJECTED): Road(((1090, 430), (1090, 668)), Label(1080, 560, "end")),
        (State.APPROVED, State.REVOKED): Road(((1284, 370), (1284, 212)), Label(1294, 300)),
        (State.APPROVED, State.CLOSED): Road(((1270, 430), (1270, 543)), Label(1260, 484, "end")),
    }
)

# What goes out of many states alike is drawn once: out of the frame of all open states, or through the bus.
BUNDLES: Mapping[str, Road] = MappingProxyType(
    {
        "withdraw": Road(((245, 630), (245, 668)), Label(255, 649, is_one_line=True)),
        "suspend": Road(((735, 500), (735, 543)), Label(725, 521, "end", is_one_line=True)),
        "resume": Road(((775, 545), (775, 502)), Label(785, 521, is_one_line=True, note="期满由时钟")),
    }
)
BUS: tuple[Road, ...] = (
    Road(((540, 430), (540, 500), (1010, 500), (1010, 430))),
    Road(((755, 430), (755, 500))),
)
BUNDLED: Mapping[str, tuple[tuple[State, ...], tuple[State, ...]]] = MappingProxyType(
    {
        "withdraw": (OPEN_STATES, (State.WITHDRAWN,)),
        "suspend": (SUSPENDABLE_STATES, (State.SUSPENDED,)),
        "resume": ((State.SUSPENDED,), SUSPENDABLE_STATES),
    }
)
# Not an arrow but a mark in the corner of the states it leads back from.
MARKED = "recall"
TOGETHER = frozenset({*BUNDLES, MARKED})
LEGEND = (30, 758)
