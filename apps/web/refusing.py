"""How a refusal leaves the house: a sentence with its code on a page of the right status."""

from django import forms
from django.http import HttpRequest, HttpResponse

from apps.transfers.errors import NotAllowed, Refused
from apps.web.rendering import page

CONFLICT, UNPROCESSABLE, FORBIDDEN = 409, 422, 403


def status_of(refused: Refused | None, form: forms.BaseForm | None = None) -> int:
    """200 when nothing was refused, 422 for what was typed, 409 for what the case has become meanwhile."""
    if refused is not None:
        return UNPROCESSABLE if refused.field else CONFLICT
    return UNPROCESSABLE if form is not None and form.is_bound and form.errors else 200


def not_allowed(request: HttpRequest, refused: NotAllowed) -> HttpResponse:
    """The person may see the case but not do this."""
    return page(request, "web/parts/not_allowed.html", {"refused": refused}, status=FORBIDDEN)
