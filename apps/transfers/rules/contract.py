"""What the contract's and the transport's fields say against what is asked for: warnings only. Pure."""

import re
import unicodedata
from collections.abc import Iterator

from apps.transfers.enums import Severity
from apps.transfers.rules.facts import CheckFacts
from apps.transfers.rules.findings import Finding

CONTRACT, EXEMPTION = 16, 17


def contract_findings(facts: CheckFacts) -> Iterator[Finding]:
    """A contract of other parties, that ends too early, or over fewer tonnes (order 23, art. 22(1).3)."""
    contract = facts.contract
    for said, party, word in (
        (contract.sender, facts.generator, "委托方"),
        (contract.receiver, facts.operator, "受托方"),
    ):
        if said and party is not None and _bare(said) != _bare(party.name):
            role = "移出人" if word == "委托方" else "接受人"
            yield _warn("contract.party", f"合同{word}“{said}”与{role}“{party.name}”不一致。")
    if contract.until and facts.requested_until and contract.until < facts.requested_until:
        yield _warn(
            "contract.ends_early", f"合同有效期至 {contract.until}，早于拟转移期限止日 {facts.requested_until}。"
        )
    for item in facts.items:
        if item.contracted_t is not None and item.amount_t is not None and item.contracted_t < item.amount_t:
            yield _warn(
                "contract.short",
                f"第 {item.position} 项：合同数量 {item.contracted_t:.4f} 吨，少于申请数量 {item.amount_t:.4f} 吨，"
                f"差 {item.amount_t - item.contracted_t:.4f} 吨。",
                item.position,
                {"contracted_t": str(item.contracted_t), "asked_t": str(item.amount_t)},
            )


def exemption_findings(facts: CheckFacts) -> Iterator[Finding]:
    """An item that claims the exemption in transport although no line of the exemption list names it."""
    for item in facts.items:
        if item.is_transport_exempt and item.waste_code and not item.may_be_transport_exempt:
            yield Finding(
                "exemption.none",
                EXEMPTION,
                Severity.WARNING,
                f"第 {item.position} 项：《危险废物豁免管理清单》没有列出 {item.waste_code} 的运输环节。",
                item.position,
            )


def _bare(name: str) -> str:
    """A name without what differs from keyboard to keyboard: width of brackets, spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name))


def _warn(code: str, sentence: str, item: int | None = None, figures: dict[str, str] | None = None) -> Finding:
    return Finding(code, CONTRACT, Severity.WARNING, sentence, item, figures or {})
