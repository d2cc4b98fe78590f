"""Errata (更正): slips of wording in a paper that stands, named one by one; never what was decided.

Details: of the corrected paper its number, dated_on, title, kind and addressee, and the slips (where, wrong, right).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.catalogue.enums import PaperKind
from apps.transfers.rules.papers.facts import Block, PaperFacts, PaperText
from apps.transfers.rules.papers.wording import LICENCE_SEAL, OFFICIAL_SEAL, day, note, paragraph, signature, table

ERRATA = frozenset({PaperKind.ERRATUM, PaperKind.LETTER_ERRATUM})
# What a slip can't touch: figures, dates, numbers, and the words that decide.
_FIGURES = re.compile(r"[0-9０-９]+(?:\.[0-9]+)?|HW[0-9]+|[RDC][0-9]+")
_DECIDING = ("不", "未", "同意", "批准", "准予", "撤回", "撤销", "注销", "暂停", "禁止", "不得", "应当", "可以")
_COLUMNS = (("序号", "center"), ("原文", "left"), ("更正为", "left"))


@dataclass(frozen=True, slots=True)
class Slip:
    """Words as they stand in the paper and as they should have stood."""

    wrong: str
    right: str


@dataclass(frozen=True, slots=True)
class SlipRefused:
    """Why a slip can't be corrected by an erratum: a stable code, a sentence."""

    code: str
    sentence: str


def erratum_kind(kind: PaperKind) -> PaperKind:
    """A letter is corrected by a letter, anything else by a notice to the applicant."""
    letters = {
        PaperKind.LETTER,
        PaperKind.REPLY_AGREE,
        PaperKind.REPLY_REFUSE,
        PaperKind.REMINDER,
        PaperKind.NOTICE,
    }
    return PaperKind.LETTER_ERRATUM if kind in letters else PaperKind.ERRATUM


def refused_slip(slip: Slip, *, text: str, names: Iterable[str]) -> SlipRefused | None:
    """Whether the slip may be corrected in ``text`` (all that the paper says); ``names`` are those of the parties."""
    if not slip.wrong or not slip.right:
        return SlipRefused("erratum.empty", "每处更正都要写明原文和更正后的文字。")
    if slip.wrong == slip.right:
        return SlipRefused("erratum.same", f"“{slip.wrong}”更正前后相同。")
    times = text.count(slip.wrong)
    if times == 0:
        return SlipRefused("erratum.not_there", f"文书中没有“{slip.wrong}”，请照原文逐字填写。")
    if times > 1:
        return SlipRefused(
            "erratum.ambiguous", f"“{slip.wrong}”在文书中出现 {times} 处，请连同前后文字填写，以确定是哪一处。"
        )
    mended = text.replace(slip.wrong, slip.right)
    if _substance(text, names) != _substance(mended, names):
        return SlipRefused(
            "erratum.substance",
            f"“{slip.wrong}”改为“{slip.right}”涉及数量、日期、编号、代码、当事人名称或者决定内容，不是文字差错，"
            "不能以更正办理；请依法撤回或者撤销后重新作出决定。",
        )
    return None


def _substance(text: str, names: Iterable[str]) -> Counter[str]:
    """What may not differ: every figure in its order, how often each party is named, each deciding word."""
    found = Counter({f"name {name}": text.count(name) for name in names if name})
    found.update({f"word {word}": text.count(word) for word in _DECIDING})
    found[f"figures {' '.join(_FIGURES.findall(text))}"] += 1
    return +found


def all_words(*, title: str, addressee: str, blocks: Iterable[Block]) -> str:
    """Everything that a paper says, one piece a line: what a slip is looked for in."""
    lines = [title, addressee]
    for block in blocks:
        lines += [block.get("text", ""), *block.get("items", [])]
        for row in block.get("rows", []):
            lines += row
    return "\n".join(filter(None, lines))


def erratum(facts: PaperFacts) -> PaperText:
    """更正通知书, or 更正函 between bureaus: which paper, each slip with what is right; the rest stands."""
    details = facts.details
    number, title = details.get("number", ""), details.get("title", "")
    dated = f"{day(details['dated_on'])}印发的" if details.get("dated_on") else ""
    slips: Sequence[Slip] = details.get("slips", ())
    is_letter = facts.kind == PaperKind.LETTER_ERRATUM
    cited = f"《{title}》（{number}）" if number else "文书"
    rows = [[str(n), slip.wrong, slip.right] for n, slip in enumerate(slips, start=1)]
    blocks: list[Block] = [
        paragraph(f"{facts.issuer.self_term}{dated}{cited}文字有误，现更正如下："),
        *([table(_COLUMNS, rows, [])] if rows else []),
        paragraph(
            "上述更正不改变原文书确定的废物种类、数量、期限和当事人的权利义务；原文书其他内容不变，与本"
            f"{'函' if is_letter else '通知书'}一并保存、使用。"
        ),
        *([paragraph("特此函告。")] if is_letter else []),
        signature(facts, OFFICIAL_SEAL if is_letter else LICENCE_SEAL),
        *([note(f"（更正的文书：{number}）")] if number else []),
    ]
    heading = f"{facts.issuer.name}关于更正{number or '文书'}文字差错的{'函' if is_letter else '通知'}"
    addressee = details.get("addressee") or facts.case.generator.name
    return PaperText(heading, addressee, tuple(blocks), tuple(details.get("copies", ())))
