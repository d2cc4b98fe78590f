"""Two sweeps that reach the same entry at once: one tells."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from apps.transfers.models import QuotaAlert
from apps.transfers.services import alerting
from apps.whitelists.models import ListEvent
from apps.whitelists.services.ledger import hold
from tests.transfers.world import World, at

NOW = at("2026-01-05")


@pytest.mark.parametrize("is_guarded", [True, False])
def test_two_sweeps_at_once_tell_once(real_world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool) -> None:
    """The control inserts without looking at what stands: then both tell."""
    entry = real_world.entry("O-SC1", "900-045-49", "CQ")
    hold(amounts={entry.pk: entry.quota_t}, reference="CASE-1", round=1, occurred_at=NOW, now=NOW)
    if not is_guarded:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX quota_alert_stands_once")
        unguarded = alerting.RAISE.replace("ON CONFLICT (entry_id, level) WHERE cleared_at IS NULL DO NOTHING", "")
        monkeypatch.setattr(alerting, "RAISE", unguarded)
    meeting = Barrier(2, timeout=20)

    def one() -> bool:
        try:
            with transaction.atomic():
                connection.ensure_connection()
                meeting.wait()
                return alerting.raise_alert(entry_id=entry.pk, now=NOW)
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(2) as pool:
            told_of = sum(future.result() for future in [pool.submit(one), pool.submit(one)])
    finally:
        if not is_guarded:
            QuotaAlert.objects.all().delete()
            with connection.schema_editor() as editor:
                editor.add_constraint(QuotaAlert, QuotaAlert._meta.constraints[0])
    assert told_of == (1 if is_guarded else 2)
    assert ListEvent.objects.filter(kind="alerted", entry=entry).count() == told_of
