"""The demo: 2021 as the figures say, 2026 in every state, the same world again, and its clock after 2026."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, Sum

from apps.deadlines.models import Deadline, DeadlineEvent
from apps.deadlines.services import load_calendar, read_now, set_clock_shift
from apps.figures.exchange import Asked, Basis, exchange_of
from apps.organisations.services.capacity import reconcile_capacity
from apps.transfers.demo.building import build_cases
from apps.transfers.enums import State
from apps.transfers.management.commands import load_demo
from apps.transfers.models import Application, Item, Paper, Shipment
from apps.transfers.services.signing.waiting import desk_of
from apps.whitelists.models import Adjustment, Bar, Demand, Edition
from apps.whitelists.services.ledger import reconcile
from tests.transfers.world import World, at

FIXTURES = Path(settings.BASE_DIR) / "fixtures" / "demo"
NOW = at("2026-11-23", "12:30")


@pytest.mark.django_db
def test_the_demo_tells_2021_and_a_day_of_2026(world: World) -> None:
    told: list[str] = []
    made = build_cases(parties=world.parties, path=FIXTURES, now=NOW, progress=told.append)
    assert made == Application.objects.count()
    assert "2021 年案例：2021-12" in told
    _check_2021()
    _check_exchange_of_2021()
    _check_2026()
    _check_desks(world)
    _check_next_year()
    assert reconcile() == []
    assert reconcile_capacity() == []
    # Again: what stands is left alone.
    assert build_cases(parties=world.parties, path=FIXTURES, now=NOW, progress=told.append) == 0


def _check_next_year() -> None:
    """A list in every state that two provinces can leave it in, demand for it, and this year's changes."""
    lists = Edition.objects.filter(begins_on="2027-01-01")
    assert {
        (row.origin.short, row.destination.short, row.status) for row in lists.select_related("origin", "destination")
    } == {
        ("SC", "CQ", "proposed"),
        ("CQ", "SC", "countered"),
        ("SC", "GZ", "draft"),
        ("YN", "SC", "confirmed"),
    }
    assert Demand.objects.filter(year=2027).count() == 20
    assert sorted(Adjustment.objects.values_list("status", flat=True)) == ["declined", "open"]
    assert Bar.objects.filter(entry__isnull=False).count() == 1


def _check_2021() -> None:
    cases = Application.objects.filter(submitted_at__year=2021)
    assert cases.count() == 168
    assert set(cases.values_list("state", flat=True)) == {State.CLOSED}
    total = Item.objects.filter(application__in=cases).aggregate(t=Sum("approved_t"))["t"]
    assert total == Decimal("75800.0000")
    assert Shipment.objects.filter(application__in=cases).aggregate(t=Sum("received_t"))["t"] == total
    assert not cases.exclude(settlement_flag="").exists()
    papers = Paper.objects.filter(dated_on__year=2021)
    assert set(papers.values_list("law", flat=True)) == {"L0"}
    assert not any("令第23号" in str(content) for content in papers.values_list("content", flat=True))
    # Decided within five working days: nobody was late in 2021.
    assert not DeadlineEvent.objects.filter(kind="breached", occurred_at__year=2021).exists()


def _check_exchange_of_2021() -> None:
    """What the two sides tell each other of 2021 is what the news told, on either basis."""
    for basis in Basis:
        report = exchange_of(Asked(2021, basis), now=NOW, calendar=load_calendar())
        assert (report.outcomes.approved, report.total.cases) == (168, 168)
        tonnes = {report.total.approved_t, report.total.shipped_t, report.total.received_t}
        assert tonnes == {Decimal("75800.0000")}
        for lines in (report.operators, report.categories, report.codes, report.details):
            assert sum(line.approved_t for line in lines) == Decimal("75800.0000")
        assert [(speed.decided, speed.within) for speed in report.speeds] == [(168, 168)]
        assert all(book.difference_t == 0 for book in report.books)
    this_year = exchange_of(Asked(2026, Basis.EDITION), now=NOW, calendar=load_calendar())
    assert [book.edition for book in this_year.books if book.difference_t] == []


def _check_2026() -> None:
    cases = Application.objects.exclude(submitted_at__year=2021)
    found = {row["state"]: row["n"] for row in cases.order_by().values("state").annotate(n=Count("pk"))}
    assert set(found) == set(State.values)
    due_tomorrow = cases.open().filter(due_at=at("2026-11-25", "00:00"))
    assert due_tomorrow.exists()
    assert cases.filter(supervised_by_role="section_head").exists()
    assert cases.filter(supervised_by_role="signatory").exists()
    assert Deadline.objects.filter(breached_at__isnull=False, reference__startswith="2026").exists()
    over = cases.get(route="over_quota").claims.get()
    assert (over.within_t, over.over_t) == (Decimal(20000), Decimal(10000))
    last = cases.filter(generator__name__contains="红塔", operator__name__contains="巴山").first()
    entry = last.items.get().entry
    assert entry.available_t == Decimal(20)
    through = cases.filter(transit__short="GZ", state=State.APPROVED).first()
    approval = through.papers.get(kind="approval")
    assert any("贵州省生态环境厅" in name for name in approval.copies)


def _check_desks(world: World) -> None:
    """Something waits at every step, and several may be signed together."""
    signatory = desk_of(world.user("sc.signatory"), NOW.date())["sign"]
    assert signatory.filter(is_clean=True).count() == 3
    assert desk_of(world.user("sc.section_head"), NOW.date())["review"].exists()
    assert desk_of(world.user("sc.handler"), NOW.date())["back"].count() == 1
    assert desk_of(world.user("cq.signatory"), NOW.date())["sign"].count() == 2


@pytest.mark.django_db
def test_after_2026_the_demo_sets_its_clock_back_and_says_so(world: World, monkeypatch, capsys) -> None:
    set_clock_shift(to=at("2027-03-01"))
    monkeypatch.setattr(load_demo, "build_cases", lambda **_: 0)
    call_command("load_demo", password="example-only")
    assert read_now().date() == at("2026-11-23").date()
    assert "演示时钟从 2026-11-23 09:00 走起" in capsys.readouterr().out
