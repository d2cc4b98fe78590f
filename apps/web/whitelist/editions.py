"""Lists: all that one may see, a new one, one with its lines, and what each round changed."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.catalogue.reading import places
from apps.organisations.enums import Role
from apps.organisations.models import Enterprise
from apps.transfers.errors import Refused
from apps.web.moment import now_of, standing_for, today_of, user_of, version_of
from apps.web.public.searching import cleaned
from apps.web.refusing import UNPROCESSABLE
from apps.web.rendering import page
from apps.web.whitelist.forms import EditionForm
from apps.web.whitelist.rows import acts_of, content_of
from apps.web.whitelist.sheets import HERE, KINDS, visible_edition
from apps.whitelists.enums import ConsentMode, EditionStatus
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Bar, Edition, EditionRound
from apps.whitelists.permissions import may_edit, reads_ledger, side_at_turn, sides_of
from apps.whitelists.services.editions import open_edition
from apps.whitelists.services.negotiating import changes_between

A_PAGE = 50


@login_required
@require_safe
def edition_list(request: HttpRequest) -> HttpResponse:
    """Every list that the person may see, the newest first, by state and direction."""
    standing = standing_for(request)
    if not (standing.is_auditor or standing.provinces()):
        raise PermissionDenied
    rows = Edition.objects.visible_to(standing).select_related("origin__division", "destination__division")
    status = request.GET.get("status", "")
    if status in EditionStatus.values:
        rows = rows.filter(status=status)
    origin, _, destination = cleaned(request.GET.get("pair", "")).partition("-")
    if origin and destination:
        rows = rows.of_pair(origin_id=origin, destination_id=destination)
    pairs = Edition.objects.visible_to(standing).order_by().values_list("origin_id", "destination_id").distinct()
    kept = places(version_of(request)).provinces
    context = {
        "here": HERE,
        "lists": Paginator(rows.order_by("-begins_on", "origin_id", "destination_id", "-pk"), A_PAGE).get_page(
            request.GET.get("page")
        ),
        "statuses": EditionStatus.choices,
        "status": status,
        "pairs": [(f"{a}-{b}", f"{kept[a]} → {kept[b]}") for a, b in sorted(pairs)],
        "pair": f"{origin}-{destination}",
        "today": today_of(request),
    }
    return page(request, "web/whitelist/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_edition(request: HttpRequest) -> HttpResponse:
    """Begin a list of waste that comes into one's province."""
    own = standing_for(request).provinces(Role.WHITELIST_ADMIN)
    if not own:
        raise PermissionDenied
    form = _new_form(request, own)
    if form.is_bound and form.is_valid():
        typed, provinces = dict(form.cleaned_data), places(version_of(request)).provinces
        origin, destination = provinces[typed.pop("origin")], provinces[typed.pop("destination")]
        mode = ConsentMode(typed.pop("consent_mode"))
        try:
            made = open_edition(
                origin=origin,
                destination=destination,
                consent_mode=mode,
                by=user_of(request),
                now=now_of(request),
                **typed,
            )
        except WhitelistError as refused:
            form.refuse(Refused(refused.code, refused.sentence, field=refused.field))
        else:
            return redirect("web:edition", pk=made.pk)
    status = UNPROCESSABLE if form.is_bound else 200
    return page(request, "web/whitelist/new.html", {"here": HERE, "form": form}, status=status)


@login_required
@require_safe
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: its lines as the reader may see them, whose turn it is, its rounds and its log."""
    found = visible_edition(request, pk)
    found.today = today_of(request)
    standing = standing_for(request)
    text = cleaned(request.GET.get("q", ""))
    is_working = may_edit(found, standing)
    content = content_of(found, is_working=is_working, text=text, number=request.GET.get("page"))
    turn = side_at_turn(found)
    rounds = list(found.rounds.select_related("province__division").order_by("-position"))
    context = {
        "here": HERE,
        "edition": found,
        "text": text,
        "is_working": is_working,
        "content": content,
        "turn": places(version_of(request)).provinces[turn] if turn else None,
        "acts": acts_of(found, user_of(request), is_working=is_working),
        "rounds": rounds,
        # What the other side handed over is what the reader has come to answer.
        "to_answer": next((one for one in rounds[:1] if is_working and one.province_id != turn), None),
        "events": found.events.select_related("bureau").order_by("-pk")[:A_PAGE],
        "reads_ledger": found.status == EditionStatus.CONFIRMED and reads_ledger(found, standing),
        "may_adjust": found.status == EditionStatus.CONFIRMED
        and len(sides_of(found, standing)) == 1
        and found.ends_on >= found.today,
        "bars": Bar.objects.standing_on(found.today).filter(edition=found),
        "may_carry": found.status == EditionStatus.CONFIRMED
        and found.destination_id in standing.provinces(Role.WHITELIST_ADMIN),
    }
    return page(request, "web/whitelist/edition.html", context)


@login_required
@require_safe
def edition_round(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """What one side handed over, as a difference from the round before."""
    found = visible_edition(request, pk)
    rounds = EditionRound.objects.filter(edition=found).select_related("province__division")
    this = get_object_or_404(rounds, position=position)
    before = rounds.filter(position__lt=position).order_by("-position").first()
    comparison = changes_between(before, this)
    kind = request.GET.get("kind", "")
    wanted = [change for change in comparison.changes if kind not in KINDS or change.kind == kind]
    changes = Paginator(wanted, A_PAGE).get_page(request.GET.get("page"))
    operators = Enterprise.objects.in_bulk({change.line.operator_id for change in changes})
    context = {
        "here": HERE,
        "edition": found,
        "round": this,
        "before": before,
        "after": rounds.filter(position__gt=position).order_by("position").first(),
        "comparison": comparison,
        "counts": [(name, KINDS[name], count) for name, count in comparison.counts.items()],
        "kind": kind if kind in KINDS else "",
        "changes": changes,
        "rows": [(change, KINDS[change.kind], operators[change.line.operator_id]) for change in changes],
    }
    return page(request, "web/whitelist/round.html", context)


def _new_form(request: HttpRequest, own: frozenset[str]) -> EditionForm:
    kept = places(version_of(request)).provinces
    part = [(key, str(one)) for key, one in sorted(kept.items()) if one.is_participating]
    destinations = [one for one in part if one[0] in own]
    origins = [one for one in part if len(own) > 1 or one[0] not in own]
    year = today_of(request).year + 1
    initial: dict[str, Any] = {"begins_on": f"{year}-01-01", "ends_on": f"{year}-12-31"}
    asked = request.GET.get("origin", "")
    if asked in dict(origins):
        initial["origin"] = asked
    return EditionForm(
        request.POST if request.method == "POST" else None,
        origins=_or_none(origins),
        destinations=destinations,
        initial=initial,
    )


def _or_none(choices: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    return [("", "请选择"), *choices]
