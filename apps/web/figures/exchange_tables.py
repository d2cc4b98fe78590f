"""The yearly exchange in tables and sentences, the same on the page, in the spreadsheet and in the PDF."""

from collections.abc import Iterator, Mapping, Sequence

from apps.figures.exchange import Basis, Exchange, Line
from apps.web.figures.tables import Column, Table

TONNES = (
    Column("批准（吨）", "tonnes", 16),
    Column("已转移（吨）", "tonnes", 16),
    Column("已接受（吨）", "tonnes", 16),
)
CASES = Column("批准（件）", "whole", 11)
PAIR = Column("移出地 → 接受地", "code", 30, 2)
BASES: Mapping[str, str] = {
    Basis.DECISION: "凡当年作出决定的申请，不论依据哪一期名单，都计入当年；一般审批程序的申请也计入。",
    Basis.EDITION: "凡依据当年起始的名单办理的申请，不论何时决定，都计入当年；一般审批程序不占名单，不计入。",
}
WHY_TWO = (
    "两种口径在年末不同：年底收件、次年一月决定的申请，按决定日期计入次年，按名单期次仍计入原名单所属年度。"
    "双方核对数据时须用同一口径。"
)
WHAT_COUNTS = (
    "“已转移”是移出人登记的转移联单数量，“已接受”是接受单位确认的数量，均截至本表生成之时，不论转移发生在哪一年。"
)
DAYS_NOTE = "自收件日的次日起算，至决定当日，按工作日历计；中止审查的时间没有扣除。"
MOVED_NOTE = "“本年转移、本年接受”按转移日期计，是当年实际运出的数量，可能属于往年的批准。"
BOOKS_NOTE = "批准数减去超量部分、减去终结或撤销后恢复的数量，应当等于台账已批准数；相差应为零。"


def pair_words(origin_id: str, destination_id: str, names: Mapping[str, str]) -> str:
    """重庆市 → 四川省."""
    return f"{names.get(origin_id, origin_id)} → {names.get(destination_id, destination_id)}"


def tables_of(report: Exchange, names: Mapping[str, str]) -> list[Table]:
    """What is read: everything but the finest lines. ``names``: of provinces by code."""
    tables = [_pairs(report, names), _outcomes(report, names), *_groups(report), _speeds(report)]
    return [*tables, _refusals(report, names), *([_books(report)] if report.asked.basis == Basis.EDITION else [])]


def sheets_of(report: Exchange, names: Mapping[str, str]) -> list[Table]:
    """The same, and every line of pair, operator, code and method."""
    return [*tables_of(report, names), _details(report, names)]


def notes_of(report: Exchange) -> Iterator[str]:
    """What one must know to read the figures."""
    yield f"口径：{report.asked.basis.label}。{BASES[report.asked.basis]}"
    yield WHY_TWO
    yield WHAT_COUNTS
    if report.asked.basis == Basis.DECISION:
        yield MOVED_NOTE


def _sums(line: Line) -> tuple[object, ...]:
    return line.cases, line.approved_t, line.shipped_t, line.received_t


def _pairs(report: Exchange, names: Mapping[str, str]) -> Table:
    by_day = report.asked.basis == Basis.DECISION
    moved = (Column("本年转移（吨）", "tonnes", 16), Column("本年接受（吨）", "tonnes", 16)) if by_day else ()
    rows = [
        (
            pair_words(pair.origin_id, pair.destination_id, names),
            *_sums(pair.line),
            *((pair.moved_t, pair.taken_t) if by_day else ()),
        )
        for pair in report.pairs
    ]
    total = ("合计", *_sums(report.total), *((report.moved_t, report.taken_t) if by_day else ()))
    return Table("pairs", "各方向批准与转移", (PAIR, CASES, *TONNES, *moved), rows, total)


