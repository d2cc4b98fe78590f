"""The first working day of January, eight o'clock: 64 file at once on 50 entries, and some connections break.

Whoever comes first gets the tonnes; nobody is turned away in vain; the others are told what is left and where else.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Barrier, BrokenBarrierError, local

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from apps.catalogue.models import Division
from apps.deadlines.services import load_calendar, set_clock_shift
from apps.organisations.enums import PermitKind
from apps.organisations.models import Enterprise, Permit, PermitLine
from apps.transfers.errors import Refused, RouteChanged
from apps.transfers.models import Application, Item
from apps.transfers.services import filing as filing_services
from apps.transfers.services.checking import check_application
from apps.transfers.services.filing import submit
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from apps.whitelists.services.ledger import adjust
from tests.concurrency.cases import MONDAY, books_agree, logs_are_complete
from tests.concurrency.together import LONG, at_once
from tests.faults.breaking import Broken, breaking
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)

CODES = ("900-041-49", "900-046-49", "900-047-49", "900-999-49", "772-006-49")
OPERATORS, FILINGS, ITEMS = 10, 64, 3
QUOTA, ASKED = Decimal(20), Decimal(7)
# Where whoever comes too late finds room, in another town.
ROOMY = "O-ROOM"


def crowded(world: World) -> World:
    """Ten operators with five entries of 20 t each on Chongqing's list to Sichuan, and one with room for everybody."""
    edition = world.entry("O-SC1", "900-045-49", "CQ").edition
    places = list(Division.objects.filter(code__startswith="51", level="county").order_by("pk")[: OPERATORS + 1])
    names = [*(f"O-{n}" for n in range(OPERATORS)), ROOMY]
    operators = Enterprise.objects.bulk_create(
        Enterprise(
            name=f"四川示例{name}公司",
            uscc=f"9151000000{n:08d}",
            division=place,
            province_id="510000",
            is_operator=True,
        )
        for n, (name, place) in enumerate(zip(names, places, strict=True))
    )
    for n, operator in enumerate(operators):
        permit = Permit.objects.create(
            enterprise=operator,
            number=f"川{n:09d}",
            kind=PermitKind.COMPREHENSIVE,
            valid_from=date(2025, 1, 1),
            valid_until=date(2029, 12, 31),
        )
        PermitLine.objects.bulk_create(
            PermitLine(permit=permit, waste_code=code, method="R4", capacity_t=100_000) for code in CODES
        )
        for place, code in enumerate(CODES):
            entry = WhitelistEntry.objects.create(
                edition=edition, number=f"{n}-{place}", operator=operator, waste_codes=[code], method="R4"
            )
            quota = QUOTA if n < OPERATORS else Decimal(9000)
            adjust(entry_id=entry.pk, change_t=quota, reference="名单", occurred_at=MONDAY, now=MONDAY)
    return World(
        replace(world.parties, enterprises={**world.parties.enterprises, **dict(zip(names, operators, strict=True))})
    )


