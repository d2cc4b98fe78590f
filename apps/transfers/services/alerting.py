"""Alerts at 80, 90 and 100 % of an entry's quota, and who asked to hear of them while preparing a draft."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import connection, transaction

from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import local_day
from apps.organisations.models import User
from apps.transfers.enums import State
from apps.transfers.errors import Refused
from apps.transfers.models import QuotaWatch
from apps.transfers.services.checking import check_application
from apps.transfers.services.locking import editable_application
from apps.whitelists.enums import EventKind
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.services.events import Told, both_administrators, record

LEVELS = (80, 90, 100)
HUNDRED = Decimal(100)

# A level stands no longer when the use fell below it, or when its list is not in force any more.
CLEAR = """
    UPDATE transfers_quotaalert AS alert SET cleared_at = %s
    FROM whitelists_whitelistentry AS entry
    WHERE alert.cleared_at IS NULL AND entry.id = alert.entry_id
      AND (entry.edition_id <> ALL(%s) OR entry.quota_t = 0
           OR (entry.held_t + entry.used_t) * 100 < entry.quota_t * alert.level)
"""

# Entries that have reached more levels than stand. What stands is among what is reached: the rest was cleared before.
PENDING = """
    SELECT entry.id
    FROM whitelists_whitelistentry AS entry
    LEFT JOIN (SELECT entry_id, count(*) AS levels FROM transfers_quotaalert WHERE cleared_at IS NULL GROUP BY entry_id)
        AS standing ON standing.entry_id = entry.id
    WHERE entry.edition_id = ANY(%s) AND entry.quota_t > 0
      AND (entry.held_t + entry.used_t) * 100 >= entry.quota_t * 80
      AND coalesce(standing.levels, 0) < 1 + ((entry.held_t + entry.used_t) * 100 >= entry.quota_t * 90)::int
                                           + (entry.held_t + entry.used_t >= entry.quota_t)::int
    ORDER BY entry.id
"""

# Asked again at the moment of writing; of two sweeps one gets the rows.
RAISE = """
    INSERT INTO transfers_quotaalert (entry_id, level, raised_at)
    SELECT entry.id, reached.level, %s
    FROM whitelists_whitelistentry AS entry CROSS JOIN unnest(%s::int[]) AS reached(level)
    WHERE entry.id = %s AND entry.quota_t > 0
      AND (entry.held_t + entry.used_t) * 100 >= entry.quota_t * reached.level
    ON CONFLICT (entry_id, level) WHERE cleared_at IS NULL DO NOTHING
    RETURNING level
"""


def sweep_alerts(*, now: datetime) -> int:
    """Tell of every entry in force that has reached a level; how many were told of.

    1. Clear what fell below its level, which arms it anew. 2. Find entries with a level that was not told. 3. For
    each, in a transaction of its own: write the levels, and one event for the highest. A second sweep tells nothing.
    """
    in_force = list(Edition.objects.in_force_on(local_day(now)).order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        QuotaWatch.objects.exclude(application__state=State.DRAFT).delete()
        with connection.cursor() as cursor:
            cursor.execute(CLEAR, [now, in_force])
    with connection.cursor() as cursor:
        cursor.execute(PENDING, [in_force])
        found = [key for (key,) in cursor.fetchall()]
    return sum(raise_alert(entry_id=key, now=now) for key in found)


@transaction.atomic
def raise_alert(*, entry_id: int, now: datetime) -> bool:
    """Mark the levels that the entry has reached and tell of the highest new one; False when none is new."""
    with connection.cursor() as cursor:
        cursor.execute(RAISE, [now, list(LEVELS), entry_id])
        levels = [level for (level,) in cursor.fetchall()]
    if not levels:
        return False
    entry = WhitelistEntry.objects.select_related("edition", "operator").get(pk=entry_id)
    # A draft that turned to another operator is not on the entry any more.
    watching = (
        QuotaWatch.objects.filter(entry=entry, application__state=State.DRAFT, application__operator=entry.operator_id)
        .order_by("enterprise")
        .values_list("enterprise", flat=True)
        .distinct()
    )
    record(
        kind=EventKind.ALERTED,
        sentence=alert_sentence(entry, max(levels)),
        told=[*both_administrators(entry.edition), *(Told(enterprise_id=key) for key in watching)],
        by=None,
        at=now,
        now=now,
        edition=entry.edition,
        entry=entry,
        operator=entry.operator,
        reference=f"entry:{entry.pk}",
        details={"level": max(levels), "levels": sorted(levels)},
    )
    return True


def alert_sentence(entry: WhitelistEntry, level: int) -> str:
    """What is told, with the figures; ``level`` in hundredths."""
    # Cut, not rounded: what is not used up is never told as 100 %.
    share = ((entry.held_t + entry.used_t) / entry.quota_t * HUNDRED).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
    return (
        f"{entry.edition.name} {entry.number} 号条目（{entry.operator.name}，{entry.wastes}，{entry.method}）用量达到 {level}％："
        f"核定 {entry.quota_t:.4f} 吨，已批准 {entry.used_t:.4f} 吨、在办 {entry.held_t:.4f} 吨，"
        f"合计占 {share}％，余 {entry.available_t:.4f} 吨。"
    )


@transaction.atomic
def watch_entry(*, application_id: int, entry_id: int, by: User, now: datetime) -> QuotaWatch:
    """Ask to be told when an entry that the draft falls on reaches a level. Again changes nothing.

    Raises NotFound, NotAllowed; Refused ``watch.no_draft`` once filed, ``watch.other_entry`` for an entry that no
    item of the draft, as stored, falls on.
    """
    draft = editable_application(application_id=application_id, by=by, now=now)
    if draft.state != State.DRAFT:
        raise Refused("watch.no_draft", "申请已经提交，占用的数量已为您保留，不再需要余量提醒。")
    result = check_application(application=draft, today=local_day(now), calendar=load_calendar())
    if entry_id not in result.entry_by_item.values():
        raise Refused("watch.other_entry", "草稿现有明细不在该条目上，没有设置提醒。")
    watch, _ = QuotaWatch.objects.get_or_create(
        application=draft,
        entry_id=entry_id,
        defaults={"enterprise_id": draft.generator_id, "asked_by": by, "asked_at": now},
    )
    return watch


@transaction.atomic
def unwatch_entry(*, application_id: int, entry_id: int, by: User, now: datetime) -> None:
    """No longer. Raises NotFound, NotAllowed, Refused ``draft.closed``."""
    draft = editable_application(application_id=application_id, by=by, now=now)
    QuotaWatch.objects.filter(application=draft, entry=entry_id).delete()
