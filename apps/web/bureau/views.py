"""A bureau's desk: the worklist by due moment, the case, its acts."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.transfers.enums import OPEN_STATES, Severity
from apps.transfers.models import Application
from apps.transfers.rules.findings import Finding
from apps.transfers.services.checking import check_application
from apps.web.bureau.acts import BureauAct
from apps.web.bureau.deciding import bureau_case
from apps.web.bureau.export import AT_ONCE, write_sheet
from apps.web.bureau.later import ALL
from apps.web.bureau.listing import lines_of
from apps.web.bureau.permits import permits_of
from apps.web.bureau.worklist import Worklist
from apps.web.cases import case_context, possible_acts
from apps.web.moment import calendar_of, now_of, today_of
from apps.web.rendering import page
from apps.web.showing import show_due

A_PAGE = 20
HERE = "web:worklist"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# While the case holds tonnes of its own, the list's checks would count them against it: the entries tell them right.
ROUTING_CHECKS = (9, 10)


@login_required
@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """Cases that the person may read for an authority, supervised first, then by due moment."""
    work = Worklist(request)
    found = work.jump()
    if found is not None:
        address = reverse("web:case", args=[found])
        return HttpResponseClientRedirect(address) if is_fragment(request) else redirect(address)
    rows, before, after = work.rows(A_PAGE)
    lines = lines_of(rows, provinces=work.provinces, now=now_of(request), calendar=calendar_of(request))
    kept = kept_filters(request)
    context = {"here": HERE, "work": work, "lines": lines, "before": before, "after": after, "kept": kept}
    return page(request, "web/bureau/worklist.html", context)


@login_required
@require_safe
def worklist_export(request: HttpRequest) -> FileResponse:
    """The list as it is filtered, all of its pages, as a spreadsheet."""
    work, now = Worklist(request), now_of(request)
    rows = work.told(work.cases()).order_by(*work.order.order(is_backwards=False))
    file = write_sheet(
        rows.iterator(chunk_size=AT_ONCE), provinces=work.provinces, now=now, calendar=calendar_of(request)
    )
    name = f"案件清单_{work.scopes()[work.scope]}_{today_of(request):%Y%m%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=SHEET)


def kept_filters(request: HttpRequest) -> str:
    """What was filtered for, to be kept by links to other pages; where the page begins is not part of it."""
    kept = request.GET.copy()
    for name in ("after", "before", "page"):
        kept.pop(name, None)
    return f"{kept.urlencode()}&" if kept else ""


def is_fragment(request: HttpRequest) -> bool:
    """Whether a script asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


@login_required
@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """A case as an authority sees it, with what the person may do now."""
    application = bureau_case(request, pk)
    context = case_context(request, application)
    return page(
        request,
        "web/bureau/case.html",
        {
            **context,
            "here": HERE,
            "acts": acts_for(request, application),
            "permits": permits_of(application, today=today_of(request)),
            "groups": _findings(request, application),
        },
    )


def acts_for(request: HttpRequest, application: Application) -> list[BureauAct]:
    """The machine's answer to what this person may do now, as far as this desk has a page for it."""
    possible = possible_acts(request, application)
    return [act for name, act in ALL.items() if name in possible]


def _findings(request: HttpRequest, application: Application) -> list[tuple[str, str, list[Finding]]]:
    """What the check finds today, for information; nothing once the case is decided."""
    if application.state not in OPEN_STATES:
        return []
    result = check_application(application=application, today=today_of(request), calendar=calendar_of(request))
    groups = []
    for severity in Severity:
        found = [finding for finding in result.of(severity) if finding.check not in ROUTING_CHECKS]
        if found:
            groups.append((severity.value, "注意" if severity == Severity.BLOCKING else severity.label, found))
    return groups
