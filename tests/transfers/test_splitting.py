"""Splitting: the halves add up to the whole, and both are filed or none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalogue.models import Province
from apps.deadlines.services import load_calendar
from apps.transfers.enums import Route, State
from apps.transfers.errors import CheckFailed, NotFound, Refused
from apps.transfers.models import Application, QuotaClaim
from apps.transfers.rules.splitting import Split, SplitKind, split
from apps.transfers.services import splitting
from apps.transfers.services.checking import check_application
from apps.transfers.services.filing import file_draft, withdraw
from apps.transfers.services.splitting import split_and_submit
from apps.whitelists.services.ledger import reconcile
from tests.transfers.check_facts import ENTRY, checked, item
from tests.transfers.world import World, at

NOW = at("2026-01-05")


def halves_of(*items) -> Split | None:
    return split([(one.position, one.amount_t) for one in items], checked(items=items))


def shares(half) -> list[tuple[int, str]]:
    return [(share.position, str(share.amount_t)) for share in half]


def test_listed_items_leave_the_unlisted_ones() -> None:
    found = halves_of(item(1), item(2, entry=None, amount_t=Decimal(5)), item(3, amount_t=Decimal(7)))
    assert found is not None
    assert (found.kind, found.routes) == (SplitKind.LISTED, (Route.FAST_TRACK, Route.GENERAL))
    assert (shares(found.first), shares(found.second)) == ([(1, "120"), (3, "7")], [(2, "5")])


def test_a_listed_half_may_itself_exceed_its_quota() -> None:
    found = halves_of(item(1, amount_t=Decimal(1761)), item(2, entry=None))
    assert found is not None
    assert found.routes == (Route.OVER_QUOTA, Route.GENERAL)


def test_what_fits_leaves_what_exceeds() -> None:
    found = halves_of(item(1, amount_t=Decimal(1000)), item(2, amount_t=Decimal(1000)), item(3, amount_t=Decimal(1)))
    assert found is not None
    assert (found.kind, found.routes) == (SplitKind.QUOTA, (Route.FAST_TRACK, Route.OVER_QUOTA))
    assert (shares(found.first), shares(found.second)) == ([(1, "1000"), (2, "760")], [(2, "240"), (3, "1")])


@pytest.mark.parametrize(
    "items",
    [
        (item(1),),
        (item(1, entry=None),),
        (item(1, amount_t=None), item(2, entry=None)),
        (item(1, amount_t=Decimal(2000), entry=ENTRY.__class__(7, "条目", "07", *[Decimal(0)] * 4)),),
    ],
    ids=["fits whole", "nothing listed", "no tonnes yet", "nothing left"],
)
def test_where_one_half_would_be_empty_there_is_no_split(items) -> None:
    assert halves_of(*items) is None


@given(st.lists(st.decimals("0.0001", "3000", places=4), min_size=1, max_size=8))
def test_the_shares_add_up_and_the_first_half_fits(amounts: list[Decimal]) -> None:
    found = halves_of(*(item(n, amount_t=amount) for n, amount in enumerate(amounts, start=1)))
    if sum(amounts) <= ENTRY.available_t:
        assert found is None
        return
    assert found is not None
    assert sum(share.amount_t for share in found.first) == ENTRY.available_t
    added = {n: Decimal(0) for n in range(1, len(amounts) + 1)}
    for share in (*found.first, *found.second):
        assert share.amount_t > 0
        added[share.position] += share.amount_t
    assert list(added.values()) == amounts


def draft_to_split(world: World, items: dict[str, str], operator: str = "O-SC1") -> tuple[Application, str]:
    draft = world.draft(now=NOW, items=items, operator=operator)
    return draft, told(draft)


def told(draft: Application) -> str:
    result = check_application(application=draft, today=NOW.date(), calendar=load_calendar())
    found = split([(one.position, one.amount_t) for one in draft.items.all()], result)
    return found.told if found else ""


@pytest.mark.django_db
class TestFiling:
    """On the demo's world: 3,000 t of boards a year from Chongqing to Suining."""

    def test_over_quota_becomes_a_fast_and_a_slow_case(self, world: World) -> None:
        draft, seen = draft_to_split(world, {"900-045-49": "3100"})
        one, other = split_and_submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=NOW, seen=seen)
        assert (one.pk, one.number, other.number) == (draft.pk, "2026-50-51-00001", "2026-50-51-00002")
        assert (one.route, other.route) == ("fast_track", "over_quota")
        assert (one.items.get().amount_t, other.items.get().amount_t) == (Decimal(3000), Decimal(100))
        assert world.entry("O-SC1", "900-045-49", "CQ").held_t == Decimal(3000)
        assert [(claim.within_t, claim.over_t) for claim in QuotaClaim.objects.order_by("application_id")] == [
            (Decimal(3000), Decimal(0)),
            (Decimal(0), Decimal(100)),
        ]
        assert reconcile() == []

    def test_each_half_names_the_other_and_has_everything(self, world: World) -> None:
        draft, seen = draft_to_split(world, {"900-045-49": "3100"})
        draft.transit.set([Province.objects.get(pk="520000")])
        one, other = split_and_submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=NOW, seen=seen)
        rows = [case.log.get() for case in (one, other)]
        assert [row.details["split_with"] for row in rows] == [other.number, one.number]
        for name in ("operator_id", "requested_from", "requested_until", "carrier_name", "contract_no", "origin_id"):
            assert getattr(one, name) == getattr(other, name)
        assert list(other.transit.values_list("pk", flat=True)) == ["520000"]
        files = [list(case.attachments.values_list("material", "file", "sha256")) for case in (one, other)]
        assert files[0] == files[1]
        assert len(files[0]) == 3
        assert [case.papers.get().number for case in (one, other)] == [one.number, other.number]

    def test_one_half_is_withdrawn_without_the_other(self, world: World) -> None:
        draft, seen = draft_to_split(world, {"900-045-49": "3100"})
        filer = world.filer_of("G-CQ1")
        one, other = split_and_submit(application_id=draft.pk, by=filer, now=NOW, seen=seen)
        withdraw(application_id=one.pk, by=filer, now=NOW, reason="改期")
        assert Application.objects.get(pk=other.pk).state == State.ORIGIN_REVIEW
        assert reconcile() == []

    def test_another_split_than_seen_files_nothing(self, world: World) -> None:
        draft, seen = draft_to_split(world, {"900-045-49": "3100"})
        world.filed(now=NOW, items={"900-045-49": "1"})
        with pytest.raises(Refused) as refused:
            split_and_submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=NOW, seen=seen)
        assert refused.value.code == "split.changed"
        kept = Application.objects.get(pk=draft.pk)
        assert (kept.state, kept.items.get().amount_t, kept.version) == (State.DRAFT, Decimal(3100), draft.version)
        assert Application.objects.count() == 2

    def test_what_fits_whole_is_not_split(self, world: World) -> None:
        draft, _ = draft_to_split(world, {"900-045-49": "10"})
        with pytest.raises(Refused) as refused:
            split_and_submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=NOW, seen="")
        assert refused.value.code == "split.changed"

    def test_what_may_not_be_filed_is_not_split(self, world: World) -> None:
        draft = world.draft(now=NOW, items={"900-045-49": "3100"}, materials=())
        with pytest.raises(CheckFailed):
            split_and_submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=NOW, seen="x")

    def test_a_stranger_finds_nothing(self, world: World) -> None:
        draft, seen = draft_to_split(world, {"900-045-49": "3100"})
        with pytest.raises(NotFound):
            split_and_submit(application_id=draft.pk, by=world.filer_of("G-CQ2"), now=NOW, seen=seen)

    def test_a_draft_changed_since_is_not_split(self, world: World) -> None:
        draft, seen = draft_to_split(world, {"900-045-49": "3100"})
        with pytest.raises(Refused) as refused:
            split_and_submit(
                application_id=draft.pk, by=world.filer_of("G-CQ1"), now=NOW, seen=seen, seen_version=draft.version - 1
            )
        assert refused.value.code == "draft.changed"


@pytest.mark.django_db
def test_when_the_second_half_fails_the_first_is_not_filed(world: World, monkeypatch) -> None:
    draft, seen = draft_to_split(world, {"900-045-49": "3100"})
    filings = []

    def second_fails(act, **options) -> None:
        filings.append(act)
        if len(filings) == 2:
            raise Refused("test.second", "第二份没有通过。")
        file_draft(act, **options)

    monkeypatch.setattr(splitting, "file_draft", second_fails)
    with pytest.raises(Refused, match="第二份"):
        split_and_submit(application_id=draft.pk, by=world.filer_of("G-CQ1"), now=NOW, seen=seen)
    assert len(filings) == 2
    kept = Application.objects.get()
    assert (kept.state, kept.number, kept.items.get().amount_t) == (State.DRAFT, None, Decimal(3100))
    assert world.entry("O-SC1", "900-045-49", "CQ").held_t == 0
    assert reconcile() == []
