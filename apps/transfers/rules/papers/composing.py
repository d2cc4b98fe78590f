"""Which words a kind of paper gets, and which law it cites."""

from collections.abc import Callable, Mapping

from apps.catalogue.enums import PaperKind
from apps.transfers.enums import Route
from apps.transfers.rules.papers import decisions, errata, filing, later, letters, replies
from apps.transfers.rules.papers.facts import PaperFacts, PaperText

WHITELISTED = "whitelisted"
REVIEW = "review"
AFTER_LETTER = "after_letter"

COMPOSERS: Mapping[PaperKind, Callable[[PaperFacts], PaperText]] = {
    PaperKind.RECEIPT: filing.receipt,
    PaperKind.ACCEPTANCE: filing.acceptance,
    PaperKind.CORRECTION: filing.correction,
    PaperKind.LETTER: letters.letter,
    PaperKind.REMINDER: letters.reminder,
    PaperKind.NOTICE: letters.notice,
    PaperKind.REPLY_AGREE: replies.reply_agree,
    PaperKind.REPLY_REFUSE: replies.reply_refuse,
    PaperKind.APPROVAL: decisions.approval,
    PaperKind.REFUSAL: decisions.refusal,
    PaperKind.ERRATUM: errata.erratum,
    PaperKind.LETTER_ERRATUM: errata.erratum,
    **later.LATER,
}


def compose(facts: PaperFacts) -> PaperText:
    """Title, addressee, blocks and copies of one paper, in the words of its date and route."""
    return COMPOSERS[facts.kind](facts)


def situation_of(kind: PaperKind, *, route: str, has_letter: bool) -> str:
    """Which articles a paper cites (rows of PaperLaw): on the list, or a refusal before or after the letter."""
    if kind == PaperKind.REFUSAL:
        return AFTER_LETTER if has_letter else REVIEW
    return WHITELISTED if route == Route.FAST_TRACK else ""
