"""What is typed to adjust a list during its year."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.catalogue.reading import Wastes
from apps.web.bureau.forms import long_text
from apps.web.enterprise.fields import MethodField, OperatorField, method_names
from apps.web.inputs import Door, TonnesField, plain
from apps.web.whitelist.forms import (
    LONGEST_LETTER,
    LONGEST_WASTES,
    LONGEST_WORDS,
    WastesField,
    offer_methods,
    offer_operators,
)
from apps.whitelists.models import WhitelistEntry
from apps.whitelists.services.lines import LineForm

UP, DOWN, MOVE, NEW = "up", "down", "move", "new"
DIRECTIONS = {UP: "调增", DOWN: "调减", MOVE: "调往同一名单的另一条目", NEW: "调往新条目"}
# What a new line lists; asked for only when there is to be one.
OF_NEW = {"new_operator": "请选择新条目的接受人。", "new_wastes": "请填写新条目的废物。", "new_method": "请填写方式。"}


class AdjustForm(Door):
    """Up, down, or over to another line of the same list; with letter and reason."""

    direction = forms.ChoiceField(
        label="怎样调整",
        choices=list(DIRECTIONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择怎样调整。"},
    )
    amount_t = TonnesField(label="数量（吨）", error_messages={"required": "请填写数量。"})
    target_no = forms.CharField(
        label="调入条目号", max_length=20, required=False, help_text="调往另一条目时填写；接受人可以不同。"
    )
    new_operator = OperatorField(label="新条目的接受人", required=False)
    new_wastes = WastesField(
        label="废物代码或类别",
        max_length=LONGEST_WASTES,
        required=False,
        help_text="代码可以写多个，用逗号或空格分开；按类别列名只写一个类别。",
    )
    new_method = MethodField(label="利用处置方式", required=False)
    letter_no = forms.CharField(
        label="函号",
        max_length=LONGEST_LETTER,
        help_text="您这一方的函，例：川环函〔2026〕41号",
        error_messages={"required": "请填写函号。"},
    )
    reason = forms.CharField(
        label="理由", max_length=LONGEST_WORDS, widget=long_text(3), error_messages={"required": "请填写调整理由。"}
    )

    def __init__(self, *args: Any, entry: WhitelistEntry, wastes: Wastes, **options: Any) -> None:
        """``entry``: the line that is adjusted."""
        super().__init__(*args, **options)
        self.entry = entry
        self.methods = method_names(wastes)
        offer_operators(self.fields["new_operator"], entry.edition.destination_id)
        offer_methods(self.fields["new_method"], wastes)
        self.target: WhitelistEntry | None = None
        self.fields["target_no"].widget.attrs |= {"list": "targets", "autocomplete": "off"}
        if self.is_bound and self.data.get("then") == "reckon":
            # Figures are looked at before anybody has written a letter.
            for name in ("letter_no", "reason"):
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Finds the other line. Errors ``target.missing``, ``target.unknown``, ``new.missing``."""
        typed = super().clean() or {}
        if typed.get("direction") == NEW:
            self._ask_for_new(typed)
        if typed.get("direction") != MOVE:
            return typed
        number = plain(typed.get("target_no") or "")
        others = WhitelistEntry.objects.filter(edition=self.entry.edition_id).exclude(pk=self.entry.pk)
        self.target = others.filter(number__iexact=number).select_related("operator").first() if number else None
        if not number:
            self.add_error("target_no", ValidationError("请填写调入条目号。", code="target.missing"))
        elif self.target is None:
            sentence = f"名单中没有另一条第{number}号条目。"
            self.add_error("target_no", ValidationError(sentence, code="target.unknown"))
        return typed

    def _ask_for_new(self, typed: dict[str, Any]) -> None:
        for name, sentence in OF_NEW.items():
            if name not in self.errors and typed.get(name) in {None, "", ((), "")}:
                self.add_error(name, ValidationError(sentence, code="new.missing"))

    @property
    def new_line(self) -> LineForm | None:
        """The line that is to be made; None when none is, or as long as it can't be told."""
        typed = getattr(self, "cleaned_data", {})
        if typed.get("direction") != NEW or any(name in self.errors for name in ("amount_t", *OF_NEW)):
            return None
        codes, category = typed["new_wastes"]
        return LineForm(
            operator_id=typed["new_operator"],
            waste_codes=codes,
            category_id=category,
            method=typed["new_method"],
            quota_t=typed["amount_t"],
        )

    @property
    def is_told(self) -> bool:
        """Whether enough was typed to reckon with: tonnes, and where a move goes to."""
        if self.change_t is None:
            return False
        direction = self.cleaned_data["direction"]
        return direction in {UP, DOWN} or self.target is not None or self.new_line is not None

    @property
    def change_t(self) -> Decimal | None:
        """What the line gains, negative for what it gives; None as long as it can't be told."""
        typed = getattr(self, "cleaned_data", {})
        amount, direction = typed.get("amount_t"), typed.get("direction")
        if amount is None or not direction:
            return None
        return amount if direction == UP else -amount


class ConfirmAdjustmentForm(Door):
    """The answering side's letter."""

    letter_no = forms.CharField(
        label="您这一方的函号", max_length=LONGEST_LETTER, error_messages={"required": "请填写函号。"}
    )


class DeclineAdjustmentForm(Door):
    """Why not."""

    reason = forms.CharField(
        label="不同意的理由",
        max_length=LONGEST_WORDS,
        widget=long_text(2),
        error_messages={"required": "请填写不同意的理由。"},
    )
