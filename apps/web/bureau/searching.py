"""What somebody typed into the search box: a case's number, whole or in part, a waste code, a category, a name."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Right

from apps.organisations.models import Enterprise
from apps.transfers.models import Item

Pair = tuple[str, str]

LONGEST = 60
# Enterprises are found first, in their small table: beyond so many the words are too few to search for.
MOST_NAMED = 200
YEARS_BACK = 2
# Year, two provinces, at least five digits of serial.
WHOLE_NUMBER, YEAR, SERIAL = 13, 4, 5
DASHES = dict.fromkeys(map(ord, "-‐‑‒–—―−－_"), None)
WASTE_CODE = re.compile(r"(\d{3})(\d{3})(\d{2})")
CATEGORY = re.compile(r"HW(\d{2})")


@dataclass(frozen=True, slots=True)
class Search:
    """What was meant. ``condition`` finds the cases; ``is_number``: it names one, to which the search may jump."""

    condition: Q
    is_number: bool = False


def read_search(typed: str, *, provinces: Iterable[str], own: Collection[str], year: int) -> Search:
    """Understand what was typed, whatever its spaces, hyphens, width and case.

    ``provinces`` (division codes) and ``year`` complete a bare serial number of a pair in which one is ``own``: the
    list is short, the index is used.
    """
    text = unicodedata.normalize("NFKC", typed).strip().upper()
    bare = "".join(text.translate(DASHES).split())
    if bare.isascii() and bare.isdigit():
        pairs = [pair for pair in permutations(sorted(provinces), 2) if set(pair) & set(own)]
        return _digits(bare, pairs, year, is_code=bool(re.fullmatch(r"\d{3}\D\d{3}\D\d{2}", text)))
    if match := CATEGORY.fullmatch(bare):
        return Search(of_category(match[1]))
    return Search(_named(typed.strip()))


def of_category(digits: str) -> Q:
    """Cases with a waste of the category whose two digits these are."""
    return Q(Exists(_wastes(digits)))


def of_code(code: str) -> Q:
    return Q(Exists(_wastes(code[-2:]).filter(waste_code=code)))


def _wastes(digits: str) -> QuerySet[Item]:
    return Item.objects.annotate(last=Right("waste_code", 2)).filter(application=OuterRef("pk"), last=Value(digits))


def of_operator(words: str) -> Q:
    """Cases for an operator whose name, or its initials, has these words."""
    return Q(operator__in=_enterprises(words))


def _digits(bare: str, pairs: Sequence[Pair], year: int, *, is_code: bool) -> Search:
    code = WASTE_CODE.fullmatch(bare)
    if code and (is_code or not bare.startswith("20")):
        return Search(of_code("-".join(code.groups())))
    if len(bare) >= WHOLE_NUMBER:
        return Search(Q(number=_hyphenated(bare)), is_number=True)
    if len(bare) <= SERIAL or (len(bare) == SERIAL + 1 and not bare.startswith("20")):
        return Search(Q(number__in=_complete(bare, pairs, year)), is_number=True)
    return Search(Q(number__startswith=_hyphenated(bare)))


def _hyphenated(bare: str) -> str:
    return "-".join(part for part in (bare[:YEAR], bare[YEAR:6], bare[6:8], bare[8:]) if part)


def _complete(serial: str, pairs: Sequence[Pair], year: int) -> list[str]:
    years = range(year, year - YEARS_BACK, -1)
    return [f"{of}-{one[:2]}-{other[:2]}-{serial.zfill(SERIAL)}" for of in years for one, other in pairs]


def _named(words: str) -> Q:
    found = _enterprises(words)
    return Q(generator__in=found) | Q(operator__in=found)


def _enterprises(words: str) -> list[int]:
    named = Q(name__icontains=words) | Q(initials__contains=words.lower())
    return list(Enterprise.objects.filter(named).order_by("pk").values_list("pk", flat=True)[:MOST_NAMED])
