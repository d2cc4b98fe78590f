"""What must hold of the lines of a list before it is proposed (docs/rules.md §12). Pure.

Findings of the same words about several lines are one finding that names them all.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.catalogue.rules import category_of, is_waste_code
from apps.organisations.enums import PermitStatus
from apps.whitelists.enums import FindingSeverity

ZERO = Decimal(0)
HUNDRED = Decimal(100)
# A list may promise a fifth more than a permit names, unless the destination states its own figure.
MOST_SHARE = Decimal("1.2")
MOST_NUMBERS = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """Stable ``code``, severity, sentence with figures, and the numbers of the lines that it is about."""

    code: str
    severity: FindingSeverity
    sentence: str
    numbers: tuple[str, ...]

    @property
    def is_blocking(self) -> bool:
        return self.severity == FindingSeverity.BLOCK

    @property
    def told(self) -> str:
        """The sentence with the lines before it."""
        named = "、".join(self.numbers[:MOST_NUMBERS])
        more = f"等 {len(self.numbers)} 条" if len(self.numbers) > MOST_NUMBERS else ""
        return f"第{named}号条目{more}：{self.sentence}"


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line that counts: operator by key, codes or a category, method, tonnes."""

    number: str
    operator_id: int
    waste_codes: tuple[str, ...]
    category: str
    method: str
    quota_t: Decimal

    @property
    def wastes(self) -> str:
        return self.category or "、".join(self.waste_codes)


