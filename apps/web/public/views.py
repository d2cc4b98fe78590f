"""What anybody may read: what this is, and the lists in force. Nothing about people or cases."""

from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.transfers.picture import state_picture
from apps.web.moment import standing_for, today_of
from apps.web.public.searching import cleaned, matching
from apps.web.rendering import page
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import reads_ledger

A_PAGE = 50


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What the whitelist is and how a transfer is applied for."""
    return page(request, "web/public/landing.html")


@require_safe
def states(_: HttpRequest) -> HttpResponse:
    """The picture of a case's way, drawn from the state machine itself."""
    return HttpResponse(state_picture(), content_type="image/svg+xml; charset=utf-8")


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """The editions in force today, with their sums."""
    in_force = Edition.objects.in_force_on(today_of(request)).select_related(
        "origin__division", "destination__division"
    )
    editions = list(in_force)
    # By themselves: joined to the editions, every entry would carry its list's columns through the sums.
    rows = WhitelistEntry.objects.filter(edition__in=editions).order_by().values("edition")
    sums = {row["edition"]: row for row in rows.annotate(count=Count("pk"), quota=Sum("quota_t"), used=Sum("used_t"))}
    lines = [(found, sums.get(found.pk)) for found in editions]
    return page(request, "web/public/lists.html", {"lines": lines, "here": "web:public_lists"})


@require_safe
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """The entries of one edition in force, with quota, used and left, page by page; sums are of the whole list."""
    in_force = Edition.objects.in_force_on(today_of(request)).select_related(
        "origin__division", "destination__division"
    )
    found = get_object_or_404(in_force, pk=pk)
    text = cleaned(request.GET.get("q", ""))
    rows = matching(found.entries.select_related("operator", "category").order_by(by_number(), "pk"), text)
    context = {
        "edition": found,
        "entries": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "sums": found.entries.aggregate(
            count=Count("pk"), quota_t=Sum("quota_t"), used_t=Sum("used_t"), held_t=Sum("held_t")
        ),
        "text": text,
        "reads_ledger": reads_ledger(found, standing_for(request)),
        "here": "web:public_lists",
    }
    return page(request, "web/public/edition.html", context)
