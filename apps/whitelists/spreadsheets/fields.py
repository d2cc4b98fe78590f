"""What each column means: a cell to a value, or a sentence. Full-width signs, spaces and separators are understood."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from apps.catalogue.rules import CATEGORY_FORM, category_of, is_identified_unlisted, is_waste_code
from apps.organisations.errors import OrganisationError
from apps.organisations.rules import FOUR_PLACES, MOST_TONNES, USCC_LENGTH, check_uscc
from apps.whitelists.spreadsheets.cells import Cell, CellKind
from apps.whitelists.spreadsheets.columns import NO, YES

LONGEST_NUMBER, LONGEST_REMARK = 8, 300
MOST_CODES = 60
# Finding a likely name is slow: it is done for so many different names and no more.
MOST_GUESSES = 50
DASHES = re.compile(r"[‐‑‒–—―−－ー﹣]")
PARTS = re.compile(r"[、,;\s/|]+")
PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?|[+-]?\.\d+")
GROUPED_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+")
OTHER_UNITS = re.compile(r"(?:千克|公斤|KG|万吨|克|立方米|M3)$", re.IGNORECASE)
METHOD_FORM = re.compile(r"([A-Z]\d{1,2})(?:\D.*)?")
# A number loses its last digits in a spreadsheet beyond so many.
EXACT_DIGITS = 15


class Bad(Exception):
    """A value that can't stay: a stable code, why, and the column that it is about when it is another."""

    def __init__(self, code: str, why: str, about: str = "") -> None:
        super().__init__(why)
        self.code, self.why, self.about = code, why, about


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator as a sheet may name it."""

    key: int
    name: str
    uscc: str
    province_id: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the cells are compared with: operators of all provinces, codes of the list's first day, methods."""

    destination_id: str
    destination_name: str
    operators: tuple[Operator, ...]
    codes: frozenset[str]
    categories: frozenset[str]
    methods: frozenset[str]
    begins_on: str


Reader = Callable[..., Any]


def narrow(text: str) -> str:
    """Narrow signs without any space, every dash a hyphen."""
    return DASHES.sub("-", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))


