"""Letters from the origin to the destination: the request, its reminder, the notice under prior consent."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from apps.catalogue.enums import PaperKind
from apps.transfers.enums import Route
from apps.transfers.rules.papers.facts import ZERO, Block, EntryFacts, ItemFacts, PaperFacts, PaperText
from apps.transfers.rules.papers.wording import (
    approved_t,
    asked_total,
    basis,
    clause,
    contact,
    day,
    heading,
    is_listed_fast,
    joined,
    listing,
    method_told,
    or_blank,
    paragraph,
    signature,
    table,
    tonnes,
    verbs_of,
)

LETTER_COLUMNS = (
    ("序号", "center"),
    ("废物名称", "left"),
    ("废物类别", "center"),
    ("废物代码", "center"),
    ("危险特性", "center"),
    ("形态", "center"),
    ("包装方式", "center"),
    ("数量（吨）", "right"),
    ("利用处置方式（代码）", "left"),
)
PLAN_MISSING = "plan.missing"


def letter(facts: PaperFacts) -> PaperText:
    """商请函 (order 23, art. 24): what is asked, the first review, until when an answer is asked for."""
    case = facts.case
    blocks: list[Block] = [
        paragraph(_opening(facts)),
        heading("一、申请转移的危险废物"),
        _items_table(case.items),
        paragraph(_period(facts)),
        heading("二、初步审核情况"),
        paragraph(_first_review(facts)),
        *(paragraph(text) for text in _listing_told(facts)),
        heading("三、商请事项"),
        paragraph(_request(facts)),
        paragraph("附件："),
        listing(_enclosures(case.items)),
        signature(facts),
        *contact(facts),
    ]
    return PaperText(
        f"{facts.issuer.name}关于商请同意接受{case.generator.name}跨省转移危险废物的函",
        case.destination.name,
        tuple(blocks),
        joined(case.generator.local_bureau),
    )


def _opening(facts: PaperFacts) -> str:
    case, issuer = facts.case, facts.issuer
    generator, operator = case.generator, case.operator
    accepted = f"{issuer.self_term}于{day(case.accepted_on)}受理。" if case.accepted_on else ""
    place = f"，位于{generator.place}" if generator.place else ""
    return (
        f"{generator.name}（统一社会信用代码：{generator.uscc}{place}）向{issuer.self_term}申请，"
        f"将其{'收集' if generator.is_collector else '产生'}的危险废物转移至"
        f"{operator.place}{'的' if operator.place else ''}{operator.name}进行{verbs_of(case.items)}。{accepted}"
        f"经初步审核，拟同意移出。{basis(facts.law)}，现商请{case.destination.polite_term}研究函复。有关情况如下："
    )


def _items_table(items: tuple[ItemFacts, ...]) -> Block:
    rows = [
        [
            str(item.position),
            or_blank(item.name),
            item.category,
            item.code,
            or_blank(item.hazards),
            or_blank(item.form),
            or_blank(item.packaging),
            tonnes(item.asked_t),
            method_told(item),
        ]
        for item in items
    ]
    return table(LETTER_COLUMNS, rows, ["", "合计", "", "", "", "", "", tonnes(asked_total(items)), ""])


def _period(facts: PaperFacts) -> str:
    case = facts.case
    told = f"拟开展转移活动的期限为{day(case.requested_from)}至{day(case.requested_until)}。"
    if case.permit:
        told += f"接受人危险废物经营许可证编号为{case.permit.number}，有效期至{day(case.permit.valid_until)}。"
    if case.transit:
        told += f"拟途经{'、'.join(bureau.province for bureau in case.transit)}。"
    return told


def _first_review(facts: PaperFacts) -> str:
    """Says of the management plan what the check found, not more."""
    found = [warning for warning in facts.case.warnings if warning.startswith("plan.")]
    if PLAN_MISSING in found:
        plan = "系统内无移出人本年度危险废物管理计划"
    elif found:
        plan = "申请转移的种类或者数量超出其本年度危险废物管理计划"
    else:
        plan = "申请转移的种类、数量与其本年度危险废物管理计划相符"
    return f"移出人提交的申请材料齐全，{plan}；接受人经营许可证核准的废物代码、经营方式和有效期限能够覆盖本次申请。"


def _listing_told(facts: PaperFacts) -> Iterator[str]:
    """What the list says of the wastes: each entry with its figures, or that they stand on none."""
    case = facts.case
    if case.route == Route.GENERAL or case.edition is None:
        yield _unlisted(facts)
        return
    figures: Mapping[int, Mapping[str, Any]] = facts.details.get("figures") or {}
    for entry in case.entries:
        yield _entry_told(facts, entry, figures.get(entry.entry_id, {}))


def _entry_told(facts: PaperFacts, entry: EntryFacts, figures: Mapping[str, Any]) -> str:
    case = facts.case
    name = case.edition.name if case.edition else "现行名单"
    start = f"{_these(case.items, entry)}列入{name}第{entry.number}号条目"
    if not figures:
        return f"{start}。"
    quota, available = tonnes(figures["quota_t"]), tonnes(figures["available_t"])
    asked, over = tonnes(figures["asked_t"]), tonnes(figures["over_t"])
    if figures["over_t"]:
        return (
            f"{start}，核定数量{quota}吨，余量{available}吨；本次申请{asked}吨，超出余量{over}吨。"
            f"商请{case.destination.polite_term}就超出部分一并提出意见。超出部分仅用于本次申请，不改变名单核定数量。"
        )
    used, held = tonnes(figures["used_t"]), tonnes(figures["held_t"])
    return f"{start}，核定数量{quota}吨，已批准{used}吨，在办{held}吨，余量{available}吨，本次申请未超出余量。"


def _these(items: tuple[ItemFacts, ...], entry: EntryFacts) -> str:
    """上述废物, or which of them when they stand on several entries."""
    mine = [str(item.position) for item in items if item.entry_id == entry.entry_id]
    return "上述废物" if len(mine) in {0, len(items)} else f"上述第{'、'.join(mine)}项废物"


def _unlisted(facts: PaperFacts) -> str:
    case = facts.case
    unlisted = [str(item.position) for item in case.items if item.entry_id is None]
    if not case.is_operator_listed:
        what = "接受人"
    elif len(unlisted) in {0, len(case.items)}:
        what = "上述废物"
    else:
        what = f"上述第{'、'.join(unlisted)}项废物"
    return f"{what}未列入双方现行名单，按一般审批程序办理。{_opinion(facts)}"


def _opinion(facts: PaperFacts) -> str:
    opinion = facts.case.opinion
    if opinion is None:
        return ""
    who = opinion.bureau or "属地生态环境主管部门"
    if opinion.agrees is None:
        return f"{who}未在期限内提出意见。"
    told = "同意移出" if opinion.agrees else "不同意移出"
    if opinion.text:
        told += f"（{clause(opinion.text)}）"
    return f"{who}的意见为：{told}。"


def _request(facts: PaperFacts) -> str:
    reply_by: date | None = facts.details.get("reply_by")
    polite = facts.case.destination.polite_term
    by = day(reply_by) if reply_by else ""
    if is_listed_fast(facts):
        when = f"按照合作机制约定，于{by}前" if by else "按照合作机制约定"
    else:
        when = "自收到本函之日起十个工作日内" + (f"，即于{by}前" if by else "")
    return f"请{polite}{when}函复是否同意接受。对转移数量、期限有不同意见的，请一并明确；不同意接受的，请说明理由。"


def _enclosures(items: tuple[ItemFacts, ...]) -> list[str]:
    names = [
        "危险废物跨省转移申请表",
        "接受人危险废物经营许可证复印件",
        f"接受人{verbs_of(items)}方式说明",
        "委托合同、协议或者意向书",
    ]
    if any(item.code.startswith("900-000-") for item in items):
        names.append("危险废物鉴别报告")
    return [f"{n}. {name}" for n, name in enumerate(names, start=1)]


def reminder(facts: PaperFacts) -> PaperText:
    """催复函: provinces are equals, so it asks and never urges by rank. Details: reply_by."""
    case = facts.case
    sent = facts.last(PaperKind.LETTER)
    reply_by: date | None = facts.details.get("reply_by")
    polite = case.destination.polite_term
    limit = ""
    if reply_by:
        when = "将于" if facts.dated_on <= reply_by else "已于"
        limit = f"，{polite}答复期限{when}{day(reply_by)}届满"
    asked = f"{sent.number}函商请事项" if sent else f"就{case.generator.name}跨省转移危险废物商请的事项"
    text = f"{facts.issuer.self_term}{asked}{limit}。请予研究并尽快函复。"
    return PaperText(
        f"{facts.issuer.name}关于商请函复{case.generator.name}跨省转移危险废物事项的函",
        case.destination.name,
        (paragraph(text), signature(facts), *contact(facts)),
    )


def notice(facts: PaperFacts) -> PaperText:
    """通报函: under prior consent the destination is told of the approval, with the entry's figures after it."""
    case = facts.case
    approval = facts.last(PaperKind.APPROVAL)
    dated_on = approval.dated_on if approval else case.decided_on or facts.dated_on
    approved = sum(map(approved_t, case.items), ZERO)
    agreement = case.edition.name if case.edition else "双方合作机制"
    text = (
        f"根据{agreement}，{facts.issuer.self_term}已于{day(dated_on)}批准{case.generator.name}向"
        f"{case.operator.name}转移{tonnes(approved)}吨{f'（{approval.number}）' if approval else ''}"
    )
    figures: Mapping[int, Mapping[str, Any]] = facts.details.get("figures") or {}
    several = len(case.entries) > 1
    for entry in case.entries:
        line = figures.get(entry.entry_id)
        if line:
            which = f"第{entry.number}号条目" if several else "该条目"
            text += (
                f"{'；' if several else '，'}{which}核定{tonnes(line['quota_t'])}吨，"
                f"累计批准{tonnes(line['used_t'])}吨，余量{tonnes(line['available_t'])}吨"
            )
    return PaperText(
        f"{facts.issuer.name}关于通报批准{case.generator.name}跨省转移危险废物的函",
        case.destination.name,
        (paragraph(f"{text}。现予通报。"), signature(facts), *contact(facts)),
    )
