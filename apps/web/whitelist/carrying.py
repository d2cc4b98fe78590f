"""Next year's draft from this year's list: what each line came to, and what of it would no longer hold."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.figures.carried import carried_lines
from apps.figures.utilisation import use_of_lists
from apps.transfers.rules.periods import add_months
from apps.web.inputs import DayField, Door
from apps.web.moment import now_of, standing_for, today_of, user_of
from apps.web.rendering import page
from apps.web.whitelist.sheets import HERE, UNPROCESSABLE, refuse, visible_edition
from apps.whitelists.enums import EditionStatus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, EditionLine, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import acts_for
from apps.whitelists.rules.proposing import Findings
from apps.whitelists.services.carrying import LONGEST_NAME, carry_over, lines_carried, name_of_next
from apps.whitelists.services.proposing import findings_of

A_PAGE = 50
MONTHS = 12


class CarryForm(Door):
    """The period and the name of the next list."""

    begins_on = DayField(label="起", error_messages={"required": "请填写起日。"})
    ends_on = DayField(label="止（含当日）", error_messages={"required": "请填写止日。"})
    name = forms.CharField(label="名称", max_length=LONGEST_NAME, error_messages={"required": "请填写名称。"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def carry(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines of a confirmed list with their figures and marks; posting makes the draft."""
    source = visible_edition(request, pk)
    if source.status != EditionStatus.CONFIRMED:
        raise Http404
    if not acts_for(source, standing_for(request), source.destination_id):
        return refuse(request, ListNotAllowed("以本期名单起草下一期", "名单由接受地的名单管理员起草。"))
    begins_on, ends_on = next_period(source)
    first = {"begins_on": begins_on, "ends_on": ends_on, "name": name_of_next(source, begins_on)}
    form = CarryForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_bound and form.is_valid():
        try:
            made = carry_over(edition_id=pk, by=user_of(request), now=now_of(request), **form.cleaned_data)
        except ListNotFound as error:
            raise Http404 from error
        except WhitelistError as refused:
            about = refused.field if refused.field in form.fields else None
            form.add_error(about, ValidationError(refused.sentence, code=refused.code))
        else:
            messages.success(request, f"已起草{made.name}，延续 {made.lines.count()} 条。")
            return redirect("web:edition", pk=made.pk)
    context = {"here": HERE, "source": source, "form": form, **_lines(request, source, begins_on, ends_on)}
    return page(request, "web/whitelist/sheets/carry.html", context, status=UNPROCESSABLE if form.errors else 200)


def next_period(source: Edition) -> tuple[date, date]:
    """The days right after the list, as many months as it lasted."""
    after = source.ends_on + timedelta(days=1)
    months = (after.year - source.begins_on.year) * MONTHS + after.month - source.begins_on.month
    return after, add_months(after, max(months, 1)) - timedelta(days=1)


def _lines(request: HttpRequest, source: Edition, begins_on: date, ends_on: date) -> dict[str, Any]:
    """The page's entries with figures; findings are reckoned over all of them, as they would stand next year."""
    into = Edition(
        pk=None,
        origin=source.origin,
        destination=source.destination,
        begins_on=begins_on,
        ends_on=ends_on,
        status=EditionStatus.DRAFT,
    )
    drafted = lines_carried(edition=source, into=into)
    findings = findings_of(lines=drafted, edition=into, today=today_of(request))
    only = "marked" if request.GET.get("only") == "marked" else ""
    entries = WhitelistEntry.objects.filter(edition=source).select_related("operator").order_by(by_number(), "pk")
    if only:
        entries = entries.filter(number__in=findings.by_number)
    pages: Page[WhitelistEntry] = Paginator(entries, A_PAGE).get_page(request.GET.get("page"))
    figures = carried_lines(list(pages), edition=source, begins_on=begins_on, ends_on=ends_on)
    return {
        "lines": [(line, findings.of_line(line.entry.number)) for line in figures],
        "pages": pages,
        "only": only,
        "begins_on": begins_on,
        "ends_on": ends_on,
        "sums": use_of_lists([source])[0],
        "carried": len(drafted),
        "carried_t": sum((line.quota_t for line in drafted), Decimal(0)),
        "blocked": _numbers(findings, drafted, is_blocking=True),
        "warned": _numbers(findings, drafted, is_blocking=False),
    }


def _numbers(findings: Findings, lines: list[EditionLine], *, is_blocking: bool) -> int:
    """How many lines have a finding of the kind."""
    return sum(any(one.is_blocking == is_blocking for one in findings.of_line(line.number)) for line in lines)
