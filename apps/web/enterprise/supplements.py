"""Questions after acceptance, answered by the filer with words and files."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application
from apps.transfers.services.supplementing import LONGEST_TEXT, answer_supplement
from apps.web.cases import may_ever, possible_acts, reads_as_bureau, visible_case
from apps.web.enterprise.attachments import take_in, take_out
from apps.web.inputs import is_key
from apps.web.moment import now_of, standing_for, user_of
from apps.web.refusing import not_allowed, status_of
from apps.web.rendering import ENTERPRISE_DESK, page
from apps.web.supplements import thread_of

ACT = "answer_supplement"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def supplements(request: HttpRequest, pk: int) -> HttpResponse:
    """Questions and answers of a case, for its parties; the filer answers here."""
    application = visible_case(request, pk)
    standing = standing_for(request)
    if not {application.generator_id, application.operator_id} & standing.enterprises():
        if reads_as_bureau(application, standing):
            return redirect("web:case_supplements", pk)
        raise Http404
    if request.method != "POST":
        return _page(request, application)
    if not may_ever(request, application, ACT):
        return not_allowed(request, NotAllowed("补充说明"))
    return _answered(request, application)


def _answered(request: HttpRequest, application: Application) -> HttpResponse:
    """Files first, then the words: a browser can't be asked to choose a file again."""
    action, _, argument = request.POST.get("action", "answer").partition(":")
    refusals = take_in(request, application)
    if action == "detach":
        refusals += take_out(request, application, argument)
    elif not refusals:
        key = request.POST.get("supplement", "")
        try:
            told = answer_supplement(
                application_id=application.pk,
                supplement_id=int(key) if is_key(key) else 0,
                by=user_of(request),
                now=now_of(request),
                answer=request.POST.get("answer", ""),
            )
        except NotFound as error:
            raise Http404 from error
        except Refused as refused:
            refusals.append(refused)
        else:
            messages.success(request, f"第 {told.position} 问已经说明，办理机关可以看到。")
            return redirect("web:supplements", application.pk)
    return _page(request, application, refusals=refusals)


def _page(request: HttpRequest, application: Application, refusals: list[Refused] | None = None) -> HttpResponse:
    standing = standing_for(request)
    is_sender = application.generator_id in standing.enterprises(*ENTERPRISE_DESK)
    refused = refusals[0] if refusals else None
    context: dict[str, Any] = {
        "application": application,
        "here": "web:own_applications" if is_sender else "web:addressed_applications",
        "thread": thread_of(application),
        "may_answer": ACT in possible_acts(request, application),
        "refusals": refusals or [],
        "typed": {request.POST.get("supplement", ""): request.POST.get("answer", "")},
        "longest": LONGEST_TEXT,
    }
    return page(request, "web/enterprise/supplements.html", context, status=status_of(refused))
