"""Once more like last time: a new draft from any earlier application of the person's own enterprise."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.transfers.enums import State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.permissions import is_filer
from apps.transfers.services.copying import copy_application
from apps.web.cases import visible_case
from apps.web.moment import now_of, user_of
from apps.web.refusing import not_allowed, status_of
from apps.web.rendering import page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what will be taken over; on a post make the draft and show what no longer fits."""
    application = visible_case(request, pk)
    if not is_filer(application, user_of(request)):
        return not_allowed(request, NotAllowed("照此再申请"))
    refused = None
    if request.method == "POST":
        chosen = request.POST.get("operator") == "other"
        try:
            draft = copy_application(application_id=pk, by=user_of(request), now=now_of(request), is_elsewhere=chosen)
        except NotFound as error:
            raise Http404 from error
        except Refused as error:
            refused = error
        else:
            # Elsewhere nothing is like last time: the check says what is there.
            seen = "checked=1" if chosen else f"like={pk}"
            return redirect(f"{reverse('web:draft', args=[draft.pk])}?{seen}")
    context = {
        "application": application,
        "refused": refused,
        "items": application.items.all(),
        "is_elsewhere": "elsewhere" in request.GET,
        "is_approved": application.state == State.APPROVED,
    }
    return page(request, "web/enterprise/again.html", context, status=status_of(refused))
