"""The page on which the issuing bureau corrects slips of wording in a paper that stands."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.rules.papers.errata import Slip
from apps.transfers.services.erratum import ISSUES_ERRATA, issue_erratum
from apps.web.cases import may_ever, visible_case
from apps.web.inputs import Door
from apps.web.moment import now_of, user_of
from apps.web.papers.views import readable_paper
from apps.web.refusing import UNPROCESSABLE, not_allowed, status_of
from apps.web.rendering import page

ROWS = 5
LONGEST_SLIP = 200


class SlipsForm(Door):
    """Up to five slips; a row that is left blank is none."""

    def __init__(self, *args: object, **options: object) -> None:
        """Each row has two fields, so that a screen reader names them."""
        super().__init__(*args, **options)
        for number in range(1, ROWS + 1):
            for name, label in (("wrong", "原文"), ("right", "更正为")):
                self.fields[f"{name}_{number}"] = forms.CharField(
                    label=f"第{number}处{label}",
                    max_length=LONGEST_SLIP,
                    required=False,
                    widget=forms.TextInput(attrs={"autocomplete": "off", "class": "form-control"}),
                )

    @property
    def slips(self) -> list[Slip]:
        """What was typed, in order."""
        typed = self.cleaned_data
        rows = [Slip(typed[f"wrong_{n}"].strip(), typed[f"right_{n}"].strip()) for n in range(1, ROWS + 1)]
        return [slip for slip in rows if slip.wrong or slip.right]

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of each row beside each other."""
        return [(self[f"wrong_{n}"], self[f"right_{n}"]) for n in range(1, ROWS + 1)]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """What an erratum can and can't do, the rows to fill in; posting it issues the paper, once."""
    found = readable_paper(request, pk)
    application = visible_case(request, found.application_id)
    if not may_ever(request, application, ISSUES_ERRATA):
        return not_allowed(request, NotAllowed("更正文书"))
    form = SlipsForm(request.POST if request.method == "POST" else None)
    refused, status = None, 0
    if request.method == "POST":
        if not form.is_valid():
            status = UNPROCESSABLE
        else:
            try:
                made = issue_erratum(paper_id=pk, by=user_of(request), now=now_of(request), slips=form.slips)
            except NotFound as error:
                raise Http404 from error
            except NotAllowed as refusal:
                return not_allowed(request, refusal)
            except Refused as refusal:
                refused = refusal
                form.refuse(refusal)
            else:
                messages.success(request, f"已印发 {made.number}；原文书保留，两份文书互相注明。")
                return redirect("web:paper", made.pk)
    context = {"paper": found, "application": application, "form": form, "refused": refused}
    return page(request, "web/papers/erratum.html", context, status=status or status_of(refused))
