"""The acts that a bureau has at its desk: which transition of the machine, which form, which service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from apps.transfers.models import Application, Item
from apps.web.bureau.forms import ConfirmForm, GrantForm, OpinionForm, PointsForm, ReasonsForm
from apps.web.inputs import Door

# ``kept`` are the service's arguments as they were prepared before, for who changes them; empty the first time.
FormMaker = Callable[[Application, QueryDict | None, Mapping[str, Any]], Any]
# The arguments of the act's service, out of the valid form.
Reader = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class BureauAct:
    """One button: ``name`` is the machine's transition, ``about`` says what will happen."""

    name: str
    title: str
    about: str
    done: str
    make_form: FormMaker
    arguments: Reader
    template: str = "web/bureau/act.html"
    tone: str = ""


def confirm_form(_: Application, data: QueryDict | None, __: Mapping[str, Any]) -> Door:
    return ConfirmForm(data)


def reasons_form(_: Application, data: QueryDict | None, kept: Mapping[str, Any]) -> Door:
    return ReasonsForm(data, initial={"reasons": kept.get("reasons") or kept.get("reason")})


def nothing(_: Door) -> dict[str, Any]:
    return {}


def the_reasons(form: ReasonsForm) -> dict[str, Any]:
    return {"reasons": form.cleaned_data["reasons"]}


def _opinion(_: Application, data: QueryDict | None, __: Mapping[str, Any]) -> Door:
    return OpinionForm(data)


def _points(_: Application, data: QueryDict | None, kept: Mapping[str, Any]) -> Door:
    # A row more is asked for by its own button; blank rows are no points.
    extra = 1 if data is None or data.get("action") == "add_point" else 0
    return PointsForm(data, extra=extra, points=kept.get("points", ()))


def _grant_asked(application: Application, data: QueryDict | None, kept: Mapping[str, Any]) -> GrantForm:
    items = _offered(application, lambda item: item.amount_t)
    return _grant(data, items, kept, until=application.requested_until, with_reasons=True)


def less_form(application: Application, data: QueryDict | None, kept: Mapping[str, Any]) -> GrantForm:
    """What the origin may approve at most, to be lowered, with reasons."""
    items = _offered(application, lambda item: item.amount_t if item.consented_t is None else item.consented_t)
    return _grant(data, items, kept, until=application.requested_until, with_reasons=True)


def _grant_consented(application: Application, data: QueryDict | None, kept: Mapping[str, Any]) -> GrantForm:
    items = _offered(application, lambda item: item.amount_t if item.consented_t is None else item.consented_t)
    reply = application.replies.filter(round=application.round, voided_at__isnull=True).first()
    until = (reply.until if reply else None) or application.requested_until
    return _grant(data, items, kept, until=until, with_reasons=False)


def _grant(
    data: QueryDict | None, items: list[Item], kept: Mapping[str, Any], *, until: object, with_reasons: bool
) -> GrantForm:
    amounts = {f"amount_{pk}": amount for pk, amount in (kept.get("amounts") or {}).items()}
    initial = {"until": kept.get("until") or until, "reasons": kept.get("reasons", ""), **amounts}
    return GrantForm(data, items=items, with_reasons=with_reasons, initial=initial)


def _offered(application: Application, most: Callable[[Item], Any]) -> list[Item]:
    items = list(application.items.order_by("position"))
    for item in items:
        item.offered_t = most(item)  # type: ignore[attr-defined]
    return items


def _the_points(form: PointsForm) -> dict[str, Any]:
    return {"points": form.points()}


def the_grant(form: GrantForm) -> dict[str, Any]:
    return {"amounts": form.amounts(), "until": form.cleaned_data["until"], "reasons": form.cleaned_data["reasons"]}


def _the_approval(form: GrantForm) -> dict[str, Any]:
    return {"amounts": form.amounts(), "until": form.cleaned_data["until"]}


def _the_opinion(form: OpinionForm) -> dict[str, Any]:
    return {"agrees": form.cleaned_data["agrees"], "text": form.cleaned_data["reasons"]}


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
            _the_opinion,
        ),
        BureauAct(
            "accept",
            "受理",
            "发出受理通知书，受理日期即收件日期；受理后不能再告知补正（23号令第二十三条）。",
            "已受理。",
            confirm_form,
            nothing,
        ),
        BureauAct(
            "endorse",
            "商请接受地",
            "向接受地发出商请函；尚未受理的同时受理。名单内直接审批的，接受地同意后批准决定即行生效。",
            "商请函已发出，案件转接受地。",
            confirm_form,
            nothing,
            tone="btn-primary",
        ),
        BureauAct(
            "consent",
            "同意接受",
            "向移出地复函同意。数量或者期限少于申请的，须说明理由，案件转移出地决定。",
            "已复函同意。",
            _grant_asked,
            the_grant,
            "web/bureau/grant.html",
            "btn-primary",
        ),
        BureauAct(
            "object",
            "不同意接受",
            "向移出地复函不同意；移出地只能作出不予批准的决定（23号令第二十五条）。",
            "已复函不同意。",
            reasons_form,
            the_reasons,
        ),
        BureauAct(
            "approve",
            "批准",
            "作出批准决定：占用的余量转为已批准，少批的部分释放。",
            "已批准。",
            _grant_consented,
            _the_approval,
            "web/bureau/grant.html",
            "btn-primary",
        ),
        BureauAct(
            "request_correction",
            "告知补正",
            "每件申请只能告知一次；告知后时限停止计算，占用的余量按规定期限保留。",
            "补正告知书已发出。",
            _points,
            _the_points,
            "web/bureau/correction.html",
        ),
        BureauAct(
            "reject",
            "不予批准",
            "作出不予批准决定，占用的余量释放；决定书载明理由和救济途径。",
            "已作出不予批准决定。",
            reasons_form,
            the_reasons,
        ),
    )
}
