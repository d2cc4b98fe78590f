"""What anybody may learn of a paper by its code: that it is genuine, how it stands, and its public facts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from apps.catalogue.enums import PaperKind
from apps.documents.enums import Standing
from apps.documents.models import CheckCode
from apps.transfers.enums import State
from apps.transfers.models import Application, Paper
from apps.transfers.rules.papers.addressees import BETWEEN_BUREAUS

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One approved item in tonnes; ``left_t`` is what was not yet recorded as shipped."""

    code: str
    name: str
    approved_t: Decimal
    left_t: Decimal


@dataclass(frozen=True, slots=True)
class Checked:
    """The public facts of a genuine paper. Parties and lines are empty where the public has no business with them."""

    paper: Paper
    standing: Standing
    generator: str = ""
    operator: str = ""
    lines: tuple[Line, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    paused_until: date | None = None
    corrected_by: tuple[Paper, ...] = ()
    corrects: Paper | None = None

    @property
    def approved_t(self) -> Decimal:
        return sum((line.approved_t for line in self.lines), ZERO)

    @property
    def left_t(self) -> Decimal:
        return sum((line.left_t for line in self.lines), ZERO)


def checked_paper(*, code: str, on: date) -> Checked | None:
    """The paper of that code as it stands on the day; None for a code that nobody printed."""
    found = (
        CheckCode.objects.select_related("paper__bureau", "paper__corrects", "paper__application__generator")
        .select_related("paper__application__operator")
        .filter(code=code)
        .first()
    )
    if found is None:
        return None
    paper = found.paper
    errata = tuple(paper.errata.filter(voided_at__isnull=True).order_by("pk"))
    if paper.kind in BETWEEN_BUREAUS:
        return Checked(paper, _plain(paper), corrected_by=errata, corrects=paper.corrects)
    application = paper.application
    parties = (application.generator.name, application.operator.name if application.operator else "")
    if paper.kind != PaperKind.APPROVAL or paper.voided_at:
        return Checked(paper, _plain(paper), *parties, corrected_by=errata, corrects=paper.corrects)
    pause = application.paused_on(on)
    return Checked(
        paper,
        _standing_of_approval(application, on, is_paused=pause is not None),
        *parties,
        lines=_lines(application),
        valid_from=application.valid_from,
        valid_until=application.valid_until,
        paused_until=pause.until_on if pause else None,
        corrected_by=errata,
    )


def _plain(paper: Paper) -> Standing:
    return Standing.VOID if paper.voided_at else Standing.VALID


def _standing_of_approval(application: Application, on: date, *, is_paused: bool) -> Standing:
    """What ends an approval goes before what interrupts it."""
    if application.state == State.REVOKED:
        return Standing.REVOKED
    if application.state == State.CLOSED:
        return Standing.CLOSED
    if application.valid_until is None or application.valid_until < on:
        return Standing.EXPIRED
    if is_paused:
        return Standing.PAUSED
    return Standing.NOT_YET if application.valid_from and on < application.valid_from else Standing.VALID


def _lines(application: Application) -> tuple[Line, ...]:
    items = application.items.filter(approved_t__gt=0).order_by("position").annotate(shipped=Sum("shipments__amount_t"))
    return tuple(
        Line(
            item.waste_code,
            item.waste_name,
            item.approved_t or ZERO,
            (item.approved_t or ZERO) - (item.shipped or ZERO),
        )
        for item in items
    )
