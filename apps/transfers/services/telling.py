"""Senders are told of a suspension that touches what they have under way, and of its lifting, each once.

The lists know nothing of applications: who suspends tells administrators and operators at once, this sweep the
senders, in an event of their own that their home page shows.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from apps.deadlines.workdays import local_day
from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.models import Item
from apps.transfers.services.causes import Touched, touches
from apps.whitelists.enums import EventKind
from apps.whitelists.models import Bar, ListEvent, ListEventRecipient, WhitelistEntry
from apps.whitelists.services.editions import matching_entry
from apps.whitelists.services.events import Told, record

# Who begins a draft later is told by its check. So long the event may be late after a standstill.
LATEST = timedelta(days=14)
WHAT = {
    EventKind.SUSPENDED: "贵单位的草稿、申请或者批准涉及该暂停：暂停期间不能提交、不能批准，已批准的暂停转移；可以另选接受人。",
    EventKind.LIFTED: "贵单位的草稿和申请可以继续办理，因此暂停的批准恢复转移。",
}


def tell_senders(*, now: datetime) -> int:
    """Write the events that are due; gives how many. Repeated, it tells nobody twice."""
    since = now - LATEST
    begun = _untold(Bar.objects.filter(recorded_at__gt=since, recorded_at__lte=now), EventKind.SUSPENDED)
    ended = _untold(Bar.objects.filter(lift_recorded_at__gt=since, lift_recorded_at__lte=now), EventKind.LIFTED)
    due = [*((bar, EventKind.SUSPENDED) for bar in begun), *((bar, EventKind.LIFTED) for bar in ended)]
    if not due:
        return 0
    senders = _senders({bar.pk: bar for bar, _ in due}.values(), now)
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


def _senders(bars: Iterable[Bar], now: datetime) -> dict[int, set[int]]:
    """By suspension the senders with a draft, an open application or an approval in force that it touches."""
    found: dict[int, set[int]] = defaultdict(set)
    by, listed = list(bars), _entries(bars)
    operators = {bar.operator_id for bar in by if bar.operator_id} | {entry.operator_id for entry in listed}
    if not operators:
        return found
    under_way = Q(application__state__in=[State.DRAFT, *OPEN_STATES])
    under_way |= Q(application__state=State.APPROVED, application__valid_until__gte=local_day(now))
    items = Item.objects.filter(under_way, application__operator__in=operators).select_related("application", "entry")
    for item in items.order_by("pk"):
        touched = _touched(item, listed)
        for bar in by:
            if touches(bar, touched):
                found[bar.pk].add(item.application.generator_id)
    return found


def _entries(bars: Iterable[Bar]) -> list[WhitelistEntry]:
    """The lines that are suspended, by themselves or with their list."""
    scope = Q(pk__in=[bar.entry_id for bar in bars if bar.entry_id])
    scope |= Q(edition__in=[bar.edition_id for bar in bars if bar.edition_id])
    return list(WhitelistEntry.objects.filter(scope).select_related("edition").order_by("pk"))


def _touched(item: Item, listed: Iterable[WhitelistEntry]) -> Touched:
    """A draft's item has no entry yet: the one that its filing would find."""
    case, entry = item.application, item.entry
    if case.state == State.DRAFT:
        first = case.requested_from
        of_pair = [
            one
            for one in listed
            if (one.edition.origin_id, one.edition.destination_id) == (case.origin_id, case.destination_id)
            and (first is None or one.edition.begins_on <= first <= one.edition.ends_on)
        ]
        entry = matching_entry(
            entries=of_pair,
            operator_id=case.operator_id or 0,
            waste_code=item.waste_code,
            method=item.method,
        )
    return Touched(
        case.pk,
        case.operator_id,
        item.waste_code,
        item.method,
        entry.pk if entry else None,
        entry.edition_id if entry else None,
    )
