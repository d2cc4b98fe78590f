"""A list as a spreadsheet: template, export, and the import with its progress, its errors and its preview."""

import logging
from io import BytesIO
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from kombu.exceptions import KombuError

from apps.organisations.models import Enterprise
from apps.web.moment import now_of, standing_for, today_of, user_of
from apps.web.rendering import page
from apps.web.whitelist.sheet_lines import choices_for, lines_for
from apps.whitelists.enums import ImportStatus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, EditionLine, LineImport
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import may_edit, may_see
from apps.whitelists.rules.comparing import compare
from apps.whitelists.services.handing_in import (
    begin_import,
    discard_import,
    load_import,
    state_of,
)
from apps.whitelists.services.importing import KEPT_DAYS, lines_of
from apps.whitelists.services.proposing import findings_of
from apps.whitelists.spreadsheets.reading import MOST_BYTES
from apps.whitelists.spreadsheets.workbooks import MOST_ROWS
from apps.whitelists.spreadsheets.writing import write_list
from apps.whitelists.tasks import check_lines

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A_PAGE = 50
MOST_FINDINGS = 30
CONFLICT, UNPROCESSABLE, FORBIDDEN = 409, 422, 403
HERE = "web:whitelist"
PROGRESS = (ImportStatus.WAITING, ImportStatus.CHECKING)
KINDS = {"added": "增加", "dropped": "去掉", "up": "调增", "down": "调减", "other": "其他改动"}

logger = logging.getLogger(__name__)


@login_required
@require_safe
def edition_export(request: HttpRequest, pk: int) -> FileResponse:
    """The list as the reader may see it, in the form that can be handed in again."""
    edition = visible_edition(request, pk)
    lines = lines_for(edition, standing_for(request))
    file = write_list(name=edition.name, edition_id=edition.pk, lines=lines, choices=choices_for(edition))
    return FileResponse(file, as_attachment=True, filename=f"{edition.name}.xlsx", content_type=SHEET)


