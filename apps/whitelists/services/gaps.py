"""Warns both sides before a list ends after which none is confirmed. A sweep: repeated, it warns nobody twice."""

from datetime import datetime

from django.db import transaction

from apps.catalogue.kept import read_version
from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import local_day
from apps.whitelists.enums import EventKind
from apps.whitelists.models import Edition
from apps.whitelists.reading import Lists, lists
from apps.whitelists.rules.gaps import Gap, Span, gaps_after, warning_due
from apps.whitelists.services.events import administrators_of, record
from apps.whitelists.services.turns import name_of


def warn_gaps(*, now: datetime) -> int:
    """Record every warning that has come due, stamped with its own moment; gives how many.

    Of several that passed while nobody looked, only the most urgent; none once the gap has begun. A list confirmed
    after the moment of a warning is warned of at once, with the moment of its confirmation.
    """
    calendar, kept = load_calendar(), lists(read_version())
    made = 0
    for gap in gaps_of(kept=kept, now=now):
        due = warning_due(gap, now=now, calendar=calendar)
        if due is not None:
            edition = kept.editions[gap.span.key]
            ahead, at = due
            made += _warn(gap, edition, ahead, max(at, edition.confirmed_at or at), now)
    return made


def gaps_of(*, kept: Lists, now: datetime) -> list[Gap]:
    """Gaps that are still to begin, the nearest first."""
    today = local_day(now)
    spans = [
        Span(one.pk, one.origin_id, one.destination_id, one.begins_on, one.ends_on) for one in kept.editions.values()
    ]
    return [gap for gap in gaps_after(spans, since=today) if gap.from_on > today]


@transaction.atomic
def _warn(gap: Gap, edition: Edition, ahead: int, at: datetime, now: datetime) -> bool:
    next_one = f"下一期自 {gap.until} 起" if gap.until else "没有已确认的下一期"
    pair = f"{name_of(edition.origin_id)}→{name_of(edition.destination_id)}"
    event = record(
        kind=EventKind.GAP_WARNED,
        sentence=f"{edition.name}（{pair}）将于 {edition.ends_on} 期满，{next_one}；"
        f"自 {gap.from_on} 起，该方向的申请将按一般程序办理。还有 {ahead} 个工作日。",
        told=administrators_of(edition.origin_id, edition.destination_id),
        by=None,
        at=at,
        now=now,
        edition=edition,
        once=f"gap:{edition.pk}:{ahead}",
        details={"working_days": ahead, "from_on": f"{gap.from_on}"},
    )
    return event is not None
