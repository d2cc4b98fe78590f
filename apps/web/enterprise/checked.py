"""The check's result as the filing page shows it: at each item its entry and findings, beside the form the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.catalogue.models import Exemption
from apps.catalogue.reading import Wastes
from apps.catalogue.services.exempting import exempt_in_transport
from apps.transfers.enums import ClockKind, Route, Severity, State
from apps.transfers.models import Application, Item, QuotaWatch
from apps.transfers.rules.findings import Alternative, CheckResult, Finding
from apps.transfers.rules.splitting import Share, Split, SplitKind, split
from apps.transfers.services.limits import Limits
from apps.web.entries import EntryLine, lines_of_check
from apps.whitelists.enums import ConsentMode

WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a bar, in hundredths of its length."""

    name: str
    at: str
    width: str


@dataclass(frozen=True, slots=True)
class Told:
    """A finding beside what it is about."""

    code: str
    severity: str
    sentence: str


@dataclass(slots=True)
class ItemCheck:
    """What is known of one row: its code's words, its entry, what was found, where else it could go."""

    position: int | None = None
    description: str = ""
    line: EntryLine | None = None
    shared_by: int = 1
    segments: list[Segment] = field(default_factory=list)
    findings: list[Told] = field(default_factory=list)
    alternatives: list[Alternative] = field(default_factory=list)
    exemptions: list[Exemption] = field(default_factory=list)
    is_exempt: bool = False
    may_watch: bool = False
    is_watched: bool = False

    @property
    def tone(self) -> str:
        """The gravest of its findings."""
        return next((one for one in Severity if any(told.severity == one for told in self.findings)), "")


@dataclass(frozen=True, slots=True)
class Half:
    """One half of a split, in words."""

    route: Route
    finish_on: date
    shares: tuple[tuple[Item, Decimal], ...]
    total_t: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the route and its working days; None where it shares the whole's."""

    words: str
    days: int | None


@dataclass(slots=True)
class Checked:
    """Everything of one check that the page shows."""

    result: CheckResult
    general: list[tuple[Severity, str, list[Finding]]]
    items: dict[int, ItemCheck]
    steps: list[Step]
    days: int
    halves: list[Half]
    split: Split | None

    @property
    def blocking(self) -> int:
        return len(self.result.blocking)

    @property
    def at_items(self) -> list[ItemCheck]:
        """The items with something found."""
        return [one for _, one in sorted(self.items.items()) if one.findings]

    @property
    def is_by_list(self) -> bool:
        return self.split is not None and self.split.kind == SplitKind.LISTED


def checked(application: Application, result: CheckResult, today: date, wastes: Wastes, limits: Limits) -> Checked:
    """The page's view of ``result``, which is that of ``application`` as stored."""
    items = list(application.items.order_by("position"))
    with_opinion = application.origin.local_opinion_required
    found = (
        split([(item.position, item.amount_t) for item in items], result)
        if result.may_be_filed and application.state == State.DRAFT
        else None
    )
    general = [finding for finding in result.findings if finding.item is None]
    return Checked(
        result=result,
        general=[(one, one.label, of) for one in Severity if (of := [f for f in general if f.severity == one])],
        items=_items(application, items, result, today, wastes),
        steps=_steps(result, limits, with_opinion=with_opinion),
        days=limits.total_days(result.route, with_local_opinion=with_opinion),
        halves=_halves(found, items, result) if found else [],
        split=found,
    )


def _items(
    application: Application, items: Sequence[Item], result: CheckResult, today: date, wastes: Wastes
) -> dict[int, ItemCheck]:
    lines = {line.entry.pk: line for line in lines_of_check(application, items, result)}
    may_watch = application.state == State.DRAFT and bool(lines)
    watched = (
        set(QuotaWatch.objects.filter(application=application).values_list("entry", flat=True)) if may_watch else ()
    )
    exemptions = exempt_in_transport([item.waste_code for item in items if item.is_transport_exempt], today)
    found = {}
    for item in items:
        entry_id = result.entry_by_item.get(item.position)
        line = lines.get(entry_id) if entry_id else None
        found[item.position] = ItemCheck(
            position=item.position,
            description=_description(item.waste_code, today, wastes),
            line=line,
            shared_by=sum(one == entry_id for one in result.entry_by_item.values()),
            segments=_segments(line) if line else [],
            findings=[
                Told(finding.code, finding.severity, finding.sentence.removeprefix(f"第 {item.position} 项：").strip())
                for finding in result.findings
                if finding.item == item.position
            ],
            alternatives=[one for one in result.alternatives if one.item == item.position],
            exemptions=exemptions.get(item.waste_code, []),
            is_exempt=item.is_transport_exempt,
            may_watch=may_watch,
            is_watched=entry_id in watched,
        )
    return found


def _description(code: str, today: date, wastes: Wastes) -> str:
    line = wastes.line_on(today, code)
    return f"{line.category_id} {wastes.categories[line.category_id].name}：{line.description}" if line else ""


def _segments(line: EntryLine) -> list[Segment]:
    """Used, held by others, this one, and what exceeds; as long as the quota, or longer when it is exceeded."""
    this = min(line.asked_t, max(line.available_t, Decimal(0)))
    parts = (("used", line.used_t), ("held", line.held_t), ("this", this), ("over", line.over_t))
    length = max(line.quota_t, sum((amount for _, amount in parts), Decimal(0))) or Decimal(1)
    segments, at = [], Decimal(0)
    for name, amount in parts:
        if amount > 0:
            segments.append(Segment(name, f"{at / length * WHOLE:.2f}", f"{amount / length * WHOLE:.2f}"))
        at += amount
    return segments


def _steps(result: CheckResult, limits: Limits, *, with_opinion: bool) -> list[Step]:
    route = result.route
    if route == Route.FAST_TRACK and result.consent_mode == ConsentMode.PRIOR:
        return [Step("移出地审核并直接批准（名单已经双方确认），通报接受地", None)]
    if route == Route.FAST_TRACK:
        return [Step("移出地审核，作出附条件的决定", None), Step("接受地同意，批准即生效", None)]
    local = (
        [Step("属地生态环境部门提出意见", limits.days(route, ClockKind.LOCAL))]
        if _has_local(route, with_opinion)
        else []
    )
    asked = "函商接受地（超出部分须其同意）" if route == Route.OVER_QUOTA else "函商接受地"
    return [
        *local,
        Step("移出地初审", limits.days(route, ClockKind.ORIGIN)),
        Step(asked, limits.days(route, ClockKind.DESTINATION)),
        Step("移出地作出决定", limits.days(route, ClockKind.DECISION)),
    ]


def _has_local(route: Route, with_opinion: bool) -> bool:  # noqa: FBT001 - two words of one question
    return with_opinion and route == Route.GENERAL


def _halves(found: Split, items: Sequence[Item], result: CheckResult) -> list[Half]:
    by_position: Mapping[int, Item] = {item.position: item for item in items}

    def half(shares: tuple[Share, ...], route: Route) -> Half:
        return Half(
            route=route,
            finish_on=result.finish_by_route[route].day,
            shares=tuple((by_position[share.position], share.amount_t) for share in shares),
            total_t=sum((share.amount_t for share in shares), Decimal(0)),
        )

    return [half(found.first, found.routes[0]), half(found.second, found.routes[1])]
