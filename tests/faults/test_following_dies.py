"""A following of suspensions that dies at any statement has done whole approvals only; the next one does the rest."""

from functools import partial

from django.db import transaction

from apps.transfers.models import Application
from apps.transfers.services.following import follow_one
from apps.transfers.services.telling import tell_senders
from tests.faults.breaking import broken_at, contents, differing, sequences, set_sequences, undisturbed
from tests.faults.test_crashes import RETRY_EVERY
from tests.faults.year_cases import NOW, two_to_follow
from tests.transfers.world import World


def test_a_following_that_dies_has_done_whole_approvals_only(world: World) -> None:
    service = two_to_follow(world)
    stood = sequences()
    after = undisturbed(service)
    whole, keys = [contents()], [stood]
    cases = list(Application.objects.filter(state="approved").order_by("pk"))
    steps = [partial(follow_one, application_id=case.pk, now=NOW) for case in cases]
    with transaction.atomic():
        for step in [*steps, partial(tell_senders, now=NOW)]:
            assert step()
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
            if done not in seen or k % RETRY_EVERY == 0:
                set_sequences(keys[done])
                service()
                assert not differing(after, contents()), k
            seen.add(done)
            transaction.set_rollback(True)
        set_sequences(stood)
    assert seen == {0, 1, 2, 3}
