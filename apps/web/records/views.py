"""What belongs to a case and is opened by itself: papers and attachments."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.transfers.models import Application, Attachment
from apps.web.moment import today_of, user_of


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
    answer = FileResponse(
        content, as_attachment=True, filename=found.original_name, content_type="application/octet-stream"
    )
    # Whatever a browser makes of it: it runs nothing, and no shared cache keeps it.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
