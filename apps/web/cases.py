"""Reading a case for its page: the same facts for both sides, each sees what is theirs."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.catalogue.models import Province
from apps.catalogue.reading import Places, places, requirements
from apps.deadlines.services import ReckonedSpan, open_clocks, reckoning_of
from apps.organisations.permissions import Standing
from apps.organisations.reading import bureaus
from apps.transfers.attendances import ATTENDANCES, open_attendances
from apps.transfers.enums import Route
from apps.transfers.models import Application, CorrectionPoint, Item, LocalOpinion, Reply
from apps.transfers.rules.papers.addressees import BETWEEN_BUREAUS
from apps.transfers.services.acts import clock_of_state
from apps.transfers.services.facts_now import at_moment
from apps.web.barred import suspended_context
from apps.web.clock.case_time import case_times
from apps.web.entries import lines_of_case
from apps.web.moment import calendar_of, now_of, standing_for, today_of, user_of, version_of
from apps.web.showing import due_of
from apps.web.timeline import clocks_of, log_of, timeline_of


def visible_case(request: HttpRequest, pk: int) -> Application:
    """The application, ready for the machine's questions. Http404 when the person may not see it."""
    seen = Application.objects.visible_to(user_of(request), today_of(request))
    found = get_object_or_404(seen.select_related("generator", "operator", "edition"), pk=pk)
    _place(found, places(version_of(request)))
    return at_moment(application=found, now=now_of(request))


def _place(application: Application, where: Places) -> None:
    """Hand it its provinces and divisions, which the process keeps: no join for what hardly ever changes."""
    application.origin = where.provinces[application.origin_id]
    if application.destination_id:
        application.destination = where.provinces[application.destination_id]
    for party in (application.generator, application.operator):
        if party is not None:
            party.province = where.provinces[party.province_id]
            party.division = where.divisions[party.division_id]


def possible_acts(request: HttpRequest, application: Application) -> set[str]:
    """Names of what machine and table of attendances allow this person now."""
    rows = application.get_available_user_state_transitions(user_of(request))  # type: ignore[attr-defined]
    return {row.name for row in rows} | set(open_attendances(application, user_of(request)))


def may_ever(request: HttpRequest, application: Application, name: str) -> bool:
    """Whether the act is this person's at all, whatever the case's state."""
    if name in ATTENDANCES:
        return ATTENDANCES[name].may(application, user_of(request))
    rows = getattr(application, name)._django_fsm.transitions.values()
    return any(row.has_perm(application, user_of(request)) for row in rows)


def reads_as_bureau(application: Application, standing: Standing) -> bool:
    """Whether the person reads this case for an authority (or audits it), not for a party."""
    provinces = standing.provinces()
    return (
        standing.is_auditor
        or application.origin_id in provinces
        or application.destination_id in provinces
        or (application.route == Route.GENERAL and application.local_division in standing.local_divisions())
    )


def address_of(application: Application, standing: Standing) -> str:
    """The case's page at the desk of the reader."""
    name = "web:case" if reads_as_bureau(application, standing) else "web:own_application"
    return reverse(name, args=[application.pk])


def case_context(request: HttpRequest, application: Application) -> dict[str, Any]:
    """What the page of a filed case shows to this reader; what its state can't have yet isn't asked for."""
    for_bureau = reads_as_bureau(application, standing_for(request))
    items = list(application.items.select_related("entry").order_by("position"))
    log, clocks = log_of(application, bureaus(version_of(request))), clocks_of(application)
    return {
        "application": application,
        "for_bureau": for_bureau,
        "items": items,
        "totals": totals_of(items),
        "due": due_of(application, now=now_of(request), calendar=calendar_of(request)),
        "transit": _transit(request, application),
        "attachments": attachments_of(application, version_of(request)),
        "papers": _papers(application, for_bureau=for_bureau),
        "points": _points(application),
        "opinion": _opinion(application),
        "reply": _reply(application) if for_bureau else None,
        "entry_lines": lines_of_case(application, items),
        **_balance(application, items),
        **suspended_context(request, application, items),
        "log": log,
        "times": case_times(log, today=today_of(request), calendar=calendar_of(request)),
        "clocks": clocks,
        "timeline": timeline_of(log, clocks, for_bureau=for_bureau),
        "today": today_of(request),
    }


def reckoning_on_page(request: HttpRequest, application: Application) -> list[ReckonedSpan]:
    """How the due day that the page shows came about, day by day; nothing where no clock runs."""
    if application.due_at is None:
        return []
    clock = open_clocks(application.number or "").filter(kind=clock_of_state(application)).first()
    return reckoning_of(deadline=clock, calendar=calendar_of(request)) if clock else []


def _points(application: Application) -> list[CorrectionPoint]:
    if application.correction_requested_on is None:
        return []
    return list(application.correction_points.order_by("position"))


def _opinion(application: Application) -> LocalOpinion | None:
    # A correction may have moved the case off the general procedure after the opinion was given.
    if application.route != Route.GENERAL and application.correction_requested_on is None:
        return None
    return LocalOpinion.objects.filter(application=application).select_related("bureau").first()


def _balance(application: Application, items: list[Item]) -> dict[str, Any]:
    """What was shipped of an approval and what is left (tonnes); nothing before there is one."""
    if application.valid_from is None:
        return {"shipments": None}
    shipments = list(application.shipments.order_by("shipped_on", "pk"))
    shipped = sum((one.amount_t for one in shipments), Decimal(0))
    approved = sum((item.approved_t or Decimal(0) for item in items), Decimal(0))
    return {
        "shipments": shipments,
        "shipped_t": shipped,
        "left_t": approved - shipped,
        "pauses": list(application.pauses_on(application.today)),
    }


def totals_of(items: list[Item]) -> dict[str, Any]:
    """Sums of what was asked, consented to and approved; None where nothing was said yet."""
    return {
        name: sum(values)
        if (values := [value for item in items if (value := getattr(item, name)) is not None])
        else None
        for name in ("amount_t", "consented_t", "approved_t")
    }


def _transit(request: HttpRequest, application: Application) -> list[Province]:
    through = Application.transit.through.objects.filter(application=application.pk).order_by("pk")
    known = places(version_of(request)).provinces
    return [known[code] for code in through.values_list("province_id", flat=True)]


def attachments_of(application: Application, version: str | None = None) -> list[Any]:
    """The files that the application carries, each with its material's name; ``version`` is the request's."""
    names = {material.code: material.name for material in requirements(version).materials}
    files = list(application.attachments.filter(removed_at__isnull=True, supplement__isnull=True))
    for file in files:
        file.material_name = names.get(file.material, file.material)  # type: ignore[attr-defined]
    return files


def _papers(application: Application, *, for_bureau: bool) -> list[Any]:
    papers = list(application.papers.defer("content", "copies").order_by("pk"))
    for paper in papers:
        paper.may_be_read = for_bureau or paper.kind not in BETWEEN_BUREAUS  # type: ignore[attr-defined]
    return papers


def _reply(application: Application) -> Reply | None:
    if application.endorsed_at is None:
        return None
    return application.replies.filter(round=application.round, voided_at__isnull=True).first()
