"""A list as the annex of a letter: numbered, with permits and sums, on paper and to be printed."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.deadlines.workdays import local_day
from apps.documents.reports import Report, typeset_report
from apps.documents.typesetting import CannotTypeset
from apps.figures.history import entries_on
from apps.organisations.enums import PROVINCIAL_ROLES
from apps.organisations.models import Permit
from apps.organisations.permissions import Standing
from apps.web.figures.downloads import pdf_answer
from apps.web.figures.tables import Choice, Column, Table, blocks_of
from apps.web.moment import standing_for, today_of
from apps.web.rendering import page
from apps.web.showing import written_day
from apps.whitelists.enums import EditionStatus
from apps.whitelists.models import Edition, EditionLine, EditionRound, RoundLine
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import may_see

logger = logging.getLogger(__name__)
ZERO = Decimal(0)
DRAFT = "草稿"
NO_PDF = "PDF 暂不能生成，系统已记录；请稍后再试，或者打印本页。"
COLUMNS = (
    *(Column("条目", "code", 8), Column("接受单位", "text", 40, 4), Column("统一社会信用代码", "code", 22)),
    *(Column("许可证编号", "codes", 22, 2), Column("废物", "codes", 30, 3), Column("方式", "code", 8)),
    Column("核定（吨）", "tonnes", 16),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the annex, from whatever round or list."""

    number: str
    operator_id: int
    operator: str
    uscc: str
    wastes: str
    method: str
    quota_t: Decimal


@dataclass(frozen=True, slots=True)
class Annex:
    """What is annexed: ``says`` tells of which letter or round, ``mark`` is 草稿 for what is not agreed."""

    edition: Edition
    says: str
    mark: str
    table: Table
    query: str = ""

    @property
    def facts(self) -> list[tuple[str, str]]:
        edition = self.edition
        days = f"{written_day(edition.begins_on)} 至 {written_day(edition.ends_on)}"
        facts = [("移出地 → 接受地", f"{edition.origin} → {edition.destination}"), ("期间", days)]
        facts.append(("同意方式", edition.get_consent_mode_display()))
        letters = "；".join(filter(None, (edition.destination_letter_no, edition.origin_letter_no)))
        return [*facts, *([("双方函号", letters)] if letters else []), ("本件", self.says)]


@login_required
@require_safe
def list_annex(request: HttpRequest, pk: int) -> HttpResponse:
    """The annex to be read and printed; ``round`` names a round of the negotiation, ``as=now`` the quota of today."""
    annex = _annex(request, pk)
    choices = list(_choices(annex, standing_for(request)))
    context = {"here": "web:whitelist", "annex": annex, "choices": choices if len(choices) > 1 else []}
    return page(request, "web/figures/reports/annex.html", context)


