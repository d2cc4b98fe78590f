"""The origin's decisions: approval and refusal (order 23, art. 26, 27; licence law, art. 38)."""

from collections.abc import Iterator
from decimal import Decimal

from apps.catalogue.enums import PaperKind
from apps.transfers.rules.papers.facts import ZERO, Block, ItemFacts, PaperFacts, PaperRef, PaperText
from apps.transfers.rules.papers.wording import (
    approved_t,
    basis,
    clause,
    day,
    described,
    granted_t,
    is_decided_alone,
    joined,
    note,
    numbered,
    numeral,
    or_blank,
    paragraph,
    reasons_of,
    signature,
    table,
    tonnes,
    verbs_of,
    wastes_told,
)


def approval(facts: PaperFacts) -> PaperText:
    """批准决定书: names what art. 27 asks for; where order 23 is not in force, its art. 28 is not printed."""
    case = facts.case
    first, *others = _articles(facts)
    blocks: list[Block] = [
        paragraph(_grounds(facts)),
        paragraph(f"一、{first}"),
        _approved_table(_approved_items(case.items)),
        *(paragraph(text) for text in _not_granted(facts)),
        *(paragraph(f"{numeral(n)}、{text}") for n, text in enumerate(others, start=2)),
    ]
    if _left_out(case.items) > ZERO:
        blocks.append(paragraph(_remedies(facts)))
    blocks += [signature(facts), note("（公开方式：主动公开）")]
    transit = (name for bureau in case.transit for name in (bureau.name, bureau.transport))
    copies = joined(
        case.destination.name,
        case.origin.transport,
        case.destination.transport,
        *transit,
        case.generator.local_bureau,
        case.operator.local_bureau,
        case.operator.name,
    )
    title = f"{facts.issuer.name}关于批准{case.generator.name}跨省转移危险废物的决定"
    return PaperText(title, case.generator.name, tuple(blocks), copies)


def _grounds(facts: PaperFacts) -> str:
    case = facts.case
    accepted = f"{facts.issuer.self_term}于{day(case.accepted_on)}受理。" if case.accepted_on else ""
    return (
        f"你单位{described(case.generator)}提交的危险废物跨省转移申请（申请编号：{case.number}）收悉。"
        f"{accepted}{_consent(facts)}经审查，你单位的申请符合规定条件。{basis(facts.law)}，决定如下："
    )


def _consent(facts: PaperFacts) -> str:
    """Whose consent carries the decision: the reply, or under prior consent both letters that confirmed the list."""
    case = facts.case
    if not is_decided_alone(facts):
        reply = facts.last(PaperKind.REPLY_AGREE)
        return f"经商{case.destination.name}同意接受{f'（{reply.number}）' if reply else ''}。"
    if case.edition is None:
        return ""
    numbers = "、".join(entry.number for entry in case.entries)
    return (
        f"申请内容列入{case.edition.name}第{numbers}号条目且未超出余量，{case.destination.name}以"
        f"{case.edition.destination_letter_no}、{facts.issuer.self_term}以{case.edition.origin_letter_no}确认该名单。"
    )


def _approved_items(items: tuple[ItemFacts, ...]) -> list[ItemFacts]:
    return [item for item in items if approved_t(item) > ZERO]


def _left_out(items: tuple[ItemFacts, ...]) -> Decimal:
    return sum((item.asked_t - approved_t(item) for item in items), ZERO)


def _approved_table(items: list[ItemFacts]) -> Block:
    columns = (
        ("序号", "center"),
        ("废物名称", "left"),
        ("废物类别", "center"),
        ("废物代码", "center"),
        ("数量（吨）", "right"),
        (f"{verbs_of(items)}方式（代码）", "center"),
    )
    rows = [
        [str(item.position), or_blank(item.name), item.category, item.code, tonnes(approved_t(item)), item.method]
        for item in items
    ]
    return table(columns, rows, ["", "合计", "", "", tonnes(sum(map(approved_t, items), ZERO)), ""])


def _not_granted(facts: PaperFacts) -> Iterator[str]:
    """What was asked for and is not approved; a person who gets less must read it and how to contest it."""
    left_out = _left_out(facts.case.items)
    if left_out <= ZERO:
        return
    case = facts.case
    if any(granted_t(item) < item.asked_t for item in case.items):
        reasons = "；".join(clause(reason) for reason in reasons_of(case.reply_reasons))
        why = f"{case.destination.name}未同意接受{f'（理由是：{reasons}）' if reasons else ''}，"
    else:
        why = ""
    yield f"申请数量中的其余{tonnes(left_out)}吨，{why}不予批准。"


def _articles(facts: PaperFacts) -> Iterator[str]:
    case = facts.case
    permit = f"危险废物经营许可证编号：{case.permit.number}" if case.permit else ""
    address = f"地址：{case.operator.address}" if case.operator.address else ""
    told = "；".join(filter(None, [address, permit]))
    yield f"批准你单位将下列危险废物转移至{case.operator.name}{f'（{told}）' if told else ''}："
    yield _validity(facts)
    yield _duties(facts)
    if facts.law.has_measures:
        yield (
            "危险废物种类发生变化或者数量超过批准数量的，贮存、利用、处置方式发生变化的，接受人发生变更或者不再具备相应条件的，"
            "应当重新提出申请。"
        )
    if case.generator.local_bureau:
        yield f"{case.generator.local_bureau}负责对你单位转移活动的监督管理。"


