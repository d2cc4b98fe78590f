"""Rendering papers: set once per layout and mark, kept as bytes, found again when a message was lost.

1. Whoever needs a paper (queue, sweep, a reader) asks for the rendering of what it is now: plain, corrected or 作废.
2. Where it is kept, it is given back. 3. Where not, it is set, sealed and inserted; of two at once the first row
stands and the other takes it: the bytes are the same anyway. No lock is held while a page is set.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.documents.models import Rendering
from apps.documents.rules import LAYOUT, Printed, mark_of, style_of
from apps.documents.sealing import current_seal
from apps.documents.services.codes import address_of, check_at, code_of
from apps.documents.typesetting import CannotTypeset, Typeset, engine, typeset
from apps.transfers.models import Paper

logger = logging.getLogger(__name__)
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """How many papers were rendered and how many could not be."""

    rendered: int
    failed: int


def rendering_of(*, paper_id: int, now: datetime) -> Rendering:
    """The kept PDF of the paper as it stands, rendered here if nobody did yet.

    Raises CannotTypeset (a font is missing), Paper.DoesNotExist.
    """
    paper = Paper.objects.select_related("bureau").get(pk=paper_id)
    mark = present_mark(paper)
    kept = Rendering.objects.filter(paper=paper, layout=LAYOUT, mark=mark).first()
    return kept or _render(paper, mark=mark, now=now)


def present_mark(paper: Paper) -> str:
    """What has to be printed over the paper now; the latest erratum that stands counts."""
    erratum = paper.errata.filter(voided_at__isnull=True).order_by("pk").last()
    return mark_of(is_void=paper.voided_at is not None, erratum=erratum.number if erratum else "")


def printed_of(paper: Paper) -> Printed:
    """The frozen words of the paper, as a layout takes them."""
    return Printed(
        style=style_of(paper.series),
        title=paper.title,
        issuer=paper.bureau.name,
        number=paper.number,
        dated_on=paper.dated_on,
        addressee=paper.addressee,
        blocks=paper.content,
        copies=paper.copies,
    )


def _render(paper: Paper, *, mark: str, now: datetime) -> Rendering:
    made_by = engine()
    code = code_of(paper=paper, now=now)
    address = address_of(code)
    made = typeset(printed_of(paper), check=check_at(code=code, address=address), mark=mark)
    seal = current_seal()
    pdf = seal.sealed(pdf=made.pdf, bureau=paper.bureau.name, seal=_seal_named(paper), at=now)
    row = Rendering(
        paper=paper,
        layout=LAYOUT,
        mark=mark,
        check_address=address,
        engine=made_by,
        pdf=pdf,
        pages=made.pages,
        size=len(pdf),
        sha256=hashlib.sha256(pdf).hexdigest(),
        typeset_sha256=made.sha256,
        seal=seal.name,
        rendered_at=now,
    )
    Rendering.objects.bulk_create([row], ignore_conflicts=True)
    return Rendering.objects.get(paper=paper, layout=LAYOUT, mark=mark)


def _seal_named(paper: Paper) -> str:
    return next((block["seal"] for block in paper.content if block["type"] == "signature"), "")


def rendered_again(rendering: Rendering) -> Typeset:
    """The same paper set anew from its frozen words, with the code and the mark of then. Raises CannotTypeset."""
    paper = rendering.paper
    code = code_of(paper=paper, now=rendering.rendered_at)
    check = check_at(code=code, address=rendering.check_address)
    return typeset(printed_of(paper), check=check, mark=rendering.mark, layout=rendering.layout)


def without_rendering() -> QuerySet[Paper]:
    """Papers whose present state nobody rendered yet, the newest first: what was lost, and what was 作废 since."""
    kept = Rendering.objects.filter(paper=OuterRef("pk"), layout=LAYOUT)
    void = Q(voided_at__isnull=False) & ~Exists(kept.filter(mark=mark_of(is_void=True, erratum="")))
    return Paper.objects.filter(~Exists(kept) | void).order_by("-pk")


def render_missing(*, now: datetime, limit: int = CHUNK) -> Swept:
    """Render up to ``limit`` papers that lack a rendering: the sweep's and the wake-up's one service.

    One paper that can't be set stops no other. Raises CannotTypeset at once when no paper could be set at all.
    """
    engine()
    rendered = failed = 0
    for key in list(without_rendering().values_list("pk", flat=True)[:limit]):
        try:
            rendering_of(paper_id=key, now=now)
            rendered += 1
        except CannotTypeset:
            logger.exception("paper %s was not rendered", key)
            failed += 1
    return Swept(rendered, failed)
