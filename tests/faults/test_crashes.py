"""A service that dies at any of its statements leaves nothing half done, and its retry succeeds once.

Every statement of every service is broken inside one outer transaction, where the service's own transaction is a
savepoint; ``test_crashes_for_real`` shows for a sample that it is the same in transactions of their own.
"""

import pytest
from django.db import OperationalError, transaction

from apps.transfers.models import Application
from apps.transfers.services.acting import pending, sweep_one
from tests.faults.breaking import broken_at, contents, differing, sequences, set_sequences, undisturbed, writes
from tests.faults.cases import IN_PARTS_OF_OTHERS, SERVICES, SWEPT_AT, two_are_due
from tests.transfers.world import World

# A retry costs a whole run: after every so many breaks, and after the last.
RETRY_EVERY = 12
# Read, lock, write and the savepoint around them.
FEWEST = 4


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in IN_PARTS_OF_OTHERS])
def test_no_statement_leaves_anything_half_done(world: World, name: str) -> None:
    service = SERVICES[name](world)
    before, stood = contents(), sequences()
    after = undisturbed(service)
    assert differing(before, after), "the service does nothing"
    k = 0
    while statement := broken_at(service, k := k + 1):
        assert not differing(before, contents()), f"broken at {k}, {statement}"
        # A write may also die after it was done, before its answer comes; for a reading that is the next break.
        if writes(statement):
            assert broken_at(service, k, is_answer_lost=True)
            assert not differing(before, contents()), f"answer lost at {k}, {statement}"
        set_sequences(stood)
        if k % RETRY_EVERY == 0:
            with transaction.atomic():
                service()
                assert not differing(after, contents()), f"retried after {k}"
                transaction.set_rollback(True)
            set_sequences(stood)
    assert k > FEWEST
    # The last try went through: it is the one retry, and left what an undisturbed run leaves.
    assert not differing(after, contents())


def test_a_sweep_that_dies_has_done_whole_cases_only(world: World) -> None:
    """Each case has a transaction of its own; what was done stays, and the next sweep does the rest."""
    service = two_are_due(world)
    stood = sequences()
    after = undisturbed(service)
    whole, keys = [contents()], [stood]
    with transaction.atomic():
        for key in pending(now=SWEPT_AT, limit=10):
            sweep_one(application_id=key, now=SWEPT_AT)
            whole.append(contents())
            keys.append(sequences())
        transaction.set_rollback(True)
    set_sequences(stood)
    seen, k, is_broken = set(), 0, True
    while is_broken:
        with transaction.atomic():
            is_broken = bool(broken_at(service, k := k + 1))
            left = contents()
            assert left in whole, f"broken at {k}: {differing(whole[0], left)}"
            done = whole.index(left)
            seen.add(done)
            set_sequences(keys[done])
            service()
            assert not differing(after, contents()), k
            transaction.set_rollback(True)
        set_sequences(stood)
    assert seen == {0, 1, 2}


def test_who_swallows_a_break_is_found_out(world: World) -> None:
    """Control: a service that catches everything and goes on would be told from one that had fewer statements."""

    def swallowing() -> None:
        try:
            with transaction.atomic():
                Application.objects.update(version=2)
        except OperationalError:
            return

    with pytest.raises(AssertionError, match="swallowed"):
        broken_at(swallowing, 2)
