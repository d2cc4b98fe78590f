"""What the filer does with a finished form: submit, resubmit, withdraw."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from apps.catalogue.columns import save_columns
from apps.catalogue.enums import PaperKind
from apps.deadlines.services import end_all_clocks
from apps.organisations.models import User
from apps.organisations.reading import bureaus
from apps.transfers.enums import AcceptanceKind, Route, Severity, State
from apps.transfers.errors import CheckFailed, Refused, RouteChanged
from apps.transfers.models import Application, CorrectionPoint, LocalOpinion
from apps.transfers.rules.findings import CheckResult
from apps.transfers.services import stages
from apps.transfers.services.acting import acting
from apps.transfers.services.acts import Act
from apps.transfers.services.checking import check_application
from apps.transfers.services.claims import hold_claims, live_claims, release_claims
from apps.transfers.services.locking import load_items
from apps.whitelists.services.ledger import lock_entries

# One statement creates the pair's series of the year or locks and counts on the one that stands.
NEXT_NUMBER = """
    INSERT INTO transfers_numbercounter AS counter (year, origin_id, destination_id, last) VALUES (%s, %s, %s, 1)
    ON CONFLICT (year, origin_id, destination_id) DO UPDATE SET last = counter.last + 1
    RETURNING last
"""


def submit(
    *, application_id: int, by: User, now: datetime, seen_route: str, seen_version: int | None = None
) -> Application:
    """File a draft on the route that the filer saw: checks, route and edition, tonnes held, number, receipt, clocks.

    Raises NotFound, NotAllowed; Refused ``draft.changed`` when the draft is another than the filer saw;
    CheckFailed with every finding; RouteChanged with what is left when the check now finds another route.
    """
    with acting(application_id=application_id, name="submit", by=by, now=now) as act:
        same_version(act.application, seen_version)
        file_draft(act, by=by, seen_route=seen_route)
    return act.application


def file_draft(act: Act, *, by: User, seen_route: str, number: str = "") -> None:
    """What a filing does to a draft that is held (``acting``), under its ``number`` or the next one.

    Raises CheckFailed, RouteChanged.
    """
    application = act.application
    result = _checked(act, seen_route)
    _take_route(act, result)
    stage = _first_stage(act)
    application.submit(
        first_stage=stage,
        by=by,
        at=act.now,
        number=number or next_number(act),
        received_on=None if stage == State.LOCAL_OPINION else act.on,
    )
    _hold(act, result, seen_route)
    _enter(act, stage)
    _give_receipt(act)
    act.details.update(route=application.route, edition=application.edition_id, round=application.round)
    act.details.update(findings=[finding.told() for finding in result.findings])
    if _is_clean(act, result):
        stages.take_in(act, AcceptanceKind.AT_ONCE)


def resubmit(
    *,
    application_id: int,
    by: User,
    now: datetime,
    seen_route: str,
    answers: Mapping[int, str],
    seen_version: int | None = None,
) -> Application:
    """Answer every point of the correction notice and hold anew, in one transaction; own tonnes count as free.

    Raises as ``submit`` does; Refused ``correction.unanswered`` names the points without an answer. RouteChanged
    when the route has changed and the filer has not confirmed the new one.
    """
    with acting(application_id=application_id, name="resubmit", by=by, now=now) as act:
        application, old_route = act.application, act.application.route
        same_version(application, seen_version)
        _keep_answers(application, answers)
        result = _checked(act, seen_route)
        held = live_claims(application)
        lock_entries(ids={row.entry_id for row in held} | {claim.entry_id for claim in result.claims})
        release_claims(act, held)
        _take_route(act, result)
        stage = _first_stage(act) if old_route != application.route else State.ORIGIN_REVIEW
        application.resubmit(first_stage=stage, received_on=None if stage == State.LOCAL_OPINION else act.on)
        _hold(act, result, seen_route)
        stages.leave_correction(act, old_route=old_route)
        _give_receipt(act)
        act.details.update(route=application.route, old_route=old_route, round=application.round)
        act.details.update(findings=[finding.told() for finding in result.findings])
    return act.application


def withdraw(*, application_id: int, by: User, now: datetime, reason: str) -> Application:
    """Take an open application back; what it held is free again. Raises NotFound, NotAllowed, Refused."""
    with acting(application_id=application_id, name="withdraw", by=by, now=now) as act:
        release_claims(act)
        act.application.withdraw()
        end_all_clocks(reference=act.reference, now=now)
        act.reason = reason.strip()
    return act.application


def same_version(application: Application, seen: int | None) -> None:
    """Raises Refused ``draft.changed`` when the application is another than the one that was seen."""
    if seen is not None and seen != application.version:
        raise Refused("draft.changed", "申请在您查看之后已被修改，没有提交。请刷新页面，核对后再提交。")


def _checked(act: Act, seen_route: str) -> CheckResult:
    result = check_application(application=act.application, today=act.on, calendar=act.calendar)
    _fits(result, seen_route)
    return result


def _fits(result: CheckResult, seen_route: str) -> None:
    if not result.may_be_filed:
        raise CheckFailed(result)
    if result.route != seen_route:
        raise RouteChanged(Route(seen_route).label if seen_route in Route.values else "（未定）", result)


def _take_route(act: Act, result: CheckResult) -> None:
    """Edition and consent mode are fixed at each submit and resubmit (docs/rules.md §12)."""
    application = act.application
    application.route = result.route
    application.edition_id = result.edition_id
    application.consent_mode = result.consent_mode
    application.warnings = [finding.code for finding in result.of(Severity.WARNING)]
    application.local_division = _local_division(act) if result.route == Route.GENERAL else ""
    moved = [item for item in load_items(application) if item.entry_id != result.entry_by_item.get(item.position)]
    for item in moved:
        item.entry_id = result.entry_by_item.get(item.position)
    save_columns(moved, "entry")


def _local_division(act: Act) -> str:
    """Of the generator's local bureau: in Chongqing its district, elsewhere its prefecture; empty if none is kept."""
    application, division = act.application, act.application.generator.division
    if application.origin.local_opinion_level == "prefecture" and division.level == "county":
        division = division.parent or division
    return division.pk if division.pk in bureaus(act.calendar.stamp).local else ""


