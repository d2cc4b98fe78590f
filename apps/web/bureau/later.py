"""Acts that interrupt a review or follow an approval: forms, and which service each calls."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from apps.transfers.enums import RevocationKind, SuspensionReason
from apps.transfers.models import Application
from apps.web.bureau.acts import ACTS, BureauAct, confirm_form, less_form, nothing, reasons_form, the_grant, the_reasons
from apps.web.bureau.forms import LONGEST_TEXT, ReasonsForm, long_text
from apps.web.inputs import DayField, Door


class SuspendForm(Door):
    """Why the days don't count for a while, and until when."""

    reason = forms.ChoiceField(label="事由", choices=SuspensionReason, widget=forms.RadioSelect)
    expected_end_on = DayField(
        label="预计恢复日期",
        help_text="须为工作日；当日结束时自动恢复。",
        error_messages={"required": "请填写预计恢复日期。"},
    )
    reasons = forms.CharField(
        label="说明",
        max_length=LONGEST_TEXT,
        widget=long_text(),
        error_messages={"required": "请说明中止的事实和依据。"},
    )


class RevokeForm(ReasonsForm):
    """Which of the three kinds, and why."""

    kind = forms.ChoiceField(
        label="类型",
        choices=[
            (RevocationKind.WITHDRAWAL, "撤回：所依据的客观情况发生重大变化"),
            (RevocationKind.ANNULMENT, "撤销：不应批准而批准"),
            (RevocationKind.CANCELLATION, "注销：批准事项已无法实施或者主体终止"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择撤回、撤销或者注销。"},
    )
    field_order = ("kind", "reasons")


class PauseForm(ReasonsForm):
    """Why nothing may leave, until when, and whose letter said so."""

    until_on = DayField(label="暂停至", required=False, help_text="不填则至解除之日；原有效期不延长。")
    document_no = forms.CharField(label="来函文号", max_length=60, required=False)
    field_order = ("reasons", "until_on", "document_no")


def _suspend_form(_: Application, data: QueryDict | None, kept: Mapping[str, Any]) -> Door:
    return SuspendForm(data, initial={**kept, "reasons": kept.get("explanation")})


def _revoke_form(_: Application, data: QueryDict | None, kept: Mapping[str, Any]) -> Door:
    return RevokeForm(data, initial=kept)


def _pause_form(_: Application, data: QueryDict | None, kept: Mapping[str, Any]) -> Door:
    return PauseForm(data, initial={**kept, "reasons": kept.get("reason")})


def _the_suspension(form: SuspendForm) -> dict[str, Any]:
    typed = form.cleaned_data
    return {
        "reason": SuspensionReason(typed["reason"]),
        "explanation": typed["reasons"],
        "expected_end_on": typed["expected_end_on"],
    }


def _the_revocation(form: RevokeForm) -> dict[str, Any]:
    return {"kind": RevocationKind(form.cleaned_data["kind"]), "reasons": form.cleaned_data["reasons"]}


def _the_pause(form: PauseForm) -> dict[str, Any]:
    typed = form.cleaned_data
    return {"until_on": typed["until_on"], "reason": typed["reasons"], "document_no": typed["document_no"]}


def _the_reason(form: ReasonsForm) -> dict[str, Any]:
    return {"reason": form.cleaned_data["reasons"]}


LATER = (
    BureauAct(
        "take_back",
        "逾期未复收回",
        "接受地的函复时限已过：案件转回移出地决定，记为逾期未复，此后只能作出不予批准的决定。",
        "案件已收回。",
        confirm_form,
        nothing,
    ),
    BureauAct(
        "suspend",
        "中止审查",
        "发出中止审查通知书，时限停止计算，到预计恢复日期自动恢复；同一阶段同一事由只能中止一次。",
        "已中止审查。",
        _suspend_form,
        _the_suspension,
    ),
    BureauAct(
        "ask_reduction",
        "征询核减意见",
        "拟批准的数量或者期限少于申请时，可以先征询申请人是否同意；征询不停止时限，答复记录在案，供决定时参考。",
        "征询已发出，等待申请人答复。",
        less_form,
        the_grant,
        "web/bureau/grant.html",
    ),
    BureauAct("resume", "恢复审查", "时限自今日起接续计算。", "已恢复审查。", confirm_form, nothing),
    BureauAct(
        "recall",
        "收回刚签发的文书",
        "撤销您刚刚办理的一步：文书作废、编号保留，占用和时限恢复原状。送达之后或者其后又有办理行为的，不能收回。",
        "已收回，相关文书作废。",
        confirm_form,
        nothing,
        tone="btn-warning",
    ),
    BureauAct(
        "pause",
        "暂停转移",
        "发出暂停转移告知书，即日起不得转移；原有效期不延长（23号令第二十八条第三项）。",
        "已暂停转移。",
        _pause_form,
        _the_pause,
    ),
    BureauAct("lift_pause", "解除暂停", "即日起可以继续转移。", "已解除暂停。", reasons_form, _the_reason),
    BureauAct(
        "revoke",
        "撤回、撤销或者注销批准",
        "作出决定书，批准即行终止，未转移的数量恢复。",
        "批准已终止。",
        _revoke_form,
        _the_revocation,
    ),
    BureauAct(
        "settle",
        "核销未转移数量",
        "期满终结时没有恢复的数量，经核实后恢复，只能核销一次。",
        "未转移的数量已恢复。",
        reasons_form,
        the_reasons,
    ),
)
# Everything that this desk has a page for, in the order of the buttons.
ALL: dict[str, BureauAct] = ACTS | {act.name: act for act in LATER}
