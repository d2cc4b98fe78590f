"""Approvals follow what is suspended: the clock pauses them with a notice, and lets them go on when it is lifted.

Every cause (a suspension on the lists, a permit that is not valid) has a pause of its own; shipments go on when the
last one has ended. Bars and permits are the promise, the wake-up is a hint: whatever way a cause came or went, the
next sweep, or the next act on the approval, finds the difference between what ought to pause it and what does.
"""

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.db import InterfaceError, OperationalError, transaction

from apps.catalogue.enums import PaperKind
from apps.deadlines.services.calendar import read_steady_calendar
from apps.deadlines.workdays import ZONE, local_day
from apps.organisations.models import Permit
from apps.organisations.reading import bureaus
from apps.transfers.enums import PauseSource, State
from apps.transfers.models import Pause
from apps.transfers.permissions import CLOCK
from apps.transfers.rules.papers.wording import clause
from apps.transfers.services.acts import Act, log, settle
from apps.transfers.services.causes import Ref, standing_pauses, wanted_pauses, written
from apps.transfers.services.clockwork import run_due_clocks
from apps.transfers.services.facts_now import at_moment
from apps.transfers.services.going_on import ONE_DAY, order_going_on, unshipped_t
from apps.transfers.services.locking import lock_if_free
from apps.transfers.services.telling import tell_senders, tell_senders_of_permits
from apps.whitelists.models import Bar

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """How many approvals were changed, how many suspensions and statuses senders were told of, how many approvals failed."""

    applications: int
    told: int
    failed: int = 0


@dataclass(frozen=True, slots=True)
class _Turn:
    """What paused an approval, or let go of it: the moment, the document, and what papers say of it."""

    at: datetime
    document_no: str
    reason: str
    source: str
    is_own: bool
    permit_suspended_on: date | None = None
    permit_status: str = ""


def follow_suspensions(*, now: datetime) -> Followed:
    """Pause and resume whatever differs, each approval in its own transaction, and tell senders of suspensions.

    A late or a second sweep changes nothing; an approval that somebody holds is theirs, or the next sweep's. One that
    fails is logged and stops no other.
    """
    day = local_day(now)
    wanted, standing = wanted_pauses(day=day), standing_pauses(day=day)
    differing = [key for key in sorted(wanted | standing) if wanted.get(key) != standing.get(key)]
    changed = [_try(key, now) for key in differing]
    told = tell_senders(now=now) + tell_senders_of_permits(now=now)
    return Followed(sum(map(bool, changed)), told, changed.count(None))


