"""The signing desk: what waits for me, one prepared act with its preflight, several signed together."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.organisations.enums import DECIDING_ROLES
from apps.transfers.enums import State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, Paper, Preparation
from apps.transfers.rules.signing import chain_in_words
from apps.transfers.services.signing.opening import able_holders, seen_by
from apps.transfers.services.signing.passing import review, send_back
from apps.transfers.services.signing.preflight import Preflight, look_ahead
from apps.transfers.services.signing.preparing import drop
from apps.transfers.services.signing.signatures import MOST_AT_ONCE, sign, sign_several
from apps.transfers.services.signing.waiting import desk_of
from apps.web.bureau.signing.wording import items_of, laid_out, lines_of, points_of, reduction_of, telephone, title_of
from apps.web.cases import possible_acts, visible_case
from apps.web.inputs import is_key
from apps.web.moment import calendar_of, now_of, standing_for, today_of, user_of
from apps.web.refusing import not_allowed, status_of
from apps.web.rendering import page
from apps.web.showing import asked_tonnes, due_of
from apps.web.timeline import VERBS

HERE = "web:signing"
A_PAGE = 20
TABS = {"sign": "待我签发", "review": "待我审核", "back": "退回给我", "sent": "我送出的"}
DONE = {"sign": "已签发。", "review": "审核通过，已送签发。", "send_back": "已退回经办人。", "drop": "拟办已作废。"}


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for the person, by what it is to them; the fullest tab that asks for something first."""
    desks = desk_of(user_of(request), today_of(request))
    counts = {name: rows.count() for name, rows in desks.items()}
    usual = next((name for name in ("sign", "review", "back") if counts[name]), "sign")
    chosen = request.GET.get("tab", usual)
    chosen = chosen if chosen in TABS else usual
    found = Paginator(_told(desks[chosen]), A_PAGE).get_page(request.GET.get("page"))
    _show(request, found)
    tabs = [(name, word, counts[name]) for name, word in TABS.items()]
    context = {"here": HERE, "page": found, "tabs": tabs, "tab": chosen, "decides": _decides(request)}
    return page(request, "web/bureau/signing/desk.html", {**context, "may_batch": chosen == "sign"})


@login_required
@require_POST
def batch(request: HttpRequest) -> HttpResponse:
    """Sign each of the ticked ones in a transaction of its own; the result as a table."""
    if not _decides(request):
        return not_allowed(request, NotAllowed("签发"))
    chosen = [pair for text in request.POST.getlist("chosen")[:MOST_AT_ONCE] if (pair := _pair(text))]
    if not chosen:
        messages.warning(request, "没有勾选任何事项。")
        return redirect(HERE)
    outcomes = sign_several(chosen=chosen, by=user_of(request), now=now_of(request))
    for outcome in outcomes:
        outcome.preparation.title = title_of(outcome.preparation)  # type: ignore[attr-defined]
    signed = sum(outcome.refused is None for outcome in outcomes)
    context = {"here": HERE, "outcomes": outcomes, "signed": signed, "refused": len(outcomes) - signed}
    return page(request, "web/bureau/signing/batch.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preparation(request: HttpRequest, pk: int) -> HttpResponse:
    """One prepared act: what it is, what it would leave, who can still do the next step; posting does it."""
    found = _found(request, pk)
    if request.method != "POST":
        return _page(request, found)
    try:
        _do(request, found)
    except NotFound as error:
        raise Http404 from error
    except Refused as refused:
        return _page(request, _found(request, pk), refused)
    messages.success(request, DONE[request.POST["action"]])
    return redirect("web:preparation", pk)


def _found(request: HttpRequest, pk: int) -> Preparation:
    rows = seen_by(user_of(request), now_of(request)).select_related("bureau", "handler", "reviewer", "signatory")
    found = get_object_or_404(rows, pk=pk)
    found.application = visible_case(request, found.application_id)
    return found


def _do(request: HttpRequest, found: Preparation) -> None:
    posted, by, now = request.POST, user_of(request), now_of(request)
    action, remark = posted.get("action", ""), posted.get("remark", "").replace("\0", "")
    if action == "drop":
        drop(preparation_id=found.pk, by=by, now=now, remark=remark)
        return
    verbs = {"sign": sign, "review": review, "send_back": send_back}
    if action not in verbs:
        raise Refused("action.unknown", "请选择审核、签发或者退回。")
    revision = posted.get("revision", "")
    read = int(revision) if is_key(revision) else 0
    verbs[action](preparation_id=found.pk, by=by, now=now, revision=read, remark=remark)


def _page(request: HttpRequest, found: Preparation, refused: Refused | None = None) -> HttpResponse:
    application, waits = found.application, bool(found.waits_for)
    ahead = look_ahead(preparation=found, by=user_of(request), now=now_of(request)) if waits else Preflight()
    for row in ahead.since:
        row.title = VERBS.get(row.act, row.act)  # type: ignore[attr-defined]
    able = able_holders(found, today_of(request)) if waits else []
    mine = next((holder for holder in able if holder.user.pk == user_of(request).pk), None)
    context = {
        "here": HERE,
        "preparation": found,
        "application": application,
        "title": title_of(found),
        "words": chain_in_words(found.roles),
        "due": due_of(application, now=now_of(request), calendar=calendar_of(request)),
        "lines": lines_of(found),
        "items": items_of(found),
        "points": points_of(found),
        "reduction": reduction_of(found),
        "ahead": ahead,
        "drafts": [_draft(paper) for paper in ahead.rehearsal.papers] if ahead.rehearsal else [],
        "steps": list(found.steps.select_related("by", "instead_of")),
        "able": [(holder, telephone(holder.user, found)) for holder in able],
        "mine": mine,
        "is_handler": found.handler_id == user_of(request).pk,
        "refused": refused,
        "remark": request.POST.get("remark", ""),
        "papers": _papers(found),
        **_recall(request, application),
    }
    return page(request, "web/bureau/signing/preparation.html", context, status=status_of(refused))


def _draft(paper: Paper) -> Paper:
    paper.content = [laid_out(block) for block in paper.content]
    return paper


def _papers(found: Preparation) -> list[Paper]:
    """What the signature issued."""
    if found.signed_at is None:
        return []
    rows = found.application.papers.filter(frozen_at=found.signed_at)
    return list(rows.select_related("bureau").defer("content").order_by("pk"))


def _recall(request: HttpRequest, application: Application) -> dict[str, Any]:
    """Minutes in which the signer may still recall, rounded down; none for anybody else."""
    until = application.recallable_until
    if until is None or "recall" not in possible_acts(request, application):
        return {"recall_minutes": None}
    return {"recall_minutes": int((until - now_of(request)).total_seconds() // 60), "recall_until": until}


def _told(rows: QuerySet[Preparation]) -> QuerySet[Preparation]:
    parties = (
        f"application__{name}" for name in ("generator", "operator", "origin__division", "destination__division")
    )
    rows = rows.select_related("handler", "reviewer", *parties).annotate(asked_t=asked_tonnes("application"))
    return rows.order_by("application__due_at", "pk")


def _show(request: HttpRequest, rows: Any) -> None:
    for row in rows:
        row.title = title_of(row)
        row.due = due_of(row.application, now=now_of(request), calendar=calendar_of(request))
        row.stage = State(row.from_state).label


def _decides(request: HttpRequest) -> bool:
    return bool(standing_for(request).provincial_bureaus(*DECIDING_ROLES))


def _pair(text: str) -> tuple[int, int] | None:
    key, _, revision = text.partition(":")
    return (int(key), int(revision)) if is_key(key) and is_key(revision) else None