@login_required
@require_safe
def list_annex_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as PDF."""
    annex = _annex(request, pk)
    report = Report(
        title=annex.edition.name,
        dated_on=today_of(request),
        facts=annex.facts,
        blocks=list(blocks_of([annex.table]))[1:],
        foot=annex.edition.name,
        mark=annex.mark,
    )
    try:
        made = typeset_report(report)
    except CannotTypeset:
        logger.exception("the annex of list %s could not be set for its reader", pk)
        messages.warning(request, NO_PDF)
        return redirect(f"{reverse('web:list_annex', args=[pk])}?{annex.query}")
    return pdf_answer(made.pdf, name=f"{annex.edition.name}{annex.mark}")


def _annex(request: HttpRequest, pk: int) -> Annex:
    """What the address asks for, if the person may see it. Http404 otherwise."""
    rows = Edition.objects.select_related("origin__division", "destination__division")
    edition, standing = get_object_or_404(rows, pk=pk), standing_for(request)
    if not may_see(edition, standing):
        raise Http404
    asked = request.GET.get("round", "")
    if asked or edition.status != EditionStatus.CONFIRMED:
        if edition.status == EditionStatus.DRAFT and not asked:
            return _of_working_lines(edition)
        return _of_round(edition, standing, asked)
    confirmed_on = local_day(edition.confirmed_at) if edition.confirmed_at else today_of(request)
    is_now = request.GET.get("as") == "now"
    day = today_of(request) if is_now else confirmed_on
    lines = [
        Row(one.number, one.operator_id, one.operator, one.uscc, one.wastes, one.method, one.quota_t)
        for one in entries_on(edition_id=edition.pk, day=day)
    ]
    says = f"截至 {written_day(day)} 的核定数量（含确认后的调整）" if is_now else f"{written_day(day)} 双方确认的名单"
    return Annex(edition, says, "", _table(edition, lines), "as=now" if is_now else "")


def _choices(annex: Annex, standing: Standing) -> Iterator[Choice]:
    """The list as agreed and as it stands, and the rounds on the way to it for those who may read them."""
    edition = annex.edition
    if edition.status == EditionStatus.CONFIRMED:
        yield Choice("", "确认时的名单", not annex.query)
        yield Choice("as=now", "现行核定数量", annex.query == "as=now")
    if _reads_rounds(standing, edition):
        for one in edition.rounds.order_by("position"):
            query = f"round={one.position}"
            yield Choice(query, f"第 {one.position} 轮（{one.get_kind_display()}）", annex.query == query)


def _of_working_lines(edition: Edition) -> Annex:
    """Nothing was handed over yet: what its side has drafted."""
    lines = _listed(EditionLine.objects.filter(edition=edition))
    return Annex(edition, "起草中，尚未提出", DRAFT, _table(edition, lines))


def _of_round(edition: Edition, standing: Standing, asked: str) -> Annex:
    """The round asked for, or the last one."""
    if not _reads_rounds(standing, edition):
        raise Http404
    rounds = edition.rounds.select_related("province__division")
    found: EditionRound | None
    if asked:
        position = int(asked) if asked.isascii() and asked.isdigit() else 0
        found = get_object_or_404(rounds, position=min(position, 2**15 - 1))
    else:
        found = rounds.order_by("position").last()
    if found is None:
        raise Http404
    letter = f"，{found.letter_no}" if found.letter_no else ""
    says = f"第 {found.position} 轮：{found.province}{found.get_kind_display()}（{written_day(local_day(found.made_at))}{letter}）"
    lines = RoundLine.objects.filter(round=found)
    struck = lines.filter(is_struck=True).count()
    table = _table(edition, _listed(lines), f"另有 {struck} 条已划去，没有列入。" if struck else "")
    return Annex(edition, says, DRAFT, table, f"round={found.position}")


def _reads_rounds(standing: Standing, edition: Edition) -> bool:
    """What was said on the way to a list is read by the people of both bureaus and the auditor."""
    both = {edition.origin_id, edition.destination_id}
    return standing.is_auditor or bool(standing.provinces(*PROVINCIAL_ROLES) & both)


def _listed(lines: Iterable[EditionLine] | Iterable[RoundLine]) -> list[Row]:
    rows = lines.filter(is_struck=False).select_related("operator").order_by(by_number())  # type: ignore[union-attr]
    return [
        Row(one.number, one.operator_id, one.operator.name, one.operator.uscc, one.wastes, one.method, one.quota_t)
        for one in rows
    ]


def _table(edition: Edition, rows: list[Row], note: str = "") -> Table:
    permits: dict[int, list[str]] = {}
    held = Permit.objects.in_force_on(edition.begins_on).filter(enterprise__in={row.operator_id for row in rows})
    for operator, number in held.order_by("number").values_list("enterprise", "number"):
        permits.setdefault(operator, []).append(number)
    cells = [
        (
            *(row.number, row.operator, row.uscc, "、".join(permits.get(row.operator_id, [])) or "—"),
            *(row.wastes, row.method, row.quota_t),
        )
        for row in rows
    ]
    total = ("", f"合计 {len(rows)} 条", "", "", "", "", sum((row.quota_t for row in rows), ZERO))
    return Table("annex", edition.name, COLUMNS, cells, total, note)
