"""Deputies (AB角): who stands in for whom, named by the person or the bureau's head."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.organisations.enums import DECIDING_ROLES, Role
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Bureau, User
from apps.organisations.services.deputies import colleagues, deputies_of, end_deputy, name_deputy
from apps.transfers.errors import NotAllowed
from apps.web.inputs import DayField, Door, is_key
from apps.web.moment import now_of, standing_for, today_of, user_of
from apps.web.refusing import UNPROCESSABLE, not_allowed
from apps.web.rendering import page


class DeputyForm(Door):
    """Who stands in for whom, from when to when."""

    person = forms.ChoiceField(label="被代理人", error_messages={"required": "请选择被代理人。"})
    deputy = forms.ChoiceField(label="代理人（B角）", error_messages={"required": "请选择代理人。"})
    valid_from = DayField(label="自", error_messages={"required": "请填写起日。"})
    valid_until = DayField(label="至（含当日）", error_messages={"required": "请填写止日。"})

    def refuse_field(self, error: OrganisationError) -> None:
        """Show the refusal beside what it is about."""
        field = error.field if error.field in self.fields else None
        self.add_error(field, ValidationError(error.sentence, code=error.code))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def deputies(request: HttpRequest) -> HttpResponse:
    """The bureau's deputies; a person names their own, the bureau's head everybody's."""
    bureau = _bureau(request)
    if bureau is None:
        return not_allowed(request, NotAllowed("指定代理"))
    people = {str(one.pk): one for one in colleagues(bureau_id=bureau.pk, on=today_of(request))}
    ending = request.POST.get("end", "")
    form = _form(request, bureau, people, is_posted=request.method == "POST" and not ending)
    refused = None
    try:
        if is_key(ending):
            end_deputy(deputy_id=int(ending), by=user_of(request), on=today_of(request))
            messages.success(request, "代理已解除。")
            return redirect("web:deputies")
        if form.is_bound and form.is_valid():
            _name(request, bureau, people, form.cleaned_data)
            messages.success(request, "代理已指定。")
            return redirect("web:deputies")
    except OrganisationError as error:
        refused = error
        if form.is_bound:
            form.refuse_field(error)
    context = {
        "here": "web:signing",
        "bureau": bureau,
        "form": form,
        "refused": None if form.is_bound else refused,
        "rows": deputies_of(bureau_ids=[bureau.pk], on=today_of(request)),
        "is_head": _is_head(request, bureau),
        "today": today_of(request),
    }
    status = UNPROCESSABLE if refused or (form.is_bound and form.errors) else 200
    return page(request, "web/bureau/signing/deputies.html", context, status=status)


def _bureau(request: HttpRequest) -> Bureau | None:
    keys = standing_for(request).provincial_bureaus(*DECIDING_ROLES)
    return Bureau.objects.filter(pk__in=keys).order_by("pk").first()


def _is_head(request: HttpRequest, bureau: Bureau) -> bool:
    return bureau.pk in standing_for(request).provincial_bureaus(Role.BUREAU_HEAD)


def _form(request: HttpRequest, bureau: Bureau, people: dict[str, User], *, is_posted: bool) -> DeputyForm:
    me = user_of(request)
    form = DeputyForm(request.POST if is_posted else None, initial={"valid_from": today_of(request), "person": me.pk})
    everybody = [(key, str(one)) for key, one in people.items()]
    form.choose_from("person", everybody if _is_head(request, bureau) else [(str(me.pk), str(me))])
    form.choose_from("deputy", [("", "请选择"), *everybody])
    return form


def _name(request: HttpRequest, bureau: Bureau, people: dict[str, User], typed: dict[str, Any]) -> None:
    name_deputy(
        bureau=bureau,
        person=people[typed["person"]],
        deputy=people[typed["deputy"]],
        by=user_of(request),
        valid_from=typed["valid_from"],
        valid_until=typed["valid_until"],
        on=today_of(request),
        at=now_of(request),
    )
