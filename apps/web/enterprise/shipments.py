"""An approval as a balance: what left, what arrived, what is left; the next trip is entered on the same page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from apps.deadlines.workdays import local_day
from apps.transfers.models import Application, Shipment
from apps.transfers.rules.receiving import Confirmation, confirmation_of
from apps.web.cases import possible_acts, reads_as_bureau, visible_case
from apps.web.enterprise.balance import balances_of
from apps.web.enterprise.deeds import shipment_form
from apps.web.inputs import is_key
from apps.web.moment import calendar_of, standing_for, today_of
from apps.web.rendering import ENTERPRISE_DESK, page

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip with the state of its confirmation."""

    shipment: Shipment
    confirmation: Confirmation


@login_required
@require_safe
def shipments(request: HttpRequest, pk: int) -> HttpResponse:
    """The balance of an approval for its two parties, with the entry of a trip or the confirmation of each."""
    application = visible_case(request, pk)
    standing = standing_for(request)
    if not {application.generator_id, application.operator_id} & standing.enterprises():
        if reads_as_bureau(application, standing):
            return redirect("web:case", pk)
        raise Http404
    if application.valid_from is None:
        messages.info(request, f"该申请现为“{application.get_state_display()}”，批准后才有转移记录。")
        return redirect("web:own_application", pk)
    possible = possible_acts(request, application)
    trips = application.shipments.select_related("item").order_by("-shipped_on", "-pk")
    found = Paginator(trips, A_PAGE).get_page(request.GET.get("page"))
    is_sender = application.generator_id in standing.enterprises(*ENTERPRISE_DESK)
    balance = balances_of([application], day=today_of(request))[0]
    context: dict[str, Any] = {
        "application": application,
        "here": "web:own_applications" if is_sender else "web:addressed_applications",
        "balance": balance,
        "page": found,
        "trips": list(_trips(request, found)),
        "form": _entry(request, application) if "record_shipment" in possible and balance.left_t else None,
        "may_confirm": "confirm_shipment" in possible,
        "possible": possible,
        "may_close": "close" in possible and not balance.waiting,
        "today": today_of(request),
    }
    return page(request, "web/enterprise/shipments.html", context)


def _trips(request: HttpRequest, found: Iterable[Shipment]) -> Iterable[Trip]:
    today, calendar = today_of(request), calendar_of(request)
    for one in found:
        confirmed_on = local_day(one.confirmed_at) if one.confirmed_at else None
        yield Trip(
            one,
            confirmation_of(
                shipped_on=one.shipped_on,
                arrived_on=one.arrived_on,
                confirmed_on=confirmed_on,
                today=today,
                calendar=calendar,
            ),
        )


def _entry(request: HttpRequest, application: Application) -> Any:
    """The form of the next trip: what the last entered one had in common with it is there already."""
    after = request.GET.get("after", "")
    last = application.shipments.filter(pk=int(after)).first() if is_key(after) else None
    if last is None:
        return shipment_form(application, None)
    known = {
        "item": str(last.item_id),
        "manifest_no": f"{int(last.manifest_no) + 1:014d}",
        "shipped_on": last.shipped_on,
        "carrier_name": last.carrier_name,
    }
    return shipment_form(application, None, known)
