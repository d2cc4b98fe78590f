"""The destination's replies to the origin (order 23, art. 25). It answers the origin, never the applicant."""

from collections.abc import Iterator
from datetime import date

from apps.catalogue.enums import PaperKind
from apps.transfers.enums import Route
from apps.transfers.rules.papers.facts import ZERO, Block, PaperFacts, PaperText
from apps.transfers.rules.papers.wording import (
    clause,
    contact,
    day,
    granted_t,
    joined,
    numbered,
    paragraph,
    reasons_of,
    reply_basis,
    signature,
    tonnes,
    verb_of,
)


def reply_agree(facts: PaperFacts) -> PaperText:
    """复函（同意）. Details: until (None: as asked) and reasons, needed when it grants less than was asked."""
    case, own = facts.case, facts.issuer.self_term
    theirs = case.origin.polite_term
    told = "和".join(filter(None, [own, case.destination.transport]))
    local = f"将组织{case.operator.local_bureau}加强" if case.operator.local_bureau else "将加强"
    blocks: list[Block] = [
        paragraph(f"{_received(facts)}{reply_basis(facts.law)}，经研究，现函复如下："),
        paragraph(f"一、{_consented(facts)}"),
        *(paragraph(text) for text in _exceptions(facts)),
        paragraph(
            "二、转移期间，接受人经营许可证被暂扣、吊销、注销，或者接受人因停产、事故等原因不再具备接受条件的，"
            f"{own}将及时函告{theirs}，请即停止转移。"
        ),
        paragraph(
            f"三、请{theirs}依法作出决定，并将批准信息通报{told}。{own}{local}对接受人贮存、利用、处置活动的监督管理。"
        ),
        *_closing(facts),
    ]
    return PaperText(
        f"{facts.issuer.name}关于同意接受{case.generator.name}跨省转移危险废物的复函",
        case.origin.name,
        tuple(blocks),
        joined(case.operator.local_bureau, case.operator.name),
    )


def _received(facts: PaperFacts) -> str:
    sent = facts.last(PaperKind.LETTER)
    cited = f"（{sent.number}）于{day(sent.dated_on)}收悉。" if sent else "收悉。"
    name = facts.case.generator.name
    return f"{facts.case.origin.polite_term}《关于商请同意接受{name}跨省转移危险废物的函》{cited}"


def _consented(facts: PaperFacts) -> str:
    case = facts.case
    until: date = facts.details.get("until") or case.requested_until
    permit = f"（经营许可证编号：{case.permit.number}）" if case.permit else ""
    wastes = "，".join(
        f"{item.name}（{item.category}，{item.code}）{tonnes(granted_t(item))}吨，以{item.method}方式{verb_of(item.method)}"
        for item in case.items
        if granted_t(item) > ZERO
    )
    return (
        f"同意{case.operator.name}{permit}接受{case.generator.name}转移的{wastes}，转移期限至{day(until)}，"
        "且不超过接受人经营许可证有效期。"
    )


def _exceptions(facts: PaperFacts) -> Iterator[str]:
    """Over quota: the one-off excess. Less than asked: how much less, until when, and why."""
    case = facts.case
    if case.route == Route.OVER_QUOTA and case.granted_over_t > ZERO:
        yield (
            f"其中超出名单余量的{tonnes(case.granted_over_t)}吨，同意在本次申请中一次性使用；未实际转移的部分，"
            "在批准决定期满后核销，不转作名单余量。"
        )
    refused = sum((item.asked_t - granted_t(item) for item in case.items), ZERO)
    until: date | None = facts.details.get("until")
    parts = []
    if refused > ZERO:
        parts.append(f"商请数量中的其余{tonnes(refused)}吨不同意接受")
    if until and until < case.requested_until:
        parts.append(f"商请期限中{day(until)}以后的部分不同意接受")
    if parts:
        reasons = "；".join(clause(reason) for reason in reasons_of(facts.details.get("reasons", "")))
        yield "，".join(parts) + (f"，理由是：{reasons}。" if reasons else "。")


def _closing(facts: PaperFacts) -> list[Block]:
    return [paragraph("专此函复。"), signature(facts), *contact(facts)]


def reply_refuse(facts: PaperFacts) -> PaperText:
    """复函（不同意）. Details: reasons, one a line."""
    case = facts.case
    blocks: list[Block] = [
        paragraph(
            f"{_received(facts)}{reply_basis(facts.law)}，经研究，{facts.issuer.self_term}不同意接受，理由如下："
        ),
        *numbered(reasons_of(facts.details.get("reasons", ""))),
        paragraph(f"请{case.origin.polite_term}将上述理由告知移出人。相关情形消除后，可以再行商请。"),
        *_closing(facts),
    ]
    return PaperText(
        f"{facts.issuer.name}关于不同意接受{case.generator.name}跨省转移危险废物的复函",
        case.origin.name,
        tuple(blocks),
        joined(case.operator.local_bureau),
    )
