"""Plain facts of one case, for composing papers without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from apps.catalogue.enums import PaperKind
from apps.transfers.rules.papers.composing import compose
from apps.transfers.rules.papers.facts import (
    BureauFacts,
    CaseFacts,
    EditionFacts,
    EntryFacts,
    ItemFacts,
    LawFacts,
    PaperFacts,
    PaperRef,
    PartyFacts,
    PermitFacts,
)

CHONGQING = BureauFacts("重庆市生态环境局", "我局", "贵局", "甲", "023", "重庆市", "重庆市交通运输委员会")
SICHUAN = BureauFacts("四川省生态环境厅", "我厅", "贵厅", "乙", "028", "四川省", "四川省交通运输厅")
GUIZHOU = BureauFacts("贵州省生态环境厅", "我厅", "贵厅", "", "", "贵州省", "贵州省交通运输厅")
MEASURES = "《危险废物转移管理办法》（生态环境部、公安部、交通运输部令第23号）"
UPPER = "《中华人民共和国固体废物污染环境防治法》第八十二条第二款"
L1 = LawFacts("L1", UPPER, MEASURES, "《危险废物转移管理办法》", "", "第二十六条、第二十七条", "第三十八条第一款")
L0 = LawFacts(
    "L0",
    UPPER,
    manifest_measures="《危险废物转移联单管理办法》（原国家环境保护总局令第5号）",
    licence_articles="第三十八条第一款",
)
ITEM = ItemFacts(
    1,
    "废弃电路板",
    "HW49",
    "900-045-49",
    "T",
    "固态",
    "吨袋",
    "R4",
    "再循环/再利用金属和金属化合物",
    Decimal(120),
    entry_id=7,
)
CASE = CaseFacts(
    number="2026-50-51-00017",
    route="fast_track",
    consent_mode="joint",
    generator=PartyFacts("示例单位", "91500111MADEM0000J", "大足区", "示例路1号", "示例人", "大足区生态环境局"),
    operator=PartyFacts("示范单位", "91510903MADEM0001L", "遂宁市船山区", "示范路2号", "", "遂宁市生态环境局"),
    origin=CHONGQING,
    destination=SICHUAN,
    government="重庆市人民政府",
    court="有管辖权的人民法院",
    items=(ITEM,),
    requested_from=date(2026, 1, 12),
    requested_until=date(2026, 12, 31),
    submitted_on=date(2026, 1, 5),
    received_on=date(2026, 1, 5),
    accepted_on=date(2026, 1, 5),
    valid_from=date(2026, 1, 12),
    valid_until=date(2026, 12, 31),
    edition=EditionFacts("2026年度示例名单", "渝环函〔2025〕901号", "川环函〔2025〕902号"),
    entries=(EntryFacts(7, "07"),),
    permit=PermitFacts("川环危第510903901号", date(2030, 2, 28)),
)
LETTER = PaperRef("渝环危转函〔2026〕31号", date(2026, 1, 7))
REPLY = PaperRef("川环危转函〔2026〕22号", date(2026, 1, 9))
FIGURES = {
    "quota_t": Decimal(3000),
    "used_t": Decimal(1240),
    "held_t": Decimal(60),
    "available_t": Decimal(1700),
    "asked_t": Decimal(120),
    "over_t": Decimal(0),
}


def paper(kind, *, law=L1, earlier=None, on=date(2026, 1, 12), details=None, **case):
    issuer = SICHUAN if kind in {PaperKind.REPLY_AGREE, PaperKind.REPLY_REFUSE} else CHONGQING
    facts = PaperFacts(kind, "号", on, issuer, law, replace(CASE, **case), details or {}, earlier or {})
    return compose(facts)


def told(kind, **options):
    """All the words of the paper's blocks."""
    lines = []
    for block in paper(kind, **options).blocks:
        lines += [block.get("text", ""), *block.get("items", [])]
        for row in [*block.get("rows", []), block.get("total", [])]:
            lines.append(" ".join(row))
    return "\n".join(filter(None, lines))