def _first_stage(act: Act) -> State:
    application = act.application
    wants_opinion = (
        application.route == Route.GENERAL
        and application.origin.local_opinion_required
        and bool(application.local_division)
        and not LocalOpinion.objects.filter(application=application).exists()
    )
    return State.LOCAL_OPINION if wants_opinion else State.ORIGIN_REVIEW


def next_number(act: Act) -> str:
    """``2026-50-51-00017``: year, origin, destination, serial of the year and pair; gaps are allowed."""
    application, year = act.application, act.on.year
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [year, application.origin_id, application.destination_id])
        serial: int = cursor.fetchone()[0]
    pair = f"{application.origin.digits}-{(application.destination_id or '')[:2]}"
    return f"{year}-{pair}-{serial:05d}"


def _hold(act: Act, result: CheckResult, seen_route: str) -> None:
    """Lock the entries; if the world moved since the check, check again before holding the exact parts."""
    entries = lock_entries(ids=[claim.entry_id for claim in result.claims])
    if any(min(entries[c.entry_id].available_t, c.within_t + c.over_t) != c.within_t for c in result.claims):
        result = check_application(application=act.application, today=act.on, calendar=act.calendar)
        _fits(result, seen_route)
    hold_claims(act, result.claims, entries)


def _enter(act: Act, stage: State) -> None:
    if stage == State.LOCAL_OPINION:
        stages.enter_local_opinion(act, act.on)
    else:
        stages.enter_origin_review(act, act.on)


def _give_receipt(act: Act) -> None:
    finish = stages.finish_of(act)
    act.order_paper(
        PaperKind.RECEIPT, act.application.origin_id, due_on=finish.day, is_provisional=finish.is_provisional
    )


def _is_clean(act: Act, result: CheckResult) -> bool:
    return (
        act.application.origin.accepts_clean_filings_at_once
        and result.route == Route.FAST_TRACK
        and not result.of(Severity.WARNING)
    )


def _keep_answers(application: Application, answers: Mapping[int, str]) -> None:
    points = list(CorrectionPoint.objects.filter(application=application))
    silent = [str(point.position) for point in points if not answers.get(point.position, "").strip()]
    if silent:
        raise Refused("correction.unanswered", f"请逐项说明补正情况：第 {'、'.join(silent)} 项尚未说明。")
    for point in points:
        point.answer = answers[point.position].strip()
    save_columns(points, "answer")
