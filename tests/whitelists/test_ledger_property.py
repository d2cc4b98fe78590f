"""Whatever is asked of the ledger in whatever order, columns are sums and nothing is promised twice."""

from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from apps.whitelists.services import ledger
from tests.whitelists.factories import NOW, make_edition, make_entry, make_operator

pytestmark = pytest.mark.django_db

VERBS = {"hold": ledger.hold, "release": ledger.release, "commit": ledger.commit, "restore": ledger.restore}
# A small range, so that replays, refusals and full entries really happen.
tonnes = st.integers(1, 600_000).map(lambda n: Decimal(n) / 10_000)
acts = st.lists(
    st.tuples(
        st.sampled_from(["hold", "hold", "hold", "release", "commit", "restore", "adjust"]),
        st.dictionaries(st.integers(0, 1), tonnes, min_size=1),
        st.sampled_from(["A", "B", "C"]),
        st.integers(1, 2),
    ),
    max_size=25,
)


def do(entries, verb, amounts, reference, round_):
    if verb == "adjust":
        for index, amount in amounts.items():
            change = amount - 30
            if change:
                ledger.adjust(
                    entry_id=entries[index].pk, change_t=change, reference=reference, occurred_at=NOW, now=NOW
                )
        return
    by_key = {entries[index].pk: amount for index, amount in amounts.items()}
    VERBS[verb](amounts=by_key, reference=reference, round=round_, occurred_at=NOW, now=NOW)


def summed(entry, kind, **key):
    rows = QuotaMovement.objects.filter(entry=entry, kind=kind, **key)
    return rows.aggregate(total=Sum("amount_t"))["total"] or Decimal(0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_columns_are_sums_and_never_exceed_the_quota(asked):
    edition, operator = make_edition(), make_operator()
    entries = [
        make_entry(edition, number="01", operator=operator, quota="60"),
        make_entry(edition, number="02", operator=operator, quota="40", codes=("900-049-50",)),
    ]
    for act in asked:
        before = list(WhitelistEntry.objects.order_by("pk").values_list("quota_t", "held_t", "used_t"))
        try:
            do(entries, *act)
        except WhitelistError:
            if act[0] != "adjust":  # each adjustment is a verb of its own: the first of two may stand
                now = list(WhitelistEntry.objects.order_by("pk").values_list("quota_t", "held_t", "used_t"))
                assert now == before
    assert ledger.reconcile() == []
    for entry in WhitelistEntry.objects.filter(edition=edition):
        assert entry.held_t >= 0
        assert entry.used_t >= 0
        assert entry.held_t + entry.used_t <= entry.quota_t
        for reference in "ABC":
            for round_ in (1, 2):
                key = {"reference": reference, "round": round_}
                taken = summed(entry, "release", **key) + summed(entry, "commit", **key)
                assert taken <= summed(entry, "hold", **key)
                assert summed(entry, "restore", **key) <= summed(entry, "commit", **key)