def _validity(facts: PaperFacts) -> str:
    case = facts.case
    first, last = case.valid_from or facts.dated_on, case.valid_until or case.requested_until
    return (
        f"本决定有效期自{day(first)}起至{day(last)}止（含当日）。有效期内可以分次转移，累计转移数量不得超过批准数量。"
        "接受人经营许可证有效期先行届满，或者被暂扣、吊销、注销的，应当立即停止转移。"
    )


def _duties(facts: PaperFacts) -> str:
    law = facts.law
    if law.has_measures:
        manifest = "按照本决定和已备案的危险废物管理计划填写、运行危险废物转移联单"
    else:
        manifest = f"依照{law.manifest_measures}按规定填写、运行危险废物转移联单"
    text = (
        f"你单位应当{manifest}，对转移的危险废物计量称重、如实记录，核实接受人贮存、利用、处置情况；"
        "委托具有相应危险货物运输资质的单位承运，落实污染防治和突发环境事件应急措施。"
    )
    if facts.case.is_transport_exempt:
        text += (
            "运输工具满足防雨、防渗漏、防遗撒要求的，运输环节按照《国家危险废物名录》豁免管理规定执行；"
            "转移联单仍应依法运行。"
        )
    return text


def refusal(facts: PaperFacts) -> PaperText:
    """不予批准决定书. Details: stage (review, objection, no_reply) and reasons, one a line."""
    case = facts.case
    accepted = f"{facts.issuer.self_term}于{day(case.accepted_on)}受理。" if case.accepted_on else ""
    blocks: list[Block] = [
        paragraph(
            f"你单位{described(case.generator)}提交的将{wastes_told(case.items)}转移至"
            f"{case.operator.name}的申请（申请编号：{case.number}）收悉。{accepted}"
        ),
        paragraph(_why(facts)),
        *numbered(reasons_of(facts.details.get("reasons", ""))),
        paragraph(f"{basis(facts.law)}，决定不予批准。"),
        paragraph("未经批准，不得转移。上述情形消除后，你单位可以重新提出申请；在此期间应当依法安全贮存危险废物。"),
        paragraph(_remedies(facts)),
        signature(facts),
    ]
    asked = case.destination.name if facts.last(PaperKind.LETTER) else ""
    return PaperText(
        f"{facts.issuer.name}关于不予批准{case.generator.name}跨省转移危险废物的决定",
        case.generator.name,
        tuple(blocks),
        joined(case.generator.local_bureau, asked),
    )


def _remedies(facts: PaperFacts) -> str:
    return (
        f"如不服本决定，可以自收到本决定之日起六十日内向{facts.case.government}申请行政复议，"
        f"也可以自收到本决定之日起六个月内向{facts.case.court}提起行政诉讼。"
    )


def _why(facts: PaperFacts) -> str:
    stage = facts.details.get("stage")
    if stage == "objection":
        return _after_objection(facts)
    if stage == "no_reply":
        return _after_silence(facts)
    if facts.last(PaperKind.REPLY_AGREE):
        return _after_consent(facts)
    return "经初步审核，你单位的申请不符合规定条件，理由如下："


def _asked(facts: PaperFacts) -> str:
    sent = facts.last(PaperKind.LETTER)
    when = f"于{day(sent.dated_on)}" if sent else ""
    return f"{facts.issuer.self_term}{when}商请{facts.case.destination.name}{_cited(sent)}"


def _cited(ref: PaperRef | None) -> str:
    return f"（{ref.number}）" if ref else ""


def _after_objection(facts: PaperFacts) -> str:
    reply = facts.last(PaperKind.REPLY_REFUSE)
    return f"{_asked(facts)}，{facts.case.destination.third_term}函复不同意接受{_cited(reply)}，理由如下："


def _after_consent(facts: PaperFacts) -> str:
    """The reply agreed, but a condition has failed since: a decision still has to say what."""
    reply = facts.last(PaperKind.REPLY_AGREE)
    return (
        f"{_asked(facts)}，{facts.case.destination.third_term}函复同意接受{_cited(reply)}。"
        "经审查，你单位的申请不符合规定条件，理由如下："
    )


def _after_silence(facts: PaperFacts) -> str:
    reminders = facts.earlier.get(PaperKind.REMINDER, ())
    reminded = ""
    if reminders:
        times = {1: "", 2: "两次"}.get(len(reminders), f"{numeral(len(reminders))}次")
        reminded = f"，并于{'、'.join(day(one.dated_on) for one in reminders)}{times}催复"
    return f"{_asked(facts)}{reminded}，至{day(facts.dated_on)}未收到同意接受的意见，本次申请不具备批准条件。具体情况如下："
