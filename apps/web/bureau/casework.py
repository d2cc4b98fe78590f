"""The case as a bureau works on it: the application, and beside it everything that a decision rests on."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.deadlines.workdays import local_day
from apps.organisations.permissions import Standing
from apps.organisations.reading import bureaus
from apps.transfers.enums import OPEN_STATES, ClockKind, Severity
from apps.transfers.models import Application, BureauNote, LogRow, Preparation
from apps.transfers.permissions import sits_in_bureau
from apps.transfers.rules.findings import Finding
from apps.transfers.services.checking import check_application
from apps.transfers.services.signing.waiting import live_on
from apps.transfers.services.urging import first_reminder_day
from apps.web.bars import bar_of_line
from apps.web.bureau.acts import BureauAct
from apps.web.bureau.deciding import bureau_case
from apps.web.bureau.history import history_of
from apps.web.bureau.later import ALL
from apps.web.bureau.permits import permits_of
from apps.web.bureau.sides import Side, sides_of
from apps.web.cases import case_context, possible_acts
from apps.web.moment import calendar_of, now_of, standing_for, today_of, user_of, version_of
from apps.web.rendering import page
from apps.web.showing import written_day

HERE = "web:worklist"
# While the case holds tonnes of its own, the list's checks would count them against it: the entries tell them right.
ROUTING_CHECKS = (9, 10)
FILED = ("submit", "resubmit")
Group = tuple[str, str, list[str]]


@dataclass(frozen=True, slots=True)
class Reminder:
    """Whether the destination may be reminded today; ``why_not`` says from when, or that it was done."""

    may_send: bool
    why_not: str = ""


@login_required
@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """A case as an authority sees it, with what the person may do now."""
    return page(request, "web/bureau/case.html", bureau_context(request, bureau_case(request, pk)))


def bureau_context(request: HttpRequest, application: Application) -> dict[str, Any]:
    """Everything on the page of a case at a bureau's desk."""
    context, standing = case_context(request, application), standing_for(request)
    possible = possible_acts(request, application)
    log = context["log"]
    sides = sides_of(
        application,
        log=log,
        clocks=context["clocks"],
        known=bureaus(version_of(request)),
        standing=standing,
        now=now_of(request),
        calendar=calendar_of(request),
    )
    own = next((side for side in sides if side.is_own), None)
    return {
        **context,
        "here": HERE,
        "acts": acts_of(possible),
        "fitting_acts": [act for act in acts_of(possible) if act.name in context["fitting"]],
        "preparations": preparations_of(application, standing),
        "sides": sides,
        "own_side": own,
        "may_work": sits_in_bureau(application, user_of(request)),
        "is_handler": own is not None and own.handler is not None and own.handler.handler_id == request.user.pk,
        "reminder": reminder_of(request, possible, log, sides),
        "bars": [(line, bar_of_line(line)) for line in context["entry_lines"]],
        "groups": found_at_filing(log),
        "may_check": application.state in OPEN_STATES,
        "permits": permits_of(application, items=context["items"], today=today_of(request)),
        "history": history_of(application),
        "notes": notes_of(application, standing),
        "reads_notes": own is not None,
        "seen": application.log_length,
    }


def acts_of(possible: set[str]) -> list[BureauAct]:
    """The machine's answer to what this person may do now, as far as this desk has a page for it."""
    return [act for name, act in ALL.items() if name in possible]


def preparations_of(application: Application, standing: Standing) -> list[Preparation]:
    """What the reader's bureau has prepared on the case and not signed yet, with the act's name."""
    own = standing.provincial_bureaus()
    live = live_on(application, own) if own else []
    for one in live:
        one.title = ALL[one.act].title if one.act in ALL else one.act  # type: ignore[attr-defined]
    return live


def notes_of(application: Application, standing: Standing) -> list[BureauNote]:
    """What the reader's own bureau wrote down, the newest first; nothing for who is of none."""
    own = standing.provincial_bureaus() | standing.local_bureaus()
    if not own:
        return []
    return list(application.bureau_notes.inside(own).select_related("written_by").order_by("-pk"))


def found_at_filing(log: list[LogRow]) -> list[Group]:
    """What the check found when the case was last filed: severity, its name, the sentences."""
    filed = next((row for row in reversed(log) if row.act in FILED), None)
    findings = filed.details.get("findings", []) if filed else []
    return [
        (severity.value, severity.label, told)
        for severity in Severity
        if (told := [one["sentence"] for one in findings if one["severity"] == severity])
    ]


def reminder_of(request: HttpRequest, possible: set[str], log: list[LogRow], sides: list[Side]) -> Reminder | None:
    """What the page says of a reminder letter; None where it isn't this person's, or nobody is waited for.

    For the button only: the service decides, and refuses in a sentence what has changed meanwhile.
    """
    if "remind" not in possible:
        return None
    today = today_of(request)
    if any(row.act == "remind" and local_day(row.occurred_at) == today for row in log):
        return Reminder(may_send=False, why_not="今日已发出催复函。")
    due_on = next((clock.on for side in sides for clock in side.clocks if clock.kind == ClockKind.DESTINATION), None)
    if due_on is not None and today < (first := first_reminder_day(due_on, calendar_of(request))):
        return Reminder(may_send=False, why_not=f"自 {written_day(first)} 起可以发出催复函。")
    return Reminder(may_send=True)


@login_required
@require_safe
def case_check(request: HttpRequest, pk: int) -> HttpResponse:
    """The check as of today, for information: permits, lists and suspensions may have changed since the filing."""
    application = bureau_case(request, pk)
    groups: list[Group] = []
    if application.state in OPEN_STATES:
        result = check_application(application=application, today=today_of(request), calendar=calendar_of(request))
        groups = [_told(severity, result.of(severity)) for severity in Severity]
    context = {"application": application, "groups": [group for group in groups if group[2]], "here": HERE}
    return page(request, "web/bureau/check.html", context)


def _told(severity: Severity, findings: list[Finding]) -> Group:
    label = "注意" if severity == Severity.BLOCKING else severity.label
    return severity.value, label, [one.sentence for one in findings if one.check not in ROUTING_CHECKS]
