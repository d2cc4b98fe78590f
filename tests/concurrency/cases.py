"""Cases for races: who acts, on what, and what must be true of everything afterwards."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest

from apps.organisations.models import User
from apps.organisations.services.capacity import reconcile_capacity
from apps.transfers.models import Application, LogRow, Paper
from apps.transfers.services import acting
from apps.transfers.services.filing import submit
from apps.whitelists.services.ledger import reconcile
from tests.concurrency.together import in_step
from tests.transfers.world import World, at

MONDAY = at("2026-01-05")
TUESDAY = at("2026-01-06")
# End of the fifth working day after Monday the 5th: acceptance by silence and the whole's breach fall due.
FIFTH_DAY_OVER = at("2026-01-13", "00:00")

BATTERIES = {"generator": "G-SC1", "operator": "O-CQ1", "items": {"900-052-31": "300"}}


def filing(world: World, draft: Application, generator: str = "G-CQ1", now: datetime = MONDAY) -> Callable[[], object]:
    by = world.filer_of(generator)
    return partial(submit, application_id=draft.pk, by=by, now=now, seen_route="fast_track")


def doing(verb: Callable[..., object], case: Application, by: User, now: datetime = TUESDAY, **more: object):
    """An act as a thread will do it."""
    return partial(verb, application_id=case.pk, by=by, now=now, **more)


def meet_before_the_lock(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """All are inside their transactions and none has locked the case yet."""
    in_step(monkeypatch, acting, "read_steady_calendar", threads)


def books_agree() -> bool:
    """Columns are the sums of their movements, on the lists and in the permits' years."""
    return reconcile() == [] and reconcile_capacity() == []


def logs_are_complete() -> bool:
    """Every case's rows are numbered from 1 without a gap, and each begins where the one before ended."""
    for case in Application.objects.exclude(number__isnull=True):
        rows = list(LogRow.objects.filter(application=case).order_by("position"))
        if [row.position for row in rows] != list(range(1, case.log_length + 1)) or not rows:
            return False
        states = ["draft", *(row.to_state for row in rows)]
        if [row.from_state for row in rows] != states[:-1] or states[-1] != case.state:
            return False
    return True


def acts_of(case: Application) -> list[str]:
    return list(LogRow.objects.filter(application=case).order_by("position").values_list("act", flat=True))


def kinds_of(case: Application) -> list[str]:
    return list(Paper.objects.filter(application=case).order_by("pk").values_list("kind", flat=True))
