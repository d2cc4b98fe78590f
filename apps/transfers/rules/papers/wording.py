"""Small words that all papers share: dates, tonnes, numerals, citations, blocks."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from apps.transfers.enums import Route
from apps.transfers.rules.papers.facts import ZERO, Block, ItemFacts, LawFacts, PaperFacts, PartyFacts
from apps.whitelists.enums import ConsentMode

LICENCE_LAW = "《中华人民共和国行政许可法》"
LICENCE_SEAL = "行政许可专用章"
OFFICIAL_SEAL = "印章"
LONGEST_ADDRESSEE = 120

_DIGITS = "零一二三四五六七八九"
_WEEKDAYS = "一二三四五六日"
_NUMBERING = re.compile(r"^\s*(?:[一二三四五六七八九十]+、|[0-9]+[、．.](?![0-9])|（[一二三四五六七八九十0-9]+）)\s*")
_BLANK = "—"


def day(value: date) -> str:
    """2026年1月12日."""
    return f"{value.year}年{value.month}月{value.day}日"


def weekday(value: date) -> str:
    """星期一 for a Monday."""
    return f"星期{_WEEKDAYS[value.weekday()]}"


def tonnes(value: Decimal | str) -> str:
    """Tonnes with four decimals, without a thousands separator: 120.0000."""
    return f"{Decimal(value):.4f}"


def numeral(number: int) -> str:
    """Chinese numeral of 1 to 99: 一, 十, 十一, 二十."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def or_blank(text: str) -> str:
    """The text, or the dash of an empty cell."""
    return text or _BLANK


def ending(text: str) -> str:
    """The text as a sentence: exactly one full stop at its end."""
    return text.strip().rstrip("。；;.，,") + "。"


def clause(text: str) -> str:
    """The text without its full stop, to stand inside a sentence."""
    return text.strip().rstrip("。；;.，,")


def numbered(sentences: Iterable[str]) -> list[Block]:
    """一、二、三: each sentence a paragraph of its own."""
    return [paragraph(f"{numeral(n)}、{sentence}") for n, sentence in enumerate(sentences, start=1)]


def reasons_of(text: str) -> list[str]:
    """Reasons as typed, one a line, without the numbering they may have brought along."""
    lines = (_NUMBERING.sub("", line).strip() for line in text.splitlines())
    return [ending(line) for line in lines if line]


def paragraph(text: str) -> Block:
    """A paragraph of the body."""
    return {"type": "paragraph", "text": text}


def heading(text: str) -> Block:
    """A line above the paragraphs that follow."""
    return {"type": "heading", "text": text}


def note(text: str) -> Block:
    """A line below the signature."""
    return {"type": "note", "text": text}


def listing(items: Sequence[str]) -> Block:
    """Lines one below the other."""
    return {"type": "list", "items": list(items)}


def table(titles: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], total: Sequence[str]) -> Block:
    """A table; each column is its title and how its cells are set (left, center, right)."""
    return {
        "type": "table",
        "columns": [{"title": title, "align": align} for title, align in titles],
        "rows": [list(row) for row in rows],
        "total": list(total),
    }


def signature(facts: PaperFacts, seal: str = OFFICIAL_SEAL) -> Block:
    """Bureau, seal and date."""
    return {"type": "signature", "bureau": facts.issuer.name, "seal": seal, "date": day(facts.dated_on)}


def contact(facts: PaperFacts) -> list[Block]:
    """Whom to ask at the issuing bureau; nothing when nobody is named."""
    issuer = facts.issuer
    told = [
        f"联系人：{issuer.contact_name}" if issuer.contact_name else "",
        f"电话：{issuer.contact_phone}" if issuer.contact_phone else "",
    ]
    line = "，".join(filter(None, told))
    return [note(f"（{line}；申请编号：{facts.case.number}）")] if line else []


def basis(law: LawFacts, *, upper: bool = True, short: bool = False) -> str:
    """「根据……的规定」 from what the period and the kind of paper cite; measures only when they were in force."""
    cited = [law.upper_law] if upper else []
    if law.has_measures and law.measures_articles:
        cited.append((law.measures_short if short else law.measures_full) + law.measures_articles)
    if law.licence_articles:
        cited.append(LICENCE_LAW + law.licence_articles)
    cited = [one for one in cited if one]
    if not cited:
        return "依照有关法律规定"
    return f"根据{'和'.join(filter(None, ['、'.join(cited[:-1]), cited[-1]]))}的规定"


def reply_basis(law: LawFacts) -> str:
    """A reply cites the measures alone; the upper law where there were none yet."""
    return basis(law, upper=not law.has_measures, short=True)


def addressed(party: PartyFacts) -> str:
    """The party with its code, as addressee of a notice; the code is left out where the line would not fit."""
    full = f"{party.name}（统一社会信用代码：{party.uscc}）"
    return full if len(full) <= LONGEST_ADDRESSEE else party.name


def described(party: PartyFacts) -> str:
    """（统一社会信用代码：…；地址：…；法定代表人：…）, without what isn't known."""
    told = [
        f"统一社会信用代码：{party.uscc}" if party.uscc else "",
        f"地址：{party.address}" if party.address else "",
        f"法定代表人：{party.legal_representative}" if party.legal_representative else "",
    ]
    line = "；".join(filter(None, told))
    return f"（{line}）" if line else ""


def procedure(route: str) -> str:
    """名单内直接审批程序、超量商请程序、一般审批程序."""
    return str(Route(route).label).removesuffix("程序") + "程序"


def verb_of(method: str) -> str:
    """What a method does: 利用 (R), 处置 (D and cement kilns, C1), else either."""
    if method.startswith("R"):
        return "利用"
    return "处置" if method.startswith("D") or method == "C1" else "利用处置"


def verbs_of(items: Iterable[ItemFacts]) -> str:
    """利用, 处置 or both, in the order of the items."""
    return "、".join(dict.fromkeys(verb_of(item.method) for item in items))


def method_told(item: ItemFacts) -> str:
    """A method by its name and code, 再循环/再利用金属和金属化合物（R4）."""
    return f"{item.method_name}（{item.method}）" if item.method_name else item.method


def asked_total(items: Iterable[ItemFacts]) -> Decimal:
    """Sum of the tonnes asked for."""
    return sum((item.asked_t for item in items), ZERO)


def granted_t(item: ItemFacts) -> Decimal:
    """Tonnes consented to; what was asked when nothing else was recorded."""
    return item.asked_t if item.consented_t is None else item.consented_t


def approved_t(item: ItemFacts) -> Decimal:
    """Tonnes approved; what was consented to when the decision changed nothing of it."""
    return granted_t(item) if item.approved_t is None else item.approved_t


def wastes_told(items: Iterable[ItemFacts]) -> str:
    """Wastes in a sentence: 废弃电路板（HW49，900-045-49）120.0000吨."""
    return "、".join(f"{item.name}（{item.category}，{item.code}）{tonnes(item.asked_t)}吨" for item in items)


def joined(*names: str) -> tuple[str, ...]:
    """Names for the copies line, each once, without blanks."""
    return tuple(dict.fromkeys(name for name in names if name))


def is_listed_fast(facts: PaperFacts) -> bool:
    """On the list and within quota: the fast track."""
    return facts.case.route == Route.FAST_TRACK


def is_decided_alone(facts: PaperFacts) -> bool:
    """Prior consent within quota: there was no letter, the confirmed list is the consent."""
    return is_listed_fast(facts) and facts.case.consent_mode == ConsentMode.PRIOR
