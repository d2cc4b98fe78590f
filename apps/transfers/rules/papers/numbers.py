"""Number series of the papers (one sequence each per bureau and year) and how a number is written."""

from collections.abc import Mapping

from apps.catalogue.enums import PaperKind, PaperSeries

SERIES: Mapping[PaperKind, PaperSeries] = {
    PaperKind.RECEIPT: PaperSeries.NONE,
    PaperKind.ACCEPTANCE: PaperSeries.ACCEPTANCE,
    PaperKind.CORRECTION: PaperSeries.ACCEPTANCE,
    PaperKind.SUSPENSION: PaperSeries.ACCEPTANCE,
    PaperKind.RESUMPTION: PaperSeries.ACCEPTANCE,
    PaperKind.PAUSE: PaperSeries.ACCEPTANCE,
    PaperKind.PAUSE_LIFTED: PaperSeries.ACCEPTANCE,
    PaperKind.ERRATUM: PaperSeries.ACCEPTANCE,
    PaperKind.LETTER: PaperSeries.LETTER,
    PaperKind.REPLY_AGREE: PaperSeries.LETTER,
    PaperKind.REPLY_REFUSE: PaperSeries.LETTER,
    PaperKind.REMINDER: PaperSeries.LETTER,
    PaperKind.NOTICE: PaperSeries.LETTER,
    PaperKind.LETTER_ERRATUM: PaperSeries.LETTER,
    PaperKind.APPROVAL: PaperSeries.DECISION,
    PaperKind.REFUSAL: PaperSeries.DECISION,
    PaperKind.WITHDRAWAL: PaperSeries.DECISION,
    PaperKind.ANNULMENT: PaperSeries.DECISION,
    PaperKind.CANCELLATION: PaperSeries.DECISION,
}
WORDS: Mapping[PaperSeries, str] = {
    PaperSeries.DECISION: "危转",
    PaperSeries.LETTER: "危转函",
    PaperSeries.ACCEPTANCE: "危转受",
}


def written_number(*, abbreviation: str, series: PaperSeries, year: int, serial: int) -> str:
    """The number as printed, 渝环危转〔2026〕17号; the abbreviation is the bureau's (渝环)."""
    return f"{abbreviation}{WORDS[series]}〔{year}〕{serial}号"
