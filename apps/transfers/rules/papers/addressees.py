"""For whom each kind of paper is: who may read it, and whose opening of it is its delivery."""

from collections.abc import Mapping

from apps.catalogue.enums import PaperKind
from apps.transfers.permissions import DESTINATION, GENERATOR, ORIGIN

# To the destination: what the origin writes; to the origin: what the destination answers.
ADDRESSED_TO: Mapping[PaperKind, str] = {
    **dict.fromkeys(PaperKind, GENERATOR),
    PaperKind.LETTER: DESTINATION,
    PaperKind.REMINDER: DESTINATION,
    PaperKind.NOTICE: DESTINATION,
    PaperKind.REPLY_AGREE: ORIGIN,
    PaperKind.REPLY_REFUSE: ORIGIN,
}
# The parties are told of them in the decision, they don't read them. A letter's erratum goes where the letter went.
BETWEEN_BUREAUS = frozenset(
    {kind for kind, party in ADDRESSED_TO.items() if party != GENERATOR} | {PaperKind.LETTER_ERRATUM}
)


def addressee_of(kind: PaperKind, corrected: PaperKind | None = None) -> str:
    """The party to whom the paper is addressed; of an erratum the one whom the corrected paper addresses."""
    return ADDRESSED_TO[corrected or kind]
