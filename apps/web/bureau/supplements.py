"""What a bureau asks the filer after acceptance; it stops no clock."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application
from apps.transfers.services.supplementing import LONGEST_TEXT, ask_supplement
from apps.web.bureau.deciding import bureau_case
from apps.web.cases import may_ever, possible_acts
from apps.web.inputs import Door
from apps.web.moment import now_of, user_of
from apps.web.refusing import not_allowed, status_of
from apps.web.rendering import page
from apps.web.supplements import thread_of

ACT = "ask_supplement"


class QuestionForm(Door):
    """One question; several are better asked one by one, so that each gets its answer."""

    question = forms.CharField(
        label="请申请人说明",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="申请人、双方机关都能看到。要求补充说明不停止计算办理时限；一问一事，便于答复。",
        error_messages={"required": "请写明需要说明的事项。"},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def case_supplements(request: HttpRequest, pk: int) -> HttpResponse:
    """Questions and answers of a case, for authorities; the one that holds it asks here."""
    application = bureau_case(request, pk)
    form, refused = QuestionForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST":
        if not may_ever(request, application, ACT):
            return not_allowed(request, NotAllowed("要求补充说明"))
        if form.is_valid():
            refused = _ask(request, application, form)
            if refused is None:
                messages.success(request, "已要求申请人补充说明。")
                return redirect("web:case_supplements", pk)
    context: dict[str, Any] = {
        "application": application,
        "here": "web:worklist",
        "for_bureau": True,
        "thread": thread_of(application),
        "form": form,
        "may_ask": form.is_bound or ACT in possible_acts(request, application),
    }
    return page(request, "web/bureau/supplements.html", context, status=status_of(refused, form))


def _ask(request: HttpRequest, application: Application, form: QuestionForm) -> Refused | None:
    """Ask; the refusal when it could not be asked, kept on the form."""
    try:
        ask_supplement(
            application_id=application.pk,
            by=user_of(request),
            now=now_of(request),
            question=form.cleaned_data["question"],
        )
    except NotFound as error:
        raise Http404 from error
    except Refused as refused:
        form.refuse(refused)
        return refused
    return None
