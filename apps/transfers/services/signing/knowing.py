"""What is known of a case when it is passed on, and what has changed when the next one opens it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from apps.deadlines.workdays import WorkCalendar
from apps.organisations.models import Permit
from apps.transfers.enums import OPEN_STATES, Route
from apps.transfers.models import Application
from apps.transfers.services.checking import check_application
from apps.transfers.services.claims import live_claims
from apps.whitelists.models import WhitelistEntry

GIVING = frozenset({"accept", "endorse", "consent", "approve"})
# While the case holds tonnes of its own, the list's checks would count them against it: the entries tell them right.
ROUTING_CHECKS = frozenset({9, 10})


def known_of(*, application: Application, today: date, calendar: WorkCalendar) -> dict[str, Any]:
    """Findings, what is left on the entries without this case's own hold (tonnes), the operator's permits; as JSON."""
    return {
        "findings": _findings(application, today, calendar),
        "entries": _entries(application),
        "permits": _permits(application, today),
    }


def is_clean(application: Application, name: str, payload: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether it may be signed together with others.

    A fast-track case of which the check says nothing today, and an act that gives the applicant all of it.
    """
    if application.route != Route.FAST_TRACK or application.state not in OPEN_STATES or known["findings"]:
        return False
    until = payload.get("until")
    if name not in GIVING or (until and until != str(application.requested_until)):
        return False
    amounts = payload.get("amounts") or {}
    asked = {str(item.pk): item.amount_t for item in application.items.all()}
    return all(Decimal(amount) == asked.get(key) for key, amount in amounts.items())


def changes(*, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Sentences of what differs now from what was known when the act was passed on."""
    told = [f"新增提示：{one}" for one in after["findings"] if one not in before.get("findings", [])]
    told += [f"不再提示：{one}" for one in before.get("findings", []) if one not in after["findings"]]
    for what, unit in (("entries", " 吨"), ("permits", "")):
        was = before.get(what, {})
        told += [
            f"{name}：{was.get(name, '无')} → {now}{unit}" for name, now in after[what].items() if was.get(name) != now
        ]
        told += [f"{name}：不再有" for name in was if name not in after[what]]
    return told


def _findings(application: Application, today: date, calendar: WorkCalendar) -> list[str]:
    if application.state not in OPEN_STATES:
        return []
    result = check_application(application=application, today=today, calendar=calendar)
    return [finding.sentence for finding in result.findings if finding.check not in ROUTING_CHECKS]


def _entries(application: Application) -> dict[str, str]:
    claims = {claim.entry_id: claim.within_t for claim in live_claims(application)}
    rows = WhitelistEntry.objects.filter(pk__in=claims).select_related("edition")
    return {
        f"{entry.edition.name} {entry.number} 号条目余量（不计本案占用）": f"{entry.available_t + claims[entry.pk]:.4f}"
        for entry in rows
    }


def _permits(application: Application, today: date) -> dict[str, str]:
    rows = Permit.objects.in_force_on(today).filter(enterprise=application.operator_id)
    return {f"许可证 {permit.number}": f"{permit.get_status_display()}，至 {permit.valid_until}" for permit in rows}