@login_required
@require_safe
def lines_template(request: HttpRequest, pk: int) -> FileResponse:
    """An empty list with instructions and drop-downs."""
    edition = visible_edition(request, pk)
    file = write_list(name=edition.name, edition_id=edition.pk, lines=(), choices=choices_for(edition))
    return FileResponse(file, as_attachment=True, filename=f"模板_{edition.name}.xlsx", content_type=SHEET)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a file in; its check is somebody else's work, and the next page shows how far it has come."""
    edition = visible_edition(request, pk)
    if not may_edit(edition, standing_for(request)):
        return refuse(
            request, ListNotAllowed("导入条目", f"名单{edition.get_status_display()}，现在不由您这一方修改。")
        )
    refused = None
    if request.method == "POST":
        try:
            row = _handed_in(request, edition)
        except WhitelistError as error:
            refused = error
        else:
            return redirect("web:import_state", pk=row.pk)
    context = {
        "here": HERE,
        "edition": edition,
        "refused": refused,
        "lines": edition.lines.count(),
        "most_rows": MOST_ROWS,
        "most_megabytes": MOST_BYTES // 1024 // 1024,
        "kept_days": KEPT_DAYS,
        "earlier": LineImport.objects.filter(edition=edition, made_by=user_of(request)).defer("lines", "problems")[:5],
    }
    return page(request, "web/whitelist/sheets/import.html", context, status=UNPROCESSABLE if refused else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the check has come, then its errors or what would change; loading and letting go are posted here."""
    row = _own_import(request, pk)
    refused = None
    if request.method == "POST":
        try:
            return _decided(request, row)
        except ListNotFound as error:
            raise Http404 from error
        except WhitelistError as error:
            if isinstance(error, ListNotAllowed):
                return refuse(request, error)
            refused = error
            row = _own_import(request, pk)
    context = {"here": HERE, "row": row, "edition": row.edition, "refused": refused, **_told(request, row)}
    if request.headers.get("HX-Request") == "true":
        return render(request, "web/whitelist/sheets/state.html", context)
    return page(request, "web/whitelist/sheets/imported.html", context, status=CONFLICT if refused else 200)


@login_required
@require_safe
def import_annotated(request: HttpRequest, pk: int) -> FileResponse:
    """The file as it was handed in, its bad cells coloured and explained."""
    row = _own_import(request, pk)
    kept = getattr(row, "file", None)
    if kept is None or kept.annotated is None:
        raise Http404
    name = row.original_name.rsplit(".", 1)[0]
    file = BytesIO(bytes(kept.annotated))
    return FileResponse(file, as_attachment=True, filename=f"标注_{name}.xlsx", content_type=SHEET)


def visible_edition(request: HttpRequest, pk: int) -> Edition:
    """The list when the person may see it. Http404 otherwise."""
    edition = get_object_or_404(Edition.objects.select_related("origin__division", "destination__division"), pk=pk)
    if not may_see(edition, standing_for(request)):
        raise Http404
    return edition


def refuse(request: HttpRequest, refused: WhitelistError) -> HttpResponse:
    """The person may see the list but not do this."""
    return page(request, "web/parts/not_allowed.html", {"refused": refused}, status=FORBIDDEN)


def _own_import(request: HttpRequest, pk: int) -> LineImport:
    rows = LineImport.objects.select_related("edition__origin__division", "edition__destination__division")
    row = get_object_or_404(rows, pk=pk, made_by=user_of(request))
    if not may_see(row.edition, standing_for(request)):
        raise Http404
    return row


def _handed_in(request: HttpRequest, edition: Edition) -> LineImport:
    content = request.FILES.get("file")
    if not isinstance(content, UploadedFile):
        raise WhitelistError("import.none", "请选择要导入的文件。", field="file")
    if (content.size or 0) > MOST_BYTES:
        raise WhitelistError("import.large", f"文件超过 {MOST_BYTES // 1024 // 1024} MB。", field="file")
    row = begin_import(
        edition_id=edition.pk,
        name=content.name or "",
        content=content.read(),
        by=user_of(request),
        now=now_of(request),
    )
    try:
        # The row is kept by now: a queue that is down only means that the sweep finds it.
        check_lines.apply_async(args=(row.pk,), retry=False, ignore_result=True)
    except (KombuError, OSError):
        logger.warning("the queue does not answer; an import waits for the sweep", exc_info=True)
    return row


def _decided(request: HttpRequest, row: LineImport) -> HttpResponse:
    by, now = user_of(request), now_of(request)
    if request.POST.get("action") == "discard":
        discard_import(import_id=row.pk, by=by, now=now)
        return redirect("web:import_lines", pk=row.edition_id)
    load_import(import_id=row.pk, seen=request.POST.get("seen", ""), by=by, now=now)
    return redirect(reverse("web:import_state", args=(row.pk,)))


def _told(request: HttpRequest, row: LineImport) -> dict[str, Any]:
    if row.status in PROGRESS:
        return {"is_running": True, "percent": row.rows_done * 100 // row.rows_total if row.rows_total else 0}
    if row.problems:
        bad_rows = len({problem["row"] for problem in row.problems})
        return {"problems": _page_of(request, row.problems), "bad_rows": bad_rows}
    if row.status == ImportStatus.CHECKED:
        return _preview(request, row)
    return {}


def _preview(request: HttpRequest, row: LineImport) -> dict[str, Any]:
    before = list(EditionLine.objects.filter(edition=row.edition_id).order_by(by_number()))
    wanted = lines_of(row)
    found = compare(before, wanted)
    changes = _page_of(request, found.changes)
    operators = Enterprise.objects.in_bulk({change.line.operator_id for change in changes})
    findings = findings_of(lines=wanted, edition=row.edition, today=today_of(request))
    return {
        "comparison": found,
        "counts": [(kind, KINDS[kind], count) for kind, count in found.counts.items()],
        "changes": changes,
        "rows": [(change, KINDS[change.kind], operators[change.line.operator_id]) for change in changes],
        "seen": state_of(before),
        "blocking": findings.blocking[:MOST_FINDINGS],
        "warnings": findings.warnings[:MOST_FINDINGS],
        "blocking_more": max(0, len(findings.blocking) - MOST_FINDINGS),
        "warnings_more": max(0, len(findings.warnings) - MOST_FINDINGS),
        "may_load": may_edit(row.edition, standing_for(request)),
    }


def _page_of(request: HttpRequest, rows: Any) -> Any:
    return Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
