"""Line numbers sort as people count, in Python and in the database alike."""

import pytest
from django.db.models import Model
from hypothesis import given
from hypothesis import strategies as st

from apps.whitelists.models import EditionLine, RoundLine, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.rules.numbers import WIDTH, number_key
from apps.whitelists.services.lines import next_number
from tests.transfers.world import World

NATURAL = ["01", "2", "10", "12345678", "川A-1", "川A-9", "川A-10", "川A-10a", "川A-100", "川B-1"]


def test_numbers_sort_as_people_count() -> None:
    assert sorted(set(NATURAL), key=number_key) == NATURAL
    assert sorted(NATURAL) != NATURAL


@given(st.lists(st.integers(0, 99999), min_size=2, max_size=6))
def test_one_prefix_sorts_by_its_figure(figures: list[int]) -> None:
    numbers = [f"川A{figure}" for figure in figures]
    assert sorted(numbers, key=number_key) == [f"川A{figure}" for figure in sorted(figures)]


@pytest.mark.parametrize("descending", [False, True])
def test_an_edition_lists_its_lines_in_that_order(world: World, *, descending: bool) -> None:
    line = world.entry("O-SC1", "900-045-49", "CQ")
    WhitelistEntry.objects.bulk_create(
        WhitelistEntry(
            edition=line.edition, number=number, operator=line.operator, waste_codes=["900-041-49"], method="R4"
        )
        for number in NATURAL[1:]
    )
    rows = line.edition.entries.exclude(number__in=["02", "03"])
    order = by_number().desc() if descending else by_number()
    found = list(rows.order_by(order).values_list("number", flat=True))
    assert found == (NATURAL[::-1] if descending else NATURAL)
    assert [row.number for row in (rows.reverse() if descending else rows)] == found


@pytest.mark.parametrize("model", [WhitelistEntry, EditionLine, RoundLine])
def test_who_asks_for_no_order_gets_it_too(model: type[Model]) -> None:
    assert model._meta.ordering[1:] == [by_number()]


def test_after_the_highest_number_the_first_free_one_is_next(world: World) -> None:
    line = world.entry("O-SC1", "900-045-49", "CQ")
    for number in ("9" * WIDTH, "1"):
        WhitelistEntry.objects.create(
            edition=line.edition, number=number, operator=line.operator, waste_codes=["900-041-49"], method="R4"
        )
    assert next_number(line.edition) == "2"
