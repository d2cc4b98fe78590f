"""Somebody else acted while a page lay open: who, what, when. The page says which log row it saw last."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.web.bureau.deciding import bureau_case
from apps.web.timeline import moved_since

NO_CONTENT = 204


@login_required
@require_safe
def moved(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened since the log row that the page saw; nothing to show (204) as long as nothing did."""
    application = bureau_case(request, pk)
    happenings = moved_since(application, request.GET.get("seen", ""))
    if not happenings:
        return HttpResponse(status=NO_CONTENT)
    context = {"application": application, "happenings": happenings, "is_fragment": True}
    return render(request, "web/bureau/moved.html", context)
