"""One act of an authority: its page says what will happen; posting it does it, or sends it on for signature."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.organisations.services.deputies import Holder, holders_of
from apps.transfers.enums import PreparationState, State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, Preparation, ReductionRequest
from apps.transfers.rules.signing import at_least, chain_in_words
from apps.transfers.services.chains import Chain, chain_for
from apps.transfers.services.signing.firing import SERVICES, arguments_of
from apps.transfers.services.signing.preparing import prepare
from apps.transfers.services.signing.waiting import live_on
from apps.web.barred import filled_in
from apps.web.bureau.acts import BureauAct
from apps.web.bureau.later import ALL
from apps.web.cases import may_ever, possible_acts, reads_as_bureau, visible_case
from apps.web.inputs import Door
from apps.web.moment import calendar_of, now_of, standing_for, today_of, user_of
from apps.web.refusing import CONFLICT, UNPROCESSABLE, not_allowed, status_of
from apps.web.rendering import page
from apps.web.showing import show_due
from apps.web.timeline import moved_since

HERE = "web:worklist"
# Where it is told what the applicant said to getting less.
REDUCING = ("approve", "ask_reduction")


@dataclass(frozen=True, slots=True)
class Way:
    """How the act comes about here: the chain in words, who does the next step, what was prepared already."""

    chain: Chain
    words: str
    next_step: str
    able: list[Holder]
    standing: Preparation | None

    @property
    def sent_back(self) -> bool:
        return self.standing is not None and self.standing.state == PreparationState.SENT_BACK

    @property
    def remark(self) -> str:
        """Why it was sent back."""
        last = self.standing.steps.last() if self.standing else None
        return last.remark if last else ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One act: done at once where nobody else has to sign, else prepared for who reviews and signs it."""
    application, deed = bureau_case(request, pk), ALL[name]
    if not may_ever(request, application, name):
        return not_allowed(request, NotAllowed(deed.title))
    way = _way(request, application, name)
    if request.method != "POST":
        kept = arguments_of(name, way.standing.payload) if way and way.standing and way.sent_back else {}
        kept = kept or filled_in(request, application, name)
        form, refused = deed.make_form(application, None, kept), _not_now(request, application, deed)
        return _act_page(request, application, deed, form, way, refused)
    return _posted(request, application, deed, way)


def bureau_case(request: HttpRequest, pk: int) -> Application:
    """A filed case that the person reads for an authority. Http404 else."""
    application = visible_case(request, pk)
    if application.state == State.DRAFT or not reads_as_bureau(application, standing_for(request)):
        raise Http404
    return application


def _way(request: HttpRequest, application: Application, name: str) -> Way | None:
    """The longer chain of the person's bureau for this act; None where they act alone."""
    chain = chain_for(application=application, name=name, by=user_of(request))
    if chain is None or not chain.needs_others:
        return None
    live = live_on(application, frozenset({chain.bureau.pk}))
    standing = next((one for one in live if one.act == name and not one.has_moved), None)  # type: ignore[attr-defined]
    able = holders_of(bureau_id=chain.bureau.pk, roles=at_least(chain.roles[1]), on=today_of(request))
    others = [holder for holder in able if holder.user.pk != user_of(request).pk]
    next_step = "签发" if len(chain.roles) == len(("经办", "签发")) else "审核"
    return Way(chain, chain_in_words(chain.roles), next_step, others, standing)


def _posted(request: HttpRequest, application: Application, deed: BureauAct, way: Way | None) -> HttpResponse:
    form = deed.make_form(application, request.POST, {})
    if request.POST.get("action") == "add_point":
        return _act_page(request, application, deed, form, way)
    if not form.is_valid():
        return _act_page(request, application, deed, form, way, status=UNPROCESSABLE)
    if moved_since(application, request.POST.get("seen", "")):
        # Nothing is done on what the person has not read: they are told, and what they typed stays.
        refused = _not_now(request, application, deed)
        if refused is not None:
            form.refuse(refused)
        return _act_page(request, application, deed, form, way, refused, status=CONFLICT)
    try:
        done = _prepare(request, application, deed, form) if way else _do(request, application, deed, form)
    except NotFound as error:
        raise Http404 from error
    except NotAllowed as refused:
        return not_allowed(request, refused)
    except Refused as refused:
        form.refuse(refused)
        return _act_page(request, visible_case(request, application.pk), deed, form, way, refused)
    messages.success(request, f"{deed.title}已送{way.next_step}，签发后生效。" if way else deed.done)
    return done


def _do(request: HttpRequest, application: Application, deed: BureauAct, form: Any) -> HttpResponse:
    service = SERVICES[deed.name]
    service(application_id=application.pk, by=user_of(request), now=now_of(request), **deed.arguments(form))
    return redirect("web:case", application.pk)


def _prepare(request: HttpRequest, application: Application, deed: BureauAct, form: Any) -> HttpResponse:
    preparation = prepare(
        application_id=application.pk,
        name=deed.name,
        by=user_of(request),
        now=now_of(request),
        arguments=deed.arguments(form),
        remark=request.POST.get("remark", ""),
    )
    return redirect("web:preparation", preparation.pk)


def _not_now(request: HttpRequest, application: Application, deed: BureauAct) -> Refused | None:
    if deed.name in possible_acts(request, application):
        return None
    state = application.get_state_display()
    return Refused("state.moved", f"该申请现为“{state}”，现在不能“{deed.title}”，请返回案件查看。")


def _act_page(
    request: HttpRequest,
    application: Application,
    deed: BureauAct,
    form: Door,
    way: Way | None,
    refused: Refused | None = None,
    *,
    status: int = 0,
) -> HttpResponse:
    show_due([application], now=now_of(request), calendar=calendar_of(request))
    context = {
        "application": application,
        "act": deed,
        "form": form,
        "way": way,
        "reductions": _reductions(application) if deed.name in REDUCING else [],
        "remark": request.POST.get("remark", ""),
        "here": HERE,
        "refused": refused,
        "happenings": moved_since(application, request.POST.get("seen", "")),
        "for_bureau": True,
    }
    return page(request, deed.template, context, status=status or status_of(refused))


def _reductions(application: Application) -> list[tuple[ReductionRequest, list[tuple[int, str]]]]:
    """Each question of less with its tonnes by the items' numbers."""
    items = list(application.items.order_by("position"))
    return [
        (one, [(item.position, one.amount_of(item.pk)) for item in items])
        for one in application.reductions.select_related("answered_by")
    ]
