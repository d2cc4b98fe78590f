"""What a bureau keeps for itself on a case, and its letter to the other one: notes, who takes it on, the reminder."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.catalogue.enums import PaperKind
from apps.transfers.enums import NoteKind
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.services.noting import LONGEST_NAME, LONGEST_TEXT, take_on, write_note
from apps.transfers.services.urging import remind
from apps.web.bureau.casework import HERE, notes_of
from apps.web.bureau.deciding import bureau_case
from apps.web.inputs import Door, is_key
from apps.web.moment import now_of, standing_for, user_of
from apps.web.refusing import UNPROCESSABLE, not_allowed, status_of
from apps.web.rendering import page


class NoteForm(Door):
    """An internal note, or the record of a call with whom."""

    kind = forms.ChoiceField(label="类型", choices=NoteKind, initial=NoteKind.INTERNAL, widget=forms.RadioSelect)
    counterpart = forms.CharField(
        label="通话对象",
        max_length=LONGEST_NAME,
        required=False,
        help_text="电话记录须填写：单位、姓名、电话。",
    )
    text = forms.CharField(
        label="内容",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请填写内容。"},
        help_text="只有本机关人员能看到；记下后不能修改。",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, pk: int) -> HttpResponse:
    """The notes of the reader's own bureau, and a form for the next one; nobody else learns that there are any."""
    application, standing = bureau_case(request, pk), standing_for(request)
    if not standing.provincial_bureaus() | standing.local_bureaus():
        return not_allowed(request, NotAllowed("内部记事"))
    form, status = NoteForm(), 200
    if request.method == "POST":
        form, status = NoteForm(request.POST), UNPROCESSABLE
        if form.is_valid():
            typed = form.cleaned_data
            try:
                write_note(
                    application_id=pk,
                    by=user_of(request),
                    now=now_of(request),
                    kind=NoteKind(typed["kind"]),
                    text=typed["text"],
                    counterpart=typed["counterpart"],
                )
            except NotAllowed as refused:
                return not_allowed(request, refused)
            except Refused as refused:
                form.refuse(refused)
                status = status_of(refused)
            else:
                messages.success(request, "已记下，只有本机关人员能看到。")
                return redirect(f"{reverse('web:case', args=[pk])}#notes-title")
    context = {"application": application, "form": form, "notes": notes_of(application, standing), "here": HERE}
    return page(request, "web/bureau/notes.html", context, status=status)


@login_required
@require_POST
def take_case_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Become the one who takes care of the case, instead of whom the page showed."""
    application = bureau_case(request, pk)
    try:
        take_on(application_id=pk, by=user_of(request), now=now_of(request), instead_of=_seen(request))
    except NotAllowed as refused:
        return not_allowed(request, refused)
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, "您已承办该案件。")
    return redirect("web:case", application.pk)


def _seen(request: HttpRequest) -> int | None:
    text = request.POST.get("instead_of", "")
    return int(text) if is_key(text) else None


@login_required
@require_POST
def send_reminder(request: HttpRequest, pk: int) -> HttpResponse:
    """The reminder letter to the destination, in one click."""
    application = bureau_case(request, pk)
    try:
        urged = remind(application_id=pk, by=user_of(request), now=now_of(request))
    except NotFound as error:
        raise Http404 from error
    except NotAllowed as refused:
        return not_allowed(request, refused)
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        letter = urged.papers.filter(kind=PaperKind.REMINDER).order_by("-pk").values_list("number", flat=True)[0]
        messages.success(request, f"催复函 {letter} 已发出。")
    return redirect("web:case", application.pk)
