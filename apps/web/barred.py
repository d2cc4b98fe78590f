"""What is suspended of a case, as its pages tell it: by which document, since when, why, and where else it could go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest

from apps.transfers.enums import OPEN_STATES, PauseSource, SuspensionReason
from apps.transfers.models import Application, Item
from apps.transfers.rules.findings import Alternative
from apps.transfers.services.causes import bars_of, lost_permits_of
from apps.transfers.services.checking import check_application
from apps.web.moment import calendar_of, today_of, version_of
from apps.web.showing import written_day
from apps.whitelists.models import Bar

# Acts that a suspension gives a bureau reason to think of: their forms come filled in with it.
FITTING = ("suspend", "reject", "object")
BECAUSE = "suspended"


@dataclass(frozen=True, slots=True)
class Suspended:
    """One thing that is suspended, or a permit that is not valid; ``from_on`` may be to come."""

    source: PauseSource
    what: str
    from_on: date | None
    document_no: str
    reason: str
    is_coming: bool = False

    @property
    def sentence(self) -> str:
        """What a form begins with: what is suspended since when, and in brackets by which document and why."""
        since = f"自 {written_day(self.from_on)} 起" if self.from_on else ""
        why = "：".join(filter(None, (self.document_no, self.reason.strip().rstrip("。"))))
        word = "" if self.source == PauseSource.PERMIT else "暂停"
        return f"{self.what}{since}{word}{f'（{why}）' if why else ''}。"


def suspended_context(request: HttpRequest, application: Application, items: Sequence[Item]) -> dict[str, Any]:
    """For the notice on the page of an open case; of an approval its pauses tell it."""
    found = suspensions_of(request, application, items)
    in_force = [one for one in found if not one.is_coming]
    return {
        "suspended": found,
        "elsewhere": _elsewhere(request, application, items) if in_force else [],
        "fitting": FITTING if in_force else (),
    }


def suspensions_of(request: HttpRequest, application: Application, items: Iterable[Item]) -> list[Suspended]:
    """What stands against an open case today, or will; nothing in every other state."""
    if application.state not in OPEN_STATES:
        return []
    today, rows = today_of(request), list(items)
    bars = bars_of(application=application, items=rows, day=today, stamp=version_of(request), with_coming=True)
    named = Bar.objects.select_related("entry__edition", "edition", "operator").in_bulk([bar.pk for bar in bars])
    permits = lost_permits_of(application=application, items=rows, day=today)
    return [
        *(
            Suspended(
                PauseSource.BAR,
                named[bar.pk].label,
                bar.from_on,
                bar.document_no,
                bar.reason,
                is_coming=bar.from_on > today,
            )
            for bar in bars
        ),
        *(
            Suspended(
                PauseSource.PERMIT,
                f"{permit.enterprise}的许可证 {permit.number} {permit.get_status_display()}",
                change.effective_on if change else None,
                change.document_no if change else "",
                change.reason if change else "",
            )
            for permit in permits
            for change in [permit.status_changes.order_by("pk").last()]
        ),
    ]


def filled_in(request: HttpRequest, application: Application, name: str) -> dict[str, Any]:
    """What the form of the act begins with when the notice led there; nothing else."""
    if request.GET.get("because") != BECAUSE or name not in FITTING:
        return {}
    found = suspensions_of(request, application, application.items.all())
    in_force = [one for one in found if not one.is_coming]
    if not in_force:
        return {}
    told = "\n".join(one.sentence for one in in_force)
    is_list = any(one.source == PauseSource.BAR for one in in_force)
    reason = SuspensionReason.BARRED if is_list else SuspensionReason.PERMIT
    return {"reasons": told, "explanation": told, "reason": reason}


def _elsewhere(
    request: HttpRequest, application: Application, items: Sequence[Item]
) -> list[tuple[Item, list[Alternative]]]:
    """Listed operators with enough left, by item; the check looks for them when the case's own may not receive."""
    result = check_application(application=application, today=today_of(request), calendar=calendar_of(request))
    by_item = [(item, [one for one in result.alternatives if one.item == item.position]) for item in items]
    return [(item, found) for item, found in by_item if found]