def _outcomes(report: Exchange, names: Mapping[str, str]) -> Table:
    heads = ("收件", "批准", "不予批准", "申请人撤回", "视为撤回", "批准后撤销", "告知补正", "在办")
    columns = (PAIR, *(Column(f"{head}（件）", "whole", 14) for head in heads))

    def counts(of: object) -> tuple[int, ...]:
        parts = ("filed", "approved", "refused", "withdrawn", "lapsed", "revoked", "corrected", "running")
        return tuple(getattr(of, name) for name in parts)

    rows = [(pair_words(pair.origin_id, pair.destination_id, names), *counts(pair.outcomes)) for pair in report.pairs]
    note = "“批准后撤销”含撤回、撤销、注销，是“批准”中的一部分；“告知补正”是曾经补正的申请。"
    return Table("outcomes", "各方向办理结果", columns, rows, ("合计", *counts(report.outcomes)), note)


def _groups(report: Exchange) -> Iterator[Table]:
    total = report.total
    yield Table(
        "operators",
        "按接受单位",
        (Column("接受单位", "text", 40, 4), Column("统一社会信用代码", "code", 22), CASES, *TONNES),
        [(line.operator, line.uscc, *_sums(line)) for line in report.operators],
        ("合计", "", *_sums(total)),
    )
    repeated = "一件申请含几类废物时，各类分别计件，合计按申请计。"
    yield Table(
        "categories",
        "按废物类别",
        (Column("类别", "code", 8), Column("名称", "text", 36, 3), CASES, *TONNES),
        [(line.category, line.category_name, *_sums(line)) for line in report.categories],
        ("合计", "", *_sums(total)),
        repeated,
    )
    yield Table(
        "codes",
        "按废物代码",
        (Column("废物代码", "code", 14), Column("类别", "text", 36, 3), CASES, *TONNES),
        [(line.code, f"{line.category} {line.category_name}", *_sums(line)) for line in report.codes],
        ("合计", "", *_sums(total)),
        repeated,
    )


def _details(report: Exchange, names: Mapping[str, str]) -> Table:
    columns = (
        *(PAIR, Column("接受单位", "text", 40), Column("统一社会信用代码", "code", 22)),
        *(Column("废物代码", "code", 14), Column("利用处置方式", "code", 12), CASES, *TONNES),
    )
    rows = [
        (
            pair_words(line.origin_id, line.destination_id, names),
            *(line.operator, line.uscc, line.code, line.method, *_sums(line)),
        )
        for line in report.details
    ]
    return Table("details", "明细", columns, rows, ("合计", "", "", "", "", *_sums(report.total)))


def _speeds(report: Exchange) -> Table:
    columns = (
        *(Column("程序", "text", 22, 2), Column("作出决定（件）", "whole", 16), Column("中位（工作日）", "days", 16)),
        *(Column("最长（工作日）", "days", 16), Column("五日内（件）", "whole", 14)),
        Column("五日内占比", "share", 12),
    )
    rows: Sequence[tuple[object, ...]] = [
        (speed.label, speed.decided, speed.median, speed.most, speed.within, speed.share) for speed in report.speeds
    ]
    return Table("speeds", "收件至决定的工作日", columns, rows, note=DAYS_NOTE)


def _refusals(report: Exchange, names: Mapping[str, str]) -> Table:
    columns = (
        *(Column("申请编号", "code", 20), Column("决定日期", "day", 14), PAIR),
        *(Column("移出单位", "text", 36, 3), Column("接受单位", "text", 36, 3), Column("废物代码", "codes", 22, 2)),
        Column("理由", "text", 60, 4),
    )
    rows = [
        (
            *(one.number, one.decided_on, pair_words(one.origin_id, one.destination_id, names)),
            *(one.generator, one.operator, one.wastes, one.reasons),
        )
        for one in report.refusals
    ]
    return Table("refusals", "不予批准", columns, rows)


def _books(report: Exchange) -> Table:
    columns = (
        Column("名单", "text", 50, 4),
        *(
            Column("批准（吨）", "tonnes", 16),
            Column("超量部分（吨）", "tonnes", 16),
            Column("恢复（吨）", "tonnes", 16),
        ),
        *(Column("台账已批准（吨）", "tonnes", 18), Column("相差（吨）", "tonnes", 14)),
    )
    rows = [
        (book.edition, book.approved_t, book.over_t, book.restored_t, book.used_t, book.difference_t)
        for book in report.books
    ]
    return Table("books", "与名单台账核对", columns, rows, note=BOOKS_NOTE)
