"""Proof that what is kept is what was rendered, and that it would be rendered so again."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from apps.documents.models import Rendering
from apps.documents.services.rendering import rendered_again
from apps.documents.typesetting import engine


@dataclass(frozen=True, slots=True)
class Difference:
    """One rendering that isn't what it should be, in a sentence with its stable code."""

    rendering_id: int
    code: str
    sentence: str


def verify_renderings() -> Iterator[Difference]:
    """Compare every kept PDF with its digest, and with a fresh one where the same engine made it.

    What another version of typst or of the fonts made can't come out the same: of it only the digest is compared.
    Raises CannotTypeset when a font is missing.
    """
    present = engine()
    rows = Rendering.objects.select_related("paper__bureau").order_by("pk")
    for row in rows.iterator(chunk_size=50):
        told = f"{row.paper.number}（{row.paper.get_kind_display()}，排印件 {row.pk}）"
        if hashlib.sha256(bytes(row.pdf)).hexdigest() != row.sha256 or len(row.pdf) != row.size:
            yield Difference(row.pk, "verify.bytes", f"{told}保存的 PDF 与其 SHA-256 不符。")
        elif row.engine == present and rendered_again(row).sha256 != row.typeset_sha256:
            yield Difference(row.pk, "verify.again", f"{told}按冻结的内容重新排印，结果不同。")
