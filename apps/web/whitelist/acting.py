"""Propose, counter, confirm, abandon: each on a page that says what will happen and what speaks against it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.transfers.errors import Refused
from apps.web.moment import now_of, today_of, user_of
from apps.web.refusing import UNPROCESSABLE
from apps.web.rendering import page
from apps.web.whitelist.forms import AbandonForm, ActForm, ConfirmForm, CounterForm, ProposeForm
from apps.web.whitelist.sheets import CONFLICT, HERE, KINDS, refuse, visible_edition
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, EditionLine
from apps.whitelists.rules.proposing import Findings
from apps.whitelists.services.lines import mark_of
from apps.whitelists.services.negotiating import abandon, changes_of_turn, confirm, counter, propose
from apps.whitelists.services.proposing import findings_of
from apps.whitelists.services.turns import last_round, require

MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Act:
    """How one act is asked for and told."""

    name: str
    title: str
    button: str
    about: str
    form: type[ActForm]
    service: Callable[..., Edition]
    done: str
    is_checked: bool = False
    is_grave: bool = False


PROPOSE = Act(
    "propose",
    "提出名单",
    "提出给对方",
    "提出后，条目交由对方逐条核对，您这一方在对方反馈以前不能再修改。",
    ProposeForm,
    propose,
    "已提出，等待对方核对。",
    is_checked=True,
)
COUNTER = Act(
    "counter",
    "反馈意见",
    "反馈给对方",
    "您对条目的改动和意见交给对方，由对方修改后再次提出。",
    CounterForm,
    counter,
    "已反馈给对方。",
)
CONFIRM = Act(
    "confirm",
    "确认名单",
    "确认名单",
    "确认后名单即告商定，在期间内有效；数量此后只能经双方调整。",
    ConfirmForm,
    confirm,
    "名单已确认。",
    is_checked=True,
)
ABANDON = Act(
    "abandon",
    "放弃名单",
    "放弃",
    "放弃后不能再继续商定这份名单，需要时另行起草。",
    AbandonForm,
    abandon,
    "已放弃。",
    is_grave=True,
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def propose_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the list to the origin."""
    return _act(request, pk, PROPOSE)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def counter_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it back to the destination."""
    return _act(request, pk, COUNTER)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm what was proposed."""
    return _act(request, pk, CONFIRM)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def abandon_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it up."""
    return _act(request, pk, ABANDON)


def _act(request: HttpRequest, pk: int, act: Act) -> HttpResponse:
    edition = visible_edition(request, pk)
    edition.today = today_of(request)
    by = user_of(request)
    initial = {"seen_round": last_round(edition), "seen_lines": mark_of(EditionLine.objects.filter(edition=edition))}
    form = act.form(request.POST if request.method == "POST" else None, initial=initial)
    status = UNPROCESSABLE if form.is_bound else 200
    try:
        require(edition, act.name, by)
        if form.is_bound and form.is_valid():
            act.service(edition_id=pk, by=by, now=now_of(request), **form.cleaned_data)
            messages.success(request, act.done)
            return redirect("web:edition", pk=pk)
    except ListNotFound as error:
        raise Http404 from error
    except ListNotAllowed as refused:
        return refuse(request, refused)
    except WhitelistError as refused:
        if not form.is_bound or refused.code == "edition.moved":
            return page(request, "web/parts/not_allowed.html", {"here": HERE, "refused": refused}, status=CONFLICT)
        form.refuse(Refused(refused.code, refused.sentence, field=refused.field))
        status = UNPROCESSABLE if refused.field else CONFLICT
        if refused.code == "edition.lines_moved":
            # The page shows the lines as they are now: who goes on from here has read these.
            form.data = {**request.POST.dict(), **initial}
    return page(request, "web/whitelist/act.html", _context(edition, act, form), status=status)


def _context(edition: Edition, act: Act, form: ActForm) -> dict[str, Any]:
    lines = list(EditionLine.objects.filter(edition=edition))
    comparison = changes_of_turn(edition)
    findings = findings_of(lines=lines, edition=edition, today=edition.today) if act.is_checked else Findings(())
    blocking, warnings = findings.blocking, findings.warnings
    if not warnings and "knows_warnings" in form.fields:
        del form.fields["knows_warnings"]
    counted = [line for line in lines if not line.is_struck]
    return {
        "here": HERE,
        "edition": edition,
        "act": act,
        "form": form,
        "is_first": not last_round(edition),
        "comparison": comparison,
        "counts": [(kind, KINDS[kind], count) for kind, count in comparison.counts.items()],
        "changes": [(change, KINDS[change.kind]) for change in comparison.changes[:MOST_SHOWN]],
        "changes_more": max(0, len(comparison.changes) - MOST_SHOWN),
        "lines": len(counted),
        "total_t": sum(line.quota_t for line in counted),
        "blocking": blocking[:MOST_SHOWN],
        "blocking_more": max(0, len(blocking) - MOST_SHOWN),
        "warnings": warnings[:MOST_SHOWN],
        "warnings_more": max(0, len(warnings) - MOST_SHOWN),
        # The form of what can't be done now would only be filled in for nothing.
        "is_stopped": bool(blocking) or (act is CONFIRM and bool(comparison.changes)),
        "must_reset": act is CONFIRM and bool(comparison.changes),
    }
