"""The yearly exchange report: its page, its spreadsheet, its PDF."""

import logging
from itertools import permutations
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.catalogue.reading import places
from apps.catalogue.sheets import SafeBook
from apps.deadlines.workdays import ZONE
from apps.documents.reports import Report, typeset_report
from apps.documents.typesetting import CannotTypeset
from apps.figures.exchange import Asked, Basis, Exchange, exchange_of, years_told
from apps.organisations.enums import PROVINCIAL_ROLES
from apps.web.figures.downloads import SHEET, pdf_answer
from apps.web.figures.exchange_tables import notes_of, pair_words, sheets_of, tables_of
from apps.web.figures.tables import Choice, blocks_of, write_table
from apps.web.moment import calendar_of, now_of, standing_for, today_of, version_of
from apps.web.rendering import page

logger = logging.getLogger(__name__)
NO_PDF = "PDF 暂不能生成，系统已记录；请稍后再试，或者下载电子表格。"
# The report of a year is told in the January and April after it.
LAST_MONTH_OF_TELLING = 4


def scope_of(request: HttpRequest) -> frozenset[str] | None:
    """Provinces of whose pairs the person may read figures; None for all. PermissionDenied for everybody else."""
    standing = standing_for(request)
    if standing.is_auditor:
        return None
    provinces = standing.provinces(*PROVINCIAL_ROLES)
    if not provinces:
        raise PermissionDenied
    return provinces


def province_names(request: HttpRequest) -> dict[str, str]:
    """Names of the provinces that take part, by code."""
    found = places(version_of(request)).provinces
    return {code: province.division.name for code, province in found.items() if province.is_participating}


def pairs_of(names: dict[str, str], provinces: frozenset[str] | None) -> dict[str, tuple[str, str]]:
    """Every ordered pair of the scope, by what stands in an address: 500000-510000."""
    pairs = permutations(sorted(names), 2)
    return {"-".join(pair): pair for pair in pairs if provinces is None or provinces & {*pair}}


def _asked(request: HttpRequest, years: list[int]) -> Asked:
    """What the address asks for; what it does not say or says wrongly is the usual."""
    today, scope = today_of(request), scope_of(request)
    usual = today.year - 1 if today.month <= LAST_MONTH_OF_TELLING and today.year - 1 in years else today.year
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and int(text) in years else usual
    basis = request.GET.get("basis", "")
    pair = pairs_of(province_names(request), scope).get(request.GET.get("pair", ""))
    return Asked(year, Basis(basis) if basis in Basis.values else Basis.DECISION, scope, pair)


def _report(request: HttpRequest) -> Exchange:
    asked = _asked(request, years_told(today=today_of(request)))
    return exchange_of(asked, now=now_of(request), calendar=calendar_of(request))


@login_required
@require_safe
def exchange_report(request: HttpRequest) -> HttpResponse:
    """The figures of a year, on either basis, for all pairs of the reader's provinces or one of them."""
    scope_of(request)
    years, names = years_told(today=today_of(request)), province_names(request)
    asked = _asked(request, years)
    report = exchange_of(asked, now=now_of(request), calendar=calendar_of(request))
    chosen = "-".join(asked.pair) if asked.pair else ""
    pairs = pairs_of(names, asked.provinces)
    context = {
        "here": "web:utilisation",
        "at": "exchange_report",
        "report": report,
        "heading": _title(asked, names),
        "tables": tables_of(report, names),
        "notes": list(notes_of(report)),
        "within": report.speeds[-1].share if report.speeds else None,
        "years": [Choice(str(year), f"{year} 年", year == asked.year) for year in years],
        "bases": [Choice(value, label, value == asked.basis) for value, label in Basis.choices],
        "pairs": [Choice(value, pair_words(*pair, names), value == chosen) for value, pair in pairs.items()],
        "query": _query(asked),
    }
    return page(request, "web/figures/reports/exchange.html", context)


@login_required
@require_safe
def exchange_sheet(request: HttpRequest) -> FileResponse:
    """The same as a workbook, with every line of pair, operator, code and method."""
    report, names = _report(request), province_names(request)
    book = SafeBook()
    told = book.sheet("说明")
    told.sheet.set_column(0, 0, 110)
    told.text(0, 0, _title(report.asked, names), look="title")
    for place, words in enumerate([_as_of(report), *notes_of(report)], start=1):
        told.text(place, 0, words, look="wrapped")
    for table in sheets_of(report, names):
        write_table(book, table)
    book.set_properties(
        {"title": _title(report.asked, names), "created": report.now.astimezone(ZONE).replace(tzinfo=None)}
    )
    return FileResponse(book.close(), as_attachment=True, filename=f"{_file(report)}.xlsx", content_type=SHEET)


@login_required
@require_safe
def exchange_pdf(request: HttpRequest) -> HttpResponse:
    """The same on paper; back to the page with a sentence while the fonts are missing."""
    report, names = _report(request), province_names(request)
    paper = Report(
        title=_title(report.asked, names),
        subtitle=report.asked.basis.label,
        dated_on=today_of(request),
        facts=[("生成", _as_of(report))],
        blocks=[
            *({"type": "paragraph", "text": words} for words in notes_of(report)),
            *blocks_of(tables_of(report, names)),
        ],
        foot=f"{_title(report.asked, names)}（{report.asked.basis.label}）",
    )
    try:
        made = typeset_report(paper)
    except CannotTypeset:
        logger.exception("the exchange report could not be set for its reader")
        messages.warning(request, NO_PDF)
        return redirect(f"{reverse('web:exchange_report')}?{_query(report.asked)}")
    return pdf_answer(made.pdf, name=_file(report))


def _title(asked: Asked, names: dict[str, str]) -> str:
    where = f"（{pair_words(*asked.pair, names)}）" if asked.pair else ""
    return f"{asked.year}年度危险废物跨省转移“白名单”交流情况{where}"


def _as_of(report: Exchange) -> str:
    return f"截至 {report.now.astimezone(ZONE):%Y-%m-%d %H:%M}（{report.asked.year} 年度，{report.asked.basis.label}）"


def _file(report: Exchange) -> str:
    pair = f"_{report.asked.pair[0][:2]}-{report.asked.pair[1][:2]}" if report.asked.pair else ""
    return f"年度交流_{report.asked.year}_{report.asked.basis.label}{pair}"


def _query(asked: Asked) -> str:
    words = {"year": asked.year, "basis": asked.basis.value}
    return urlencode({**words, **({"pair": "-".join(asked.pair)} if asked.pair else {})})
