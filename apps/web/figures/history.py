"""What the list of a pair said on a past day, and what changed from another."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.figures.history import Change, HistoryRefused, PastList, changes, first_day, list_on
from apps.organisations.enums import PROVINCIAL_ROLES
from apps.organisations.permissions import Standing
from apps.web.figures.exchange_tables import pair_words
from apps.web.figures.reports import pairs_of, province_names, scope_of
from apps.web.figures.tables import Choice
from apps.web.moment import standing_for, today_of
from apps.web.rendering import page

A_PAGE = 50
KINDS = {"added": "新增", "dropped": "不再列入", "up": "调增", "down": "调减"}


@login_required
@require_safe
def list_history(request: HttpRequest) -> HttpResponse:
    """Bureaus' people and the auditor look up any pair; suspensions are told to the pair's own bureaus."""
    own = scope_of(request)
    names, today = province_names(request), today_of(request)
    pairs = pairs_of(names, None)
    mine = next(iter(pairs_of(names, own)), "")
    chosen = request.GET.get("pair", "")
    chosen = chosen if chosen in pairs else mine
    context = {
        "here": "web:utilisation",
        "at": "list_history",
        "today": today,
        "pairs": [Choice(value, pair_words(*pair, names), value == chosen) for value, pair in pairs.items()],
        "on": request.GET.get("on", "") or today.isoformat(),
        "against": request.GET.get("against", ""),
    }
    if chosen:
        context |= {"pair_name": pair_words(*pairs[chosen], names), **_told(request, pairs[chosen], today)}
    return page(request, "web/figures/reports/history.html", context, status=400 if context.get("refused") else 200)


def _told(request: HttpRequest, pair: tuple[str, str], today: date) -> dict[str, object]:
    """The list of the day, and the changes when two days are asked for; a sentence when a day is none."""

    def on(typed: str) -> PastList:
        return list_on(origin_id=pair[0], destination_id=pair[1], day=_day(typed, today), today=today)

    try:
        past = on(request.GET.get("on", ""))
        against = request.GET.get("against", "")
        before = on(against) if against else None
    except HistoryRefused as refused:
        return {"refused": refused}
    told: dict[str, object] = {
        "past": past,
        "entries": Paginator(past.entries, A_PAGE).get_page(request.GET.get("page")),
        "first": first_day(origin_id=pair[0], destination_id=pair[1]),
        "reads_bars": _reads_bars(standing_for(request), pair),
    }
    return told | (_compared(before, past) if before else {})


def _compared(one: PastList, other: PastList) -> dict[str, object]:
    """The earlier day first, whichever was typed where."""
    before, after = sorted((one, other), key=lambda past: past.day)
    found = changes(before, after)
    return {
        "before": before,
        "after": after,
        "changes": [_in_words(change) for change in found[:A_PAGE]],
        "more": max(0, len(found) - A_PAGE),
        "counts": [(label, sum(one.kind == kind for one in found)) for kind, label in KINDS.items()],
        "change_t": after.quota_t - before.quota_t,
    }


def _in_words(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind,
        "label": KINDS[change.kind],
        "line": change.line,
        "before_t": change.before.quota_t if change.before else None,
        "after_t": change.after.quota_t if change.after else None,
        "change_t": f"{change.change_t:+.4f}",
    }


def _reads_bars(standing: Standing, pair: tuple[str, str]) -> bool:
    return standing.is_auditor or bool(standing.provinces(*PROVINCIAL_ROLES) & {*pair})


def _day(text: str, today: date) -> date:
    """Raises HistoryRefused ``history.day`` for what is no day."""
    if not text:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HistoryRefused("history.day", f"“{text[:20]}”不是日期，请按 2026-01-31 的样子填写。") from error
