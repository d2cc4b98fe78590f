"""What the parties do with an approval: shipments, their confirmation, declaring complete, closing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.organisations.models import User
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, Item, Shipment
from apps.transfers.services.ending import close, declare_complete
from apps.transfers.services.shipping import confirm_shipment, left_t, record_shipment
from apps.web.cases import may_ever, possible_acts, visible_case
from apps.web.enterprise.reduction import answer, reduction_form
from apps.web.inputs import CodeField, DayField, Door, TonnesField
from apps.web.moment import now_of, user_of
from apps.web.refusing import UNPROCESSABLE, not_allowed, status_of
from apps.web.rendering import page


class ShipmentForm(Door):
    """One vehicle-trip of one item."""

    item = forms.ChoiceField(label="转移废物", error_messages={"required": "请选择转移的废物。"})
    manifest_no = CodeField(
        label="转移联单编号",
        max_length=20,
        help_text="十四位数字",
        error_messages={"required": "请填写转移联单编号。"},
    )
    amount_t = TonnesField(label="转移量（吨）", error_messages={"required": "请填写转移量。"})
    shipped_on = DayField(label="转移日期", error_messages={"required": "请填写转移日期。"})
    carrier_name = forms.CharField(label="承运人", max_length=100, error_messages={"required": "请填写承运人。"})

    def __init__(self, *args: Any, items: list[Item], **options: Any) -> None:
        """``items`` are the approved ones."""
        super().__init__(*args, **options)
        told = [
            (str(item.pk), f"{item.waste_code} {item.waste_name}（尚可转移 {left_t(item):.4f} 吨）") for item in items
        ]
        self.choose_from("item", told)


class ReceiptForm(Door):
    """What the operator received of a trip, and when it arrived."""

    shipment = forms.ChoiceField(label="转移联单", error_messages={"required": "请选择转移联单。"})
    received_t = TonnesField(label="接受量（吨）", allows_zero=True, error_messages={"required": "请填写接受量。"})
    arrived_on = DayField(label="运抵日期", error_messages={"required": "请填写运抵日期。"})


class NothingForm(Door):
    """Nothing to type: the page says what will happen."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One button at the parties' desk; ``name`` is the machine's or the table's of attendances."""

    name: str
    title: str
    about: str
    done: str
    make_form: Callable[[Application, QueryDict | None], Any]
    do: Callable[[Application, User, datetime, Any], object]


def shipment_form(case: Application, data: QueryDict | None, initial: Mapping[str, Any] | None = None) -> Door:
    """The entry of one trip; ``initial`` is what the last one had in common with it."""
    items = list(case.items.filter(approved_t__gt=0))
    known = {"shipped_on": case.today, "carrier_name": case.carrier_name, **(initial or {})}
    return ShipmentForm(data, items=items, initial=known)


def _receipt_form(case: Application, data: QueryDict | None) -> Door:
    waiting = case.shipments.filter(confirmed_at__isnull=True).select_related("item")
    form = ReceiptForm(data, initial={"arrived_on": case.today})
    told = [(str(one.pk), f"{one.manifest_no}　{one.shipped_on}　{one.amount_t:.4f} 吨") for one in waiting]
    form.choose_from("shipment", told)
    return form


def _nothing_form(_: Application, data: QueryDict | None) -> Door:
    return NothingForm(data)


def _ship(case: Application, by: User, now: datetime, form: ShipmentForm) -> object:
    typed = form.cleaned_data
    return record_shipment(
        application_id=case.pk,
        by=by,
        now=now,
        item_id=int(typed["item"]),
        manifest_no=typed["manifest_no"],
        amount_t=typed["amount_t"],
        shipped_on=typed["shipped_on"],
        carrier_name=typed["carrier_name"],
    )


def _confirm(case: Application, by: User, now: datetime, form: ReceiptForm) -> object:
    typed = form.cleaned_data
    return confirm_shipment(
        application_id=case.pk,
        shipment_id=int(typed["shipment"]),
        by=by,
        now=now,
        received_t=typed["received_t"],
        arrived_on=typed["arrived_on"],
    )


def _declare(case: Application, by: User, now: datetime, _: Any) -> object:
    return declare_complete(application_id=case.pk, by=by, now=now)


def _close(case: Application, by: User, now: datetime, _: Any) -> object:
    return close(application_id=case.pk, by=by, now=now)


DEEDS: dict[str, Deed] = {
    deed.name: deed
    for deed in (
        Deed(
            "record_shipment",
            "登记转移",
            "每车次登记一条；累计不得超过批准数量。",
            "转移已登记。",
            shipment_form,
            _ship,
        ),
        Deed(
            "confirm_shipment",
            "确认接受",
            "核实验收后确认；接受之日起五个工作日内办理（23号令第十八条）。",
            "已确认接受。",
            _receipt_form,
            _confirm,
        ),
        Deed(
            "answer_reduction",
            "答复核减征询",
            "移出地拟批准的数量或者期限少于申请。您的答复记录在案，不影响依法作出决定，也不影响您的救济权利。",
            "答复已记录。",
            reduction_form,
            answer,
        ),
        Deed(
            "declare_complete",
            "申报执行完毕",
            "此后不再登记转移；有效期满后由系统终结，未转移的数量恢复。",
            "已申报执行完毕。",
            _nothing_form,
            _declare,
        ),
        Deed(
            "close",
            "终结",
            "申报执行完毕并终结，未转移的数量即时恢复。",
            "申请已终结，未转移的数量已恢复。",
            _nothing_form,
            _close,
        ),
    )
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One deed: its page says what will happen; posting it does it, once."""
    application, wanted = visible_case(request, pk), DEEDS[name]
    if not may_ever(request, application, name):
        return not_allowed(request, NotAllowed(wanted.title))
    form = wanted.make_form(application, request.POST if request.method == "POST" else None)
    refused, status = None, 0
    if request.method != "POST":
        refused = _not_now(request, application, wanted)
    elif not form.is_valid():
        status = UNPROCESSABLE
    else:
        try:
            done = wanted.do(application, user_of(request), now_of(request), form)
        except NotFound as error:
            raise Http404 from error
        except Refused as error:
            refused = error
            form.refuse(refused)
        else:
            messages.success(request, wanted.done)
            return redirect(_next_page(application, done))
    context = {"application": application, "deed": wanted, "form": form, "refused": refused}
    return page(request, "web/enterprise/deed.html", context, status=status or status_of(refused))


def _not_now(request: HttpRequest, application: Application, wanted: Deed) -> Refused | None:
    if wanted.name in possible_acts(request, application):
        return None
    state = application.get_state_display()
    return Refused("state.moved", f"该申请现为“{state}”，现在不能“{wanted.title}”，请返回申请查看。")


def _next_page(application: Application, done: object) -> str:
    """A trip is seldom alone: back to where the next one is entered; from anything else to the case."""
    if isinstance(done, Shipment):
        address = reverse("web:shipments", args=[application.pk])
        return f"{address}#trip-{done.pk}" if done.confirmed_at else f"{address}?after={done.pk}#entry"
    return reverse("web:own_application", args=[application.pk])
