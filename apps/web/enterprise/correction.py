"""A correction as a checklist: each point answered by itself and kept as it is typed, then submitted together."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.transfers.enums import Severity, State
from apps.transfers.errors import CheckFailed, NotAllowed, NotFound, Refused, RouteChanged
from apps.transfers.models import Application, CorrectionPoint
from apps.transfers.permissions import is_filer
from apps.transfers.rules.findings import CheckResult
from apps.transfers.services.checking import check_application
from apps.transfers.services.correcting import save_answer
from apps.transfers.services.filing import resubmit
from apps.web.cases import visible_case
from apps.web.enterprise.attachments import materials_of, take_in, take_out
from apps.web.inputs import is_key
from apps.web.moment import calendar_of, now_of, today_of, user_of
from apps.web.refusing import CONFLICT, UNPROCESSABLE, not_allowed
from apps.web.rendering import page
from apps.web.showing import due_of


@dataclass(slots=True)
class PointRow:
    """One point at the page: what is stored of it, or what was typed and refused."""

    point: CorrectionPoint
    answer: str
    is_done: bool
    refused: Refused | None = None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """The checklist of the one notice; what is no longer in correction is shown as it is."""
    application = visible_case(request, pk)
    if application.state != State.CORRECTION:
        messages.info(request, f"该申请现为“{application.get_state_display()}”，没有待补正的事项。")
        return redirect("web:own_application", pk)
    if not is_filer(application, user_of(request)):
        return not_allowed(request, NotAllowed("补正"))
    if request.method != "POST":
        return _page(request, application)
    action, _, argument = request.POST.get("action", "save").partition(":")
    try:
        if action == "point":
            return _one_point(request, application, argument)
        return _all_points(request, application, action, argument)
    except NotFound as error:
        raise Http404 from error


def _one_point(request: HttpRequest, application: Application, number: str) -> HttpResponse:
    """Keep one answer while the page stands; answers for a script."""
    try:
        point = _save(request, application, int(number) if is_key(number) else 0)
    except NotFound:
        raise
    except Refused as refused:
        return JsonResponse({"code": refused.code, "sentence": refused.sentence}, status=CONFLICT)
    return JsonResponse({"answer": point.answer, "is_done": point.is_done})


def _all_points(request: HttpRequest, application: Application, action: str, argument: str) -> HttpResponse:
    """Keep every answer and file first, whatever is to happen: nothing typed is lost by a refusal."""
    refusals = take_in(request, application)
    if action == "detach":
        refusals += take_out(request, application, argument)
    rows = [_kept(request, application, point) for point in application.correction_points.order_by("position")]
    if refusals or any(row.refused for row in rows):
        return _page(request, application, rows=rows, refusals=refusals, status=UNPROCESSABLE)
    if action != "submit":
        messages.success(request, "已保存。")
        return redirect("web:correction", application.pk)
    return _submit(request, application, rows)


def _submit(request: HttpRequest, application: Application, rows: list[PointRow]) -> HttpResponse:
    version = request.POST.get("version", "")
    try:
        done = resubmit(
            application_id=application.pk,
            by=user_of(request),
            now=now_of(request),
            seen_route=request.POST.get("seen_route", ""),
            answers={row.point.position: row.answer for row in rows},
            seen_version=int(version) if is_key(version) else 0,
        )
    except NotFound:
        raise
    except Refused as refused:
        if Application.objects.exclude(state=State.CORRECTION).filter(pk=application.pk).exists():
            messages.info(request, "补正已经提交，没有重复提交。")
            return redirect("web:own_application", application.pk)
        return _page(request, application, rows=rows, refusals=[refused], status=CONFLICT)
    messages.success(request, f"补正已提交（{done.get_route_display()}）。")
    return redirect("web:own_application", done.pk)


def _kept(request: HttpRequest, application: Application, point: CorrectionPoint) -> PointRow:
    typed = request.POST.get(f"answer_{point.position}", point.answer)
    is_done = f"done_{point.position}" in request.POST
    try:
        kept = _save(request, application, point.position)
    except NotFound:
        raise
    except Refused as refused:
        return PointRow(point, typed, is_done, refused)
    return PointRow(kept, kept.answer, kept.is_done)


def _save(request: HttpRequest, application: Application, position: int) -> CorrectionPoint:
    return save_answer(
        application_id=application.pk,
        position=position,
        by=user_of(request),
        now=now_of(request),
        answer=request.POST.get(f"answer_{position}", ""),
        is_done=f"done_{position}" in request.POST,
        seen=request.POST.get(f"seen_{position}", ""),
    )


def _page(
    request: HttpRequest,
    application: Application,
    *,
    rows: list[PointRow] | None = None,
    refusals: list[Refused] | None = None,
    status: int = 200,
) -> HttpResponse:
    if rows is None:
        points = application.correction_points.order_by("position")
        rows = [PointRow(point, point.answer, point.is_done) for point in points]
    fresh = Application.objects.get(pk=application.pk)
    result = _result_in(refusals) or check_application(
        application=fresh, today=today_of(request), calendar=calendar_of(request)
    )
    context: dict[str, Any] = {
        "application": application,
        "here": "web:own_applications",
        "rows": rows,
        "refusals": refusals or [],
        "answered": sum(bool(row.answer) for row in rows),
        "done": sum(row.is_done for row in rows),
        "materials": materials_of(application),
        "version": fresh.version,
        "due": due_of(application, now=now_of(request), calendar=calendar_of(request)),
        "result": result,
        "groups": [(severity, severity.label, found) for severity in Severity if (found := result.of(severity))],
        "route_changes": result.route != application.route,
    }
    return page(request, "web/enterprise/correction.html", context, status=status)


def _result_in(refusals: list[Refused] | None) -> CheckResult | None:
    """What the check found when it refused."""
    found = [refused.result for refused in refusals or [] if isinstance(refused, CheckFailed | RouteChanged)]
    return found[0] if found else None
