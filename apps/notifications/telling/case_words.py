"""What an act on a case says to each side, as data: one line a reader.

Nobody reads here what their page of the case would not show: letters between bureaus and the destination's reasons
stay between bureaus.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.notifications.enums import MessageKind as Kind
from apps.transfers.enums import State
from apps.transfers.permissions import DESTINATION, GENERATOR, LOCAL, OPERATOR, ORIGIN


@dataclass(frozen=True, slots=True)
class Line:
    """To whom, under which kind, in which words; ``with_reason`` adds the act's own."""

    to: str
    kind: Kind
    title: str
    text: str
    with_reason: bool = False


# A case that comes into somebody's hands. The act's own line to the same reader gives way to it.
ARRIVALS: Mapping[str, Line] = {
    State.LOCAL_OPINION: Line(LOCAL, Kind.ARRIVED, "待出具属地意见", "案件到达属地局，请在时限内出具意见。"),
    State.ORIGIN_REVIEW: Line(ORIGIN, Kind.ARRIVED, "待移出地审核", "案件在本机关手中，请在时限内审核。"),
    State.DESTINATION_REVIEW: Line(DESTINATION, Kind.ARRIVED, "待函复移出地", "移出地来函商请，请在时限内函复。"),
    State.DECISION: Line(ORIGIN, Kind.ARRIVED, "待作出决定", "案件回到本机关，请在时限内作出决定。"),
}

