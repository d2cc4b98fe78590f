"""Papers after a decision or beside a review: revocation, pause and its end, suspension, resumption.

Details, all optional: WITHDRAWAL, ANNULMENT, CANCELLATION reasons; PAUSE source (who wrote, with its number),
is_own (it was the issuer itself), permit_suspended_on, permit_status, from_on, until_on, reason, unshipped_t,
on_the_way, on_the_way_how; PAUSE_LIFTED source, is_own, reason, resumed_on, unshipped_t; SUSPENSION reason,
explanation, from_on, expected_end_on; RESUMPTION reason, resumed_on, due_on.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from apps.catalogue.enums import PaperKind
from apps.transfers.rules.papers.facts import Block, PaperFacts, PaperText
from apps.transfers.rules.papers.wording import (
    LICENCE_SEAL,
    basis,
    clause,
    day,
    joined,
    note,
    numbered,
    paragraph,
    reasons_of,
    signature,
    tonnes,
)

REVOKING: Mapping[PaperKind, tuple[str, str]] = {
    PaperKind.WITHDRAWAL: ("撤回", "作出决定所依据的客观情况发生重大变化，理由如下："),
    PaperKind.ANNULMENT: ("撤销", "该决定依法应当予以撤销，理由如下："),
    PaperKind.CANCELLATION: ("注销", "该决定依法应当办理注销手续，理由如下："),
}


def _approval_cited(facts: PaperFacts) -> str:
    approval = facts.last(PaperKind.APPROVAL)
    return f"{approval.number}决定" if approval else f"对申请编号{facts.case.number}的批准决定"


def _who_got_the_approval(facts: PaperFacts) -> tuple[str, ...]:
    """Both provinces' and the transit provinces' departments, both local bureaus, the operator (order 23, art. 26)."""
    case = facts.case
    return joined(
        case.destination.name,
        case.origin.transport,
        case.destination.transport,
        *(name for bureau in case.transit for name in (bureau.name, bureau.transport)),
        case.generator.local_bureau,
        case.operator.local_bureau,
        case.operator.name,
    )


def _said_by(details: Mapping[str, Any]) -> str:
    """据……函告, of a document of another bureau; 根据…… of one of the issuer's own."""
    source = clause(details.get("source") or "")
    if not source:
        return ""
    return f"根据{source}，" if details.get("is_own") else f"据{source}函告，"


def revocation(facts: PaperFacts) -> PaperText:
    """撤回、撤销、注销决定书: what the approval was, why it ends, what the person may do about it."""
    case, own = facts.case, facts.issuer.self_term
    word, why = REVOKING[facts.kind]
    on = f"于{day(case.decided_on)}" if case.decided_on else ""
    blocks: list[Block] = [
        paragraph(
            f"{own}{on}作出{_approval_cited(facts)}，批准你单位将危险废物转移至{case.operator.name}"
            f"（申请编号：{case.number}）。经核实，{why}"
        ),
        *numbered(reasons_of(facts.details.get("reasons", ""))),
        paragraph(
            f"{basis(facts.law)}，决定予以{word}。自本决定作出之日起，不得再依据{_approval_cited(facts)}转移危险废物；"
            "尚未转移的危险废物应当依法安全贮存，需要转移的，请重新提出申请。"
        ),
        paragraph(
            f"如不服本决定，可以自收到本决定之日起六十日内向{case.government}申请行政复议，"
            f"也可以自收到本决定之日起六个月内向{case.court}提起行政诉讼。"
        ),
        signature(facts),
        note("（公开方式：主动公开）"),
    ]
    copies = _who_got_the_approval(facts)
    title = f"{facts.issuer.name}关于{word}{case.generator.name}跨省转移危险废物批准的决定"
    return PaperText(title, case.generator.name, tuple(blocks), copies)


