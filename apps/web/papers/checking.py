"""The public check of a paper: by the address in its QR picture, or by its code typed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from apps.documents.rules import read_code, written_code
from apps.documents.services.checking import checked_paper
from apps.web.moment import now_of, today_of
from apps.web.rendering import page

NOT_FOUND = 404
LONGEST_SHOWN = 40


@require_safe
def form(request: HttpRequest) -> HttpResponse:
    """Where a code is typed in; a typed one is sent on to its own address."""
    typed = request.GET.get("code", "").strip()
    if not typed:
        return page(request, "web/papers/check.html", {"here": "web:check"})
    wanted = read_code(typed)
    # What can be no code has no address either: "." or "../" would lead the browser elsewhere.
    return redirect("web:check_paper", wanted) if wanted else _unknown(request, typed)


@require_safe
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """How the paper of that code stands, or 查无此文书 (404): a code that can't be looks like one that isn't."""
    wanted = read_code(code)
    checked = checked_paper(code=wanted, on=today_of(request)) if wanted else None
    if checked is None:
        return _unknown(request, written_code(wanted) if wanted else code)
    context = {"typed": written_code(wanted), "here": "web:check", "checked": checked}
    response = page(request, "web/papers/checked.html", {**context, "moment": now_of(request)})
    # How a paper stands changes; the address is a secret of whoever holds the paper.
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _unknown(request: HttpRequest, typed: str) -> HttpResponse:
    context = {"typed": typed[:LONGEST_SHOWN], "here": "web:check"}
    return page(request, "web/papers/unknown.html", context, status=NOT_FOUND)