class FieldReader:
    """Reads the columns of a row; remembers names that it has looked for already."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.by_name = {narrow(one.name): one for one in known.operators}
        self.by_uscc = {one.uscc: one for one in known.operators}
        self.guesses: dict[str, str] = {}

    def readers(self) -> Iterator[tuple[str, Reader]]:
        """Each value's name with what reads it; ``involved`` says from which columns."""
        yield "number", self.number
        yield "operator", self.operator
        yield "wastes", self.wastes
        yield "method", self.method
        yield "quota", self.quota
        yield "struck", self.struck
        yield "remark", self.remark

    @staticmethod
    def involved(key: str) -> tuple[str, ...]:
        return {"operator": ("operator", "uscc"), "wastes": ("codes", "category")}.get(key, (key,))

    def number(self, cell: Cell) -> str:
        text = narrow(cell.text)
        if cell.kind == CellKind.NUMBER and text.isdigit():
            text = text.zfill(2)
        if len(text) > LONGEST_NUMBER:
            raise Bad("number.long", f"条目号最多 {LONGEST_NUMBER} 个字")
        # Letters, papers and messages name a line by it: signs that turn or hide text have no place there.
        if any(unicodedata.category(sign)[0] == "C" for sign in text):
            raise Bad("number.sign", "条目号含有看不见的字符，请删去后重新填写")
        return text

    def operator(self, name: Cell, uscc: Cell) -> int:
        named = self._by_name(name) if name.text else None
        coded = self._by_uscc(uscc) if uscc.text else None
        found = coded or named
        if found is None:
            raise Bad("operator.missing", "请填写接受人或者统一社会信用代码")
        if named and coded and named.key != coded.key:
            raise Bad("operator.differs", f"与接受人不是同一单位：该代码属于{coded.name}", "uscc")
        if found.province_id != self.known.destination_id:
            raise Bad("operator.foreign", f"{found.name}不是{self.known.destination_name}的经营单位")
        return found.key

    def _by_name(self, cell: Cell) -> Operator:
        text = narrow(cell.text)
        found = self.by_name.get(text) or self.by_uscc.get(text.upper())
        if found is None:
            raise Bad("operator.unknown", f"没有登记这个经营单位{self._guess(text)}")
        return found

    def _guess(self, text: str) -> str:
        if text not in self.guesses and len(self.guesses) < MOST_GUESSES:
            near = get_close_matches(text[:100], self.by_name, n=1, cutoff=0.75)
            self.guesses[text] = f"，是否为“{self.by_name[near[0]].name}”？" if near else ""
        return self.guesses.get(text, "")

    def _by_uscc(self, cell: Cell) -> Operator:
        if cell.kind == CellKind.NUMBER and len(cell.text) > EXACT_DIGITS:
            raise Bad("uscc.number", "信用代码被存成了数字，末几位已经丢失，请把单元格设为文本后重新填写", "uscc")
        try:
            code = check_uscc(cell.text)
        except OrganisationError as error:
            raise Bad(error.code, error.sentence.rstrip("。"), "uscc") from error
        found = self.by_uscc.get(code)
        if found is None:
            raise Bad("operator.unknown", "没有登记这个信用代码的经营单位", "uscc")
        return found

    def wastes(self, codes: Cell, category: Cell) -> tuple[tuple[str, ...], str]:
        """Codes in order, each once, or a category."""
        listed = tuple(dict.fromkeys(filter(None, PARTS.split(_coded(codes.text)))))
        whole = self._category(_coded(category.text)) if category.text else ""
        # One column for both is how most lists are kept.
        if len(listed) == 1 and CATEGORY_FORM.match(listed[0]) and not is_waste_code(listed[0]):
            whole, listed = self._category(listed[0], "codes"), ()
        if not listed and not whole:
            raise Bad("wastes.missing", "请填写废物代码或者废物类别", "codes")
        if len(listed) > MOST_CODES:
            raise Bad("code.many", f"一行最多 {MOST_CODES} 个代码，现有 {len(listed)} 个", "codes")
        for code in listed:
            self._refuse_code(code, whole)
        return listed, "" if listed else whole

    def _refuse_code(self, code: str, whole: str) -> None:
        if not is_waste_code(code):
            raise Bad("code.form", f"“{code[:20]}”应形如 900-045-49，多个代码用顿号隔开", "codes")
        category = category_of(code)
        if code not in self.known.codes and not (is_identified_unlisted(code) and category in self.known.categories):
            raise Bad("code.unknown", f"{code} 不在 {self.known.begins_on} 施行的《国家危险废物名录》中", "codes")
        if whole and category != whole:
            raise Bad("category.differs", f"与废物代码不符：{code} 属于 {category}", "category")

    def _category(self, text: str, about: str = "category") -> str:
        found = CATEGORY_FORM.match(text)
        code = found.group() if found else f"HW{text.zfill(2)}" if text.isdigit() else ""
        if code not in self.known.categories:
            raise Bad("category.unknown", "没有这个废物类别，应形如 HW49", about)
        return code

    def method(self, cell: Cell) -> str:
        found = METHOD_FORM.fullmatch(narrow(cell.text).upper())
        if not cell.text:
            raise Bad("method.missing", "请填写利用处置方式，例如 R4")
        if found is None or found.group(1) not in self.known.methods:
            raise Bad("method.unknown", "没有这个利用处置方式代码，例如 R4、D10、C1")
        return found.group(1)

    def quota(self, cell: Cell) -> Decimal:
        """Tonnes, positive, at most four places."""
        if not cell.text:
            raise Bad("tonnes.missing", "请填写核定数量（吨）")
        amount = cell.number if cell.number is not None else _tonnes(narrow(cell.text))
        if amount <= 0:
            raise Bad("tonnes.not_positive", "核定数量须大于零；不再列入的条目请在“划去”列填“是”")
        if amount > MOST_TONNES:
            raise Bad("tonnes.too_many", f"核定数量不得超过 {MOST_TONNES} 吨，请核对单位")
        if amount != amount.quantize(FOUR_PLACES):
            raise Bad("tonnes.too_fine", "核定数量最多四位小数")
        return amount.quantize(FOUR_PLACES)

    def struck(self, cell: Cell) -> bool:
        text = narrow(cell.text).upper()
        if text in YES:
            return True
        if text not in NO:
            raise Bad("struck.unknown", "“划去”列填“是”或者不填")
        return False

    def remark(self, cell: Cell) -> str:
        if len(cell.text) > LONGEST_REMARK:
            raise Bad("remark.long", f"说明最多 {LONGEST_REMARK} 字，现有 {len(cell.text)} 字")
        if any(unicodedata.category(sign) == "Cc" and sign not in "\n\r\t" for sign in cell.text):
            raise Bad("remark.control", "说明含有无法显示的控制字符，请删去")
        return cell.text


def _coded(text: str) -> str:
    """Codes keep what stands between them: only signs are narrowed."""
    return DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip().upper()


def _tonnes(text: str) -> Decimal:
    if OTHER_UNITS.search(text):
        raise Bad("tonnes.unit", "单位应为吨，请换算后只填数字")
    number = re.sub(r"(?:吨|T|t)$", "", text).removesuffix("/年")
    if SCIENTIFIC.fullmatch(number):
        raise Bad("tonnes.scientific", "是科学计数法，尾数可能已经丢失，请写出完整的数字")
    if GROUPED_NUMBER.fullmatch(number):
        number = number.replace(",", "")
    if not PLAIN_NUMBER.fullmatch(number) or len(number) > USCC_LENGTH * 2:
        raise Bad("tonnes.not_a_number", "不是数字，请填写吨数，例如 12.5")
    return Decimal(number)
