"""One reckoning of what a suspension touches: what is shown before is what is paused, and whose senders are told."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import transaction

from apps.transfers.models import Application
from apps.transfers.services.following import follow_suspensions
from apps.transfers.services.touching import TouchedCases, cases_touched, senders_touched
from apps.whitelists.models import Bar, WhitelistEntry
from apps.whitelists.services.suspending import suspend_edition, suspend_entry, suspend_operator
from tests.faults.cases import approved
from tests.transfers.world import World, at, demo_world

NOW, TODAY = at("2026-03-02"), date(2026, 3, 2)
BOARDS, TUBES = "900-045-49", "900-049-50"
PAPER = {"document_no": "川环罚〔2026〕3号", "reason": "超许可范围贮存", "from_on": TODAY, "now": NOW}


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def built(db: None) -> World:
    """All to O-SC1: an approval of one sender for boards; of another an open case and a draft, and a draft for tubes."""
    world, other = demo_world(), {"generator": "G-CQ3", "now": at("2026-02-27")}
    approved(world)
    world.filed(**other)
    world.draft(**other)
    world.draft(**other, items={TUBES: "5"}, method="R8")
    return world


@pytest.fixture
def world(built: World) -> Iterator[World]:
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)


def wanted(world: World, scope: str, code: str = "") -> Bar:
    """A suspension that nobody has ordered yet."""
    entry = world.entry("O-SC1", BOARDS, "CQ")
    if scope == "operator":
        return Bar(operator=entry.operator, waste_code=code)
    return Bar(entry=entry) if scope == "entry" else Bar(edition=entry.edition)


def ordered(world: World, bar: Bar) -> Bar:
    by = world.user("sc.whitelist_admin")
    if bar.operator_id:
        return suspend_operator(operator_id=bar.operator_id, waste_code=bar.waste_code, by=by, **PAPER)
    if bar.entry_id:
        return suspend_entry(entry_id=bar.entry_id, by=by, **PAPER)
    return suspend_edition(edition_id=bar.edition_id, by=by, **PAPER)


def counts(found: TouchedCases) -> tuple[int, int, int]:
    return len(found.drafts), len(found.open), len(found.approved)


@pytest.mark.parametrize(
    ("scope", "code", "touched"),
    [
        ("entry", "", (1, 1, 1)),
        ("edition", "", (2, 1, 1)),
        ("operator", "", (2, 1, 1)),
        ("operator", BOARDS, (1, 1, 1)),
        ("operator", TUBES, (1, 0, 0)),
    ],
)
def test_what_is_shown_before_is_what_is_paused_and_who_is_told(
    world: World, scope: str, code: str, touched: tuple[int, int, int]
) -> None:
    bar = wanted(world, scope, code)
    found = cases_touched(bar=bar, day=TODAY)
    assert counts(found) == touched
    bar = ordered(world, bar)
    assert senders_touched(bars=[bar], day=TODAY) == {
        bar.pk: set(
            Application.objects.filter(pk__in=found.drafts | found.open | found.approved).values_list(
                "generator", flat=True
            )
        )
    }
    assert follow_suspensions(now=NOW).applications == len(found.approved)
    assert set(Application.objects.filter(pauses__isnull=False).values_list("pk", flat=True)) == found.approved


def test_an_approval_with_nothing_left_to_ship_is_not_shown_and_its_sender_is_not_told(world: World) -> None:
    bar = ordered(world, wanted(world, "entry"))
    (key,) = cases_touched(bar=bar, day=TODAY).approved
    Application.objects.filter(pk=key).update(declared_complete_at=NOW)
    assert cases_touched(bar=bar, day=TODAY).approved == frozenset()
    assert senders_touched(bars=[bar], day=TODAY) == {bar.pk: {world.enterprise("G-CQ3").pk}}


def test_a_draft_is_touched_by_the_line_that_its_filing_would_find(world: World) -> None:
    """Not by a category's line that a code's line beats, nor for a period after the list."""
    entry = world.entry("O-SC1", BOARDS, "CQ")
    category = WhitelistEntry.objects.create(
        edition=entry.edition, operator=entry.operator, number="90", category_id="HW49", method="R4"
    )
    assert counts(cases_touched(bar=Bar(entry=category), day=TODAY)) == (0, 0, 0)
    world.draft(now=NOW, items={"900-041-49": "5"})
    assert counts(cases_touched(bar=Bar(entry=category), day=TODAY)) == (1, 0, 0)
    world.draft(now=NOW, period=("2027-01-01", "2027-06-30"))
    assert counts(cases_touched(bar=Bar(entry=entry), day=TODAY)) == (1, 1, 1)
    # Its operator is another matter: whatever the list will be.
    assert counts(cases_touched(bar=Bar(operator=entry.operator), day=TODAY)) == (4, 1, 1)
