"""Files that leave by a page of figures."""

from urllib.parse import quote

from django.http import HttpResponse
from django.utils.cache import patch_cache_control

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pdf_answer(pdf: bytes, *, name: str) -> HttpResponse:
    """The PDF as a download; nobody in between keeps it."""
    response = HttpResponse(pdf, content_type="application/pdf")
    named = f"attachment; filename=\"report.pdf\"; filename*=UTF-8''{quote(name)}.pdf"
    response.headers["Content-Disposition"] = named
    patch_cache_control(response, private=True, no_cache=True)
    return response
