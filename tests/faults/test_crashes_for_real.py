"""Services broken, or their connection killed, in real transactions: nothing half done, the retry succeeds once."""

import pytest
from django.db import OperationalError, connection

from apps.transfers.models import Application, LogRow
from tests.faults.breaking import broken_at, contents, differing, sequences, set_sequences, undisturbed
from tests.faults.cases import DAY1, SERVICES, filed
from tests.transfers.world import World

IN_THEIR_OWN_TRANSACTIONS = (
    *("submit", "resubmit", "consent_to_fast_track", "approve", "recall_approval"),
    *("release_and_lapse_by_clock", "record_shipment", "adjust"),
)
FEWEST = 4
# It locks the entry, looks for a replay, and moves: that is all of it.
SHORTER = {"adjust": 3}


@pytest.mark.parametrize("name", IN_THEIR_OWN_TRANSACTIONS)
def test_it_is_the_same_in_a_transaction_of_its_own(real_world: World, name: str) -> None:
    service = SERVICES[name](real_world)
    before, stood = contents(), sequences()
    after = undisturbed(service)
    k = 0
    # Every other break after the statement was done: of those that write, the answer is lost.
    while broken_at(service, k := k + 1, is_answer_lost=k % 2 == 0):
        assert connection.is_usable()
        assert not connection.in_atomic_block
        assert not differing(before, contents()), k
        set_sequences(stood)
    assert k > SHORTER.get(name, FEWEST)
    # The last try went through: it is the one retry, and left what an undisturbed run leaves.
    assert not differing(after, contents())


@pytest.mark.parametrize("name", ["submit", "consent_to_fast_track", "close_by_clock"])
def test_a_connection_that_is_killed_leaves_nothing(real_world: World, name: str) -> None:
    service = SERVICES[name](real_world)
    before, stood = contents(), sequences()
    after = undisturbed(service)
    for k in (2, 5, 9):
        with connection.execute_wrapper(Killer(k)), pytest.raises(OperationalError):
            service()
        # What Django does at the end of a request whose connection has become unusable.
        connection.close_if_unusable_or_obsolete()
        assert not differing(before, contents()), k
        set_sequences(stood)
    service()
    assert not differing(after, contents())


class Killer:
    """Has the server end this very connection in the middle of a service."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        if self.count == self.at:
            execute("SELECT pg_terminate_backend(pg_backend_pid())", None, False, context)
        return execute(sql, params, many, context)


def test_the_breaking_is_seen_to_break(real_world: World) -> None:
    """Control: the same verbs without a transaction leave halves, and the digests tell."""
    case = filed(real_world)

    def naive() -> None:
        Application.objects.filter(pk=case.pk).update(log_length=case.log_length + 1)
        LogRow.objects.create(
            application=case,
            position=case.log_length + 1,
            act="accept",
            from_state=case.state,
            to_state=case.state,
            round=1,
            actor_name="无",
            occurred_at=DAY1,
            recorded_at=DAY1,
        )

    before = contents()
    assert broken_at(naive, 1)
    assert not differing(before, contents())
    assert broken_at(naive, 2)
    assert differing(before, contents()) == ["transfers_application"]
