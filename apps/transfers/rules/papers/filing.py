"""Papers about the filing: receipt, acceptance, the one correction notice (order 23, art. 23)."""

from datetime import date

from apps.transfers.enums import AcceptanceKind
from apps.transfers.rules.papers.facts import Block, PaperFacts, PaperText
from apps.transfers.rules.papers.wording import (
    LICENCE_SEAL,
    addressed,
    asked_total,
    basis,
    clause,
    day,
    ending,
    listing,
    method_told,
    numbered,
    or_blank,
    paragraph,
    procedure,
    signature,
    table,
    tonnes,
    weekday,
)

FORM_NAME = "危险废物跨省转移申请表"
RECEIPT_COLUMNS = (
    ("序号", "center"),
    ("废物名称", "left"),
    ("废物代码", "center"),
    ("数量（吨）", "right"),
    ("利用处置方式（代码）", "left"),
)


def receipt(facts: PaperFacts) -> PaperText:
    """The receipt of a filing or of a corrected filing; it bears the application's own number."""
    case = facts.case
    due_on: date | None = facts.details.get("due_on")
    what = "补正材料" if case.corrected else "危险废物跨省转移申请及所附材料"
    came_on = facts.dated_on if case.corrected else case.submitted_on
    rows = [
        [str(item.position), or_blank(item.name), item.code, tonnes(item.asked_t), method_told(item)]
        for item in case.items
    ]
    blocks: list[Block] = [
        paragraph(f"你单位于{day(came_on)}提交的{what}（申请编号：{case.number}）收悉，现就收件情况回执如下："),
        paragraph(f"一、申请将下列危险废物转移至{case.operator.name}："),
        table(RECEIPT_COLUMNS, rows, ["", "合计", "", tonnes(asked_total(case.items)), ""]),
        paragraph(f"拟开展转移活动的期限为{day(case.requested_from)}至{day(case.requested_until)}。"),
        paragraph("二、收到下列材料："),
        listing([FORM_NAME, *(name for name in case.materials if name != FORM_NAME)]),
        paragraph(f"三、{_finish(facts, due_on)}"),
        paragraph("本回执仅证明收到申请材料。办理进度可凭申请编号查询。"),
        signature(facts, LICENCE_SEAL),
    ]
    return PaperText("危险废物跨省转移申请收件回执", addressed(case.generator), tuple(blocks))


def _finish(facts: PaperFacts, due_on: date | None) -> str:
    told = f"本申请适用{procedure(facts.case.route)}"
    if due_on is None:
        return f"{told}。"
    told += f"，最迟办结日为{day(due_on)}（{weekday(due_on)}）。"
    if facts.details.get("is_provisional"):
        told += _provisional(due_on)
    return told + "需要补正材料，或者依法中止审查的，办结日期相应变动并另行告知。"


def _provisional(due_on: date) -> str:
    return f"{due_on.year}年工作日安排尚未公布，上述日期为暂定；公布后重新计算，有变动的另行告知。"


def acceptance(facts: PaperFacts) -> PaperText:
    """The notice of acceptance; accepted on the day of receipt, however it came about (docs/rules.md §5)."""
    case = facts.case
    due_on: date | None = facts.details.get("due_on")
    accepted_on = case.accepted_on or case.received_on or facts.dated_on
    text = (
        f"你单位{day(case.submitted_on)}提交的危险废物跨省转移申请（申请编号：{case.number}），{_state_of_materials(facts)}，"
        f"{basis(facts.law, upper=False)}，自{day(accepted_on)}起受理。本申请适用{procedure(case.route)}"
    )
    text += f"，应当于{day(due_on)}前办结" if due_on else ""
    text += "；依法需要专家评审、检测、鉴定的时间不计算在内，届时另行书面告知。"
    if due_on and case.is_due_provisional:
        text += _provisional(due_on)
    return PaperText(
        "危险废物跨省转移申请受理通知书",
        case.generator.name,
        (paragraph(text), paragraph("办理进度可凭申请编号查询。"), signature(facts, LICENCE_SEAL)),
    )


def _state_of_materials(facts: PaperFacts) -> str:
    case, how = facts.case, facts.details.get("how")
    corrected = f"经{day(case.received_on)}补正后" if case.corrected and case.received_on else ""
    if how == AcceptanceKind.SILENCE:
        came = f"{corrected}收悉，" if corrected else ""
        return f"{came}{facts.issuer.self_term}未在五个工作日内告知补正，自收到申请材料之日起即为受理"
    if how == AcceptanceKind.AT_ONCE:
        return f"经即时核验，{corrected or '申请材料'}齐全、符合要求"
    return f"{corrected or '申请材料'}齐全、符合要求"


def correction(facts: PaperFacts) -> PaperText:
    """The one notice of everything to be mended; details say until when, how long tonnes are kept, what is left."""
    case = facts.case
    points = [
        f"{clause(point.subject)}。{ending(point.problem)}请{ending(point.demand.strip().removeprefix('请'))}"
        for point in case.points
    ]
    blocks: list[Block] = [
        paragraph(
            f"你单位于{day(case.submitted_on)}提交的《{FORM_NAME}》及所附材料（申请编号：{case.number}）收悉。"
            f"经核对，上述材料不齐全或者不符合要求。{basis(facts.law, upper=False)}，"
            "现将需要补正的全部内容一次性告知如下："
        ),
        *numbered(points),
        paragraph(_what_next(facts)),
        paragraph(f"除上述内容外，{facts.issuer.self_term}不再就本次申请另行提出补正要求。"),
        *_whom_to_ask(facts),
        signature(facts, LICENCE_SEAL),
    ]
    return PaperText("申请材料补正告知书", addressed(case.generator), tuple(blocks))


def _what_next(facts: PaperFacts) -> str:
    answer_by: date | None = facts.details.get("answer_by")
    hold_until: date | None = facts.details.get("hold_until")
    left_days: int | None = facts.details.get("left_days")
    by = f"于{day(answer_by)}前（含当日），" if answer_by else ""
    if left_days is None:
        clock = f"{facts.issuer.self_term}自收到全部补正材料之日起受理，办理期限自受理之日起计算。"
    else:
        clock = f"自收到全部补正材料之日起，办理期限接续计算，剩余{left_days}个工作日。"
    held = f"所占用的名单余量保留至{day(hold_until)}，其后释放，补正时按届时余量重新占用；" if hold_until else ""
    return (
        f"请你单位{by}通过原提交渠道一次性提交全部补正材料，并逐项说明补正情况。{clock}{held}"
        "逾期未提交的，视为撤回本次申请；你单位可以另行提出申请。"
    )


def _whom_to_ask(facts: PaperFacts) -> list[Block]:
    issuer = facts.issuer
    told = [
        f"联系人：{issuer.contact_name}" if issuer.contact_name else "",
        f"联系电话：{issuer.contact_phone}" if issuer.contact_phone else "",
    ]
    line = "　　".join(filter(None, told))
    return [paragraph(line)] if line else []
