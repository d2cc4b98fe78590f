"""Operators of one's province with their permits and suspensions, and what becomes of a permit."""

from collections import defaultdict
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.organisations.enums import PermitStatus, Role
from apps.organisations.models import Enterprise, Permit
from apps.organisations.services.parties import FINAL_STATUSES
from apps.transfers.errors import Refused
from apps.web.moment import now_of, standing_for, today_of, user_of
from apps.web.public.searching import cleaned
from apps.web.rendering import page
from apps.web.whitelist.hastening import hasten_following
from apps.web.whitelist.sheets import CONFLICT, HERE, UNPROCESSABLE, refuse
from apps.web.whitelist.suspend_forms import PermitStatusForm
from apps.web.whitelist.touching import Subject, touched_by
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Bar
from apps.whitelists.services.permits import record_permit_status

A_PAGE = 50


@login_required
@require_safe
def listed_operators(request: HttpRequest) -> HttpResponse:
    """For list administrators their own province's, for the auditor everybody's."""
    standing, today = standing_for(request), today_of(request)
    own = standing.provinces(Role.WHITELIST_ADMIN)
    if not (own or standing.is_auditor):
        raise PermissionDenied
    rows = Enterprise.objects.filter(is_operator=True).select_related("province__division", "division")
    if not standing.is_auditor:
        rows = rows.filter(province__in=own)
    text = cleaned(request.GET.get("q", ""))
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(initials__startswith=text.lower()) | Q(permits__number=text))
    terms = Permit.objects.filter(valid_until__gte=today).order_by("valid_from")
    rows = rows.prefetch_related(Prefetch("permits", queryset=terms, to_attr="terms"))
    found = Paginator(rows.order_by("province", "initials", "name").distinct(), A_PAGE).get_page(
        request.GET.get("page")
    )
    bars = _bars([one.pk for one in found], today)
    context = {
        "here": HERE,
        "text": text,
        "page": found,
        "operators": [(one, bars[one.pk], one.province_id in own) for one in found],
        "final": FINAL_STATUSES,
    }
    return page(request, "web/whitelist/year/operators.html", context)


def _bars(operators: list[int], today: date) -> dict[int, list[Bar]]:
    """Suspensions in force or to begin, by operator."""
    found: dict[int, list[Bar]] = defaultdict(list)
    for bar in Bar.objects.standing_on(today).filter(operator__in=operators):
        if bar.operator_id is not None:
            found[bar.operator_id].append(bar)
    return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def permit_status(request: HttpRequest, pk: int) -> HttpResponse:
    """A permit with its history; its province's list administrator records what became of it."""
    standing, today = standing_for(request), today_of(request)
    if not (standing.is_auditor or standing.provinces()):
        raise PermissionDenied
    permits = Permit.objects.filter(enterprise__is_operator=True)
    permit = get_object_or_404(permits.select_related("enterprise__province__division"), pk=pk)
    operator, current = permit.enterprise, PermitStatus(permit.status)
    may_change = operator.province_id in standing.provinces(Role.WHITELIST_ADMIN)
    form = PermitStatusForm(
        request.POST if request.method == "POST" else None, current=current, initial={"effective_on": today.isoformat()}
    )
    if form.is_bound and not may_change:
        return refuse(request, ListNotAllowed("变更许可证状态", "由接受人所在省的名单管理员登记。"))
    status = UNPROCESSABLE if form.is_bound else 200
    if form.is_bound and form.is_valid():
        typed = {**form.cleaned_data, "status": PermitStatus(form.cleaned_data["status"])}
        try:
            change = record_permit_status(permit_id=pk, by=user_of(request), now=now_of(request), **typed)
        except ListNotFound as error:
            raise Http404 from error
        except WhitelistError as refused:
            # The form is not there any more once the status is final.
            about = "" if current in FINAL_STATUSES else refused.field
            form.refuse(Refused(refused.code, refused.sentence, field=about))
            status = UNPROCESSABLE if about else CONFLICT
        else:
            hasten_following()
            messages.success(
                request, f"许可证 {permit.number} 已登记为“{change.get_status_display()}”，已告知有关各方。"
            )
            return redirect("web:permit_status", pk=pk)
    context = {
        "here": HERE,
        "permit": permit,
        "operator": operator,
        "lines": permit.lines.all(),
        "changes": permit.status_changes.select_related("recorded_by").order_by("-effective_on", "-pk"),
        "form": form,
        "may_change": may_change and current not in FINAL_STATUSES and permit.valid_until >= today,
        "is_final": current in FINAL_STATUSES,
        "touched": touched_by(Subject(operator=operator), user=user_of(request), today=today),
    }
    return page(request, "web/whitelist/year/permit.html", context, status=status)