def drafts_of(world: World, count: int = FILINGS) -> list[Application]:
    """Three of an operator's five wastes each, in any order; everybody comes to every entry in turn."""
    drafts = []
    for n in range(count):
        codes = [CODES[(n // OPERATORS + step * (1 + n % 4)) % len(CODES)] for step in range(ITEMS)]
        items = dict.fromkeys(codes, str(ASKED))
        drafts.append(world.draft(generator="G-CQ1", operator=f"O-{n % OPERATORS}", items=items, now=MONDAY))
    return drafts


def persistent(world: World, draft: Application, *, breaks_at: int, is_answer_lost: bool) -> Callable[[], object]:
    """Files; when the connection breaks at that statement, does what a person does: sends it again."""
    by = world.filer_of("G-CQ1")

    def once() -> Application:
        return submit(application_id=draft.pk, by=by, now=MONDAY, seen_route="fast_track")

    def file() -> object:
        try:
            with breaking(at=breaks_at, is_answer_lost=is_answer_lost):
                return once()
        except Broken:
            return once()

    return file


def entries_of(draft: Application) -> dict[int, WhitelistEntry]:
    """The entries that the draft asks for, by the position of its items."""
    codes = Item.objects.filter(application=draft).values_list("position", "waste_code")
    listed = {
        entry.waste_codes[0]: entry
        for entry in WhitelistEntry.objects.filter(operator=draft.operator_id, edition__begins_on__year=2026)
    }
    return {position: listed[code] for position, code in codes}


def test_sixty_four_at_once_over_fifty_entries_with_broken_connections(real_world: World) -> None:
    world = crowded(real_world)
    drafts = drafts_of(world)
    works = [
        # Every third breaks, each at another statement, some after it was done.
        persistent(world, draft, breaks_at=1 + n // 3 if n % 3 == 0 else 0, is_answer_lost=n % 2 == 0)
        for n, draft in enumerate(drafts)
    ]
    # The first eight press twice.
    answers = at_once(*works, *works[:8])
    filed = [answer for answer in answers if isinstance(answer, Application)]
    told = [answer for answer in answers[:FILINGS] if not isinstance(answer, Application)]
    again = [answer for answer in answers if isinstance(answer, Refused) and answer.code == "state.moved"]
    strange = [one for one in answers if not isinstance(one, (Application, RouteChanged)) and one not in again]
    assert strange == []
    assert 0 < len(filed) < FILINGS
    assert len({case.pk for case in filed}) == len({case.number for case in filed}) == len(filed)

    held: dict[int, Decimal] = defaultdict(Decimal)
    for case in filed:
        for entry in entries_of(case).values():
            held[entry.pk] += ASKED
    for entry in WhitelistEntry.objects.filter(quota_t=QUOTA, number__contains="-"):
        assert entry.held_t == held[entry.pk] <= QUOTA
    assert QuotaMovement.objects.filter(kind="hold").count() == ITEMS * len(filed)
    assert books_agree()
    assert logs_are_complete()

    # Tonnes only became fewer: who was turned away finds no room at the end either.
    losers = Application.objects.filter(pk__in=[draft.pk for draft in drafts], state="draft")
    assert losers.count() == FILINGS - len(filed)
    for draft in losers:
        assert any(entry.available_t < ASKED for entry in entries_of(draft).values())
    for refusal in (one for one in told if isinstance(one, RouteChanged)):
        assert "剩余 6.0000 吨，本次申请 7.0000 吨，超出 1.0000 吨" in refusal.sentence
    tells_where_else(world, losers[0])


def tells_where_else(world: World, draft: Application) -> None:
    """By the service, and on the page that the filer comes back to."""
    calendar = load_calendar()
    result = check_application(application=draft, today=MONDAY.date(), calendar=calendar)
    short = {position for position, entry in entries_of(draft).items() if entry.available_t < ASKED}
    assert {one.item for one in result.alternatives} == short
    for one in result.alternatives:
        assert one.available_t == WhitelistEntry.objects.get(pk=one.entry_id).available_t >= ASKED
    set_clock_shift(to=MONDAY)
    client = Client()
    client.force_login(world.filer_of("G-CQ1"))
    page = client.get(reverse("web:draft", args=[draft.pk])).content.decode()
    assert result.alternatives[0].operator_name in page
    assert "6.0000" in page


def test_control_locked_as_asked_for_crosswise_a_deadlock_reaches_somebody(
    real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the order by key is for: without it, and without the series' number before it, two wait in a circle."""
    world = crowded(real_world)
    drafts = drafts_of(world, 1) + drafts_of(world, 1)
    asked, both_have_one = local(), Barrier(2)

    def lock_one_by_one(*, ids: list[int]) -> dict[int, WhitelistEntry]:
        locked = {}
        for pk in sorted(ids, reverse=asked.backwards):
            locked[pk] = WhitelistEntry.objects.select_for_update(no_key=True).get(pk=pk)
            if len(locked) == 1:
                both_have_one.wait(LONG)
        return locked

    monkeypatch.setattr(filing_services, "lock_entries", lock_one_by_one)
    monkeypatch.setattr(filing_services, "next_number", lambda act: f"2026-50-51-{act.application.pk:05d}")
    by = [world.filer_of("G-CQ1") for _ in drafts]

    def file(n: int) -> Callable[[], object]:
        def work() -> object:
            asked.backwards = bool(n)
            return submit(application_id=drafts[n].pk, by=by[n], now=MONDAY, seen_route="fast_track")

        return work

    answers = at_once(file(0), file(1))
    (failure,) = [answer for answer in answers if not isinstance(answer, Application)]
    assert isinstance(failure, OperationalError)
    assert not isinstance(failure, BrokenBarrierError)
    assert "deadlock detected" in str(failure)
