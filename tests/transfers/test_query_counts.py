"""How many statements an act costs, and that more items, cases or entries cost no more."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.filing import submit
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.sweeping import sweep
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db
ONE = {"900-045-49": "5"}
TWO = {"900-045-49": "5", "900-049-50": "1"}


def statements(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def costs(world: World, items: dict[str, str], methods: str = "R4") -> dict[str, int]:
    draft = world.draft(now=at("2026-01-05"), items=items)
    if len(items) > 1:
        draft.items.filter(waste_code="900-049-50").update(method="R8")
    filer, origin, destination = world.filer_of("G-CQ1"), world.user("cq.handler"), world.user("sc.handler")
    return {
        "submit": statements(
            lambda: submit(application_id=draft.pk, by=filer, now=at("2026-01-05"), seen_route="fast_track")
        ),
        "endorse": statements(lambda: endorse(application_id=draft.pk, by=origin, now=at("2026-01-06"))),
        "consent": statements(lambda: consent(application_id=draft.pk, by=destination, now=at("2026-01-07"))),
    }


def test_an_act_costs_a_bounded_number_of_statements_whatever_the_items(world: World) -> None:
    costs(world, ONE)  # the first approval of a year makes the permit's year
    one, two = costs(world, ONE), costs(world, TWO)
    assert one["submit"] <= 20
    assert one["endorse"] <= 25
    assert one["consent"] <= 38
    assert two == one


def test_an_idle_sweep_costs_one_statement_however_many_cases_run(world: World) -> None:
    for _ in range(3):
        world.filed(now=at("2026-01-05"), items=ONE)
    assert Application.objects.open().count() == 3
    assert statements(lambda: sweep(now=at("2026-01-05", "18:00"))) == 1
