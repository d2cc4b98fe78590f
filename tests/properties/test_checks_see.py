"""Controls: what the machine checks after every step does see a world that is wrong."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from apps.deadlines.models import ClockStop, Deadline
from apps.organisations.models import PermitYear
from apps.transfers.models import Application, Item, PaperCounter, QuotaClaim
from apps.whitelists.models import WhitelistEntry
from tests.properties import base, sight
from tests.properties.clocks import Days
from tests.properties.invariants import Picture, check_everything, check_way_out
from tests.transfers.conftest import world
from tests.transfers.world import World

__all__ = ["world"]


def misdate_the_log() -> None:
    """The triggers are put aside first: they would refuse."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE transfers_logrow SET occurred_at = occurred_at - interval '9 days' WHERE position = 2")


def lose_a_log_row() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM transfers_logrow WHERE position = 2")


def an_hour_off() -> None:
    Deadline.objects.running().filter(kind="whole").update(due_at=F("due_at") + timedelta(days=1))


WRONGS: dict[str, Callable[[], object]] = {
    "held more than the ledger says": lambda: WhitelistEntry.objects.filter(held_t__gt=0).update(
        held_t=F("held_t") - 1
    ),
    "used without a movement": lambda: WhitelistEntry.objects.filter(used_t__gt=0).update(used_t=F("used_t") - 1),
    "a claim of other tonnes": lambda: QuotaClaim.objects.filter(released_at=None).update(within_t=F("within_t") + 1),
    "capacity without an approval": lambda: PermitYear.objects.update(restored_t=F("restored_t") + 1),
    "more approved than taken": lambda: Item.objects.filter(approved_t__gt=1).update(approved_t=1),
    "a log out of order": misdate_the_log,
    "a log with a gap": lose_a_log_row,
    "a length that is not the log's": lambda: Application.objects.filter(log_length=1).update(log_length=2),
    "a due moment of another day": an_hour_off,
    "a due moment that is not the clock's": lambda: Application.objects.exclude(due_at=None).update(due_at=base.START),
    "a state without its clock": lambda: Deadline.objects.filter(kind="local").update(
        status="ended", ended_at=base.START, next_at=None
    ),
    "a stop that nobody made": lambda: ClockStop.objects.update(stopped_on=F("stopped_on") - timedelta(days=7)),
    "a number that no paper bears": lambda: PaperCounter.objects.update(last=F("last") + 1),
}


@pytest.fixture
def built(world: World) -> World:
    with transaction.atomic():
        base.build(world)
        return world


def look() -> None:
    check_everything(Picture.taken(), Days.stored(), base.START)


def is_right() -> bool:
    try:
        look()
    except AssertionError:
        return False
    return True


def test_a_right_world_passes_and_every_wrong_one_is_seen(built: World) -> None:
    look()
    for name, wrong in WRONGS.items():
        with transaction.atomic():
            wrong()
            assert not is_right(), f"not seen: {name}"
            transaction.set_rollback(True)
    look()


def test_a_state_that_nobody_can_leave_is_seen(built: World) -> None:
    case = Application.objects.get(state="destination_review")
    clocks = list(Deadline.objects.filter(reference=case.number))
    check_way_out(built, case, clocks, base.START)
    case.origin = case.destination  # the destination's handler acts for two parties now: for neither, then
    with pytest.raises(AssertionError, match="stuck"):
        check_way_out(built, case, clocks, base.START)


def test_who_sees_too_much_or_too_little_is_seen(built: World) -> None:
    cases = Picture.taken().cases
    persons = sight.people()
    crowd = [(person, built.user(person["username"])) for person in persons]
    sight.check_sight(built, cases, crowd, base.START.date())
    dazu, auditor = built.user("dazu.filer"), built.user("auditor")
    for wrong in (dazu, auditor):
        swapped = [(person, wrong) for person in persons if person["username"] == "gz.handler"]
        with pytest.raises(AssertionError, match=r"gz\.handler sees"):
            sight.check_sight(built, cases, swapped, base.START.date())
