"""The seam for an electronic seal: what a bureau's seal service has to offer, and the placeholder that stands for it."""

from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Seal(Protocol):
    """Seals a finished PDF for a bureau. The layout leaves a circle of 40 mm over name and date for it."""

    name: str

    def sealed(self, *, pdf: bytes, bureau: str, seal: str, at: datetime) -> bytes:
        """The PDF with the electronic seal of ``bureau`` (``seal``: 印章 or 行政许可专用章) applied at ``at``."""


class PlaceholderSeal:
    """No seal service is connected: the printed place, marked 电子签章位, stays empty."""

    name = "placeholder"

    def sealed(self, *, pdf: bytes, bureau: str, seal: str, at: datetime) -> bytes:  # noqa: ARG002 - the seam
        """Give the PDF back as it is."""
        return pdf


def current_seal() -> Seal:
    """The seal that the settings name (DOCUMENT_SEAL, a dotted path to a class)."""
    seal: Seal = import_string(settings.DOCUMENT_SEAL)()
    return seal
