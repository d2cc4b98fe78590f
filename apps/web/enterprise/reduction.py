"""The applicant's answer to the question whether they agree to less (核减)."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from apps.organisations.models import User
from apps.transfers.models import Application, ReductionRequest
from apps.transfers.services.reducing import LONGEST_TEXT, answer_reduction
from apps.web.inputs import Door
from apps.web.templatetags.wording import day, tonnes


class ReductionForm(Door):
    """Agreeing or not, with words or without; ``lines`` tell what is meant to be approved."""

    agrees = forms.TypedChoiceField(
        label="答复",
        choices=[("yes", "同意"), ("no", "不同意")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择同意或者不同意。"},
    )
    text = forms.CharField(
        label="意见", max_length=LONGEST_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, lines: list[str], **options: Any) -> None:
        """``lines``: what is asked, a sentence each."""
        super().__init__(*args, **options)
        self.lines = lines


def reduction_form(case: Application, data: QueryDict | None) -> ReductionForm:
    waiting = case.reductions.filter(answered_at__isnull=True).first()
    return ReductionForm(data, lines=_told(case, waiting) if waiting else [])


def answer(case: Application, by: User, now: datetime, form: ReductionForm) -> object:
    typed = form.cleaned_data
    return answer_reduction(application_id=case.pk, by=by, now=now, agrees=typed["agrees"], text=typed["text"])


def _told(case: Application, waiting: ReductionRequest) -> list[str]:
    lines = [
        f"第 {item.position} 项 {item.waste_code} {item.waste_name}：申请 {tonnes(item.amount_t)} 吨，"
        f"拟批准 {waiting.amounts.get(str(item.pk), '—')} 吨"
        for item in case.items.order_by("position")
    ]
    if waiting.until:
        lines.append(f"期限：申请至 {day(case.requested_until)}，拟批准至 {day(waiting.until)}")
    return [*lines, f"理由：{waiting.reasons}"]
