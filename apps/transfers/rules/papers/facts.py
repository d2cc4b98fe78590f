"""What a paper is composed from and what comes out: plain values, gathered by ``services._paper_facts``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from apps.catalogue.enums import PaperKind

Block = dict[str, Any]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BureauFacts:
    """A provincial bureau: how it is called, calls itself (我局) and is addressed (贵局), and whom to ask there.

    ``transport`` is the name, on the paper's date, of the transport department beside it.
    """

    name: str
    self_term: str = "我局"
    polite_term: str = "贵局"
    contact_name: str = ""
    contact_phone: str = ""
    province: str = ""
    transport: str = ""

    @property
    def third_term(self) -> str:
        """How a third party calls it (该局)."""
        return f"该{self.self_term[-1:]}"


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """Generator or operator; ``local_bureau`` is the ecology bureau of its prefecture (in Chongqing its district)."""

    name: str
    uscc: str
    place: str
    address: str = ""
    legal_representative: str = ""
    local_bureau: str = ""
    is_collector: bool = False


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item, tonnes with four decimals; ``entry_id`` is the whitelist line it stands on."""

    position: int
    name: str
    category: str
    code: str
    hazards: str
    form: str
    packaging: str
    method: str
    method_name: str
    asked_t: Decimal
    consented_t: Decimal | None = None
    approved_t: Decimal | None = None
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A whitelist line that items stand on."""

    entry_id: int
    number: str


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """The list, with the letters by which both sides confirmed it."""

    name: str
    origin_letter_no: str
    destination_letter_no: str


@dataclass(frozen=True, slots=True)
class PermitFacts:
    """The operator's permit; valid through its last day."""

    number: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class LawFacts:
    """The law of the period that contains the paper's date and the articles that this kind of paper cites.

    No measures (``measures_full`` empty) means that order 23 was not yet in force: nothing of it may be printed.
    """

    key: str = ""
    upper_law: str = ""
    measures_full: str = ""
    measures_short: str = ""
    manifest_measures: str = ""
    measures_articles: str = ""
    licence_articles: str = ""

    @property
    def has_measures(self) -> bool:
        """Whether order 23 was in force on the paper's date."""
        return bool(self.measures_full)


@dataclass(frozen=True, slots=True)
class PointFacts:
    """One point of the correction notice."""

    subject: str
    problem: str
    demand: str


@dataclass(frozen=True, slots=True)
class OpinionFacts:
    """What the local bureau said; ``agrees`` None when its days were over."""

    bureau: str
    agrees: bool | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class PaperRef:
    """An earlier paper of the case, to be cited."""

    number: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The case as it stands at the end of the act that the paper records. Days are days of Asia/Shanghai."""

    number: str
    route: str
    consent_mode: str
    generator: PartyFacts
    operator: PartyFacts
    origin: BureauFacts
    destination: BureauFacts
    government: str
    court: str
    items: tuple[ItemFacts, ...]
    requested_from: date
    requested_until: date
    submitted_on: date
    received_on: date | None = None
    accepted_on: date | None = None
    corrected: bool = False
    decided_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    is_transport_exempt: bool = False
    is_due_provisional: bool = False
    warnings: tuple[str, ...] = ()
    edition: EditionFacts | None = None
    entries: tuple[EntryFacts, ...] = ()
    permit: PermitFacts | None = None
    transit: tuple[BureauFacts, ...] = ()
    points: tuple[PointFacts, ...] = ()
    opinion: OpinionFacts | None = None
    materials: tuple[str, ...] = ()
    is_operator_listed: bool = True
    granted_over_t: Decimal = ZERO
    reply_reasons: str = ""


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """One paper to compose: the case, the issuing bureau, number, date and law, what its act adds, what came before."""

    kind: PaperKind
    number: str
    dated_on: date
    issuer: BureauFacts
    law: LawFacts
    case: CaseFacts
    details: Mapping[str, Any] = field(default_factory=dict)
    earlier: Mapping[str, tuple[PaperRef, ...]] = field(default_factory=dict)

    def last(self, *kinds: PaperKind) -> PaperRef | None:
        """The latest earlier paper of the first of the kinds that there is one of."""
        for kind in kinds:
            if self.earlier.get(kind):
                return self.earlier[kind][-1]
        return None


@dataclass(frozen=True, slots=True)
class PaperText:
    """What is printed: blocks are paragraphs, headings, lists, tables, signature and notes."""

    title: str
    addressee: str
    blocks: tuple[Block, ...]
    copies: tuple[str, ...] = ()
