"""What is typed at the desk of the lists."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.catalogue.reading import Wastes
from apps.catalogue.rules import CATEGORY_FORM, is_waste_code
from apps.organisations.models import Enterprise
from apps.web.bureau.forms import long_text
from apps.web.enterprise.fields import MethodField, OperatorField, method_names
from apps.web.inputs import DayField, Door, TonnesField, plain
from apps.whitelists.enums import ConsentMode
from apps.whitelists.models import EditionLine
from apps.whitelists.services.lines import LineForm

LONGEST_LETTER, LONGEST_REMARK, LONGEST_WORDS, LONGEST_WASTES = 60, 300, 2000, 4000
BETWEEN = re.compile(r"[、，,;；\s]+")


class WastesField(forms.CharField):
    """Waste codes, or one category: separated by commas, spaces or 、, in any width."""

    def clean(self, value: Any) -> tuple[tuple[str, ...], str]:
        """Codes and category, one of them empty. Raises ValidationError ``wastes.…``."""
        parts = [plain(part).upper() for part in BETWEEN.split(super().clean(value)) if plain(part)]
        wrong = [part for part in parts if not is_waste_code(part) and not CATEGORY_FORM.fullmatch(part)]
        if wrong:
            raise ValidationError(
                f"“{wrong[0][:20]}”不是废物代码（如 900-045-49）或类别（如 HW49）。", code="wastes.form"
            )
        categories = [part for part in parts if CATEGORY_FORM.fullmatch(part)]
        if categories and len(parts) > 1:
            raise ValidationError("按类别列名的条目只写一个类别，不再写代码。", code="wastes.mixed")
        return ((), categories[0]) if categories else (tuple(dict.fromkeys(parts)), "")


def offer_operators(field: forms.Field, destination_id: str) -> None:
    """Let an OperatorField choose among the operators of the province (division code)."""
    if isinstance(field, OperatorField):
        field.operators = Enterprise.objects.filter(is_operator=True, province=destination_id)
        rows = field.operators.order_by("initials", "name").values_list("pk", "name")
        field.choices = lambda: [("", "请选择"), *rows]


def offer_methods(field: forms.Field, wastes: Wastes) -> None:
    """Let a MethodField know the methods, with the suggestions of the page's list ``methods``."""
    if isinstance(field, MethodField):
        field.known = frozenset(wastes.methods)
        field.widget.attrs |= {"list": "methods", "autocomplete": "off"}


class EditionForm(Door):
    """A new list: direction, period, manner."""

    origin = forms.ChoiceField(label="移出地")
    destination = forms.ChoiceField(label="接受地")
    begins_on = DayField(label="起", error_messages={"required": "请填写起日。"})
    ends_on = DayField(label="止（含当日）", error_messages={"required": "请填写止日。"})
    consent_mode = forms.ChoiceField(
        label="同意方式",
        choices=ConsentMode.choices,
        help_text="双方审核：每件申请两省都办理。名单预同意：名单内、余量内的申请由移出地直接批准。",
    )
    limits_validity = forms.BooleanField(label="批准的有效期不超出本期", required=False)
    name = forms.CharField(label="名称", max_length=80, required=False, help_text="不填则按年度和方向命名。")

    def __init__(
        self,
        *args: Any,
        origins: Sequence[tuple[str, str]],
        destinations: Sequence[tuple[str, str]],
        **options: Any,
    ) -> None:
        """``origins`` and ``destinations``: division codes with names."""
        super().__init__(*args, **options)
        self.choose_from("origin", origins)
        self.choose_from("destination", destinations)


class EditionLineForm(Door):
    """One line of a list."""

    operator = OperatorField(label="接受人")
    wastes = WastesField(
        label="废物代码或类别",
        max_length=LONGEST_WASTES,
        help_text="代码可以写多个，用逗号或空格分开；按类别列名只写一个类别，例如 HW49。",
    )
    method = MethodField(label="利用处置方式")
    quota_t = TonnesField(label="核定数量（吨）")
    remark = forms.CharField(label="说明", max_length=LONGEST_REMARK, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, destination_id: str, wastes: Wastes, **options: Any) -> None:
        """``destination_id``: whose operators are offered."""
        super().__init__(*args, **options)
        offer_operators(self.fields["operator"], destination_id)
        offer_methods(self.fields["method"], wastes)
        self.methods = method_names(wastes)

    @property
    def line(self) -> LineForm:
        """What was typed; needs ``is_valid``."""
        typed = self.cleaned_data
        codes, category = typed["wastes"]
        return LineForm(
            operator_id=typed["operator"],
            waste_codes=codes,
            category_id=category,
            method=typed["method"],
            quota_t=typed["quota_t"],
            remark=typed["remark"],
        )


def initial_of(line: EditionLine) -> dict[str, Any]:
    """What stands, as the form shows it."""
    return {
        "operator": line.operator_id,
        "wastes": line.wastes,
        "method": line.method,
        "quota_t": line.quota_t,
        "remark": line.remark,
        "seen": line.revision,
    }


class ActForm(Door):
    """What every act on a list carries: the round that was read."""

    seen_round = forms.IntegerField(widget=forms.HiddenInput)


class HandOverForm(ActForm):
    """What hands the working lines over carries the mark of those that were read, too."""

    seen_lines = forms.CharField(max_length=16, widget=forms.HiddenInput)


class ProposeForm(HandOverForm):
    """The destination's letter; what its warnings are is known."""

    letter_no = forms.CharField(
        label="函号", max_length=LONGEST_LETTER, help_text="您这一方的提出函，例：川环函〔2026〕90号"
    )
    remark = forms.CharField(label="给对方的说明", max_length=LONGEST_WORDS, required=False, widget=long_text(3))
    knows_warnings = forms.BooleanField(label="已知悉上述提醒", required=False)


class CounterForm(HandOverForm):
    """What the origin says to the proposal."""

    remark = forms.CharField(label="意见", max_length=LONGEST_WORDS, required=False, widget=long_text(4))
    letter_no = forms.CharField(label="函号（可不填）", max_length=LONGEST_LETTER, required=False)


class ConfirmForm(ActForm):
    """The origin's letter."""

    letter_no = forms.CharField(
        label="函号", max_length=LONGEST_LETTER, help_text="您这一方的确认函，例：渝环函〔2026〕80号"
    )
    knows_warnings = forms.BooleanField(label="已知悉上述提醒", required=False)


class AbandonForm(ActForm):
    """Why."""

    reason = forms.CharField(label="理由", max_length=LONGEST_WORDS, widget=long_text(3))
