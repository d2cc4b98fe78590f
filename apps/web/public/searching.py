"""Finding lines of a list by what somebody typed: an operator's name or initials, a waste code or part of it, a category."""

import re
import unicodedata
from typing import TypeVar

from django.db.models import F, Func, Q, QuerySet, TextField, Value

from apps.catalogue.rules import category_of, is_waste_code
from apps.whitelists.models import EditionLine, RoundLine, WhitelistEntry

Listed = TypeVar("Listed", WhitelistEntry, EditionLine, RoundLine)
LONGEST = 60
CATEGORY = re.compile(r"HW([0-9]{2})")
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")


def cleaned(typed: str) -> str:
    """What was typed without odd spaces, widths and dashes, cut to what a box takes."""
    return unicodedata.normalize("NFKC", typed.translate(DASHES)).replace("\x00", "").strip()[:LONGEST]


def matching(rows: QuerySet[Listed], text: str) -> QuerySet[Listed]:
    """Lines that ``text`` (cleaned) means; all of them when it is empty."""
    if not text:
        return rows
    upper = text.upper()
    codes = Func(F("waste_codes"), Value(" "), function="array_to_string", output_field=TextField())
    meant = Q(operator__name__icontains=text) | Q(operator__initials__startswith=text.lower())
    meant |= Q(codes__contains=upper) | Q(category=category_of(upper) if is_waste_code(upper) else upper)
    if found := CATEGORY.fullmatch(upper):
        meant |= Q(codes__regex=rf"-{found[1]}( |$)")
    return rows.annotate(codes=codes).filter(meant)
