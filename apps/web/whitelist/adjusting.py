"""Adjustments of lists during their year: what waits, a new one with its figures, and one with both sides' answer."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.catalogue.reading import wastes
from apps.organisations.models import Enterprise
from apps.transfers.errors import Refused
from apps.web.inputs import Door
from apps.web.moment import now_of, standing_for, user_of, version_of
from apps.web.rendering import page
from apps.web.whitelist.adjust_forms import AdjustForm, ConfirmAdjustmentForm, DeclineAdjustmentForm
from apps.web.whitelist.effects import effects_of
from apps.web.whitelist.entry_ledger import PLACES, visible_entry
from apps.web.whitelist.sheets import CONFLICT, HERE, UNPROCESSABLE, refuse
from apps.whitelists.enums import AdjustmentStatus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Adjustment, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import acts_for, sides_of
from apps.whitelists.services.adjusting import (
    confirm_adjustment,
    decline_adjustment,
    propose_adjustment,
    take_adjustment_back,
)
from apps.whitelists.services.fitting import refusal_of

A_PAGE = 50
WITH_NAMES = ("entry__operator", "target__operator", "new_operator", "province__division", "ended_by")
# The inputs by the names that services give what they refuse.
FIELDS = {
    "change_t": "amount_t",
    "target_id": "target_no",
    "operator": "new_operator",
    "wastes": "new_wastes",
    "method": "new_method",
    "quota_t": "amount_t",
}
# As many lines as a list of suggestions bears.
MOST_TARGETS = 300


@login_required
@require_safe
def adjustments(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's side, what for the other, and what was decided; for both bureaus and the auditor."""
    standing = standing_for(request)
    if not (standing.is_auditor or standing.provinces()):
        raise PermissionDenied
    rows = Adjustment.objects.visible_to(standing).select_related("edition", *WITH_NAMES)
    still_open = rows.filter(status=AdjustmentStatus.OPEN).order_by("proposed_at", "pk")
    waiting = set(rows.waiting_for(standing).values_list("pk", flat=True))
    ended = rows.exclude(status=AdjustmentStatus.OPEN).order_by("-ended_at", "-pk")
    context = {
        "here": HERE,
        "waiting": [row for row in still_open if row.pk in waiting],
        "with_others": [row for row in still_open if row.pk not in waiting],
        "decided": Paginator(ended, A_PAGE).get_page(request.GET.get("page")),
    }
    return page(request, "web/whitelist/year/adjustments.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """A new adjustment of a line; its figures are reckoned as one types."""
    entry = visible_entry(request, pk)
    if len(sides_of(entry.edition, standing_for(request))) != 1:
        return refuse(request, ListNotAllowed("提出调整", "名单由两省的名单管理员调整。"))
    known = wastes(version_of(request))
    form = AdjustForm(request.POST if request.method == "POST" else None, entry=entry, wastes=known)
    is_reckoned = form.is_bound and form.data.get("then") == "reckon"
    if form.is_bound and form.is_valid() and not is_reckoned:
        try:
            return _proposed(request, entry, form)
        except ListNotFound as error:
            raise Http404 from error
        except WhitelistError as refused:
            about = FIELDS.get(refused.field, refused.field)
            form.refuse(Refused(refused.code, refused.sentence, field=about))
    row = _looked_at(entry, form)
    against = refusal_of(row=row, now=now_of(request)) if form.is_told else None
    context = {
        "here": HERE,
        "entry": entry,
        "edition": entry.edition,
        "form": form,
        "effects": effects_of(row),
        "refused": against if is_reckoned else None,
        "is_reckoned": is_reckoned and form.is_told,
        "targets": entry.edition.entries.exclude(pk=entry.pk)
        .select_related("operator")
        .order_by(by_number())[:MOST_TARGETS],
        "open": Adjustment.objects.filter(entry=entry, status=AdjustmentStatus.OPEN).first(),
    }
    if request.headers.get("HX-Request") == "true" and is_reckoned:
        return render(request, "web/whitelist/year/effects.html", context)
    status = UNPROCESSABLE if form.errors and not is_reckoned else 200
    return page(request, "web/whitelist/year/propose.html", context, status=status)


def _looked_at(entry: WhitelistEntry, form: AdjustForm) -> Adjustment:
    """What was typed as an adjustment, not saved; without tonnes as long as they can't be told."""
    row = Adjustment(edition=entry.edition, entry=entry, target=form.target, change_t=form.change_t or Decimal(0))
    if line := form.new_line:
        row.new_operator = Enterprise.objects.get(pk=line.operator_id)
        row.new_waste_codes, row.new_category_id = list(line.waste_codes), line.category_id or None
        row.new_method = line.method
    return row


def _proposed(request: HttpRequest, entry: WhitelistEntry, form: AdjustForm) -> HttpResponse:
    made = propose_adjustment(
        entry_id=entry.pk,
        change_t=form.change_t or Decimal(0),
        target_id=form.target.pk if form.target else None,
        new_line=form.new_line,
        letter_no=form.cleaned_data["letter_no"],
        reason=form.cleaned_data["reason"],
        by=user_of(request),
        now=now_of(request),
    )
    messages.success(request, "已提出，等待对方答复。")
    return redirect("web:adjustment", pk=made.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adjustment(request: HttpRequest, pk: int) -> HttpResponse:
    """One adjustment; the other side confirms or declines here, its own side takes it back."""
    seen = Adjustment.objects.visible_to(standing_for(request))
    seen = seen.select_related(*WITH_NAMES, *PLACES)
    row = get_object_or_404(seen, pk=pk)
    forms: dict[str, Door] = {"confirm": ConfirmAdjustmentForm(), "decline": DeclineAdjustmentForm()}
    refused, status = None, 200
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action not in ACTIONS:
            raise Http404
        form = forms[action] = _bound(action, request)
        try:
            if form.is_valid():
                told = ACTIONS[action](request, row, form)
                messages.success(request, told)
                return redirect("web:adjustment", pk=pk)
            status = UNPROCESSABLE
        except ListNotFound as error:
            raise Http404 from error
        except ListNotAllowed as error:
            return refuse(request, error)
        except WhitelistError as error:
            refused, status = error, CONFLICT
            row = seen.get(pk=pk)
    return page(request, "web/whitelist/year/adjustment.html", _told(request, row, forms, refused), status=status)


def _told(
    request: HttpRequest, row: Adjustment, forms: dict[str, Door], refused: WhitelistError | None
) -> dict[str, Any]:
    standing, is_open = standing_for(request), row.status == AdjustmentStatus.OPEN
    sides = {one.pk: one for one in (row.edition.origin, row.edition.destination)}
    answers = is_open and acts_for(row.edition, standing, row.other_side_id)
    against = None
    if is_open:
        against = refusal_of(row=row, now=now_of(request))
    return {
        "here": HERE,
        "row": row,
        "edition": row.edition,
        "is_open": is_open,
        "other_side": sides[row.other_side_id],
        "effects": effects_of(row) if is_open else (),
        "against": against,
        "answers": answers,
        "takes_back": is_open and acts_for(row.edition, standing, row.province_id),
        "confirm": forms["confirm"],
        "decline": forms["decline"],
        "refused": refused,
        "events": row.edition.events.filter(reference=row.reference).order_by("pk"),
    }


def _bound(action: str, request: HttpRequest) -> Door:
    if action == "confirm":
        return ConfirmAdjustmentForm(request.POST)
    return DeclineAdjustmentForm(request.POST) if action == "decline" else Door(request.POST)


def _confirm(request: HttpRequest, row: Adjustment, form: Door) -> str:
    letter_no = form.cleaned_data["letter_no"]
    confirm_adjustment(adjustment_id=row.pk, by=user_of(request), now=now_of(request), letter_no=letter_no)
    return "已确认，名单的核定数量即时变更。"


def _decline(request: HttpRequest, row: Adjustment, form: Door) -> str:
    reason = form.cleaned_data["reason"]
    decline_adjustment(adjustment_id=row.pk, by=user_of(request), now=now_of(request), reason=reason)
    return "已答复不同意。"


def _take_back(request: HttpRequest, row: Adjustment, _: Door) -> str:
    take_adjustment_back(adjustment_id=row.pk, by=user_of(request), now=now_of(request))
    return "已撤回。"


ACTIONS: dict[str, Callable[[HttpRequest, Adjustment, Door], str]] = {
    "confirm": _confirm,
    "decline": _decline,
    "take_back": _take_back,
}