ACTS: Mapping[str, tuple[Line, ...]] = {
    "submit": (
        Line(GENERATOR, Kind.PROGRESS, "申请已提交", "本单位的申请已经提交并取得编号。"),
        Line(OPERATOR, Kind.PROGRESS, "有转移申请以贵单位为接受人", "移出人提交了向贵单位转移危险废物的申请。"),
    ),
    "give_opinion": (
        Line(GENERATOR, Kind.PROGRESS, "申请已送移出地审核", "属地环节已经结束，申请已到移出地生态环境主管部门。"),
    ),
    "accept": (Line(GENERATOR, Kind.PROGRESS, "申请已受理", "受理通知书可在申请页查阅。"),),
    "request_correction": (
        Line(GENERATOR, Kind.MENDING, "申请材料需要补正", "请按补正告知书一次补齐，逾期未补正将视为撤回申请。"),
    ),
    "resubmit": (
        Line(GENERATOR, Kind.PROGRESS, "补正已提交", "本单位的补正已经提交。"),
        Line(ORIGIN, Kind.ANSWERED, "申请人已提交补正", "申请人已提交补正。"),
    ),
    "endorse": (
        Line(GENERATOR, Kind.PROGRESS, "已商请接受地", "移出地已就申请商请接受地。"),
        Line(ORIGIN, Kind.PROGRESS, "已商请接受地", "本机关已就申请商请接受地。"),
    ),
    "consent": (
        Line(GENERATOR, Kind.PROGRESS, "接受地已函复", "接受地已函复移出地。"),
        Line(DESTINATION, Kind.PROGRESS, "已同意接受", "本机关已函复同意接受。"),
    ),
    "object": (
        Line(GENERATOR, Kind.PROGRESS, "接受地已函复", "接受地已函复移出地。"),
        Line(DESTINATION, Kind.PROGRESS, "已函复不同意", "本机关已函复不同意接受。"),
    ),
    "take_back": (
        Line(GENERATOR, Kind.PROGRESS, "转入移出地决定", "接受地函复时限已过，移出地收回作出决定。"),
        Line(DESTINATION, Kind.PROGRESS, "移出地已收回案件", "函复时限已过，移出地已收回案件。"),
    ),
    "reject": (
        Line(GENERATOR, Kind.DECIDED, "不予批准", "移出地作出不予批准的决定，决定书可在申请页查阅。", with_reason=True),
        Line(OPERATOR, Kind.DECIDED, "不予批准", "移出地作出不予批准的决定。"),
        Line(ORIGIN, Kind.DECIDED, "已作出不予批准决定", "本机关作出不予批准的决定。"),
        Line(DESTINATION, Kind.DECIDED, "移出地不予批准", "移出地作出不予批准的决定。"),
    ),
    "suspend": (
        Line(GENERATOR, Kind.PROGRESS, "中止审查", "审查中止，时限停止计算。", with_reason=True),
        Line(ORIGIN, Kind.PROGRESS, "中止审查", "审查中止，时限停止计算。"),
        Line(DESTINATION, Kind.PROGRESS, "中止审查", "审查中止，时限停止计算。"),
    ),
    "resume": (Line(GENERATOR, Kind.PROGRESS, "恢复审查", "审查恢复，时限继续计算。"),),
    "recall": (
        Line(GENERATOR, Kind.DECIDED, "已收回上一办理行为", "签发机关收回了上一办理行为，相应文书作废。"),
        Line(OPERATOR, Kind.DECIDED, "已收回上一办理行为", "签发机关收回了上一办理行为，相应文书作废。"),
        Line(ORIGIN, Kind.PROGRESS, "已收回上一办理行为", "签发机关收回了上一办理行为，相应文书作废。"),
        Line(DESTINATION, Kind.PROGRESS, "已收回上一办理行为", "签发机关收回了上一办理行为，相应文书作废。"),
    ),
    "withdraw": (
        Line(GENERATOR, Kind.PROGRESS, "申请已撤回", "本单位撤回了申请。"),
        Line(OPERATOR, Kind.PROGRESS, "申请人撤回申请", "移出人撤回了申请。"),
        Line(LOCAL, Kind.ANSWERED, "申请人撤回申请", "申请人撤回了申请，案件终止。"),
        Line(ORIGIN, Kind.ANSWERED, "申请人撤回申请", "申请人撤回了申请，案件终止。"),
        Line(DESTINATION, Kind.ANSWERED, "申请人撤回申请", "申请人撤回了申请，案件终止。"),
    ),
    "lapse": (
        Line(GENERATOR, Kind.DECIDED, "视为撤回申请", "补正期限届满，申请视为撤回。"),
        Line(OPERATOR, Kind.PROGRESS, "视为撤回申请", "移出人逾期未补正，申请视为撤回。"),
        Line(ORIGIN, Kind.PROGRESS, "视为撤回申请", "申请人逾期未补正，申请视为撤回。"),
    ),
    "release_hold": (
        Line(GENERATOR, Kind.MENDING, "余量保留期满", "补正期间为申请保留的名单余量已经释放，补正提交时重新占用。"),
    ),
    "revoke": (
        Line(GENERATOR, Kind.DECIDED, "批准被撤销", "移出地撤销了批准，文书可在申请页查阅。", with_reason=True),
        Line(OPERATOR, Kind.DECIDED, "批准被撤销", "移出地撤销了批准。", with_reason=True),
        Line(ORIGIN, Kind.DECIDED, "已撤销批准", "本机关撤销了批准。"),
        Line(DESTINATION, Kind.DECIDED, "移出地撤销批准", "移出地撤销了批准。", with_reason=True),
    ),
    "close": (
        Line(GENERATOR, Kind.DECIDED, "批准已终结", "批准执行完毕或者期满，案件终结。", with_reason=True),
        Line(OPERATOR, Kind.DECIDED, "批准已终结", "批准执行完毕或者期满，案件终结。"),
        Line(ORIGIN, Kind.PROGRESS, "批准已终结", "批准执行完毕或者期满，案件终结。", with_reason=True),
    ),
    "record_shipment": (
        Line(OPERATOR, Kind.SHIPMENT, "移出人登记了一次转移", "请在运抵后五个工作日内确认接受数量。"),
        Line(GENERATOR, Kind.SHIPMENT, "已登记一次转移", "本单位登记了一次转移。"),
    ),
    "confirm_shipment": (
        Line(GENERATOR, Kind.SHIPMENT, "接受人已确认", "接受人确认了接受数量。"),
        Line(OPERATOR, Kind.SHIPMENT, "已确认接受", "本单位确认了接受数量。"),
    ),
    "declare_complete": (
        Line(ORIGIN, Kind.ANSWERED, "申请人申报执行完毕", "申请人申报转移执行完毕。"),
        Line(OPERATOR, Kind.SHIPMENT, "移出人申报执行完毕", "移出人申报转移执行完毕。"),
        Line(GENERATOR, Kind.SHIPMENT, "已申报执行完毕", "本单位申报转移执行完毕。"),
    ),
    "pause": (
        Line(GENERATOR, Kind.DECIDED, "暂停转移", "批准暂停执行，暂停期间不得转移。", with_reason=True),
        Line(OPERATOR, Kind.DECIDED, "暂停转移", "批准暂停执行，暂停期间不得接受。", with_reason=True),
        Line(ORIGIN, Kind.PROGRESS, "暂停转移", "批准暂停执行。", with_reason=True),
        Line(DESTINATION, Kind.PROGRESS, "暂停转移", "移出地的批准暂停执行。", with_reason=True),
    ),
    "lift_pause": (
        Line(GENERATOR, Kind.DECIDED, "恢复转移", "暂停解除，可以继续转移。", with_reason=True),
        Line(OPERATOR, Kind.DECIDED, "恢复转移", "暂停解除，可以继续接受。"),
        Line(ORIGIN, Kind.PROGRESS, "恢复转移", "暂停解除。"),
        Line(DESTINATION, Kind.PROGRESS, "恢复转移", "暂停解除。"),
    ),
    "end_one_pause": (
        Line(GENERATOR, Kind.PROGRESS, "一项暂停解除，仍暂停转移", "其他暂停尚未解除，仍不得转移。", with_reason=True),
        Line(ORIGIN, Kind.PROGRESS, "一项暂停解除，仍暂停转移", "其他暂停尚未解除。"),
    ),
    "settle": (Line(GENERATOR, Kind.DECIDED, "未转移数量已核销", "移出地核销了未转移的数量。", with_reason=True),),
    # Of which paper, only those who may read it are told on their page.
    "issue_erratum": (
        Line(ORIGIN, Kind.PROGRESS, "更正文书", "一份文书有更正。"),
        Line(DESTINATION, Kind.PROGRESS, "更正文书", "一份文书有更正。"),
    ),
    "remind": (
        Line(DESTINATION, Kind.REMINDED, "移出地来函催复", "移出地发来催复函，请尽快函复。"),
        Line(ORIGIN, Kind.PROGRESS, "已发出催复函", "本机关已向接受地发出催复函。"),
    ),
    "ask_supplement": (
        Line(GENERATOR, Kind.MENDING, "需要补充说明", "办理机关要求补充说明，请尽快答复。", with_reason=True),
    ),
    "answer_supplement": (
        Line(ORIGIN, Kind.ANSWERED, "申请人已补充说明", "申请人答复了补充说明。"),
        Line(DESTINATION, Kind.ANSWERED, "申请人已补充说明", "申请人答复了补充说明。"),
    ),
    "ask_reduction": (
        Line(
            GENERATOR, Kind.MENDING, "征询核减意见", "移出地拟少批数量，征询贵单位意见，请尽快答复。", with_reason=True
        ),
    ),
    "answer_reduction": (Line(ORIGIN, Kind.ANSWERED, "申请人已答复核减征询", "申请人答复了核减征询。"),),
}
# The same whether by the origin's decision or by the destination's unchanged consent.
APPROVED: tuple[Line, ...] = (
    Line(GENERATOR, Kind.DECIDED, "已批准", "移出地作出批准决定，批准决定书可在申请页查阅。"),
    Line(OPERATOR, Kind.DECIDED, "已批准", "移出地作出批准决定，贵单位为接受人。"),
    Line(ORIGIN, Kind.DECIDED, "已批准", "批准决定已经作出。"),
    Line(DESTINATION, Kind.DECIDED, "已批准", "批准决定已经作出。"),
)
# An act without words of its own is told all the same, to whom the case belongs.
OTHER: tuple[Line, ...] = (
    Line(GENERATOR, Kind.PROGRESS, "有新的办理记录", "申请有新的办理记录。"),
    Line(ORIGIN, Kind.PROGRESS, "有新的办理记录", "案件有新的办理记录。"),
)


def lines_of(act: str, *, from_state: str, to_state: str) -> list[Line]:
    """Everybody's line of an act, the arrival first: at most one a reader."""
    lines: list[Line] = []
    if to_state != from_state and to_state in ARRIVALS:
        lines.append(ARRIVALS[to_state])
    if to_state == State.APPROVED and from_state != State.APPROVED:
        lines += APPROVED
    else:
        lines += ACTS.get(act, OTHER)
    seen: set[str] = set()
    return [line for line in lines if not (line.to in seen or seen.add(line.to))]  # type: ignore[func-returns-value]
