"""Working lines, one at a time: each has a page of its own; with scripts the form opens in the table's row."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.catalogue.reading import wastes
from apps.organisations.permissions import standing_of
from apps.transfers.errors import Refused
from apps.web.inputs import is_key
from apps.web.moment import now_of, today_of, user_of, version_of
from apps.web.refusing import UNPROCESSABLE
from apps.web.rendering import page
from apps.web.whitelist.forms import EditionLineForm, initial_of
from apps.web.whitelist.sheets import CONFLICT, HERE, refuse, visible_edition
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, EditionLine
from apps.whitelists.permissions import may_edit
from apps.whitelists.services import lines as services

NOT_NOW = "现在不由您这一方修改。"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_line(request: HttpRequest, pk: int) -> HttpResponse:
    """A new line."""
    edition = visible_edition(request, pk)
    if not _may_edit(request, edition):
        return refuse(request, ListNotAllowed("增加条目", f"名单{edition.get_status_display()}，{NOT_NOW}"))
    form = _form(request, edition)
    if form.is_bound and form.is_valid():
        try:
            made = services.add_line(edition_id=pk, form=form.line, by=user_of(request), now=now_of(request))
        except WhitelistError as refused:
            return _refused(request, edition, form, refused)
        messages.success(request, f"已增加第{made.number}号条目。")
        again = request.POST.get("then") == "again"
        return redirect("web:add_line" if again else "web:edition", pk=pk)
    return _page(request, edition, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_line(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Change a line."""
    edition = visible_edition(request, pk)
    if not _may_edit(request, edition):
        return refuse(request, ListNotAllowed("修改条目", f"名单{edition.get_status_display()}，{NOT_NOW}"))
    stands = EditionLine.objects.filter(edition=edition, pk=line).select_related("operator").first()
    if stands is None:
        raise Http404
    form = _form(request, edition, stands)
    if form.is_bound and form.is_valid():
        try:
            services.change_line(
                edition_id=pk,
                line_id=line,
                seen=form.cleaned_data["seen"] or 0,
                form=form.line,
                by=user_of(request),
                now=now_of(request),
            )
        except WhitelistError as refused:
            return _refused(request, edition, form, refused, stands)
        messages.success(request, f"已保存第{stands.number}号条目。")
        return redirect(_back(request, pk, stands.number))
    return _page(request, edition, form, stands)


@login_required
@require_POST
def strike_line(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Strike a line out, or take the stroke back."""
    visible_edition(request, pk)
    seen = request.POST.get("seen", "")
    verb = services.restore_line if request.POST.get("action") == "restore" else services.strike_line
    try:
        struck = verb(
            edition_id=pk,
            line_id=line,
            seen=int(seen) if is_key(seen) else 0,
            by=user_of(request),
            now=now_of(request),
        )
    except ListNotFound as error:
        raise Http404 from error
    except ListNotAllowed as refused:
        return refuse(request, refused)
    except WhitelistError as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, f"第{struck.number}号条目已{'划去' if struck.is_struck else '恢复'}。")
    return redirect(_back(request, pk))


@login_required
@require_POST
def reset_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Put every line back as the other side handed it over."""
    visible_edition(request, pk)
    try:
        changed = services.reset_lines(edition_id=pk, by=user_of(request), now=now_of(request))
    except ListNotAllowed as refused:
        return refuse(request, refused)
    except WhitelistError as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, f"已恢复为对方提出的内容，改回 {changed} 条。")
    return redirect("web:edition", pk=pk)


def _may_edit(request: HttpRequest, edition: Edition) -> bool:
    return may_edit(edition, standing_of(user_of(request), today_of(request)))


def _form(request: HttpRequest, edition: Edition, stands: EditionLine | None = None) -> EditionLineForm:
    return EditionLineForm(
        request.POST if request.method == "POST" else None,
        destination_id=edition.destination_id,
        wastes=wastes(version_of(request)),
        initial=initial_of(stands) if stands else None,
    )


def _refused(
    request: HttpRequest,
    edition: Edition,
    form: EditionLineForm,
    refused: WhitelistError,
    stands: EditionLine | None = None,
) -> HttpResponse:
    if isinstance(refused, ListNotFound):
        raise Http404 from refused
    if isinstance(refused, ListNotAllowed):
        return refuse(request, refused)
    form.refuse(Refused(refused.code, refused.sentence, field=refused.field))
    return _page(request, edition, form, stands, status=UNPROCESSABLE if refused.field else CONFLICT)


def _page(
    request: HttpRequest,
    edition: Edition,
    form: EditionLineForm,
    stands: EditionLine | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"here": HERE, "edition": edition, "form": form, "line": stands}
    if form.is_bound and form.errors and status == 200:  # noqa: PLR2004 - the status of a page that was read
        status = UNPROCESSABLE
    return page(request, "web/whitelist/line.html", context, status=status)


def _back(request: HttpRequest, pk: int, number: str = "") -> str:
    """The list as it was searched and paged, at the line."""
    kept = request.GET.copy()
    query = f"?{kept.urlencode()}" if kept else ""
    return reverse("web:edition", args=[pk]) + query + (f"#line-{number}" if number else "")