def _try(key: int, now: datetime) -> bool | None:
    """Whether the approval was changed; None when it failed. What breaks the connection breaks the sweep."""
    try:
        return follow_one(application_id=key, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("following failed for application %s", key)
        return None


def follow_one(*, application_id: int, now: datetime) -> bool:
    """The same for one approval; whether anything changed."""
    with transaction.atomic():
        calendar = read_steady_calendar()
        application = lock_if_free(application_id=application_id, now=now)
        if application is None:
            return False
        act = Act(application=application, by=CLOCK, now=now, at=now, calendar=calendar)
        served = run_due_clocks(act)
        followed = follow(act)
        if served or followed:
            settle(act)
        return followed > 0


def follow(act: Act) -> int:
    """On the locked approval: pause for every new cause, end the pauses whose cause is gone; gives how many.

    Asked anew under the lock, so that of two who follow at once the second finds nothing to do. The moments are the
    causes' own, whenever the sweep comes; the papers bear the day of ``now``.
    """
    application = act.application
    if application.state != State.APPROVED:
        return 0
    day = local_day(act.now)
    wanted = wanted_pauses(day=day, application=application).get(application.pk, set())
    standing = standing_pauses(day=day, application=application).get(application.pk, set())
    if wanted == standing:
        return 0
    begun = [(_begun(act, ref), ref) for ref in sorted(wanted - standing)]
    ended = [(_ended(act, ref), ref) for ref in sorted(standing - wanted)]
    for turn, ref in sorted(begun, key=lambda one: one[0].at):
        _pause(_act_of(act, turn), turn, ref)
    for turn, ref in sorted(ended, key=lambda one: one[0].at):
        _lift(_act_of(act, turn), turn, ref)
    at_moment(application=application, now=act.now)
    return len(begun) + len(ended)


def _act_of(act: Act, turn: _Turn) -> Act:
    """The clock's own act at the moment of its cause, never before what the log already tells."""
    last = act.application.log.order_by("-position").values_list("occurred_at", flat=True).first()
    at = min(act.now, max(turn.at, last or turn.at))
    act.application.today = local_day(at)
    details = {"document_no": turn.document_no}
    return replace(act, by=CLOCK, at=at, reason=turn.reason, details=details, is_signed=False)


def _pause(act: Act, turn: _Turn, ref: Ref) -> None:
    application = act.application
    Pause.objects.create(
        application=application,
        from_on=act.on,
        reason=turn.reason,
        document_no=turn.document_no,
        source=ref[0],
        reference=written(ref),
        recorded_at=act.now,
    )
    act.order_paper(
        PaperKind.PAUSE,
        application.origin_id,
        from_on=act.on,
        source=turn.source,
        is_own=turn.is_own,
        reason=turn.reason,
        permit_suspended_on=turn.permit_suspended_on,
        permit_status=turn.permit_status,
        unshipped_t=unshipped_t(application),
    )
    act.details.update(reference=written(ref))
    log(act, name="pause", from_state=application.state)


def _lift(act: Act, turn: _Turn, ref: Ref) -> None:
    application = act.application
    row = application.pauses.get(until_on__isnull=True, source=ref[0], reference=written(ref))
    # Paused and lifted on one day leaves no paused day at all.
    row.until_on = act.on - ONE_DAY
    row.save(update_fields=["until_on"])
    goes_on = order_going_on(act, reason=turn.reason, source=turn.source, is_own=turn.is_own)
    if goes_on is None:
        act.reason = f"{turn.reason}；尚有其他暂停未解除，仍不得转移"
        act.details.update(is_still_paused=True)
    act.details.update(reference=written(ref))
    log(act, name="lift_pause", from_state=application.state)


def _begun(act: Act, ref: Ref) -> _Turn:
    if ref[0] == PauseSource.PERMIT:
        return _permit_turn(act, ref[1])
    bar = _bar(ref[1])
    reason = f"{bar.label}自 {bar.from_on} 起被暂停：{clause(bar.reason)}"
    return _bar_turn(act, bar, max(bar.recorded_at, _midnight(bar.from_on)), bar.document_no, reason)


def _ended(act: Act, ref: Ref) -> _Turn:
    if ref[0] == PauseSource.PERMIT:
        return _permit_turn(act, ref[1])
    bar = _bar(ref[1])
    if bar.lifted_on is None or bar.lifted_on > local_day(act.now):
        # The cause stands but does not touch the approval any more.
        return _bar_turn(act, bar, act.now, bar.document_no, "暂停不再涉及本批准")
    at = _midnight(bar.lifted_on)
    reason = f"{bar.label}自 {bar.lifted_on} 起解除暂停：{clause(bar.lift_reason)}".rstrip("：")
    return _bar_turn(act, bar, max(bar.lift_recorded_at or at, at), bar.lift_document_no, reason)


def _bar(key: int) -> Bar:
    return Bar.objects.select_related("entry__edition", "edition", "operator").get(pk=key)


def _bar_turn(act: Act, bar: Bar, at: datetime, document_no: str, reason: str) -> _Turn:
    """Who wrote the document is the side that suspended; of the issuer's own one does not say 函告."""
    is_own = bar.province_id == act.application.origin_id
    author = bureaus(act.calendar.stamp).provincial.get(bar.province_id or "")
    source = document_no if is_own or author is None else f"{author.name}{document_no}"
    return _Turn(at, document_no, reason, source, is_own)


def _permit_turn(act: Act, key: int) -> _Turn:
    """By the last change of the permit's status; where nothing of it changed, another permit took its place."""
    permit = Permit.objects.select_related("enterprise").get(pk=key)
    change = permit.status_changes.order_by("pk").last()
    name = permit.enterprise.name
    if change is None or change.status != permit.status:
        return _Turn(act.now, "", f"{name}的许可证 {permit.number} 现为{permit.get_status_display()}", "", is_own=False)
    reason = f"{name}的许可证 {permit.number} 自 {change.effective_on} 起{change.get_status_display()}"
    if change.reason:
        reason += f"：{clause(change.reason)}"
    return _Turn(
        change.recorded_at,
        change.document_no,
        reason,
        change.document_no,
        is_own=False,
        permit_suspended_on=change.effective_on,
        permit_status=change.get_status_display(),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZONE)
