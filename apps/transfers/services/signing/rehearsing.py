"""Rehearsing an act: the very same service, in a savepoint that is rolled back.

Numbers, papers, ledger and clocks are those that the act would leave; nothing of it stays, no number is used up. The
locks that it takes are held to the end of the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.organisations.models import PermitYear, User
from apps.transfers.models import Application, Paper, QuotaClaim
from apps.transfers.services.chains import Signature, signed
from apps.transfers.services.signing.firing import fire
from apps.whitelists.models import WhitelistEntry


@dataclass(frozen=True, slots=True)
class EntryEffect:
    """One entry of the list in tonnes, before and after the act."""

    entry: WhitelistEntry
    available_before_t: Decimal
    available_after_t: Decimal
    used_before_t: Decimal
    used_after_t: Decimal


@dataclass(frozen=True, slots=True)
class CapacityEffect:
    """One permit's year in tonnes, before and after; no row before the first approval of a year."""

    year: PermitYear
    taken_before_t: Decimal
    taken_after_t: Decimal


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the act would leave."""

    application: Application
    papers: tuple[Paper, ...]
    entries: tuple[EntryEffect, ...]
    capacity: tuple[CapacityEffect, ...]


def rehearse(*, name: str, application_id: int, by: User, now: datetime, payload: Mapping[str, Any]) -> Rehearsal:
    """Do the act and undo it; gives what it would leave. Raises what the service raises."""
    with transaction.atomic():
        # Rolled back by hand: an atomic block would keep to itself that its own rollback failed.
        savepoint = transaction.savepoint()
        before = Application.objects.get(pk=application_id)
        entries, years = _entries(before), _years(before)
        last_paper = Paper.objects.filter(application=application_id).order_by("pk").values_list("pk", flat=True).last()
        with signed(Signature(application_id, name)):
            after = fire(name=name, application_id=application_id, by=by, now=now, payload=payload)
        papers = Paper.objects.filter(application=application_id, pk__gt=last_paper or 0).select_related("bureau")
        rehearsal = Rehearsal(
            application=after,
            papers=tuple(papers.order_by("pk")),
            entries=_entry_effects(entries, _entries(before)),
            capacity=_capacity_effects(years, _years(before)),
        )
        transaction.savepoint_rollback(savepoint)
        transaction.savepoint_commit(savepoint)
    return rehearsal


def _entries(application: Application) -> dict[int, WhitelistEntry]:
    claimed = QuotaClaim.objects.filter(application=application.pk, round=application.round).values("entry_id")
    return {entry.pk: entry for entry in WhitelistEntry.objects.filter(pk__in=claimed).select_related("edition")}


def _years(application: Application) -> dict[int, PermitYear]:
    rows = PermitYear.objects.filter(permit__enterprise=application.operator_id).select_related("permit")
    return {row.pk: row for row in rows}


def _entry_effects(before: dict[int, WhitelistEntry], after: dict[int, WhitelistEntry]) -> tuple[EntryEffect, ...]:
    return tuple(
        EntryEffect(entry, entry.available_t, after[pk].available_t, entry.used_t, after[pk].used_t)
        for pk, entry in before.items()
    )


def _capacity_effects(before: dict[int, PermitYear], after: dict[int, PermitYear]) -> tuple[CapacityEffect, ...]:
    none = Decimal(0)
    effects = [
        CapacityEffect(year, before[pk].taken_t if pk in before else none, year.taken_t) for pk, year in after.items()
    ]
    return tuple(effect for effect in effects if effect.taken_before_t != effect.taken_after_t)