def pause(facts: PaperFacts) -> PaperText:
    """暂停转移告知书 (order 23, art. 28): what may not be moved from when on; validity is not extended."""
    case, details = facts.case, facts.details
    from_on: date = details.get("from_on") or facts.dated_on
    until_on: date | None = details.get("until_on")
    suspended: date | None = details.get("permit_suspended_on")
    if suspended:
        status = details.get("permit_status") or "暂扣"
        why = f"{case.operator.name}的危险废物经营许可证自{day(suspended)}起被{status}"
    else:
        why = clause(details.get("reason", "")) or f"{case.operator.name}暂不具备接受条件"
    unshipped = details.get("unshipped_t")
    left = f"未转移的{tonnes(unshipped)}吨" if unshipped is not None else "未转移的部分"
    trips = details.get("on_the_way")
    way = f"；已起运在途的{trips}车次按{details.get('on_the_way_how') or '接受地意见'}处理" if trips else ""
    cited = f"{basis(facts.law, upper=False, short=True)}，" if facts.law.has_measures else ""
    until = f"至{day(until_on)}" if until_on else ""
    text = (
        f"{_said_by(details)}{why}。{cited}自{day(from_on)}起{until}暂停执行{_approval_cited(facts)}，{left}不得转移{way}。"
        "恢复接受条件后另行告知，原有效期不延长。需要另选接受人的，请重新提出申请。"
    )
    return PaperText(
        "暂停转移告知书",
        case.generator.name,
        (paragraph(text), signature(facts, LICENCE_SEAL)),
        _who_got_the_approval(facts),
    )


def pause_lifted(facts: PaperFacts) -> PaperText:
    """恢复转移告知书: from when on the approval may be used again; its validity was not extended."""
    case, details = facts.case, facts.details
    resumed: date = details.get("resumed_on") or facts.dated_on
    why = clause(details.get("reason", ""))
    paused = facts.last(PaperKind.PAUSE)
    notice = f"（{paused.number}）" if paused else ""
    unshipped = details.get("unshipped_t")
    left = f"尚未转移的{tonnes(unshipped)}吨可以继续转移" if unshipped is not None else "未转移的部分可以继续转移"
    until = (
        f"有效期仍至{day(case.valid_until)}止（含当日），不因暂停延长" if case.valid_until else "原有效期不因暂停延长"
    )
    text = (
        f"{_said_by(details)}暂停转移{notice}的情形已经消除{f'（{why}）' if why else ''}。自{day(resumed)}起恢复执行"
        f"{_approval_cited(facts)}，{left}。{until}。转移前请核实接受人的接受条件，并按规定填写、运行危险废物转移联单。"
    )
    return PaperText(
        "恢复转移告知书",
        case.generator.name,
        (paragraph(text), signature(facts, LICENCE_SEAL)),
        _who_got_the_approval(facts),
    )


def suspension(facts: PaperFacts) -> PaperText:
    """中止审查通知书 (licence law, art. 45): why the clock stands still, and when it goes on at the latest."""
    details = facts.details
    from_on: date = details.get("from_on") or facts.dated_on
    expected: date | None = details.get("expected_end_on")
    reason = clause(details.get("reason", "")) or "专家评审、检测或者鉴定"
    explained = clause(details.get("explanation", ""))
    text = (
        f"你单位的危险废物跨省转移申请（申请编号：{facts.case.number}）需要办理下列事项：{reason}"
        f"{f'（{explained}）' if explained else ''}。{basis(facts.law, upper=False)}，自{day(from_on)}起中止审查，"
        "所需时间不计算在办理期限内。"
    )
    if expected:
        text += f"预计于{day(expected)}恢复审查；届时未另行告知的，自动恢复，办理期限接续计算。"
    return PaperText(
        "危险废物跨省转移申请中止审查通知书",
        facts.case.generator.name,
        (paragraph(text), signature(facts, LICENCE_SEAL)),
    )


def resumption(facts: PaperFacts) -> PaperText:
    """恢复审查通知书: from when the clock goes on and when it ends."""
    details = facts.details
    resumed: date = details.get("resumed_on") or facts.dated_on
    due_on: date | None = details.get("due_on")
    stopped = facts.last(PaperKind.SUSPENSION)
    reason = clause(details.get("reason", ""))
    over = f"中止审查的事由（{reason}）已经消除或者期限已到" if reason else "中止审查的事由已经消除或者期限已到"
    cited = f"（{stopped.number}）" if stopped else ""
    text = (
        f"你单位的危险废物跨省转移申请（申请编号：{facts.case.number}）{over}{cited}。{basis(facts.law, upper=False)}，"
        f"自{day(resumed)}起恢复审查，办理期限接续计算{f'，应当于{day(due_on)}前办结' if due_on else ''}。"
    )
    return PaperText(
        "危险废物跨省转移申请恢复审查通知书",
        facts.case.generator.name,
        (paragraph(text), signature(facts, LICENCE_SEAL)),
    )


LATER: Mapping[PaperKind, Callable[[PaperFacts], PaperText]] = {
    **dict.fromkeys(REVOKING, revocation),
    PaperKind.PAUSE: pause,
    PaperKind.PAUSE_LIFTED: pause_lifted,
    PaperKind.SUSPENSION: suspension,
    PaperKind.RESUMPTION: resumption,
}
