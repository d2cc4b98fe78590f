"""Form inputs that understand what people type: full-width digits, spaces, other ways of writing a day."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.transfers.errors import Refused

MOST_TONNES = Decimal(10) ** 10
PLACES = Decimal("0.0001")
FIRST_YEAR, LAST_YEAR = 2000, 2100
DASHES = re.compile(r"[‐‑‒–—―−－ー﹣]")
# What Django says in its own words of programmers, or, in Chinese, wrongly (a null byte is no empty text).
PLAIN_WORDS = {
    "max_length": "最多 %(limit_value)d 个字，现有 %(show_value)d 个字。",
    "null_characters_not_allowed": "含有无法保存的字符（空字节），请删去后重新填写。",
    "invalid_choice": "请从所列的选项中选择。",
    "min_value": "不得小于 %(limit_value)s。",
    "max_value": "不得大于 %(limit_value)s。",
}
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


def plain(text: str) -> str:
    """Full-width letters and digits as ASCII, without any space, every dash a hyphen."""
    return DASHES.sub("-", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))


def is_key(text: str) -> bool:
    """Whether a posted text can be the key of a row at all."""
    return text.isascii() and text.isdigit() and len(text) < len(str(2**63))


class TonnesField(forms.CharField):
    """Tonnes as Decimal; refuses in a sentence what is no number, not positive, too large or too fine."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "form-control text-end"})

    def __init__(self, *, allows_zero: bool = False, **options: Any) -> None:
        """``allows_zero``: nothing of an item may be granted."""
        super().__init__(max_length=60, **options)
        self.allows_zero = allows_zero

    def clean(self, value: Any) -> Decimal | None:
        """The tonnes, None when left empty. Raises ValidationError ``tonnes.…``."""
        text = plain(super().clean(value)).replace(",", "").removesuffix("吨")
        if text:
            return self._within_bounds(_number(text))
        if self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return None

    def _within_bounds(self, amount: Decimal) -> Decimal:
        if amount < 0:
            raise _bad("tonnes.negative", "数量不能为负。")
        if amount == 0 and not self.allows_zero:
            raise _bad("tonnes.zero", "数量须大于零。")
        if amount >= MOST_TONNES:
            raise _bad("tonnes.too_many", "数量须小于 10000000000 吨，请核对单位是否为吨。")
        if amount != amount.quantize(PLACES):
            raise _bad("tonnes.too_fine", "最多四位小数（0.0001 吨即 100 克）。")
        return amount.quantize(PLACES)

    def prepare_value(self, value: Any) -> Any:
        """What was typed stays as typed; a stored figure is shown without needless zeros."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _number(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite():
        raise _bad("tonnes.not_a_number", f"“{text[:20]}”不是数字，请填写吨数，例如 12.5。")
    return amount


class DayField(forms.CharField):
    """A day: 2026-11-22, 2026/11/22, 2026年11月22日, in any width of digits."""

    widget = forms.DateInput(
        format="%Y-%m-%d", attrs={"type": "date", "class": "form-control", "min": "2000-01-01", "max": "2100-12-31"}
    )

    def __init__(self, **options: Any) -> None:
        """Any option of a CharField but its length."""
        super().__init__(max_length=60, **options)

    def clean(self, value: Any) -> date | None:
        """The day, None when left empty. Raises ValidationError ``day.…``."""
        text = plain(super().clean(value))
        if not text:
            return None
        found = DAY.fullmatch(text)
        if found is None:
            raise _bad("day.form", "请填写日期，例如 2026-11-22。")
        year, month, number = (int(part) for part in found.groups())
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise _bad("day.far", f"年份须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间。")
        try:
            return date(year, month, number)
        except ValueError:
            raise _bad("day.none", f"没有 {year}-{month}-{number} 这一天。") from None


class CodeField(forms.CharField):
    """A code as the lists write it: ASCII, no spaces, plain hyphens, capital letters."""

    def clean(self, value: Any) -> str:
        """The code in its usual form; whether it exists is the check's question."""
        return super().clean(plain(value or "").upper())


def _bad(code: str, sentence: str) -> ValidationError:
    return ValidationError(sentence, code=code)


class Door(forms.Form):
    """A form that gives every input its style and can show a service's refusal beside what it is about."""

    required_css_class = "required"

    def __init__(self, *args: Any, **options: Any) -> None:
        """As Django's form."""
        super().__init__(*args, **{"label_suffix": "", **options})
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", _style(field.widget))
            field.error_messages.update(PLAIN_WORDS)
            if field.label and field.error_messages.get("required") is forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _asked_for(field)

    def choose_from(self, name: str, choices: Sequence[Any]) -> None:
        """Give a choice its options, which only the request knows."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def refuse(self, refused: Refused) -> None:
        """Show the refusal, beside its field when the form has that one, and keep everything typed."""
        field = refused.field if refused.field in self.fields else None
        self.add_error(field, ValidationError(refused.sentence, code=refused.code))


def _asked_for(field: forms.Field) -> str:
    """What an empty input is refused with: it names what is to be filled in, without the unit behind it."""
    is_chosen = isinstance(field, forms.ChoiceField | forms.FileField)
    return f"请{'选择' if is_chosen else '填写'}{re.sub('（.*）', '', str(field.label))}。"


def _style(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"
