"""What is typed to suspend, to lift, and to record a permit's status."""

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.organisations.enums import PermitStatus
from apps.web.bureau.forms import long_text
from apps.web.inputs import DayField, Door
from apps.web.whitelist.forms import LONGEST_LETTER, LONGEST_WORDS

WITHOUT_NUMBER = {"required": "请填写文号。"}
WITHOUT_REASON = {"required": "请填写理由。"}


class SuspendForm(Door):
    """The document that suspends."""

    waste_code = forms.ChoiceField(label="范围", required=False)
    document_no = forms.CharField(label="文号", max_length=LONGEST_LETTER, error_messages=WITHOUT_NUMBER)
    from_on = DayField(label="暂停自", error_messages={"required": "请填写暂停自哪一天起。"})
    reason = forms.CharField(
        label="理由",
        max_length=LONGEST_WORDS,
        widget=long_text(3),
        help_text="申请人提交申请时会读到文号和理由。",
        error_messages=WITHOUT_REASON,
    )

    def __init__(self, *args: Any, codes: Sequence[str] | None, **options: Any) -> None:
        """``codes``: wastes of an operator, one of which may be suspended alone; None for anything else."""
        super().__init__(*args, **options)
        if codes is None:
            del self.fields["waste_code"]
        else:
            self.choose_from("waste_code", [("", "全部废物"), *((code, f"仅 {code}") for code in codes)])
        if self.is_bound and self.data.get("then") == "look":
            # What it touches is looked at before there is a document.
            for name in ("document_no", "from_on", "reason"):
                self.fields[name].required = False


class LiftForm(Door):
    """The document that lifts."""

    document_no = forms.CharField(label="解除文号", max_length=LONGEST_LETTER, error_messages=WITHOUT_NUMBER)
    lifted_on = DayField(
        label="解除日期", help_text="自这一天起不再暂停。", error_messages={"required": "请填写解除日期。"}
    )
    reason = forms.CharField(
        label="解除理由", max_length=LONGEST_WORDS, widget=long_text(3), error_messages=WITHOUT_REASON
    )


class PermitStatusForm(Door):
    """What became of a permit, by which document."""

    status = forms.ChoiceField(
        label="变更为",
        choices=[],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择变更为何种状态。"},
    )
    document_no = forms.CharField(label="文号", max_length=LONGEST_LETTER, error_messages=WITHOUT_NUMBER)
    effective_on = DayField(label="生效日期", help_text="不晚于今日。", error_messages={"required": "请填写生效日期。"})
    reason = forms.CharField(label="理由", max_length=LONGEST_WORDS, widget=long_text(3), error_messages=WITHOUT_REASON)

    def __init__(self, *args: Any, current: str, **options: Any) -> None:
        """``current``: what the permit's status is now; it can only become something else."""
        super().__init__(*args, **options)
        words = {PermitStatus.VALID: "恢复有效"}
        self.choose_from(
            "status", [(one.value, words.get(one, one.label)) for one in PermitStatus if one.value != current]
        )
