"""Senders are told of a suspension that touches what they have under way, and of its lifting, each once.

Likewise of every new status of a permit on which what they send rests.

The lists know nothing of applications: who suspends tells administrators and operators at once, this sweep the
senders, in an event of their own that their home page shows.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from apps.deadlines.workdays import local_day
from apps.organisations.enums import PermitStatus
from apps.organisations.models import PermitStatusChange
from apps.transfers.services.causes import wastes_resting_on
from apps.transfers.services.touching import senders_sending, senders_touched
from apps.whitelists.enums import EventKind
from apps.whitelists.models import Bar, ListEvent, ListEventRecipient
from apps.whitelists.services.events import Told, record

# Who begins a draft later is told by its check. So long the event may be late after a standstill.
LATEST = timedelta(days=14)
GOES_ON = "贵单位的草稿和申请可以继续办理，因此暂停的批准恢复转移。"
WHAT = {
    EventKind.SUSPENDED: "贵单位的草稿、申请或者批准涉及该暂停：暂停期间不能提交、不能批准，已批准的暂停转移；可以另选接受人。",
    EventKind.LIFTED: GOES_ON,
}
NOT_VALID = "贵单位的草稿、申请或者批准须凭该许可证：此间不能提交、不能批准，已批准的暂停转移；可以另选接受人。"


def tell_senders(*, now: datetime) -> int:
    """Write the events of suspensions that are due; gives how many. Repeated, it tells nobody twice."""
    since = now - LATEST
    begun = _untold(Bar.objects.filter(recorded_at__gt=since, recorded_at__lte=now), EventKind.SUSPENDED)
    ended = _untold(Bar.objects.filter(lift_recorded_at__gt=since, lift_recorded_at__lte=now), EventKind.LIFTED)
    due = [*((bar, EventKind.SUSPENDED) for bar in begun), *((bar, EventKind.LIFTED) for bar in ended)]
    if not due:
        return 0
    senders = senders_touched(bars={bar.pk: bar for bar, _ in due}.values(), day=local_day(now))
    return sum(_tell(bar, kind, senders[bar.pk], now) for bar, kind in due if senders.get(bar.pk))


def _untold(bars: QuerySet[Bar], kind: EventKind) -> list[Bar]:
    mark = Concat(Value("bar:"), Cast(OuterRef("pk"), CharField()), Value(f":{kind.value}:senders"))
    untold = bars.filter(~Exists(ListEvent.objects.filter(once=mark)))
    return list(untold.select_related("entry__edition", "edition", "operator").order_by("pk"))


@transaction.atomic
def _tell(bar: Bar, kind: EventKind, senders: set[int], now: datetime) -> bool:
    """Whoever was told by the suspension itself (an operator that sends, too) is not told again."""
    is_lift = kind == EventKind.LIFTED
    known = ListEventRecipient.objects.filter(event__reference=f"bar:{bar.pk}", event__kind=kind)
    told = senders - set(known.filter(enterprise__isnull=False).values_list("enterprise", flat=True))
    if not told:
        return False
    day, number, why, verb = (
        (bar.lifted_on, bar.lift_document_no, bar.lift_reason, "解除暂停")
        if is_lift
        else (bar.from_on, bar.document_no, bar.reason, "暂停")
    )
    event = record(
        kind=kind,
        sentence=f"{bar.label}自 {day} 起{verb}（{number}：{why}）。{WHAT[kind]}",
        told=[Told(enterprise_id=key) for key in sorted(told)],
        by=None,
        at=(bar.lift_recorded_at if is_lift else None) or bar.recorded_at,
        now=now,
        edition=bar.edition or (bar.entry.edition if bar.entry else None),
        entry=bar.entry,
        operator=bar.operator,
        reference=f"bar:{bar.pk}",
        once=f"bar:{bar.pk}:{kind.value}:senders",
    )
    return event is not None


def tell_senders_of_permits(*, now: datetime) -> int:
    """The same for every new status of a permit on which what senders have under way rests."""
    mark = Concat(Value("permit_status:"), Cast(OuterRef("pk"), CharField()), Value(":senders"))
    changes = PermitStatusChange.objects.filter(recorded_at__gt=now - LATEST, recorded_at__lte=now)
    untold = changes.filter(~Exists(ListEvent.objects.filter(once=mark)), permit__enterprise__is_operator=True)
    return sum(_tell_of(change, now) for change in untold.select_related("permit__enterprise").order_by("pk"))


@transaction.atomic
def _tell_of(change: PermitStatusChange, now: datetime) -> bool:
    """The operator was told when it was recorded."""
    permit, operator, day = change.permit, change.permit.enterprise, local_day(now)
    wastes = wastes_resting_on(permit=permit, day=day)
    told = senders_sending(operator=operator, wastes=wastes, day=day) - {operator.pk} if wastes else set()
    if not told:
        return False
    why = "：".join(filter(None, (change.document_no, change.reason.rstrip("。"))))
    what = GOES_ON if change.status == PermitStatus.VALID else NOT_VALID
    event = record(
        kind=EventKind.PERMIT_STATUS,
        sentence=f"{operator.name}的许可证 {permit.number} 自 {change.effective_on} 起{change.get_status_display()}（{why}）。{what}",
        told=[Told(enterprise_id=key) for key in sorted(told)],
        by=None,
        at=change.recorded_at,
        now=now,
        operator=operator,
        reference=f"permit:{permit.pk}",
        once=f"permit_status:{change.pk}:senders",
    )
    return event is not None
