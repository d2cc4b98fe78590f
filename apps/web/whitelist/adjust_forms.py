"""What is typed to adjust a list during its year."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.web.bureau.forms import long_text
from apps.web.inputs import Door, TonnesField, plain
from apps.web.whitelist.forms import LONGEST_LETTER, LONGEST_WORDS
from apps.whitelists.models import WhitelistEntry

UP, DOWN, MOVE = "up", "down", "move"
DIRECTIONS = {UP: "调增", DOWN: "调减", MOVE: "调往同一名单的另一条目"}


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
    letter_no = forms.CharField(
        label="函号",
        max_length=LONGEST_LETTER,
        help_text="您这一方的函，例：川环函〔2026〕41号",
        error_messages={"required": "请填写函号。"},
    )
    reason = forms.CharField(
        label="理由", max_length=LONGEST_WORDS, widget=long_text(3), error_messages={"required": "请填写调整理由。"}
    )

    def __init__(self, *args: Any, entry: WhitelistEntry, **options: Any) -> None:
        """``entry``: the line that is adjusted."""
        super().__init__(*args, **options)
        self.entry = entry
        self.target: WhitelistEntry | None = None
        self.fields["target_no"].widget.attrs |= {"list": "targets", "autocomplete": "off"}
        if self.is_bound and self.data.get("then") == "reckon":
            # Figures are looked at before anybody has written a letter.
            for name in ("letter_no", "reason"):
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Finds the other line. Errors ``target.missing``, ``target.unknown``."""
        typed = super().clean() or {}
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
