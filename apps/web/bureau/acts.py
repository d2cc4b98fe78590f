"""The acts that a bureau has at its desk: which transition of the machine, which form, which service."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from apps.organisations.models import User
from apps.transfers.models import Application, Item
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.reviewing import accept, approve, endorse, reject, request_correction
from apps.web.bureau.forms import ConfirmForm, GrantForm, OpinionForm, PointsForm, ReasonsForm
from apps.web.inputs import Door

FormMaker = Callable[[Application, QueryDict | None], Any]
Doer = Callable[[Application, User, datetime, Any], Application]


@dataclass(frozen=True, slots=True)
class BureauAct:
    """One button: ``name`` is the machine's transition, ``about`` says what will happen."""

    name: str
    title: str
    about: str
    done: str
    make_form: FormMaker
    do: Doer
    template: str = "web/bureau/act.html"
    tone: str = ""


def confirm_form(_: Application, data: QueryDict | None) -> Door:
    return ConfirmForm(data)


def reasons_form(_: Application, data: QueryDict | None) -> Door:
    return ReasonsForm(data)


def _opinion(_: Application, data: QueryDict | None) -> Door:
    return OpinionForm(data)


def _points(_: Application, data: QueryDict | None) -> Door:
    # A row more is asked for by its own button; blank rows are no points.
    extra = 1 if data is None or data.get("action") == "add_point" else 0
    return PointsForm(data, extra=extra)


def _grant_asked(application: Application, data: QueryDict | None) -> GrantForm:
    items = _offered(application, lambda item: item.amount_t)
    return GrantForm(data, items=items, with_reasons=True, initial={"until": application.requested_until})


def _grant_consented(application: Application, data: QueryDict | None) -> GrantForm:
    items = _offered(application, lambda item: item.amount_t if item.consented_t is None else item.consented_t)
    reply = application.replies.filter(round=application.round, voided_at__isnull=True).first()
    until = (reply.until if reply else None) or application.requested_until
    return GrantForm(data, items=items, with_reasons=False, initial={"until": until})


def _offered(application: Application, most: Callable[[Item], Any]) -> list[Item]:
    items = list(application.items.order_by("position"))
    for item in items:
        item.offered_t = most(item)  # type: ignore[attr-defined]
    return items


def _accept(case: Application, by: User, now: datetime, _: Any) -> Application:
    return accept(application_id=case.pk, by=by, now=now)


def _correct(case: Application, by: User, now: datetime, form: PointsForm) -> Application:
    return request_correction(application_id=case.pk, by=by, now=now, points=form.points())


def _endorse(case: Application, by: User, now: datetime, _: Any) -> Application:
    return endorse(application_id=case.pk, by=by, now=now)


def _consent(case: Application, by: User, now: datetime, form: GrantForm) -> Application:
    typed = form.cleaned_data
    return consent(
        application_id=case.pk,
        by=by,
        now=now,
        amounts=form.amounts(),
        until=typed["until"],
        reasons=typed["reasons"],
    )


def _object(case: Application, by: User, now: datetime, form: ReasonsForm) -> Application:
    return object_to(application_id=case.pk, by=by, now=now, reasons=form.cleaned_data["reasons"])


def _approve(case: Application, by: User, now: datetime, form: GrantForm) -> Application:
    return approve(application_id=case.pk, by=by, now=now, amounts=form.amounts(), until=form.cleaned_data["until"])


def _reject(case: Application, by: User, now: datetime, form: ReasonsForm) -> Application:
    return reject(application_id=case.pk, by=by, now=now, reasons=form.cleaned_data["reasons"])


def _give_opinion(case: Application, by: User, now: datetime, form: OpinionForm) -> Application:
    typed = form.cleaned_data
    return give_opinion(application_id=case.pk, by=by, now=now, agrees=typed["agrees"], text=typed["reasons"])


# In the order of the buttons. A transition without a row here has no button yet.
ACTS: dict[str, BureauAct] = {
    act.name: act
    for act in (
        BureauAct(
            "give_opinion",
            "出具属地意见",
            "意见随案转移出地省级生态环境部门初审，不是最终决定；出具后不能修改。",
            "属地意见已出具，案件转移出地初审。",
            _opinion,
            _give_opinion,
        ),
        BureauAct(
            "accept",
            "受理",
            "发出受理通知书，受理日期即收件日期；受理后不能再告知补正（23号令第二十三条）。",
            "已受理。",
            confirm_form,
            _accept,
        ),
        BureauAct(
            "endorse",
            "商请接受地",
            "向接受地发出商请函；尚未受理的同时受理。名单内直接审批的，接受地同意后批准决定即行生效。",
            "商请函已发出，案件转接受地。",
            confirm_form,
            _endorse,
            tone="btn-primary",
        ),
        BureauAct(
            "consent",
            "同意接受",
            "向移出地复函同意。数量或者期限少于申请的，须说明理由，案件转移出地决定。",
            "已复函同意。",
            _grant_asked,
            _consent,
            "web/bureau/grant.html",
            "btn-primary",
        ),
        BureauAct(
            "object",
            "不同意接受",
            "向移出地复函不同意；移出地只能作出不予批准的决定（23号令第二十五条）。",
            "已复函不同意。",
            reasons_form,
            _object,
        ),
        BureauAct(
            "approve",
            "批准",
            "作出批准决定：占用的余量转为已批准，少批的部分释放。",
            "已批准。",
            _grant_consented,
            _approve,
            "web/bureau/grant.html",
            "btn-primary",
        ),
        BureauAct(
            "request_correction",
            "告知补正",
            "每件申请只能告知一次，须一次列明全部需要补正的内容；时限停止计算，占用的余量按规定期限保留。",
            "补正告知书已发出。",
            _points,
            _correct,
            "web/bureau/correction.html",
        ),
        BureauAct(
            "reject",
            "不予批准",
            "作出不予批准决定，占用的余量释放；决定书载明理由和救济途径。",
            "已作出不予批准决定。",
            reasons_form,
            _reject,
        ),
    )
}
