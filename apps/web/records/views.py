"""What belongs to a case and is opened by itself: papers and attachments."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.transfers.models import Application, Attachment, Paper
from apps.web.cases import INTERNAL_PAPERS, address_of, reads_as_bureau
from apps.web.moment import standing_for, today_of, user_of
from apps.web.rendering import page


@login_required
@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """A frozen paper as it was issued; letters between bureaus are read by bureaus only."""
    seen = Application.objects.visible_to(user_of(request), today_of(request))
    found = get_object_or_404(Paper.objects.select_related("application", "bureau").filter(application__in=seen), pk=pk)
    standing = standing_for(request)
    if found.kind in INTERNAL_PAPERS and not reads_as_bureau(found.application, standing):
        raise Http404
    found.content = [_laid_out(block) for block in found.content]
    return page(request, "web/records/paper.html", {"paper": found, "back": address_of(found.application, standing)})


def _laid_out(block: dict[str, Any]) -> dict[str, Any]:
    """A table's cells beside their columns, as a template can walk them."""
    if block["type"] != "table":
        return block
    columns = block["columns"]
    rows = [list(zip(columns, row, strict=False)) for row in block["rows"]]
    return {**block, "rows": rows, "total": list(zip(columns, block["total"], strict=False))}


@login_required
@require_safe
def attachment(request: HttpRequest, pk: int) -> FileResponse:
    """Download one material of a case that the person may read; never shown in the browser itself."""
    seen = Application.objects.visible_to(user_of(request), today_of(request))
    found = get_object_or_404(Attachment.objects.filter(application__in=seen, removed_at__isnull=True), pk=pk)
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        content, as_attachment=True, filename=found.original_name, content_type="application/octet-stream"
    )