@dataclass(frozen=True, slots=True)
class PermitFacts:
    """A permit: what it allows (code, method; a collection permit none), tonnes a year, the destination's own figure."""

    number: str
    status: str
    valid_from: date
    valid_until: date
    allowed: frozenset[tuple[str, str]]
    capacity_t: Decimal
    stated_t: Decimal | None = None

    def covers_day(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until

    @property
    def is_valid(self) -> bool:
        return self.status == PermitStatus.VALID


@dataclass(frozen=True, slots=True)
class OperatorFacts:
    """An operator with its permits of the period; ``other_t``: what the year's other confirmed lists promise it."""

    name: str
    province_id: str
    is_operator: bool
    permits: tuple[PermitFacts, ...] = ()
    other_t: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class BarFacts:
    """A suspension in force on the list's first day: of an operator, or of one of its codes."""

    operator_id: int
    waste_code: str
    document_no: str
    from_on: date


@dataclass(frozen=True, slots=True)
class ListFacts:
    """The list and what is known of its surroundings on its first day."""

    destination_id: str
    destination_name: str
    begins_on: date
    ends_on: date
    operators: dict[int, OperatorFacts]
    known_codes: frozenset[str]
    categories: frozenset[str]
    methods: frozenset[str]
    bars: tuple[BarFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings, those that block first."""

    all: tuple[Finding, ...]
    by_number: dict[str, tuple[Finding, ...]] = field(default_factory=dict)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.all if one.is_blocking)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.all if not one.is_blocking)

    def of_line(self, number: str) -> tuple[Finding, ...]:
        """What concerns the line of that number."""
        return self.by_number.get(number, ())


Found = tuple[str, FindingSeverity, str, str]
BLOCK, WARN = FindingSeverity.BLOCK, FindingSeverity.WARN


def find(lines: Sequence[LineFacts], facts: ListFacts) -> Findings:
    """Every finding of the lines at once; nothing is raised."""
    found: list[Found] = []
    for line in lines:
        found += _wastes(line, facts)
        found += _operator(line, facts)
        found += _bars(line, facts)
    found += _overlaps(lines)
    found += _capacity(lines, facts)
    return _grouped(found)


def _grouped(found: Iterable[Found]) -> Findings:
    numbers: dict[tuple[str, FindingSeverity, str], list[str]] = defaultdict(list)
    for code, severity, sentence, number in found:
        numbers[code, severity, sentence].append(number)
    rows = [Finding(*key, tuple(dict.fromkeys(lines))) for key, lines in numbers.items()]
    rows.sort(key=lambda one: not one.is_blocking)
    by_number: dict[str, list[Finding]] = defaultdict(list)
    for row in rows:
        for number in row.numbers:
            by_number[number].append(row)
    return Findings(tuple(rows), {number: tuple(of) for number, of in by_number.items()})


def _wastes(line: LineFacts, facts: ListFacts) -> Iterator[Found]:
    for code in line.waste_codes:
        if not is_waste_code(code):
            yield "code.form", BLOCK, f"废物代码“{code}”应形如 900-045-49。", line.number
        elif code not in facts.known_codes:
            yield (
                "code.unknown",
                BLOCK,
                f"{code} 不在 {facts.begins_on} 施行的《国家危险废物名录》中。",
                line.number,
            )
    if line.category and line.category not in facts.categories:
        yield "category.unknown", BLOCK, f"废物类别 {line.category} 不存在。", line.number
    if line.method not in facts.methods:
        yield "method.unknown", BLOCK, f"利用处置方式代码“{line.method}”不存在。", line.number


def _operator(line: LineFacts, facts: ListFacts) -> Iterator[Found]:
    operator = facts.operators[line.operator_id]
    if not operator.is_operator or operator.province_id != facts.destination_id:
        yield "operator.foreign", BLOCK, f"{operator.name}不是{facts.destination_name}的经营单位。", line.number
        return
    in_term = [permit for permit in operator.permits if permit.covers_day(facts.begins_on)]
    valid = [permit for permit in in_term if permit.is_valid]
    if not in_term:
        yield (
            "permit.none",
            BLOCK,
            f"{operator.name}在 {facts.begins_on} 没有有效期内的危险废物经营许可证。",
            line.number,
        )
    elif not valid:
        status = PermitStatus(in_term[0].status).label
        yield "permit.status", BLOCK, f"{operator.name}的许可证 {in_term[0].number} 已{status}。", line.number
    elif missing := _not_allowed(line, valid):
        yield "permit.scope", BLOCK, f"{operator.name}的许可证 {valid[0].number} {missing}。", line.number
    else:
        yield from _until_the_end(line, operator, facts)


def _until_the_end(line: LineFacts, operator: OperatorFacts, facts: ListFacts) -> Iterator[Found]:
    lasting = [permit for permit in operator.permits if permit.is_valid and permit.covers_day(facts.ends_on)]
    if lasting and not _not_allowed(line, lasting):
        return
    last = max(
        (permit for permit in operator.permits if permit.is_valid and permit.covers_day(facts.begins_on)),
        key=lambda permit: permit.valid_until,
    )
    yield (
        "permit.ends",
        WARN,
        f"{operator.name}的许可证 {last.number} 有效期至 {last.valid_until}，早于名单止日 {facts.ends_on}。",
        line.number,
    )


def _not_allowed(line: LineFacts, permits: Sequence[PermitFacts]) -> str:
    """What the permits together do not allow, in words; empty when they allow it all."""
    allowed: frozenset[tuple[str, str]] = frozenset().union(*(permit.allowed for permit in permits))
    if not any(method for _, method in allowed):
        return "为收集许可证，不得利用或处置"
    if line.category:
        of_category = {pair for pair in allowed if is_waste_code(pair[0]) and category_of(pair[0]) == line.category}
        if any(method == line.method for _, method in of_category):
            return ""
        return f"未核准以 {line.method} 方式经营 {line.category} 类任何代码"
    missing = [code for code in line.waste_codes if (code, line.method) not in allowed]
    if not missing:
        return ""
    return f"未核准以 {line.method} 方式经营 {'、'.join(missing)}"


def _bars(line: LineFacts, facts: ListFacts) -> Iterator[Found]:
    for bar in facts.bars:
        if bar.operator_id != line.operator_id:
            continue
        whole = facts.operators[line.operator_id].name
        what = f"{whole}的 {bar.waste_code}" if bar.waste_code else whole
        if not bar.waste_code or bar.waste_code in line.waste_codes or _is_in(bar.waste_code, line.category):
            sentence = f"{what}自 {bar.from_on} 起暂停（{bar.document_no}），尚未解除。"
            yield "barred", WARN, sentence, line.number


def _is_in(code: str, category: str) -> bool:
    return bool(category) and is_waste_code(code) and category_of(code) == category


def _overlaps(lines: Sequence[LineFacts]) -> Iterator[Found]:
    listed: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for line in lines:
        for waste in [line.category] if line.category else dict.fromkeys(line.waste_codes):
            listed[line.operator_id, waste, line.method].append(line.number)
    for (_, waste, method), numbers in listed.items():
        if len(numbers) > 1:
            sentence = f"重复列入同一接受人的 {waste}（{method}），请合并为一条。"
            for number in numbers:
                yield "overlap", BLOCK, sentence, number


def _capacity(lines: Sequence[LineFacts], facts: ListFacts) -> Iterator[Found]:
    of_operator: dict[int, list[LineFacts]] = defaultdict(list)
    for line in lines:
        of_operator[line.operator_id].append(line)
    for key, own in of_operator.items():
        operator = facts.operators[key]
        valid = [permit for permit in operator.permits if permit.is_valid and permit.covers_day(facts.begins_on)]
        if valid:
            for code, severity, sentence in _over(operator, own, valid, facts.begins_on.year):
                yield from ((code, severity, sentence, line.number) for line in own)


def _over(
    operator: OperatorFacts, own: Sequence[LineFacts], valid: Sequence[PermitFacts], year: int
) -> Iterator[tuple[str, FindingSeverity, str]]:
    here = sum((line.quota_t for line in own), ZERO)
    total = here + operator.other_t
    capacity = sum((permit.capacity_t for permit in valid), ZERO)
    is_stated = any(permit.stated_t is not None for permit in valid)
    most = sum(
        (permit.capacity_t * MOST_SHARE if permit.stated_t is None else permit.stated_t for permit in valid), ZERO
    )
    share = f"{total / capacity * HUNDRED:.1f}%" if capacity else "—"
    told = (
        f"{operator.name} {year} 年本名单 {here:.4f} 吨，其他已确认名单 {operator.other_t:.4f} 吨，"
        f"合计 {total:.4f} 吨，为许可规模 {capacity:.4f} 吨的 {share}"
    )
    if total > most:
        limit = f"接受地明示的上限 {most:.4f} 吨" if is_stated else f"许可规模 120% 的上限 {most:.4f} 吨"
        yield "capacity.exceeded", BLOCK, f"{told}，超过{limit}。"
    elif total > capacity:
        yield "capacity.over", WARN, f"{told}，超过许可规模。"
