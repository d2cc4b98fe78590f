"""A bureau's worklist by due moment, on the screen and as a spreadsheet."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.web.bureau.export import AT_ONCE, write_sheet
from apps.web.bureau.listing import lines_of
from apps.web.bureau.unanswered import unanswered
from apps.web.bureau.worklist import Worklist
from apps.web.clock.calendar import coming_cover
from apps.web.clock.supervision import pinned
from apps.web.moment import calendar_of, now_of, today_of
from apps.web.rendering import page

A_PAGE = 20
HERE = "web:worklist"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    is_first = work.scope == "mine" and not (work.is_filtered or work.query or before)
    context = {
        "here": HERE,
        "work": work,
        "lines": lines,
        "before": before,
        "after": after,
        "kept": kept,
        "pinned": pinned(request) if is_first else None,
        "unanswered": unanswered(request) if is_first else (),
        "cover": coming_cover(request),
    }
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
