"""What the check finds, and its result."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.deadlines.workdays import DueDay
from apps.transfers.enums import Route, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: stable ``code``, number of the check in docs/rules.md §6, severity, sentence, item, figures."""

    code: str
    check: int
    severity: Severity
    sentence: str
    item: int | None = None
    figures: dict[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, object]:
        """As the log keeps it, for who reviews what was found at filing."""
        return {"code": self.code, "severity": self.severity.value, "sentence": self.sentence, "item": self.item}


@dataclass(frozen=True, slots=True)
class Claim:
    """What the items on one entry ask of it, summed (tonnes): the part within what is left, and the excess."""

    entry_id: int
    within_t: Decimal
    over_t: Decimal


@dataclass(frozen=True, slots=True)
class Alternative:
    """A listed operator with enough left for an item: nearest first (distance as the crow flies, km)."""

    item: int
    entry_id: int
    operator_id: int
    operator_name: str
    place: str
    method: str
    available_t: Decimal
    distance_km: float


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Findings, route, claims and latest finish, as the applicant sees them before filing.

    ``finish_by_route`` says when each route would end; ``listed_route`` which one the listed items alone would go.
    """

    findings: tuple[Finding, ...]
    route: Route
    entry_by_item: dict[int, int]
    claims: tuple[Claim, ...]
    finish_on: date
    is_finish_provisional: bool
    alternatives: tuple[Alternative, ...] = ()
    edition_id: int | None = None
    consent_mode: str = ""
    finish_by_route: dict[str, DueDay] = field(default_factory=dict)
    listed_route: Route | None = None

    def of(self, severity: Severity) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def blocking(self) -> list[Finding]:
        return self.of(Severity.BLOCKING)

    @property
    def may_be_filed(self) -> bool:
        return not self.blocking
