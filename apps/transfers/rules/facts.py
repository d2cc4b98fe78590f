"""What the check knows about the world: plain values, gathered by ``services.checking``."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.deadlines.workdays import DueDay


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """Generator or operator, with the province it lies in."""

    name: str
    province_id: str
    province_name: str
    is_participating: bool


@dataclass(frozen=True, slots=True)
class PermitFacts:
    """A permit and what it allows; the method is empty on a collection permit."""

    number: str
    is_collection: bool
    status: str
    status_word: str
    valid_from: date
    valid_until: date
    lines: frozenset[tuple[str, str]]

    def covers_day(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until

    def allows(self, waste_code: str, method: str) -> bool:
        return not self.is_collection and (waste_code, method) in self.lines

    def lets_collect(self, waste_code: str) -> bool:
        return any(code == waste_code for code, _ in self.lines)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A whitelist line and its ledger in tonnes; ``available_t`` counts the application's own hold as free."""

    entry_id: int
    label: str
    number: str
    quota_t: Decimal
    held_t: Decimal
    used_t: Decimal
    available_t: Decimal
    bar: str = ""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item as typed; None or an empty text is what has not been filled in."""

    position: int
    waste_code: str
    method: str
    amount_t: Decimal | None
    is_catalogued_at_filing: bool
    is_catalogued_at_start: bool
    method_exists: bool
    method_is_disposal: bool
    entry: EntryFacts | None
    bar: str
    planned_t: Decimal | None
    approved_before_t: Decimal
    contracted_t: Decimal | None = None
    is_transport_exempt: bool = False
    may_be_transport_exempt: bool = False


@dataclass(frozen=True, slots=True)
class CapacityFacts:
    """The operator's year in tonnes: what its permit's lines sum to, the limit, what is approved and not restored."""

    year: int
    capacity_t: Decimal
    limit_t: Decimal
    taken_t: Decimal


@dataclass(frozen=True, slots=True)
class MaterialFacts:
    code: str
    name: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """The contract as the filer typed it; an empty text or None is what has not been filled in."""

    sender: str = ""
    receiver: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """Everything the check of docs/rules.md §6 looks at, on the filing day ``today``."""

    today: date
    first_filed_on: date
    generator: PartyFacts
    generator_is_collector: bool
    generator_permits: tuple[PermitFacts, ...]
    operator: PartyFacts | None
    operator_permits: tuple[PermitFacts, ...]
    operator_bar: str
    items: tuple[ItemFacts, ...]
    requested_from: date | None
    requested_until: date | None
    materials: tuple[MaterialFacts, ...]
    capacity: CapacityFacts | None
    has_plan: bool
    plan_year: int
    is_neighbour: bool
    has_edition: bool
    finish_by_route: dict[str, DueDay]
    has_transit: bool = False
    contract: ContractFacts = ContractFacts()
