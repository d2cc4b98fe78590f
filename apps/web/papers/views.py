"""A paper opened by somebody of its case: its page and its PDF. The addressee's opening it is its delivery."""

import logging
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from apps.documents.models import CheckCode
from apps.documents.rules import written_code
from apps.documents.services.rendering import rendering_of
from apps.documents.typesetting import CannotTypeset
from apps.transfers.models import Application, Paper
from apps.transfers.rules.papers.addressees import BETWEEN_BUREAUS
from apps.transfers.services.delivering import deliver
from apps.transfers.services.erratum import may_issue_erratum
from apps.web.cases import address_of, reads_as_bureau
from apps.web.moment import now_of, standing_for, today_of, user_of
from apps.web.rendering import page

logger = logging.getLogger(__name__)
NO_PDF = "PDF 暂不能生成，系统已记录，稍后会自动补排；需要时可以先打印本页。"


def readable_paper(request: HttpRequest, pk: int) -> Paper:
    """The paper, if its case may be read; letters between bureaus are read by bureaus only. Http404 otherwise."""
    seen = Application.objects.visible_to(user_of(request), today_of(request))
    rows = Paper.objects.select_related("application", "bureau", "corrects", "delivery")
    found = get_object_or_404(rows.filter(application__in=seen), pk=pk)
    if found.kind in BETWEEN_BUREAUS and not reads_as_bureau(found.application, standing_for(request)):
        raise Http404
    return found


@login_required
@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The frozen words of a paper, with what became of it: delivered, corrected, 作废."""
    found = readable_paper(request, pk)
    if _opened(request, found):
        found = readable_paper(request, pk)
    code = CheckCode.objects.filter(paper=found).first()
    found.content = [_laid_out(block) for block in found.content]
    context = {
        "paper": found,
        "back": address_of(found.application, standing_for(request)),
        "code": written_code(code.code) if code else "",
        "check_code": code.code if code else "",
        "errata": list(found.errata.filter(voided_at__isnull=True).order_by("pk")),
        "may_correct": may_issue_erratum(paper=found, user=user_of(request), now=now_of(request)),
    }
    return page(request, "web/papers/paper.html", context)


@login_required
@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The kept PDF, rendered here if nobody did yet; a download, never shown inside this site."""
    found = readable_paper(request, pk)
    try:
        kept = rendering_of(paper_id=found.pk, now=now_of(request))
    except CannotTypeset:
        logger.exception("paper %s could not be rendered for its reader", pk)
        messages.warning(request, NO_PDF)
        return redirect("web:paper", pk)
    _opened(request, found)
    response = HttpResponse(bytes(kept.pdf), content_type="application/pdf")
    name = f"{found.number}{found.get_kind_display()}{'（作废）' if found.voided_at else ''}.pdf"
    response.headers["Content-Disposition"] = f"attachment; filename=\"paper.pdf\"; filename*=UTF-8''{quote(name)}"
    response.headers["ETag"] = f'"{kept.sha256}"'
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _opened(request: HttpRequest, found: Paper) -> bool:
    """Whether this very opening was the delivery; looking at the headers only is no opening."""
    return request.method == "GET" and deliver(paper_id=found.pk, by=user_of(request), now=now_of(request))


def _laid_out(block: dict[str, Any]) -> dict[str, Any]:
    """A table's cells beside their columns, as a template can walk them."""
    if block["type"] != "table":
        return block
    columns = block["columns"]
    rows = [list(zip(columns, row, strict=False)) for row in block["rows"]]
    return {**block, "rows": rows, "total": list(zip(columns, block["total"], strict=False))}
