"""How a due day came about, day by day: asked for when somebody wants to know, by a party or a bureau alike."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.web.cases import address_of, reckoning_on_page, visible_case
from apps.web.moment import calendar_of, now_of, standing_for
from apps.web.rendering import page
from apps.web.showing import due_of


@login_required
@require_safe
def reckoning(request: HttpRequest, pk: int) -> HttpResponse:
    """The reckoning of the limit that the case's page shows; a page of its own, of which scripts take the table."""
    application = visible_case(request, pk)
    context = {
        "application": application,
        "due": due_of(application, now=now_of(request), calendar=calendar_of(request)),
        "reckoning": reckoning_on_page(request, application),
        "back": address_of(application, standing_for(request)),
    }
    return page(request, "web/case/reckoning.html", context)
